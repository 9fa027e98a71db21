"""Signals end every command within two seconds, also while a server or a name server hangs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .test_exit_code_table import kubeconfig
from .test_exit_codes import wait_for
from .test_output import environment

BUSY = 4
"""Connections that keep a port busy which takes one and lets the others wait."""

SYN_SENT = "02"
"""The state of a connection that was asked for, in Linux's list of them."""

WITHIN = 2.0
"""Seconds from the signal to the end."""

COMMANDS: dict[str, tuple[str, tuple[int, int, int | None]]] = {
    "reconcile --once": ("FILES VVP", (130, 143, 143)),
    "reconcile --once of a cluster": ("CLUSTER", (130, 143, 143)),
    "reconcile --loop": ("FILES VVP", (0, 0, None)),
    "reconcile --loop of a cluster": ("CLUSTER", (0, 0, None)),
    "diff": ("FILES VVP", (130, 143, 143)),
    "diff of a cluster": ("CLUSTER", (130, 143, 143)),
    "get": ("CLUSTER", (130, 143, 143)),
    "get --watch": ("CLUSTER", (0, 0, 0)),
    "doctor": ("VVP", (130, 143, 143)),
    "export": ("VVP", (130, 143, 143)),
    "release --yes": ("FILES VVP", (130, 143, 143)),
    "release --yes of a cluster": ("CLUSTER -A", (130, 143, 143)),
}
"""What a command ends with after SIGINT, SIGTERM and SIGHUP; None where it goes on."""


class Silent:
    """A port that takes connections, or leaves them waiting, and never answers."""

    def __init__(self, *, takes: bool) -> None:
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(64 if takes else 0)
        self.listener.settimeout(20)
        self.taken: list[socket.socket] = []
        if not takes:
            # What comes after these waits for ever.
            self.taken = [socket.socket() for _ in range(BUSY)]
            for one in self.taken:
                one.setblocking(False)
                one.connect_ex(self.listener.getsockname())
        self.port: int = self.listener.getsockname()[1]

    def is_sought(self) -> bool:
        """Whether somebody waits for a connection, beside those that keep the port busy."""
        own = {one.getsockname()[1] for one in self.taken}
        lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
        ends = [(line.split()[1], line.split()[2], line.split()[3]) for line in lines]
        return any(
            state == SYN_SENT and port_of(there) == self.port and port_of(here) not in own
            for here, there, state in ends
        )

    def met(self) -> None:
        """Returns when somebody has connected, or has tried to for a moment."""
        if self.listener.gettimeout() and not self.taken:
            self.taken.append(self.listener.accept()[0])
        time.sleep(0.3)

    def close(self) -> None:
        """Ends it."""
        for one in (*self.taken, self.listener):
            one.close()


@contextmanager
def silent(*, takes: bool = True) -> Iterator[Silent]:
    server = Silent(takes=takes)
    try:
        yield server
    finally:
        server.close()


def port_of(end: str) -> int:
    """The port of an end of a connection as Linux's list of them has it."""
    return int(end.rpartition(":")[2], 16)


def started(command: str, words: list[str]) -> subprocess.Popen[str]:
    line = command.removesuffix(" of a cluster").split()
    return subprocess.Popen(
        [sys.executable, "-m", "vpsync", *line, *words],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment(), text=True,
    )  # fmt: skip


def words_for(line: str, files: Path, url: str) -> list[str]:
    known = {
        "FILES": ["-f", str(files)],
        "VVP": ["--vvp-url", url],
        "CLUSTER": ["--kubeconfig", str(kubeconfig(files.parent / "kubeconfig", url))],
    }
    return [word for part in line.split() for word in known.get(part, [part])]


def ended(process: subprocess.Popen[str], number: int) -> tuple[int, float, str]:
    """Exit code, seconds from the signal on, and what was said."""
    began = time.monotonic()
    process.send_signal(number)
    told = process.communicate(timeout=20)[1]
    return process.returncode, time.monotonic() - began, told


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_ends_while_a_server_is_silent(command: str, files: Path) -> None:
    line, codes = COMMANDS[command]
    kinds = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number, code in zip(kinds, codes, strict=True):
        if number == signal.SIGHUP and (code is None or not command.startswith("reconcile")):
            continue
        with silent() as server:
            process = started(command, words_for(line, files, f"http://127.0.0.1:{server.port}"))
            server.met()
            got, seconds, told = ended(process, number)
        assert (got, "Traceback" in told) == (code, False), told
        assert seconds < WITHIN


@pytest.mark.parametrize("command", ["reconcile --once", "get"])
@pytest.mark.parametrize("where", ["TLS handshake", "connection"])
def test_also_before_there_is_a_connection(command: str, where: str, files: Path) -> None:
    line, codes = COMMANDS[command]
    scheme = "https" if where == "TLS handshake" else "http"
    with silent(takes=where == "TLS handshake") as server:
        url = f"{scheme}://127.0.0.1:{server.port}"
        process = started(command, words_for(line, files, url))
        if scheme == "https":
            server.met()
        else:
            wait_for(server.is_sought)
        got, seconds, told = ended(process, signal.SIGTERM)
    assert got == codes[1], told
    assert seconds < WITHIN + 0.5


def test_a_second_signal_ends_at_once(files: Path) -> None:
    line, codes = COMMANDS["reconcile --once"]
    with silent() as server:
        url = f"https://127.0.0.1:{server.port}"
        process = started("reconcile --once", words_for(line, files, url))
        server.met()
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)  # Signals that wait side by side have no order.
        got, seconds, _ = ended(process, signal.SIGINT)
    assert got == codes[0]
    assert seconds < 0.5


def test_an_interrupt_while_modules_are_loaded_leaves_no_traceback() -> None:
    program = """
import signal, sys
from importlib.abc import MetaPathFinder
from vpsync.__main__ import main

class Interrupting(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "vpsync.cli":
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
main()
"""
    line = [sys.executable, "-c", program]
    done = subprocess.run(line, timeout=20, env=environment(), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, "")


def test_a_signal_that_was_ignored_from_the_start_stays_ignored(files: Path) -> None:
    """As by nohup."""
    line, codes = COMMANDS["reconcile --once"]
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with silent() as server:
            url = f"http://127.0.0.1:{server.port}"
            process = started("reconcile --once", words_for(line, files, url))
            server.met()
            os.kill(process.pid, signal.SIGHUP)
            time.sleep(0.5)
            assert process.poll() is None
            assert ended(process, signal.SIGTERM)[0] == codes[1]
    finally:
        signal.signal(signal.SIGHUP, before)


def test_wrong_usage_waits_for_no_server(files: Path) -> None:
    """The cluster is asked early, and what it is asked is given up where the rest cannot be opened."""
    line, _ = COMMANDS["diff of a cluster"]
    with silent() as server:
        words = words_for(line, files, f"http://127.0.0.1:{server.port}")
        process = started("diff", [*words, "--vvp-ca-file", __file__])
        server.met()
        told = process.communicate(timeout=10)[1]
    assert process.returncode == 2
    assert "it holds no PEM certificate" in told


@pytest.mark.parametrize("lock", ["stop", "bell"])
def test_a_signal_is_heeded_wherever_the_main_thread_is(lock: str) -> None:
    """A handler runs between any two steps, also within ``Event.wait``, whose lock is taken once only."""
    program = f"""
import signal
from vpsync.cli.signals import interruptible

with interruptible(0) as run:
    with run.{lock}._cond:
        signal.raise_signal(signal.SIGTERM)
    assert run.bell.wait(10)
    assert run.stop.is_set()
"""
    done = subprocess.run([sys.executable, "-c", program], timeout=20, env=environment())
    assert done.returncode == 0
