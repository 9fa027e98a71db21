"""Until when requests may take: the limit of a pass, the run's Lease, and a signal that asks it to end."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from vpsync.net.lease_term import LeaseTerm

REMAINDER = 30.0
"""Seconds that writes have beyond the limit of a pass: what was done is still to be written down."""

UNDER_WAY = 1.2
"""Seconds that a write has left which is under way when the run is asked to end."""

AFTERWARDS = 0.6
"""Seconds for each write that is begun after that, to write down what was done."""

READS = frozenset({"GET", "HEAD"})


class Deadline:
    """The time limit of the pass at hand, shared by both edges and all of their threads.

    Before :meth:`begin` there is none. ``clock`` gives seconds since some moment; ``stop`` is set when
    the run is to end. From then on reads end at once, for nobody needs them any more.
    """

    def __init__(
        self,
        stop: threading.Event | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.clock = clock
        self._stop = stop or threading.Event()
        self._ends = math.inf
        self._stopped: float | None = None
        self.term: LeaseTerm | None = None
        """While it is open, writes may be begun; None where anybody may write at any time."""
        self.answered = -math.inf
        """When the last request got an answer, by ``clock``."""

    def begin(self, seconds: float) -> None:
        """A pass begins that may take so many seconds."""
        self._ends = self.clock() + seconds

    @property
    def is_over(self) -> bool:
        """Whether the time of the pass is over."""
        return self.clock() >= self._ends

    @property
    def is_stopped(self) -> bool:
        """Whether the run is to end."""
        return self._stop.is_set()

    @property
    def may_write(self) -> bool:
        """Whether this run is the only one that writes, as far as that is asked for."""
        return self.term is None or self.term.is_open

    def left(self) -> float:
        """Seconds that the pass has left; none when the run is to end or may write no more."""
        if self._stop.is_set() or not self.may_write:
            return 0.0
        return max(0.0, self._ends - self.clock())

    def may_begin(self, method: str) -> bool:
        """Whether a request may be begun now; it is asked again when its connection is there."""
        return method in READS or self.may_write

    def left_for(self, method: str, started: float, whole: float) -> float:
        """Seconds that a request has left which began at ``started`` and may take ``whole`` seconds."""
        now, reads = self.clock(), method in READS
        ends = min(started + whole, self._ends + (0.0 if reads else REMAINDER))
        if self.term is not None:
            ends = min(ends, now + self.term.left())
        if self._stop.is_set():
            if self._stopped is None:
                self._stopped = now
            grace = UNDER_WAY if started <= self._stopped else AFTERWARDS
            ends = min(ends, now if reads else max(started, self._stopped) + grace)
        return ends - now
