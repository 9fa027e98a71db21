"""The table of latencies, and whether the goal is met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.figures import percentile

OPERATIONS = ("apply", "change", "delete")

GOAL = 3.0
"""Seconds beyond VVP's own time that 95 of 100 operations with ``--events`` do not exceed."""


@dataclass(frozen=True, slots=True)
class Took:
    """One operation."""

    operation: str
    whole: float
    """Seconds from the API server's answer until VVP is done and the status says so."""
    own: float
    """Those of them in which VVP was at work."""

    @property
    def beyond(self) -> float:
        """Seconds for which nobody but the tool is to blame."""
        return self.whole - self.own


def rows(columns: Mapping[str, Sequence[Took]]) -> list[str]:
    """For each operation and tool p50 and p95 of the whole, p95 beyond VVP's own time, and the number."""
    told = [
        f"{'':8}" + "".join(f"{name:>32}" for name in columns),
        f"{'':8}" + f"{'p50':>8}{'p95':>8}{'beyond':>8}{'times':>8}" * len(columns),
    ]
    for operation in OPERATIONS:
        cells = (
            _cells([one for one in took if one.operation == operation]) for took in columns.values()
        )
        told.append(f"{operation:8}" + "".join(cells))
    return told


def _cells(took: Sequence[Took]) -> str:
    if not took:
        return f"{'-':>8}{'-':>8}{'-':>8}{0:8}"
    whole = [one.whole for one in took]
    beyond = percentile([one.beyond for one in took], 95)
    return f"{percentile(whole, 50):8.1f}{percentile(whole, 95):8.1f}{beyond:8.1f}{len(took):8}"


def misses(took: Sequence[Took] | None) -> list[str]:
    """The operations that are beyond the goal, or were never done; none where they were not measured."""
    missed: list[str] = []
    if took is None:
        return missed
    for operation in OPERATIONS:
        beyond = [one.beyond for one in took if one.operation == operation]
        if not beyond or percentile(beyond, 95) > GOAL:
            missed.append(operation)
    return missed
