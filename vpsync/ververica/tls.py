"""Local TLS files of the VVP edge: unusable ones are told before anything is sent."""

from __future__ import annotations

import ssl
from pathlib import Path

from vpsync.errors import SettingsError


def require_usable(ca_file: str | None, client_cert: tuple[str, str] | None) -> None:
    """:class:`SettingsError` where a file holds no certificates, or no key that fits its certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca_file is not None:
        _load_authorities(context, ca_file)
    if client_cert is None:
        return
    certificate, key = client_cert
    try:
        # Without a password of ours, OpenSSL would ask for one on the terminal.
        context.load_cert_chain(certificate, key, password=lambda: "")
    except (OSError, ValueError) as error:
        files = f"--vvp-client-cert-file {certificate}, --vvp-client-key-file {key}"
        text = f"{files}: no PEM certificate with its own key, unencrypted"
        raise SettingsError(text) from error


def _load_authorities(context: ssl.SSLContext, ca_file: str) -> None:
    """Loads a file, or a directory as ``c_rehash`` prepares it, whose files are read when needed."""
    try:
        if Path(ca_file).is_dir():
            context.load_verify_locations(capath=ca_file)
        else:
            context.load_verify_locations(ca_file)
    except OSError as error:
        raise SettingsError(f"--vvp-ca-file {ca_file}: it holds no PEM certificate") from error
