"""Certificates of servers, good and bad ones, made with openssl."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

_CONFIG = """
[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
copy_extensions = copy
certificate = ca.pem
private_key = ca.key
[any]
commonName = supplied
"""

HERE = "IP:127.0.0.1"
NOW = ("20200101000000Z", "20491231000000Z")
PAST = ("20200101000000Z", "20210101000000Z")
FUTURE = ("20480101000000Z", "20490101000000Z")


class Certificates:
    """A CA in a folder, and what it issues."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "ca.cnf").write_text(_CONFIG)
        (folder / "index.txt").touch()
        self.self_signed("ca", "basicConstraints=critical,CA:TRUE")

    @property
    def ca(self) -> str:
        """The file of the CA."""
        return str(self.folder / "ca.pem")

    def self_signed(self, name: str, extension: str) -> ssl.SSLContext:
        """A server whose certificate nobody else signed."""
        self._run("req", "-x509", *_new_key(name), "-days", "2", "-out", f"{name}.pem",
                  "-subj", f"/CN={name}", "-addext", extension)  # fmt: skip
        return self.server(name)

    def issued(self, name: str, san: str = HERE, dates: tuple[str, str] = NOW) -> ssl.SSLContext:
        """A server whose certificate the CA signed."""
        self._run("req", *_new_key(name), "-out", f"{name}.csr",
                  "-subj", f"/CN={name}", "-addext", f"subjectAltName={san}")  # fmt: skip
        self._run("ca", "-batch", "-notext", "-config", "ca.cnf", "-in", f"{name}.csr",
                  "-out", f"{name}.pem", "-startdate", dates[0], "-enddate", dates[1])  # fmt: skip
        return self.server(name)

    def server(self, name: str) -> ssl.SSLContext:
        """A server that shows the certificate of that name."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        return context

    def _run(self, *arguments: str) -> None:
        openssl = shutil.which("openssl")
        assert openssl, "openssl makes the certificates of these tests"
        subprocess.run([openssl, *arguments], cwd=self.folder, check=True, capture_output=True)


def _new_key(name: str) -> tuple[str, ...]:
    return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
            f"{name}.key")  # fmt: skip
