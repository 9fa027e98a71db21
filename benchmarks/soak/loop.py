"""The loop under test: a vpsync as a process, its metrics, its log and what it holds."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from benchmarks.servers import environment
from benchmarks.soak.loglines import Log
from benchmarks.soak.usage import Usage, usage_of
from tests.e2e.apiserver.process import end_with_parent, free_ports

_END_SECONDS = 30
_SCRAPE_SECONDS = 60
"""A machine that does much else gives a loop little time."""
_PASSES = re.compile(r"^vpsync_pass_duration_seconds_count (\S+)$", re.MULTILINE)
_FAILURES = re.compile(r"^vpsync_consecutive_failures (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Passes:
    """What the metrics say of the passes so far."""

    count: int
    failures: int
    """How many of the last ones failed."""


@dataclass(slots=True)
class Loop:
    """A running ``reconcile --loop``."""

    process: subprocess.Popen[str]
    metrics: str
    """The address of its metrics."""
    log: Log

    def passes(self) -> Passes:
        """How many passes there were; :class:`requests.RequestException` where it does not answer."""
        answer = requests.get(self.metrics, timeout=_SCRAPE_SECONDS)
        answer.raise_for_status()
        counted, failed = _PASSES.search(answer.text), _FAILURES.search(answer.text)
        if counted is None or failed is None:
            return Passes(0, 0)
        return Passes(int(float(counted[1])), int(float(failed[1])))

    def usage(self) -> Usage:
        """What it holds now."""
        return usage_of(self.process.pid)

    def end(self) -> tuple[int, float]:
        """Ends it with SIGTERM; its exit code and the seconds that it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(_END_SECONDS)
        return code, time.monotonic() - began


@contextmanager
def running(
    kubeconfig: Path, vvp_url: str, flags: Sequence[str], log: Path | None = None
) -> Iterator[Loop]:
    """A loop with these flags whose metrics answer; killed at the end where it still runs.

    Its log is kept in the file ``log``, where one is given.
    """
    [port] = free_ports(1)
    command = [
        sys.executable, "-m", "vpsync", "reconcile", "--loop", "--log-format", "json",
        "--metrics-addr", f"127.0.0.1:{port}", "--kubeconfig", str(kubeconfig),
        "--vvp-url", vvp_url, *flags,
    ]  # fmt: skip
    process = subprocess.Popen(
        command,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=end_with_parent(),
    )
    assert process.stderr is not None
    loop = Loop(process, f"http://127.0.0.1:{port}/metrics", Log(process.stderr, log))
    try:
        _wait_until_answers(loop)
        yield loop
    finally:
        process.kill()
        process.wait()


def _wait_until_answers(loop: Loop) -> None:
    deadline = time.monotonic() + _END_SECONDS
    while time.monotonic() < deadline and loop.process.poll() is None:
        try:
            loop.passes()
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    told = "\n".join(line.message for line in loop.log.lines)
    raise SystemExit(f"vpsync did not start:\n{told}")
