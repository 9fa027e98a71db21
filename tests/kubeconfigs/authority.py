"""Certificates for servers and clients, made with openssl."""

from __future__ import annotations

import base64
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_NAMES = "subjectAltName=DNS:localhost,DNS:api.example.com,IP:127.0.0.1,IP:::1"


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority and what it issued, as files of one folder."""

    folder: Path

    @property
    def ca(self) -> Path:
        """The authority's own certificate."""
        return self.folder / "ca.pem"

    @property
    def other_ca(self) -> Path:
        """An authority that issued nothing."""
        return self.folder / "other.pem"

    @property
    def middle(self) -> Path:
        """The authority between the first and the certificate ``below``."""
        return self.folder / "middle.pem"

    def pair(self, name: str) -> tuple[Path, Path]:
        """Certificate and key: ``server``, ``inner``, ``below``, ``nameless``, ``alice`` or ``bob``."""
        return self.folder / f"{name}.pem", self.folder / f"{name}.key"


def make_authority(folder: Path) -> Authority:
    """Issues certificates of servers for loopback and for other names, and of two clients."""
    authority = Authority(folder)
    for name in ("ca", "other"):
        _run(folder, "req", "-x509", *_new_key(name), "-out", f"{name}.pem", "-subj", f"/CN={name}")
    ca = "basicConstraints=critical,CA:TRUE"
    _issue(folder, "middle", "ca", "/CN=middle", ca)
    _issue(folder, "server", "ca", "/CN=server", _NAMES)
    _issue(folder, "inner", "ca", "/CN=inner", "subjectAltName=DNS:inner.example.com")
    _issue(folder, "nameless", "ca", "/CN=localhost", "keyUsage=digitalSignature")
    _issue(folder, "below", "middle", "/CN=below", _NAMES)
    for client in ("alice", "bob"):
        _issue(folder, client, "ca", f"/O=team/CN={client}", "extendedKeyUsage=clientAuth")
    _run(folder, "ec", "-in", "alice.key", "-aes128", "-passout", "pass:x", "-out", "locked.key")
    return authority


def encoded(path: Path) -> str:
    """A file as the ``-data`` members of a kubeconfig hold it."""
    return base64.b64encode(path.read_bytes()).decode("ascii")


def _issue(folder: Path, name: str, issuer: str, subject: str, extension: str) -> None:
    _run(folder, "req", "-new", *_new_key(name), "-out", f"{name}.csr", "-subj", subject)
    (folder / f"{name}.ext").write_text(f"{extension}\n")
    _run(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{issuer}.pem",
         "-CAkey", f"{issuer}.key", "-CAcreateserial", "-days", "2", "-out", f"{name}.pem",
         "-extfile", f"{name}.ext")  # fmt: skip


def _new_key(name: str) -> tuple[str, ...]:
    return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-keyout", f"{name}.key")  # fmt: skip


def _run(folder: Path, *arguments: str) -> None:
    openssl = shutil.which("openssl")
    assert openssl, "openssl makes the certificates of these tests"
    subprocess.run([openssl, *arguments], cwd=folder, check=True, capture_output=True)
