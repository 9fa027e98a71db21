"""Tries schedules, counts them, and fails with the scripts of those that violate an oracle."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from faults.play import violation
from faults.schedule import Schedule

COMMAND = "PYTHONPATH=tests python -m faults"
SHOWN = 5
"""Violations that a failure prints in full."""

Item = TypeVar("Item")


@dataclass
class Trials:
    """What a test session tried."""

    seed: int
    full: bool
    """Whether everything is tried; else a sample of each family."""
    tried: Counter[str] = field(default_factory=Counter)
    violated: Counter[str] = field(default_factory=Counter)

    def sample(self, items: Sequence[Item], most: int, name: str) -> Sequence[Item]:
        """So many of the items, drawn by the seed and a name; all of them in a full run."""
        if self.full or len(items) <= most:
            return items
        return self.draw(items, most, name)

    def draw(self, items: Sequence[Item], most: int, name: str) -> Sequence[Item]:
        """So many of the items, also in a full run."""
        drawn = random.Random(f"{self.seed} {name}").sample(
            range(len(items)), min(most, len(items))
        )
        return [items[place] for place in sorted(drawn)]

    def run(self, family: str, schedules: Iterable[Schedule]) -> None:
        """Plays all schedules; an oracle that one violates is a failure that says how to replay it."""
        found = []
        for schedule in schedules:
            self.tried[family] += 1
            if (text := violation(schedule)) is not None:
                self.violated[family] += 1
                found.append(f"{COMMAND} '{schedule}'\n  {text}")
        assert not found, "\n".join(
            [
                f"{len(found)} violate an oracle (seed {self.seed}):",
                *found[:SHOWN],
                *(line.partition("\n")[0] for line in found[SHOWN:]),
            ]
        )

    def count(self, family: str, tried: int, violated: int) -> None:
        """Notes what was tried elsewhere."""
        self.tried[family] += tried
        self.violated[family] += violated

    def account(self) -> dict[str, tuple[int, int]]:
        """How many were tried of each family, and how many violated an oracle."""
        return {family: (count, self.violated[family]) for family, count in self.tried.items()}

    def summary(self) -> list[str]:
        """What was tried, a line for each family."""
        extent = "everything" if self.full else "a sample"
        lines = [f"{extent}, seed {self.seed}"]
        for family, (count, violated) in sorted(self.account().items()):
            lines.append(f"{count:>7} {family}: {violated} violated an oracle")
        return lines
