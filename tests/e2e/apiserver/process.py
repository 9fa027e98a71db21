"""Runs a server as a child process whose output goes to a file."""

from __future__ import annotations

import ctypes
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

# Below the ports that systems hand to outgoing connections, so that none of those takes a port
# between its choice and its use, or while its server restarts.
_PORTS = range(20000, 30000)
_STOP_LIMIT_SECONDS = 30
_POLL_SECONDS = 0.05
_PR_SET_PDEATHSIG = 1  # From <sys/prctl.h>.
_LOG_TAIL_LINES = 40


class ServerError(Exception):
    """A server did not come up; the message ends with the last lines of its log."""


class ServerProcess:
    """One run of a server; its output is appended to ``log``."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        """Start ``command`` at once; ``wait_until`` tells when it serves."""
        self._name = Path(command[0]).name
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C is for pytest, which then stops the servers in their order.
                start_new_session=True,
                preexec_fn=end_with_parent(),
            )

    def wait_until(self, ready: Callable[[], bool], limit_seconds: float) -> None:
        """Return once ``ready()``; ``ServerError`` if it exits first or the time is up."""
        deadline = time.monotonic() + limit_seconds
        while True:
            code = self._process.poll()
            if code is not None:
                raise ServerError(f"{self._name} exited with code {code}:\n{self._log_tail()}")
            if ready():
                return
            if time.monotonic() > deadline:
                raise ServerError(
                    f"{self._name} was not ready after {limit_seconds:g} s:\n{self._log_tail()}"
                )
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """Ask it to end and wait until it has; kill it if it takes too long."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _log_tail(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-_LOG_TAIL_LINES:])


def end_with_parent() -> Callable[[], None] | None:
    """What a child runs to be ended by the kernel when a killed pytest cannot do it."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def is_listening(port: int) -> bool:
    """Whether something accepts connections on this loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_ports(count: int) -> list[int]:
    """That many different ports on which nothing listens on loopback now."""
    ports: list[int] = []
    for port in random.SystemRandom().sample(_PORTS, len(_PORTS)):
        if _is_free(port):
            ports.append(port)
        if len(ports) == count:
            return ports
    raise ServerError(f"fewer than {count} free ports from {_PORTS.start} to {_PORTS.stop - 1}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
