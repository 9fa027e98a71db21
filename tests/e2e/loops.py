"""Loops that run beside each other, as replicas do."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from .harness import World

PATIENCE_SECONDS = 30


def eventually(holds: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> float:
    """Waits until something holds; how many seconds that took."""
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < seconds, "not within the time limit"
        time.sleep(0.05)
    return time.monotonic() - started


@dataclass
class Loop:
    """A running loop and what it has told so far."""

    world: World
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._readers = [
            threading.Thread(target=self.lines.extend, args=(stream,))
            for stream in (self.process.stdout, self.process.stderr)
        ]
        for reader in self._readers:
            reader.start()

    @property
    def told(self) -> str:
        """All of its lines."""
        return "".join(self.lines)

    def says(self, text: str, seconds: float = PATIENCE_SECONDS) -> float:
        """Waits until it has said something."""
        return eventually(lambda: text in self.told, seconds)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Sends a signal and waits for the end; the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(timeout=30)
        self.close()
        return code

    def close(self) -> None:
        """Ends it whatever it does."""
        self.process.kill()
        self.process.wait()
        for reader in self._readers:
            reader.join()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()


@contextmanager
def loops(world: World, *flags: str, interval: str = "0.3s") -> Iterator[Callable[..., Loop]]:
    """Starts loops over a world with these flags, and ends them."""
    started: list[Loop] = []

    def start(*more: str) -> Loop:
        words = ("--interval", interval, "--interval-jitter-percent", "0", *flags, *more)
        loop = Loop(world, world.start("reconcile", "--loop", *words, *world.flags))
        started.append(loop)
        return loop

    try:
        yield start
    finally:
        for loop in started:
            loop.close()
            world.ended(loop.process.returncode, loop.told, "")
