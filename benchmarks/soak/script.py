"""What people do to the world, drawn from a seed: which change of which resource comes next.

No resource is changed again before its last change has arrived, so that each is seen to arrive.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum


class Deed(Enum):
    """One kind of change."""

    EDIT = "edit"
    """Of the spec of a job, which restarts it."""
    LABEL = "label"
    """Of the labels of a VVP object, which restarts nothing."""
    RESTART = "restart"
    """Asked for by an annotation."""
    SUSPEND = "suspend"
    RESUME = "resume"
    DELETE = "delete"
    RECREATE = "recreate"
    DRIFT = "drift"
    """Somebody changes a declared field in VVP."""
    SAVEPOINT = "savepoint"
    FORGET = "forget"
    """The deletion of a savepoint's resource."""


IN_VVP = frozenset({Deed.DRIFT})
"""What is done to VVP, and all others to the cluster."""

_WEIGHTS = {
    Deed.EDIT: 4, Deed.LABEL: 4, Deed.RESTART: 2, Deed.SUSPEND: 1, Deed.DELETE: 2, Deed.DRIFT: 3,
    Deed.SAVEPOINT: 1,
}  # fmt: skip
"""How often each is done to a running job."""


@dataclass(slots=True)
class Job:
    """A deployment as the script knows it."""

    name: str
    number: int
    """Its place in the fleet."""
    label: str = "0"
    """What its VVP object has to bear."""
    revision: str = "0"
    """What the configuration of its job has to bear."""
    next: Deed | None = None
    """What has to follow its last change; None where anything may."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change to make."""

    number: int
    """No two have the same."""
    deed: Deed
    job: Job

    @property
    def value(self) -> str:
        """What it writes."""
        return str(self.number)


_FOLLOWS = {Deed.SUSPEND: Deed.RESUME, Deed.DELETE: Deed.RECREATE, Deed.SAVEPOINT: Deed.FORGET}


@dataclass(slots=True)
class Script:
    """Draws changes."""

    seed: int
    free: list[Job]
    """The jobs whose last change has arrived."""
    _random: random.Random = field(init=False)
    _count: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def draw(self, *, vvp_answers: bool = True) -> Change | None:
        """The next change, whose job is taken; None where no job is free."""
        if not self.free:
            return None
        job = self.free.pop(self._random.randrange(len(self.free)))
        weights = {
            deed: weight for deed, weight in _WEIGHTS.items() if vvp_answers or deed not in IN_VVP
        }
        deed = job.next or self._drawn(list(weights), list(weights.values()))
        self._count += 1
        job.next = _FOLLOWS.get(deed)
        change = Change(self._count, deed, job)
        if deed is Deed.EDIT:
            job.revision = change.value
        if deed is Deed.LABEL:
            job.label = change.value
        return change

    def _drawn(self, deeds: Sequence[Deed], weights: Sequence[int]) -> Deed:
        return self._random.choices(deeds, weights)[0]

    def done(self, change: Change) -> None:
        """The change has arrived: its job is free again."""
        self.free.append(change.job)
