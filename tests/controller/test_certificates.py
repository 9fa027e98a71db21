"""The certificate that the metrics are served with follows its files, and never goes missing."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import socket
import ssl
import time
from pathlib import Path

import pytest

from net.certificates import Certificates
from vpsync.controller.certificates import ServedCertificate
from vpsync.controller.server import MetricsServer, text_page
from vpsync.errors import SettingsError
from vpsync.settings import ListenAddress


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    made = Certificates(tmp_path_factory.mktemp("certificates"))
    for name in ("first", "second"):
        made.issued(name)
    return made


@pytest.fixture
def mounted(certificates: Certificates, tmp_path: Path) -> Path:
    """A folder as a Secret is mounted: its files lead through a link that is replaced at once."""
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        for suffix, file in (("pem", "tls.crt"), ("key", "tls.key")):
            shutil.copy(certificates.folder / f"{name}.{suffix}", tmp_path / name / file)
    (tmp_path / "..data").symlink_to("first")
    for file in ("tls.crt", "tls.key"):
        (tmp_path / file).symlink_to(f"..data/{file}")
    return tmp_path


def served(folder: Path) -> ServedCertificate:
    return ServedCertificate(str(folder / "tls.crt"), str(folder / "tls.key"))


def renew(folder: Path) -> None:
    (folder / "aside").symlink_to("second")
    os.replace(folder / "aside", folder / "..data")


def name_of(server: MetricsServer, certificates: Certificates) -> str:
    """The name in the certificate that a new connection is shown."""
    context = ssl.create_default_context(cafile=certificates.ca)
    port = int(server.url.rpartition(":")[2])
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=context)
    connection.request("GET", "/")
    assert isinstance(connection.sock, ssl.SSLSocket)
    told = connection.sock.getpeercert()
    assert connection.getresponse().read() == b"/\n"
    connection.close()
    assert told is not None
    names: dict[str, str] = dict(pair[0] for pair in told["subject"])  # type: ignore[misc]
    return names["commonName"]


def serving(certificate: ServedCertificate) -> MetricsServer:
    return MetricsServer(
        ListenAddress("127.0.0.1", 0),
        lambda path, _: text_page(path),
        certificate.context,
        whole=30.0,
    )


def test_a_renewed_one_is_shown_to_the_next_connection(
    mounted: Path, certificates: Certificates
) -> None:
    with serving(served(mounted)) as server:
        assert server.url.startswith("https://")
        assert name_of(server, certificates) == "first"
        renew(mounted)
        assert name_of(server, certificates) == "second"


def test_one_that_is_half_changed_or_gone_leaves_the_former_in_use_and_is_told_once(
    mounted: Path, certificates: Certificates, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(served(mounted)) as server:
        assert name_of(server, certificates) == "first"
        shutil.copy(mounted / "second" / "tls.crt", mounted / "first" / "tls.crt")
        for _ in range(3):
            assert name_of(server, certificates) == "first"
        assert caplog.text.count("the former certificate is served on") == 1
        (mounted / "..data").unlink()
        assert name_of(server, certificates) == "first"
        (mounted / "..data").symlink_to("second")
        assert name_of(server, certificates) == "second"


@pytest.mark.parametrize("bad", ["missing", "no PEM", "encrypted", "another's key"])
def test_one_that_is_unusable_from_the_start_is_wrong_usage(mounted: Path, bad: str) -> None:
    certificate = served(mounted)
    key = mounted / "first" / "tls.key"
    match bad:
        case "missing":
            key.unlink()
        case "no PEM":
            key.write_text("nothing")
        case "encrypted":
            key.write_text(
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n"
            )
        case _:
            shutil.copy(mounted / "second" / "tls.key", key)
    with pytest.raises(SettingsError, match="not a certificate and its key"):
        certificate.context()


def test_clients_that_do_not_shake_hands_keep_nobody_waiting(
    mounted: Path, certificates: Certificates
) -> None:
    with serving(served(mounted)) as server:
        port = int(server.url.rpartition(":")[2])
        silent = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(40)]
        plain = socket.create_connection(("127.0.0.1", port), timeout=5)
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        started = time.monotonic()
        assert name_of(server, certificates) == "first"
        assert time.monotonic() - started < 10
        with contextlib.suppress(ConnectionError):
            assert b"200" not in plain.recv(100)
        for connection in (*silent, plain):
            connection.close()
