"""TLS without files: certificate authorities and client certificates from memory.

The rules are those of Go's ``crypto/tls``, which kubectl has: every certificate that is given as an
authority is trusted by itself, self-signed or not, a name must stand in the subject's alternative
names, and what cannot be read among several authorities is passed over.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_CERTIFICATE = re.compile(
    rb"-----BEGIN CERTIFICATE-----\s+(.*?)-----END CERTIFICATE-----", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A client's certificate, with those that stand between it and its authority, and its key."""

    certificate: bytes
    """PEM."""
    key: bytes = field(repr=False)
    """PEM."""


@dataclass(frozen=True, slots=True)
class Trust:
    """How a server is known to be the right one."""

    authorities: bytes = b""
    """PEM; empty for those of the system."""
    insecure: bool = False
    """Whether the server's certificate is accepted unchecked."""


def tls_context(trust: Trust, pair: KeyPair | None) -> ssl.SSLContext:
    """What connections are made with; ``ValueError`` says what cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if trust.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif trust.authorities:
        _trust(context, trust.authorities)
    else:
        context.load_default_certs()
    if pair is not None:
        _show(context, pair)
    return context


def _trust(context: ssl.SSLContext, authorities: bytes) -> None:
    taken = 0
    for certificate in _CERTIFICATE.finditer(authorities):
        try:
            context.load_verify_locations(cadata=base64.b64decode(b"".join(certificate[1].split())))
        except (ssl.SSLError, binascii.Error, ValueError):
            continue
        taken += 1
    if not taken:
        raise ValueError("the certificate authority holds no certificate as PEM")


def _show(context: ssl.SSLContext, pair: KeyPair) -> None:
    # Python reads certificates from paths only. These name memory: a root that is read-only, or a
    # /tmp that somebody cleans, is no obstacle, and no key is left on a disk.
    try:
        with _path_of(pair.certificate) as certificate, _path_of(pair.key) as key:
            context.load_cert_chain(certificate, key, password=_nobody)
    except (OSError, ValueError) as error:
        words = getattr(error, "reason", None) or ("" if isinstance(error, OSError) else str(error))
        why = f": {words.lower().replace('_', ' ')}" if words else ""
        raise ValueError(f"the client certificate and its key cannot be used{why}") from None


def _nobody() -> str:
    raise ValueError("the key has a password")


@contextmanager
def _path_of(content: bytes) -> Iterator[str]:
    """A path under which the content can be read once."""
    if hasattr(os, "memfd_create"):
        with open(os.memfd_create("vpsync"), "wb") as memory:
            memory.write(content)
            memory.flush()
            yield f"/proc/self/fd/{memory.fileno()}"
        return
    source, sink = os.pipe()
    writer = threading.Thread(target=_fill, args=(sink, content), daemon=True)
    writer.start()
    try:
        yield f"/dev/fd/{source}"
    finally:
        os.close(source)
        writer.join()


def _fill(sink: int, content: bytes) -> None:
    """Writes all of it; a reader that has seen enough is none of our business."""
    with suppress(BrokenPipeError), open(sink, "wb", buffering=0) as pipe:
        view = memoryview(content)
        while view:
            view = view[pipe.write(view) :]
