"""Whether a loop lives, by its heartbeat: passes begin and end, and each says when the next sign is due."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from vpsync.controller.loop import LONGEST_BACKOFF
from vpsync.net.deadline import REMAINDER
from vpsync.settings import Settings

PATIENCE = 30.0
"""Seconds that a sign of life may be late."""


@dataclass(slots=True)
class Health:
    """Told by the loop, asked by the server."""

    clock: Callable[[], float]
    """Seconds that only grow."""
    longest_pass: float
    """Seconds that a pass may take before it hangs."""
    longest_pause: float
    """Seconds that may lie between two passes."""
    ready: bool = field(default=False, init=False)
    """Whether a first pass is over, whatever came of it, or another process does the work."""
    _due: float = field(init=False)

    def __post_init__(self) -> None:
        self._due = self.clock() + self.longest_pass

    def begin(self) -> None:
        """Notes that a pass begins."""
        self._due = self.clock() + self.longest_pass

    def end(self) -> None:
        """A pass is over, and the pause begins."""
        self._due = self.clock() + self.longest_pause
        self.ready = True

    def stand_by(self) -> None:
        """Another process holds the Lease: nothing is due until this one begins a pass."""
        self._due = math.inf
        self.ready = True

    @property
    def late(self) -> float:
        """Seconds since a sign of life was due; not above 0 where all is well."""
        return self.clock() - self._due


def health_of(settings: Settings, clock: Callable[[], float]) -> Health:
    """The health of a loop with these settings.

    A pass has its limit, and what it did is written down within :data:`REMAINDER` after it.
    """
    pause = max(LONGEST_BACKOFF, settings.interval) * (1 + settings.interval_jitter_percent / 100)
    return Health(clock, settings.timeout + REMAINDER + PATIENCE, pause + PATIENCE)
