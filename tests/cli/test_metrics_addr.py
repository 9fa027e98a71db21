"""``--metrics-addr``: what a loop tells of itself, and what it does where it cannot."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vpsync.cli.monitoring import address
from vpsync.model.stage import Stage
from vpsync.sandbox import Fault, Hang, Sandbox, on
from vpsync.settings import ListenAddress

from .conftest import Vpsync
from .test_exit_codes import wait_for
from .test_output import environment

StartLoop = Callable[..., "Loop"]


class Loop:
    """A running loop, with what it has written to stderr."""

    def __init__(self, files: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "vpsync", "reconcile", "--loop", "--interval", "0.2s",
             "-f", str(files), *arguments],
            env=environment(), stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stderr is not None
        self.first = self.process.stderr.readline()

    def get(self, path: str, accept: str = "") -> tuple[int, str, str]:
        """Status, content type and body of an answer."""
        found = re.search(r"http://127\.0\.0\.1:(\d+)", self.first)
        assert found, self.first
        connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=5)
        connection.request("GET", path, headers={"Accept": accept})
        answer = connection.getresponse()
        told = answer.status, answer.getheader("Content-Type") or "", answer.read().decode()
        connection.close()
        return told

    def metrics(self) -> str:
        return self.get("/metrics")[2]


@pytest.fixture
def start(files: Path, vvp: Sandbox) -> Iterator[StartLoop]:
    running: list[Loop] = []

    def begin(*arguments: str) -> Loop:
        running.append(Loop(files, "--vvp-url", vvp.url, *arguments))
        return running[-1]

    yield begin
    for one in running:
        one.process.kill()
        one.process.communicate()


def test_a_loop_tells_metrics_and_health_and_ends_with_0(start: StartLoop) -> None:
    loop = start("--metrics-addr", "127.0.0.1:0")
    wait_for(lambda: loop.get("/readyz")[0] == 200)
    assert loop.get("/healthz")[:1] == (200,)
    status, kind, text = loop.get("/metrics")
    assert (status, kind.partition(";")[0]) == (200, "text/plain")
    assert 'vpsync_reconcile_total{kind="VpDeployment",result="created"} 1.0' in text
    assert re.search(r'vpsync_http_requests_total\{code="201",method="POST",target="vvp"\} 2', text)
    for stage in Stage:
        assert f'vpsync_pass_stage_duration_seconds_count{{stage="{stage}"}}' in text
    assert "Last passes" in loop.get("/")[2]
    _, kind, text = loop.get("/metrics", "application/openmetrics-text; version=1.0.0")
    assert kind.startswith("application/openmetrics-text; version=1.0.0")
    assert text.endswith("# EOF\n")
    assert loop.get("/other")[0] == 404
    loop.process.send_signal(signal.SIGTERM)
    assert loop.process.wait(20) == 0


def test_it_answers_while_a_pass_hangs_and_a_pass_beyond_its_limit_is_told_when_it_is_over(
    start: StartLoop, vvp: Sandbox
) -> None:
    vvp.faults.add(Fault(on("GET", "/deployments$"), Hang(1.5), None))
    loop = start("--metrics-addr", "127.0.0.1:0", "--timeout", "1s")
    wait_for(lambda: bool(vvp.requests))
    assert loop.get("/readyz")[0] == 503
    assert loop.get("/healthz")[0] == 200
    assert 'vpsync_http_requests_in_flight{target="vvp"}' in loop.metrics()
    wait_for(lambda: "vpsync_consecutive_failures 1.0" in loop.metrics())
    assert "\nvpsync_last_success_timestamp_seconds" not in loop.metrics()
    assert loop.get("/readyz")[0] == 200


def test_it_ends_with_sigterm_also_where_somebody_holds_connections(start: StartLoop) -> None:
    loop = start("--metrics-addr", "127.0.0.1:0")
    port = int(loop.first.rpartition(":")[2])
    held = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(20)]
    wait_for(lambda: loop.get("/readyz")[0] == 200)
    loop.process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    assert loop.process.wait(20) == 0
    assert time.monotonic() - began < 10
    for connection in held:
        connection.close()


def test_a_port_that_is_taken_is_wrong_usage(vpsync: Vpsync, files: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        done = vpsync("reconcile", "--loop", "--sandbox", "-f", str(files), "--metrics-addr", place)
    assert done.code == 2
    assert done.err.splitlines()[-1] == (
        f"vpsync: --metrics-addr {place}: another process listens there; give another port, or 0 "
        "for none"
    )


def test_a_default_that_is_taken_is_told_and_the_loop_goes_on(start: StartLoop) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("", 8080))
            taken.listen()
        except OSError:
            pass  # Another process has it: all the better.
        loop = start()
        assert "WARNING no metrics and no health are served: --metrics-addr :8080: " in loop.first
        assert loop.process.stderr is not None
        wait_for(
            lambda: loop.process.stderr is not None and "started" in loop.process.stderr.readline()
        )
        loop.process.send_signal(signal.SIGTERM)
        assert loop.process.wait(20) == 0


def test_0_opens_nothing(start: StartLoop) -> None:
    assert "INFO started: " in start("--metrics-addr", "0").first


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (":8080", ListenAddress("", 8080)),
        ("127.0.0.1:1", ListenAddress("127.0.0.1", 1)),
        ("[::1]:65535", ListenAddress("::1", 65535)),
        ("localhost:0", ListenAddress("localhost", 0)),
        ("0", None),
    ],
)
def test_an_address_is_read_as_go_does(text: str, wanted: ListenAddress | None) -> None:
    assert address(text) == wanted
    if wanted is not None:
        assert str(wanted) == text


@pytest.mark.parametrize(
    "text", ["8080", ":", ":x", "::1:80", "host", "a@b:1", ":65536", "http://host:1", "1 2:3"]
)
def test_another_address_is_wrong_usage(vpsync: Vpsync, files: Path, text: str) -> None:
    done = vpsync("reconcile", "--loop", "--sandbox", "-f", str(files), "--metrics-addr", text)
    assert done.code == 2
    assert "write :8080, 127.0.0.1:8080 or [::1]:8080, or 0 for none." in " ".join(done.err.split())


def test_a_single_pass_opens_no_address(vpsync: Vpsync, files: Path) -> None:
    once = ("reconcile", "--once", "--sandbox", "-f", str(files))
    assert vpsync(*once).code == 0
    done = vpsync(*once, "--metrics-addr", "127.0.0.1:0")
    assert done.code == 2
    assert "--metrics-addr goes with --loop" in done.err


@pytest.mark.parametrize("call", [("reconcile", "--once"), ("diff",)], ids=" ".join)
def test_what_serves_no_metrics_does_not_pay_for_them(files: Path, call: tuple[str, ...]) -> None:
    script = (
        f"import sys; sys.argv = {['vpsync', *call, '--sandbox', '-f', str(files)]!r}\n"
        "from vpsync.cli import main\n"
        "main.main(standalone_mode=False)\n"
        "print('prometheus_client' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(),
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stderr.splitlines()[-1] == "False"


class TestTls:
    FILES = ("--metrics-cert-file", "tls.crt", "--metrics-key-file", "tls.key")

    @pytest.mark.parametrize(
        ("flags", "words"),
        [
            (("--loop", *FILES[:2]), "go together"),
            (("--loop", *FILES[2:]), "go together"),
            (("--loop", "--metrics-secure"), "tokens go over HTTPS only"),
            (("--loop", "--metrics-secure", *FILES), "with -f there is none"),
            (("--once", *FILES), "--metrics-cert-file goes with --loop"),
            (("--once", "--metrics-secure"), "--metrics-secure goes with --loop"),
            (("--loop", "--metrics-addr", "127.0.0.1:0", *FILES), "not a certificate and its key"),
        ],
    )
    def test_that_would_not_protect_is_wrong_usage(
        self, vpsync: Vpsync, files: Path, flags: tuple[str, ...], words: str
    ) -> None:
        done = vpsync("reconcile", "--sandbox", "-f", str(files), *flags)
        assert done.code == 2
        assert words in " ".join(done.err.split())
