"""A process that dies at a write, or loses its answer: the end is that of an undisturbed run."""

from __future__ import annotations

import pytest

from faults.cases import PLAYED, crashes, pairs
from faults.trials import Trials


@pytest.mark.parametrize(("name", "mode"), PLAYED)
def test_a_crash_at_any_write_changes_nothing_in_the_end(
    name: str, mode: str, trials: Trials
) -> None:
    points = list(crashes(name, mode))
    trials.run("crash points", trials.sample(points, 16, f"crashes {name} {mode}"))


@pytest.mark.parametrize(("name", "mode"), PLAYED)
def test_two_crashes_within_five_writes_change_nothing_in_the_end(
    name: str, mode: str, trials: Trials
) -> None:
    found = list(pairs(name, mode))
    trials.run("pairs of crashes", trials.sample(found, 10, f"pairs {name} {mode}"))
