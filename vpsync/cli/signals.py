"""SIGINT and SIGTERM: the first one asks the run to end in good order, the second ends it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interruption:
    """Which signal asked the run to end, if one did."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.signal: int | None = None

    @property
    def exit_code(self) -> int:
        """128 and the number of the signal, as shells count."""
        return 128 + (self.signal or signal.SIGTERM)

    def receive(self, number: int, frame: FrameType | None) -> None:
        """Handles a signal."""
        if self.signal is not None:
            os._exit(128 + number)
        self.signal = number
        self.stop.set()


@contextmanager
def interruptible() -> Iterator[Interruption]:
    """Handles both signals for the time of a run. Python as PID 1 has no default for SIGTERM."""
    interruption = Interruption()
    before = {
        number: signal.signal(number, interruption.receive)
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield interruption
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
