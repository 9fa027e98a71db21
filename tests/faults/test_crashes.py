"""A process that dies at a write, or loses its answer: the end is that of an undisturbed run."""

from __future__ import annotations

import pytest

from faults.cases import PLAYED, crashes
from faults.trials import Trials


@pytest.mark.parametrize(("name", "mode"), PLAYED)
def test_a_crash_at_any_write_changes_nothing_in_the_end(
    name: str, mode: str, trials: Trials
) -> None:
    trials.run("crash points", crashes(name, mode))
