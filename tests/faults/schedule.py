"""What goes wrong in one run, and its text: with it the run can be replayed.

The text is words: the scenario, where its manifests are, and what goes wrong. ``w7:crash-sent`` is the
seventh write of the run, ``r12:status-500`` its twelfth request, ``two:3:5,2`` that in the third pass a
second instance takes over before the fifth request of the first, and gives back before its own second::

    update cluster w7:crash-sent w9:answer-lost
    savepoint files two:3:5
    create cluster w3:answer-lost wait
"""

from __future__ import annotations

from dataclasses import dataclass, field

from faults.troubles import TROUBLES, Request


@dataclass(frozen=True)
class Mishap:
    """One trouble at one request."""

    number: int
    """Of the request in the run, from 1."""
    trouble: str
    among_writes: bool = True
    """Whether only writes are counted."""

    def __str__(self) -> str:
        return f"{'w' if self.among_writes else 'r'}{self.number}:{self.trouble}"

    def is_at(self, request: Request) -> bool:
        """Whether it is this request's turn."""
        return self.number == (request.write if self.among_writes else request.number)


@dataclass(frozen=True)
class Company:
    """A second instance in one pass."""

    number: int
    """Of the pass in the run, from 1."""
    first: int
    """Before which of its requests the first instance stops, from 1."""
    second: int = 0
    """Before which of its own the second one stops; 0 for never: it runs to its end."""

    def __str__(self) -> str:
        return f"two:{self.number}:{self.first}" + (f",{self.second}" if self.second else "")


@dataclass(frozen=True)
class Schedule:
    """All that goes wrong in one run of a scenario."""

    scenario: str
    mode: str
    """``cluster`` or ``files``."""
    mishaps: tuple[Mishap, ...] = ()
    companies: tuple[Company, ...] = field(default=())
    waits: bool = False
    """Whether passes are those of ``--wait``, whose report is compared, too."""

    def __str__(self) -> str:
        words = [self.scenario, self.mode, *map(str, self.mishaps), *map(str, self.companies)]
        words += ["wait"] if self.waits else []
        return " ".join(words)


def parsed(text: str) -> Schedule:
    """The schedule of a text; ``ValueError`` where it is none."""
    scenario, mode, *rest = text.split()
    waits = "wait" in rest
    rest = [word for word in rest if word != "wait"]
    companies = tuple(_company(word) for word in rest if word.startswith("two:"))
    mishaps = tuple(_mishap(word) for word in rest if not word.startswith("two:"))
    if mode not in ("cluster", "files"):
        raise ValueError(f"{mode!r} is neither cluster nor files")
    return Schedule(scenario, mode, mishaps, companies, waits)


def _mishap(word: str) -> Mishap:
    place, _, trouble = word.partition(":")
    if place[:1] not in ("w", "r") or trouble not in TROUBLES:
        raise ValueError(f"{word!r} is no mishap; one is w7:crash-sent or r12:status-500")
    return Mishap(int(place[1:]), trouble, place[0] == "w")


def _company(word: str) -> Company:
    _, number, switches = word.split(":")
    first, _, second = switches.partition(",")
    return Company(int(number), int(first), int(second or 0))
