"""Whether all runs of an owner id share the work by the same count: with another, two would do the same.

Each run notes its shard on its Lease, and looks at the others' when it has its own, before it begins: of two
that take theirs at a time, with different counts, one at least sees the other, and gives its own up. Whoever
has begun goes on, so that a wrong count does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from vpsync.cluster.leases import LeaseRecord
from vpsync.net.lease_term import steady_clock
from vpsync.planning.policy import Shard
from vpsync.redact.text import printable

COUNTS = 15.0
"""Seconds for which a Lease is held that does not say for how long."""


@dataclass(slots=True)
class Census:
    """Looks at the Leases of the other shards."""

    siblings: Callable[[], Mapping[str, tuple[LeaseRecord, str]]]
    """The other Leases of the owner id, by name, each with the shard that is noted on it.

    Raises :class:`~vpsync.errors.ClusterError`.
    """
    shard: Shard
    clock: Callable[[], float] = steady_clock
    _seen: dict[str, tuple[LeaseRecord, float]] = field(default_factory=dict, init=False)
    """Each Lease as it was last seen, and since when, by ``clock``."""

    def conflict(self) -> str:
        """Which run shares by another count, in words; empty where none does."""
        for name, (record, noted) in sorted(self.siblings().items()):
            if self._lives(name, record) and _count(noted) != self.shard.count:
                return (
                    f"{printable(record.holder)} holds the Lease {name} as {_shown(noted)}, and this run "
                    f"is {_shown(str(self.shard))}: all runs with one owner id need the same count"
                )
        return ""

    def _lives(self, name: str, record: LeaseRecord) -> bool:
        """Whether somebody holds it: a Lease that does not change for as long as it counts is nobody's."""
        before, since = self._seen.get(name, (None, 0.0))
        if record != before:
            since = self.clock()
            self._seen[name] = (record, since)
        return bool(record.holder) and self.clock() < since + (record.seconds or COUNTS)


def _shown(noted: str) -> str:
    return f"shard {printable(noted)}" if _count(noted) != 1 else "the only one"


def _count(noted: str) -> int:
    """How many shards there are by a note; one where it says nothing of them."""
    _, _, count = noted.partition("/")
    return int(count) if count.isdecimal() else 1
