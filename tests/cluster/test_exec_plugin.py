"""Credentials of exec plugins: asked anew when they are used up, ended when they take too long."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kubeconfigs.authority import make_authority
from kubeconfigs.recording import Log, api, server_context, serving
from vpsync.cluster.client import Reader
from vpsync.cluster.connection import connect
from vpsync.errors import ClusterUnreachable, SettingsError
from vpsync.net.deadline import Deadline

from .plugins import Plugin, written


@pytest.fixture
def plugin(tmp_path: Path) -> Plugin:
    folder = tmp_path / "plugin"
    folder.mkdir()
    return Plugin(folder)


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def server(log: Log) -> Iterator[str]:
    """Takes every token but those that begin with ``old``."""
    with serving(api(log, lambda authorization: authorization.startswith("Bearer old"))) as port:
        yield f"http://127.0.0.1:{port}"


def reader(
    server: str, plugin: Plugin, limit: float = 10, stop: threading.Event | None = None
) -> Reader:
    path = written(plugin.folder / "kubeconfig", server, plugin.user())
    deadline = Deadline(stop)
    return Reader(connect(path, None, "vpsync", 4, timeout=limit, deadline=deadline))


def tokens(log: Log) -> list[str]:
    return [one.authorization.removeprefix("Bearer ") for one in log.take()]


def test_is_not_run_before_the_first_request_and_once_for_all(
    server: str, plugin: Plugin, log: Log
) -> None:
    plugin.answers({"token": "a"})
    one = reader(server, plugin)
    assert plugin.runs == 0
    for _ in range(3):
        one.get("/version")
    assert plugin.runs == 1
    assert tokens(log) == ["a"] * 3


def test_is_run_once_for_requests_side_by_side(server: str, plugin: Plugin) -> None:
    plugin.answers({"token": "a"})
    one = reader(server, plugin)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one.get, ["/version"] * 8))
    assert plugin.runs == 1


def test_a_401_asks_it_again_and_the_request_is_sent_again(
    server: str, plugin: Plugin, log: Log
) -> None:
    plugin.answers({"token": "old"}, {"token": "new"})
    one = reader(server, plugin)
    assert one.get("/version")["major"] == "1"
    assert tokens(log) == ["old", "new"]
    one.get("/version")
    assert plugin.runs == 2


def test_many_401_at_once_ask_it_once(server: str, plugin: Plugin) -> None:
    plugin.answers({"token": "old"}, {"token": "new"})
    one = reader(server, plugin)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(one.get, ["/version"] * 6))
    assert plugin.runs == 2


def test_a_401_that_stays_is_an_error_and_the_next_pass_asks_again(
    server: str, plugin: Plugin, log: Log
) -> None:
    """A loop is never locked out: the plugin may know better a minute later."""
    plugin.answers({"token": "old"}, {"token": "old"}, {"token": "new"})
    one = reader(server, plugin)
    with pytest.raises(ClusterUnreachable, match="does not accept the credentials"):
        one.get("/version")
    assert tokens(log) == ["old"]
    one.get("/version")
    assert tokens(log) == ["old", "new"]


def test_expired_credentials_are_asked_for_anew(server: str, plugin: Plugin, log: Log) -> None:
    plugin.answers(
        {"token": "a", "expirationTimestamp": "2020-01-01T00:00:00Z"},
        {"token": "b", "expirationTimestamp": "2100-01-01T00:00:00+00:00"},
    )
    one = reader(server, plugin)
    for _ in range(3):
        one.get("/version")
    assert tokens(log) == ["a", "b", "b"]


def test_a_failure_names_the_program_and_its_words_and_nothing_is_sent(
    server: str, plugin: Plugin, log: Log
) -> None:
    plugin.answers("echo 'login needed: token=CANARY' >&2; exit 3")
    with pytest.raises(ClusterUnreachable) as raised:
        reader(server, plugin).get("/version")
    text = str(raised.value)
    assert "plugin/plugin failed with exit code 3: login needed" in text
    assert "CANARY" not in text
    assert log.take() == []


def test_a_failure_is_not_repeated_by_those_that_waited_for_it(
    server: str, plugin: Plugin, log: Log
) -> None:
    plugin.answers("sleep 0.5; exit 1")
    one = reader(server, plugin)

    def failed(path: str) -> bool:
        with pytest.raises(ClusterUnreachable, match="exit code 1"):
            one.get(path)
        return True

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(failed, ["/version"] * 6))
    assert plugin.runs == 1
    assert failed("/version")
    assert plugin.runs == 2


def test_a_renewal_that_fails_is_the_error(server: str, plugin: Plugin) -> None:
    plugin.answers({"token": "old"}, "echo no session >&2; exit 1")
    with pytest.raises(ClusterUnreachable, match="exit code 1: no session"):
        reader(server, plugin).get("/version")


@pytest.mark.parametrize("script", ["sleep 60", "trap '' TERM; sleep 60 & wait; sleep 60"])
def test_one_that_hangs_ends_with_the_time_limit(
    server: str, plugin: Plugin, log: Log, script: str
) -> None:
    plugin.answers(script)
    began = time.monotonic()
    with pytest.raises(ClusterUnreachable, match=r"gave no credentials within \d s"):
        reader(server, plugin, limit=0.3).get("/version")
    assert time.monotonic() - began < 2
    assert plugin.is_gone()
    assert log.take() == []


def test_one_that_waits_for_somebody_is_quoted_when_its_time_is_over(
    server: str, plugin: Plugin
) -> None:
    plugin.answers("echo log in at https://login.example.com >&2; sleep 60")
    with pytest.raises(ClusterUnreachable, match=r"within \d s: log in at https://login.example"):
        reader(server, plugin, limit=0.5).get("/version")


def test_one_that_hangs_ends_with_the_run(server: str, plugin: Plugin) -> None:
    plugin.answers("sleep 60")
    stop = threading.Event()
    one = reader(server, plugin, limit=60, stop=stop)
    threading.Timer(0.3, stop.set).start()
    began = time.monotonic()
    with pytest.raises(ClusterUnreachable, match="interrupted"):
        one.get("/version")
    assert time.monotonic() - began < 2
    assert plugin.is_gone()


def test_it_gets_the_environment_without_the_tokens_of_vvp(
    server: str, plugin: Plugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = ("APPMANAGER_API_TOKEN", "APPMANAGER_API_TOKEN_TEAM", "PLATFORM_API_TOKEN",
            "VPSYNC_VVP_TOKEN_FILE", "VPSYNC_ANYTHING")  # fmt: skip
    for name in (*ours, "CLOUD_PROFILE"):
        monkeypatch.setenv(name, "CANARY")
    plugin.answers({"token": "a"})
    reader(server, plugin).get("/version")
    assert plugin.environment["CLOUD_PROFILE"] == "CANARY"
    assert "KUBERNETES_EXEC_INFO" in plugin.environment
    assert not {*ours} & {*plugin.environment}


def test_what_the_kubeconfig_gives_it_it_gets_whatever_its_name(
    server: str, plugin: Plugin
) -> None:
    plugin.answers({"token": "a"})
    given = [{"name": "VPSYNC_PROFILE", "value": "x"}]
    path = written(plugin.folder / "kubeconfig", server, plugin.user(env=given))
    Reader(connect(path, None, "vpsync", 1)).get("/version")
    assert plugin.environment["VPSYNC_PROFILE"] == "x"


def test_one_that_is_not_there_is_wrong_usage_with_the_hint_to_install_it(
    server: str, plugin: Plugin
) -> None:
    hint = "Install it with\n  make login\n"
    path = written(plugin.folder / "kubeconfig", server, plugin.user(installHint=hint))
    with pytest.raises(SettingsError, match="is not there or cannot be run: Install it with make"):
        connect(path, None, "vpsync", 1)


def test_new_certificates_make_new_connections(tmp_path: Path, plugin: Plugin, log: Log) -> None:
    folder = tmp_path / "pki"
    folder.mkdir()
    authority = make_authority(folder)
    statuses = []
    for name in ("alice", "bob"):
        certificate, key = (path.read_text() for path in authority.pair(name))
        statuses.append({"clientCertificateData": certificate, "clientKeyData": key})
    plugin.answers({**statuses[0], "expirationTimestamp": "2020-01-01T00:00:00Z"}, statuses[1])
    context = server_context(authority.pair("server"), authority.ca)
    with serving(api(log), context) as port:
        url, ca = f"https://127.0.0.1:{port}", {"certificate-authority": str(authority.ca)}
        path = written(plugin.folder / "kubeconfig", url, plugin.user(), **ca)
        connection = connect(path, None, "vpsync", 1)
        one = Reader(connection)
        for _ in range(3):
            one.get("/version")
        connection.close()
    assert [request.certificate for request in log.take()] == ["alice", "bob", "bob"]


def test_a_certificate_that_cannot_be_used_is_an_error(server: str, plugin: Plugin) -> None:
    plugin.answers({"clientCertificateData": "a", "clientKeyData": "b"})
    with pytest.raises(ClusterUnreachable, match="client certificate"):
        reader(server, plugin).get("/version")
