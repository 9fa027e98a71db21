"""TLS to VVP: the given CA is trusted, and no other."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from vpsync.errors import PlatformUnreachable, SettingsError
from vpsync.sandbox import Sandbox
from vpsync.ververica.tls import require_usable

from .conftest import OpenTransport


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate of 127.0.0.1, its key beside it."""
    openssl = shutil.which("openssl")
    assert openssl, "openssl makes the certificate of this test"
    directory = tmp_path_factory.mktemp("tls")
    made = directory / "cert.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-keyout", str(directory / "key.pem"), "-out", str(made), "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return made


@pytest.fixture(scope="module")
def secured(certificate: Path) -> Iterator[str]:
    """The URL of a VVP with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    with Sandbox(tls=context) as sandbox:
        yield f"{sandbox.url}/api/v1/namespaces/default/deployments"


def test_the_given_ca_is_trusted(
    secured: str, certificate: Path, open_transport: OpenTransport
) -> None:
    transport = open_transport(ca_file=str(certificate), request_timeout=5, read_timeout=5)
    assert transport.send("GET", secured)["items"] == []


def test_another_certificate_is_refused_in_plain_words(
    secured: str, open_transport: OpenTransport
) -> None:
    with pytest.raises(PlatformUnreachable, match=r"TLS failed: .* self-signed"):
        open_transport(attempts=1, request_timeout=5, read_timeout=5).send("GET", secured)


def test_a_ca_bundle_of_other_tools_is_not_used(
    secured: str,
    certificate: Path,
    open_transport: OpenTransport,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(certificate))
    with pytest.raises(PlatformUnreachable, match="TLS failed"):
        open_transport(attempts=1, request_timeout=5, read_timeout=5).send("GET", secured)


def test_any_certificate_is_taken_only_when_somebody_says_so(
    secured: str, open_transport: OpenTransport
) -> None:
    transport = open_transport(verify=False, request_timeout=5, read_timeout=5)
    assert transport.send("GET", secured)["items"] == []


class TestLocalFiles:
    """What is unusable on this machine is wrong usage, and no fault of VVP."""

    def encrypted(self, certificate: Path) -> Path:
        locked = certificate.with_name("locked.pem")
        key = certificate.with_name("key.pem")
        subprocess.run(
            ["openssl", "rsa", "-aes256", "-passout", "pass:x", "-in", str(key), "-out", str(locked)],
            check=True, capture_output=True,
        )  # fmt: skip
        return locked

    @pytest.mark.parametrize("content", ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAA\n"])
    def test_a_ca_file_without_certificates(self, tmp_path: Path, content: str) -> None:
        path = tmp_path / "ca.pem"
        path.write_text(content)
        with pytest.raises(SettingsError, match=r"--vvp-ca-file .*ca\.pem: it holds no PEM"):
            require_usable(str(path), None)

    def test_a_client_certificate_without_its_key(self, certificate: Path, tmp_path: Path) -> None:
        (tmp_path / "bad.pem").write_text("nonsense")
        pairs = [
            (certificate, tmp_path / "bad.pem"),
            (tmp_path / "bad.pem", certificate.with_name("key.pem")),
            (certificate, self.encrypted(certificate)),
        ]
        for cert, key in pairs:
            with pytest.raises(SettingsError, match="no PEM certificate with its own key"):
                require_usable(None, (str(cert), str(key)))

    def test_usable_ones_are_taken(self, certificate: Path, tmp_path: Path) -> None:
        key = str(certificate.with_name("key.pem"))
        require_usable(str(certificate), (str(certificate), key))
        require_usable(str(tmp_path), None)
        require_usable(None, None)
