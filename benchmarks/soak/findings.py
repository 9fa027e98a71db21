"""What a soak found: figures to print, and what is wrong in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.figures import percentile
from benchmarks.soak.loglines import BAD, Line, Span, unexpected
from benchmarks.soak.usage import Trend, Usage, trends

SHOWN = 10
"""Lines of one sort that are printed."""

LONGEST_END = 5.0
"""Seconds from SIGTERM to the end."""


@dataclass(slots=True)
class Findings:
    """Filled in while the soak goes on."""

    passes: int = 0
    seconds: float = 0.0
    samples: list[tuple[int, Usage]] = field(default_factory=list)
    """What the loop held, with the number of passes before; outages left out."""
    lags: dict[str, list[float]] = field(default_factory=dict)
    """Seconds from a change to its arrival, by its sort; those that met no outage."""
    changes: Counter[str] = field(default_factory=Counter)
    """How many have arrived, by sort."""
    missed: list[str] = field(default_factory=list)
    """The changes that did not arrive in time."""
    outages: list[Span] = field(default_factory=list)
    recoveries: dict[str, list[float]] = field(default_factory=dict)
    """Seconds from the end of an outage to the end of the first pass that succeeded, by its name."""
    broken: list[str] = field(default_factory=list)
    """What else went wrong."""

    def wrong(self, lines: Sequence[Line]) -> list[str]:
        """All that is wrong, each in a sentence; ``lines`` are those of the log."""
        found = [
            f"{one.name} grew from {one.start:.1f} to {one.end:.1f}"
            for one in trends(self.samples, self.passes)
            if not one.is_flat
        ]
        found += [f"missed: {one}" for one in self.missed[:SHOWN]]
        bad = unexpected(lines, self.outages)
        found += [f"outside of outages: {line.level} {line.message}" for line in bad[:SHOWN]]
        if len(bad) > SHOWN:
            found.append(f"and {len(bad) - SHOWN} more such lines")
        return [*found, *self.broken]

    def told(self, lines: Sequence[Line]) -> list[str]:
        """The figures, line by line."""
        total = sum(self.changes.values())
        return [
            f"{self.passes:,} passes in {self.seconds / 60:.1f} minutes: {total:,} changes, "
            f"{len(self.missed)} missed, {len(self.outages)} outages",
            f"{'':12}{'start':>9}{'end':>9}{'most':>9}  slope in 1,000 passes",
            *(_trend(one) for one in trends(self.samples, self.passes)),
            f"{'seconds to':18}{'times':>7}{'p50':>8}{'p95':>8}{'most':>8}",
            *(_row(name, self.changes[name], lags) for name, lags in sorted(self.lags.items())),
            "seconds from the end of an outage to the first pass that succeeded",
            *(_row(name, len(took), took) for name, took in sorted(self.recoveries.items())),
            _log(lines, self.outages),
        ]


def _trend(one: Trend) -> str:
    name = f"{one.name}, MB" if one.name == "memory" else one.name
    return f"{name:12}{one.start:9.1f}{one.end:9.1f}{one.most:9.1f}  {one.slope:+.2f}"


def _row(name: str, times: int, lags: Sequence[float]) -> str:
    if not lags:
        return f"{name:22}{times:7,}"
    middle, high = percentile(lags, 50), percentile(lags, 95)
    return f"{name:22}{times:7,}{middle:8.2f}{high:8.2f}{max(lags):8.2f}"


def _log(lines: Sequence[Line], outages: Sequence[Span]) -> str:
    bad = sum(line.level in BAD for line in lines)
    outside = len(unexpected(lines, outages))
    return f"log: {len(lines):,} lines, {bad - outside} bad ones in outages, {outside} outside"
