"""Which schedules there are for a scenario, family by family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from faults.play import SCENARIOS, undisturbed
from faults.schedule import Company, Mishap, Schedule
from faults.troubles import CRASHES, FAULTS, STALE, Trouble, meets

PLAYED = [(name, mode) for name, scenario in SCENARIOS.items() for mode in scenario.modes]
"""All scenarios, each where it means something."""

SPARED_OLD_LISTS: Mapping[str, str] = {
    "state-loss cluster": "an old list shows the consent to be needless, and it is asked for again",
    "names-that-vvp-gives-twice cluster": "only VVP's refusal of a name tells that a list was old",
    "restart-on-demand files": "that it was done is remembered in VVP alone",
}
"""Scenarios that a list of an earlier time may bring to another end, and why."""

SPARED_COMPANY: Mapping[str, str] = {
    "names-that-vvp-gives-twice cluster": "an instance that stops between its claim and its POST"
    " cannot be held up by one that comes in between; only a VVP with unique names refuses the second",
}
"""Scenarios that a second instance at once may bring to another end, and why."""

SPARED_LOST_ANSWERS: Mapping[str, str] = {
    "hidden-and-dropped cluster": "what only the lost answer showed is sent once more, and told as a change",
    "hidden-and-dropped files": "what only the lost answer showed is sent once more, and told as a change",
}
"""Scenarios in which a ``--wait`` does more for a lost answer, and reports it, and why."""


def crashes(name: str, mode: str) -> Iterator[Schedule]:
    """A crash, or a lost answer, at every write."""
    for write in range(1, writes(name, mode) + 1):
        for trouble in CRASHES:
            yield Schedule(name, mode, (Mishap(write, trouble),))


def pairs(name: str, mode: str) -> Iterator[Schedule]:
    """Two crashes within five writes; the second one may be on the way back from the first."""
    for write in range(1, writes(name, mode) + 1):
        for later in range(write + 1, write + 6):
            for first in CRASHES:
                for second in CRASHES:
                    yield Schedule(name, mode, (Mishap(write, first), Mishap(later, second)))


def faults(name: str, mode: str) -> Iterator[Schedule]:
    """Every fault at every request that can meet it."""
    yield from _troubled(name, mode, FAULTS)


def stale(name: str, mode: str) -> Iterator[Schedule]:
    """Every list as it was one to five changes ago."""
    if f"{name} {mode}" not in SPARED_OLD_LISTS:
        yield from _troubled(name, mode, STALE)


def companies(name: str, mode: str) -> Iterator[Schedule]:
    """A second instance in each pass, with one switch or two at any of their requests.

    Not where a savepoint is asked for from files: what is written down then stands in VVP, whose API
    has no write that fails when somebody else wrote meanwhile.
    """
    if mode == "files" and any("savepoints/" in place for place in SCENARIOS[name].creates):
        return
    if f"{name} {mode}" in SPARED_COMPANY:
        return
    for number, sent in enumerate(undisturbed(name, mode).passes, 1):
        for first in range(1, sent + 1):
            for second in (0, *range(2, sent + 1)):
                yield Schedule(name, mode, companies=(Company(number, first, second),))


def waits(name: str, mode: str) -> Iterator[Schedule]:
    """A lost answer at every write of a ``--wait``."""
    if f"{name} {mode}" in SPARED_LOST_ANSWERS:
        return
    for write in range(1, writes(name, mode, waits=True) + 1):
        yield Schedule(name, mode, (Mishap(write, "answer-lost"),), waits=True)


def writes(name: str, mode: str, *, waits: bool = False) -> int:
    """How many writes the run has in which nothing goes wrong."""
    return max(request.write for request in undisturbed(name, mode, waits=waits).requests)


def _troubled(name: str, mode: str, troubles: Mapping[str, Trouble]) -> Iterator[Schedule]:
    for request in undisturbed(name, mode).requests:
        for label, trouble in troubles.items():
            if meets(trouble, request):
                mishap = Mishap(request.number, label, among_writes=False)
                yield Schedule(name, mode, (mishap,))
