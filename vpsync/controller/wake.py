"""What a loop sleeps by: it wakes early where there is something to look at."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class Wake:
    """Sleeps until a time is over, or until the bell rings for the end of the loop."""

    bell: threading.Event
    """Rung by whoever knows of something new."""
    over: Callable[[], bool]
    """Whether no further pass is to begin."""
    clock: Callable[[], float] = time.monotonic

    def is_set(self) -> bool:
        """Whether no further pass is to begin."""
        return self.over()

    def wait(self, timeout: float) -> bool:
        """Sleeps for so many seconds, or until the loop is to end: whether it is."""
        ends = self.clock() + timeout
        while not self.over() and (left := ends - self.clock()) > 0:
            self.bell.wait(left)
            self.bell.clear()
        return self.over()
