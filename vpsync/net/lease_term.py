"""For how long a run may write because it is the only one: the time of its Lease, by the local clock.

A Lease that is renewed at one moment counts until others may take it over. No write is begun in the last
part of that time, so that one that is under way has come to its end, or has been given up, before somebody
else writes. All of it is counted on this machine alone, from before the request that renewed the Lease was
sent: an answer that comes late makes nothing longer, and the time of day has no part in it.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable


def steady_clock() -> float:
    """Seconds since some moment; they only grow, also while the machine is suspended where that is told."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class LeaseTerm:
    """The time between two moments at which this run got the Lease and lost it; safe between threads.

    ``sent`` is when the request was sent that got the Lease, by ``clock``. Writes may be begun for ``begins``
    seconds from then on, and be under way for ``whole`` seconds. What is over does not come back: whoever
    gets the Lease again has another term.
    """

    def __init__(
        self, sent: float, begins: float, whole: float, clock: Callable[[], float] = steady_clock
    ) -> None:
        self._begins, self._whole, self._clock = begins, whole, clock
        self._lock = threading.Lock()
        self._renewed = sent
        self._closed = False

    def extend(self, sent: float) -> bool:
        """The Lease was renewed by a request that was sent then; False where that was too late."""
        with self._lock:
            if not self._is_open():
                return False
            self._renewed = max(self._renewed, sent)
            return self._is_open()

    def end(self) -> None:
        """Ends it now: somebody else may have the Lease, or it is given up."""
        with self._lock:
            self._closed, self._renewed = True, -math.inf

    @property
    def is_open(self) -> bool:
        """Whether a write may be begun."""
        with self._lock:
            return self._is_open()

    def left(self) -> float:
        """Seconds that requests under way may still take."""
        with self._lock:
            return self._renewed + self._whole - self._clock()

    def left_to_begin(self) -> float:
        """Seconds until no write may be begun any more."""
        with self._lock:
            return self._renewed + self._begins - self._clock() if self._is_open() else 0.0

    def _is_open(self) -> bool:
        # Once it was noticed that the time is over, it stays so.
        self._closed = self._closed or self._clock() >= self._renewed + self._begins
        return not self._closed
