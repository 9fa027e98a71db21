"""Credentials of files and pods: read anew while a run goes on, and never shown."""

from __future__ import annotations

import builtins
import os
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kubeconfigs.authority import Authority, encoded, make_authority
from kubeconfigs.recording import Log, api, server_context, serving
from vpsync.cluster import pod
from vpsync.cluster.client import Reader
from vpsync.cluster.connection import connect
from vpsync.errors import ClusterUnreachable, SettingsError

from .plugins import written


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def port(log: Log, authority: Authority) -> Iterator[int]:
    """A server that takes every token but those that begin with ``old``."""
    context = server_context(authority.pair("server"), authority.ca)
    handler = api(log, lambda authorization: authorization.startswith("Bearer old"))
    with serving(handler, context) as port:
        yield port


def asked(path: str | None, times: int = 1) -> Reader:
    reader = Reader(connect(path, None, "vpsync", 2), attempts=1)
    for _ in range(times):
        reader.get("/version")
    return reader


def test_a_token_file_is_read_for_every_request(
    tmp_path: Path, authority: Authority, port: int, log: Log
) -> None:
    file = tmp_path / "token"
    file.write_text("one\n")
    user, ca = {"tokenFile": "token"}, {"certificate-authority": str(authority.ca)}
    reader = asked(written(tmp_path / "config", f"https://127.0.0.1:{port}", user, **ca))
    file.write_text("two\n")
    reader.get("/version")
    file.unlink()
    reader.get("/version")
    assert [one.authorization for one in log.take()] == ["Bearer one", "Bearer two", "Bearer two"]


def test_a_401_is_told_once_where_there_are_no_other_credentials(
    tmp_path: Path, authority: Authority, port: int, log: Log
) -> None:
    ca = {"certificate-authority": str(authority.ca)}
    path = written(tmp_path / "config", f"https://127.0.0.1:{port}", {"token": "old"}, **ca)
    with pytest.raises(ClusterUnreachable, match="does not accept the credentials"):
        asked(path)
    assert len(log.take()) == 1


def test_a_client_certificate_is_read_for_every_request(
    tmp_path: Path, authority: Authority, port: int, log: Log
) -> None:
    names = ("certificate", "key")
    for name, source in zip(names, authority.pair("alice"), strict=True):
        (tmp_path / name).write_bytes(source.read_bytes())
    user = {"client-certificate": "certificate", "client-key": "key"}
    ca = {"certificate-authority": str(authority.ca)}
    reader = asked(written(tmp_path / "config", f"https://127.0.0.1:{port}", user, **ca))
    for name, source in zip(names, authority.pair("bob"), strict=True):
        (tmp_path / name).write_bytes(source.read_bytes())
    reader.get("/version")
    # Half of it is there: that request fails, and the next one finds both halves.
    (tmp_path / "key").write_bytes(authority.pair("alice")[1].read_bytes())
    with pytest.raises(ClusterUnreachable, match="client certificate"):
        reader.get("/version")
    (tmp_path / "certificate").write_bytes(authority.pair("alice")[0].read_bytes())
    reader.get("/version")
    assert [one.certificate for one in log.take()] == ["alice", "bob", "alice"]


class TestInAPod:
    @pytest.fixture(autouse=True)
    def account(
        self, tmp_path: Path, authority: Authority, port: int, monkeypatch: pytest.MonkeyPatch
    ) -> Path:
        """The service account of a pod; its folder."""
        folder = tmp_path / "serviceaccount"
        folder.mkdir()
        (folder / "token").write_text("first\n")
        (folder / "ca.crt").write_bytes(authority.ca.read_bytes())
        monkeypatch.setattr(pod.Pod.__init__, "__defaults__", (folder,))
        monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
        monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(port))
        monkeypatch.delenv("KUBECONFIG", raising=False)
        return folder

    def test_the_token_is_read_anew(self, account: Path, log: Log) -> None:
        reader = asked(None)
        (account / "token").write_text("second\n")
        reader.get("/version")
        assert [one.authorization for one in log.take()] == ["Bearer first", "Bearer second"]

    def test_a_kubeconfig_that_is_named_wins(self, tmp_path: Path) -> None:
        path = written(tmp_path / "config", "https://other.example.com", {"token": "t"})
        assert connect(path, None, "v", 1).host == "https://other.example.com"

    def test_an_address_of_ipv6_is_put_in_brackets(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
        monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
        assert connect(None, None, "v", 1).host == "https://[fd00::1]"

    def test_an_empty_token_is_an_error(self, account: Path, log: Log) -> None:
        (account / "token").write_text("")
        with pytest.raises(SettingsError, match="token is empty"):
            asked(None)
        assert log.take() == []


@pytest.fixture(params=["memory", "pipe"])
def holder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What holds certificates for Python's TLS: with Linux's memory files, and where there are none."""
    if request.param == "pipe":
        monkeypatch.delattr(os, "memfd_create", raising=False)


@pytest.mark.usefixtures("holder")
def test_nothing_is_written_to_a_disk(
    tmp_path: Path, authority: Authority, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A root that is read-only, or a /tmp that somebody cleans, is no obstacle."""
    certificate, key = authority.pair("alice")
    user = {"client-certificate-data": encoded(certificate), "client-key-data": encoded(key)}
    ca = {"certificate-authority-data": encoded(authority.ca)}
    path = written(tmp_path / "config", f"https://127.0.0.1:{port}", user, **ca)
    opened = builtins.open

    def reading(file: Any, mode: str = "r", *more: Any, **named: Any) -> Any:
        assert isinstance(file, int) or not set(mode) & set("wax+"), file
        return opened(file, mode, *more, **named)

    def refused(*_: Any, **__: Any) -> Any:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(builtins, "open", reading)
    for name in ("mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryFile"):
        monkeypatch.setattr(tempfile, name, refused)
    asked(path)


@pytest.mark.usefixtures("holder")
def test_a_certificate_of_any_size_is_read(tmp_path: Path, authority: Authority, port: int) -> None:
    """Larger than what a pipe holds."""
    certificate, key = authority.pair("alice")
    file = tmp_path / "long.pem"
    file.write_text(certificate.read_text() + "# padding\n" * 30_000)
    user = {"client-certificate": str(file), "client-key": str(key)}
    ca = {"certificate-authority": str(authority.ca)}
    asked(written(tmp_path / "config", f"https://127.0.0.1:{port}", user, **ca))


@pytest.mark.usefixtures("holder")
@pytest.mark.parametrize(
    ("certificate", "key", "words"),
    [
        ("alice.pem", "bob.key", "cannot be used"),
        ("alice.pem", "locked.key", "the key has a password"),
        ("alice.pem", "ca.pem", "cannot be used"),
        ("alice.key", "alice.key", "cannot be used"),
    ],
)
def test_a_certificate_that_cannot_be_used_is_wrong_usage(
    tmp_path: Path, authority: Authority, certificate: str, key: str, words: str
) -> None:
    folder = authority.folder
    user = {"client-certificate": str(folder / certificate), "client-key": str(folder / key)}
    path = written(tmp_path / "config", "https://api.example.com", user)
    with pytest.raises(SettingsError, match=words):
        connect(path, None, "vpsync", 1)


@pytest.mark.usefixtures("holder")
def test_no_descriptor_is_left_open(tmp_path: Path, authority: Authority) -> None:
    certificate, key = authority.pair("alice")
    user = {"client-certificate": str(certificate), "client-key": str(key)}
    path = written(tmp_path / "config", "https://api.example.com", user)
    before = len(os.listdir("/dev/fd"))
    for _ in range(5):
        connect(path, None, "vpsync", 1)
    assert len(os.listdir("/dev/fd")) == before


def test_no_cookie_is_kept(tmp_path: Path, authority: Authority, port: int, log: Log) -> None:
    """The session that a gateway gave to one token is never sent with another."""
    ca = {"certificate-authority": str(authority.ca)}
    asked(written(tmp_path / "c", f"https://127.0.0.1:{port}", {"token": "t"}, **ca), times=3)
    assert [one.cookie for one in log.take()] == ["", "", ""]


def test_an_insecure_cluster_warns_for_no_request(tmp_path: Path, port: int) -> None:
    insecure = {"insecure-skip-tls-verify": True}
    path = written(tmp_path / "config", f"https://127.0.0.1:{port}", {"token": "t"}, **insecure)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        asked(path, times=3)
    assert [str(one.message) for one in told if "Unverified" in str(one.message)] == []


@pytest.mark.parametrize("member", ["token", "password", "client-key-data"])
def test_no_text_form_shows_a_secret(tmp_path: Path, authority: Authority, member: str) -> None:
    certificate, key = authority.pair("alice")
    values = {"token": "CANARY", "password": "CANARY", "client-key-data": encoded(key)}
    user = {member: values[member], "client-certificate-data": encoded(certificate)}
    user |= {"username": "jane"} if member == "password" else {}
    user |= {} if member == "client-key-data" else {"client-key-data": encoded(key)}
    connection = connect(
        written(tmp_path / "config", "https://api.example.com", user), None, "v", 1
    )
    shown = repr((connection, connection.credentials, connection.credentials.current()))
    assert "CANARY" not in shown
    assert "Q0FOQVJZ" not in shown
    assert "PRIVATE KEY" not in shown


def test_credentials_in_the_clear_go_nowhere_and_that_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = written(tmp_path / "config", "http://api.example.com", {"token": "CANARY"})
    connection = connect(path, None, "vpsync", 1)
    assert connection.credentials.current().authorization == ""
    assert "the credentials of user u are not sent: http://api.example.com" in caplog.text
