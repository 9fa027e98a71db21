"""Which schedules there are for a scenario, family by family."""

from __future__ import annotations

from collections.abc import Iterator

from faults.play import SCENARIOS, undisturbed
from faults.schedule import Mishap, Schedule
from faults.troubles import CRASHES

PLAYED = [(name, mode) for name, scenario in SCENARIOS.items() for mode in scenario.modes]
"""All scenarios, each where it means something."""


def crashes(name: str, mode: str) -> Iterator[Schedule]:
    """A crash, or a lost answer, at every write."""
    for write in range(1, writes(name, mode) + 1):
        for trouble in CRASHES:
            yield Schedule(name, mode, (Mishap(write, trouble),))


def writes(name: str, mode: str) -> int:
    """How many writes the run has in which nothing goes wrong."""
    return max(request.write for request in undisturbed(name, mode).requests)
