"""What a loop sleeps by: it wakes early where there is something to look at."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Wake:
    """Sleeps until a time is over, or until the bell rings: for the end of the loop, or for a pass."""

    bell: threading.Event
    """Rung by whoever knows of something new."""
    over: Callable[[], bool]
    """Whether no further pass is to begin."""
    least: float = 0.0
    """Seconds at least between the starts of two passes that are asked for; others come as they come."""
    clock: Callable[[], float] = time.monotonic
    _asked: threading.Event = field(default_factory=threading.Event, init=False)
    _began: float = field(default=-math.inf, init=False)
    """When the last pass began that was asked for."""

    def begin(self) -> None:
        """A pass begins: it sees all that was asked for before."""
        if self._asked.is_set():
            self._began = self.clock()
        self._asked.clear()

    def ask(self) -> None:
        """Asks for a pass; from any thread."""
        self._asked.set()
        self.bell.set()

    def is_set(self) -> bool:
        """Whether no further pass is to begin."""
        return self.over()

    def wait(self, timeout: float) -> bool:
        """Sleeps for so many seconds, or until the loop is to end: whether it is."""
        ends = self.clock() + timeout
        return self._sleep(lambda: ends)

    def rest(self, timeout: float) -> bool:
        """The same, or until a pass is asked for and the last such one began long enough ago."""
        ends = self.clock() + timeout
        return self._sleep(
            lambda: min(ends, self._began + self.least) if self._asked.is_set() else ends
        )

    def _sleep(self, until: Callable[[], float]) -> bool:
        while not self.over() and (left := until() - self.clock()) > 0:
            self.bell.wait(left)
            self.bell.clear()
        return self.over()
