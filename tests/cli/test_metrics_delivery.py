"""``--metrics-textfile`` and ``--pushgateway-url``: what a single run leaves behind, also where it failed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from passes.scenario import manifest
from vpsync.controller import delivery
from vpsync.sandbox import Fault, HtmlPage, PresetToken, Sandbox, SandboxOptions, on

from .conftest import Vpsync, write

DEAD = "http://127.0.0.1:1"
"""Nobody listens there."""


def samples(text: str) -> dict[str, float]:
    """The values of a text by series, labels in brackets."""
    return {
        one.name + str(sorted(one.labels.values()) if one.labels else ""): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


SUCCESS, LAST = "vpsync_last_success_timestamp_seconds", "vpsync_last_pass_timestamp_seconds"
FAILURES = "vpsync_consecutive_failures"
CREATED = "vpsync_reconcile_total['VpDeployment', 'created']"


@pytest.fixture
def run(vvp: Sandbox, files: Path) -> list[str]:
    return ["reconcile", "--once", "-f", str(files), "--vvp-url", vvp.url]


class TestTextfile:
    def test_has_the_metrics_of_the_run(
        self, vpsync: Vpsync, run: list[str], tmp_path: Path
    ) -> None:
        file = tmp_path / "vpsync.prom"
        assert vpsync(*run, "--metrics-textfile", str(file)).code == 0
        told = samples(file.read_text("utf-8"))
        assert (told[CREATED], told[FAILURES]) == (1, 0)
        assert time.time() - 60 < told[SUCCESS] == told[LAST]
        assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [file.name]
        assert file.stat().st_mode & 0o444 == 0o444, "node-exporter is another user"

    def test_a_run_that_failed_keeps_the_last_success_of_those_before(
        self, vpsync: Vpsync, run: list[str], vvp: Sandbox, tmp_path: Path
    ) -> None:
        file = tmp_path / "vpsync.prom"
        deliver = (*run, "--metrics-textfile", str(file))
        assert vpsync(*deliver).code == 0
        before = samples(file.read_text("utf-8"))
        vvp.faults.add(Fault(on("*", "."), HtmlPage(), times=None))
        for failures in (1, 2):
            assert vpsync(*deliver).code == 5
            told = samples(file.read_text("utf-8"))
            assert (told[SUCCESS], told[FAILURES]) == (before[SUCCESS], failures)
            assert told[LAST] > before[LAST]
        vvp.faults.clear()
        assert vpsync(*deliver).code == 0
        told = samples(file.read_text("utf-8"))
        assert told[SUCCESS] == told[LAST] > before[SUCCESS]
        assert told[FAILURES] == 0

    def test_a_run_that_never_came_to_a_pass_failed(self, vpsync: Vpsync, tmp_path: Path) -> None:
        file = tmp_path / "vpsync.prom"
        missing = str(tmp_path / "no-kubeconfig")
        done = vpsync(
            "reconcile", "--once", "--kubeconfig", missing, "--metrics-textfile", str(file)
        )
        assert done.code == 2
        told = samples(file.read_text("utf-8"))
        assert told[FAILURES] == 1
        assert LAST in told
        assert SUCCESS not in told

    def test_a_token_that_is_refused_for_one_vvp_namespace_fails_no_pass(
        self, vpsync: Vpsync, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        closed = {"metadata": {"name": "refused"}, "spec": {"metadata": {"namespace": "closed"}}}
        write(files / "refused.yaml", manifest({"target": closed}))
        monkeypatch.setenv("APPMANAGER_API_TOKEN_DEFAULT", "owner-secret")
        owner = PresetToken("default", "ops", "owner", "owner-secret")
        options, file = (
            SandboxOptions(auth=True, namespaces=("default", "closed")),
            tmp_path / "a.prom",
        )
        with Sandbox(options, tokens=[owner]) as vvp:
            done = vpsync("reconcile", "--once", "--no-create-tokens", "--vvp-url", vvp.url,
                          "-f", str(files), "--metrics-textfile", str(file))  # fmt: skip
        assert done.code == 3, done.err
        told = samples(file.read_text("utf-8"))
        assert (told[FAILURES], told[SUCCESS]) == (0, told[LAST])
        labels = sorted(["Stalled", "Unauthorized", "VpDeploymentTarget"])
        assert told[f"vpsync_resource_reason{labels}"] == 1

    @pytest.mark.parametrize(
        "text", ["", "}{", "vpsync_last_success_timestamp_seconds x\n", "\xff"]
    )
    def test_a_file_that_is_none_of_ours_is_replaced(
        self, vpsync: Vpsync, run: list[str], tmp_path: Path, text: str
    ) -> None:
        file = tmp_path / "vpsync.prom"
        file.write_bytes(text.encode("latin-1"))
        assert vpsync(*run, "--metrics-textfile", str(file)).code == 0
        assert samples(file.read_text("utf-8"))[CREATED] == 1

    def test_one_that_cannot_be_written_is_wrong_usage_before_anything_is_done(
        self, vpsync: Vpsync, run: list[str], vvp: Sandbox, tmp_path: Path
    ) -> None:
        done = vpsync(*run, "--metrics-textfile", str(tmp_path / "missing" / "vpsync.prom"))
        assert done.code == 2
        assert "--metrics-textfile" in done.err
        assert not vvp.requests


@dataclass
class Gateway:
    """A Pushgateway as far as one is needed: it notes what it is sent."""

    status: int = 200
    location: str = ""
    hang: float = 0.0
    requests: list[tuple[str, str, str]] = field(default_factory=list)


@pytest.fixture
def gateway() -> Iterator[tuple[Gateway, str]]:
    one = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            one.requests.append((self.command, self.path, body))
            time.sleep(one.hang)
            self.send_response(one.status)
            if one.location:
                self.send_header("Location", one.location)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield one, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class TestPushgateway:
    def test_gets_the_metrics_in_a_group_of_the_owner_id(
        self, vpsync: Vpsync, run: list[str], gateway: tuple[Gateway, str]
    ) -> None:
        one, url = gateway
        assert vpsync(*run, "--owner-id", "east", "--pushgateway-url", f"{url}/prefix/").code == 0
        [(method, path, body)] = one.requests
        assert (method, path) == ("POST", "/prefix/metrics/job/vpsync/owner_id/east")
        assert samples(body)[CREATED] == 1
        assert samples(body)[FAILURES] == 0

    def test_of_a_shard_goes_into_a_group_of_its_own(
        self, vpsync: Vpsync, run: list[str], gateway: tuple[Gateway, str]
    ) -> None:
        one, url = gateway
        assert vpsync(*run, "--shard", "1/3", "--pushgateway-url", url).code == 0
        [(_, path, body)] = one.requests
        assert path == "/metrics/job/vpsync/owner_id/default/shard/1"
        assert samples(body)["vpsync_shards"] == 3

    def test_a_run_that_failed_says_so_and_leaves_the_last_success_there(
        self, vpsync: Vpsync, run: list[str], vvp: Sandbox, gateway: tuple[Gateway, str]
    ) -> None:
        """What is not in the POST stays as it is at the gateway."""
        one, url = gateway
        vvp.faults.add(Fault(on("*", "."), HtmlPage(), times=None))
        assert vpsync(*run, "--pushgateway-url", url).code == 5
        [(method, _, body)] = one.requests
        assert method == "POST"
        told = samples(body)
        assert told[FAILURES] == 1
        assert SUCCESS not in told

    @pytest.mark.parametrize(
        ("status", "words"),
        [(500, "it answers 500"), (400, "it answers 400"), (302, "it answers 302")],
    )
    def test_one_that_refuses_is_warned_of_and_no_exit_code(
        self, vpsync: Vpsync, run: list[str], gateway: tuple[Gateway, str], status: int, words: str
    ) -> None:
        one, url = gateway
        one.status, one.location = status, f"{url}/elsewhere" if status == 302 else ""
        done = vpsync(*run, "--pushgateway-url", url)
        assert done.code == 0
        assert f"the metrics were not sent: --pushgateway-url {url}: {words}" in done.err
        assert len(one.requests) == 1, "a redirect is not followed"

    def test_one_that_is_away_is_warned_of_and_the_file_is_written_all_the_same(
        self, vpsync: Vpsync, run: list[str], tmp_path: Path
    ) -> None:
        file = tmp_path / "vpsync.prom"
        done = vpsync(*run, "--pushgateway-url", DEAD, "--metrics-textfile", str(file))
        assert done.code == 0
        assert f"the metrics were not sent: --pushgateway-url {DEAD}: " in done.err
        assert samples(file.read_text("utf-8"))[CREATED] == 1

    def test_one_that_takes_its_time_is_given_up(
        self, vpsync: Vpsync, run: list[str], gateway: tuple[Gateway, str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        one, url = gateway
        one.hang = 1.5
        monkeypatch.setattr(delivery, "PUSH_TIME", 0.3)
        done = vpsync(*run, "--pushgateway-url", url)
        assert done.code == 0
        assert "the metrics were not sent" in done.err

    def test_no_proxy_of_the_environment_is_asked(
        self, vpsync: Vpsync, run: list[str], gateway: tuple[Gateway, str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        one, url = gateway
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, DEAD)
        assert vpsync(*run, "--pushgateway-url", url).code == 0
        assert len(one.requests) == 1

    @pytest.mark.parametrize(
        "url",
        ["pushgateway:9091", "ftp://host", "http://", "http://u:CANARY@host", "http://h?t=CANARY"],
    )
    def test_another_address_is_wrong_usage_and_no_secret_in_it_is_repeated(
        self, vpsync: Vpsync, run: list[str], url: str
    ) -> None:
        done = vpsync(*run, "--pushgateway-url", url)
        assert done.code == 2
        assert "--pushgateway-url" in done.err
        assert "CANARY" not in done.err


@pytest.mark.parametrize("flag", ["--metrics-textfile", "--pushgateway-url"])
@pytest.mark.parametrize("mode", [["--loop"], ["--once", "--dry-run"]], ids=" ".join)
def test_what_delivers_goes_with_a_pass_that_ends(
    vpsync: Vpsync, files: Path, mode: list[str], flag: str
) -> None:
    done = vpsync("reconcile", *mode, "--sandbox", "-f", str(files), flag, DEAD)
    assert done.code == 2
    assert f"{flag} goes with --once, not with {mode[-1]}" in " ".join(done.err.split())
