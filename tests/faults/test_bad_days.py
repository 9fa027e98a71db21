"""A fault at a request, or a list of an earlier time: the end is that of an undisturbed run."""

from __future__ import annotations

import pytest

from faults.cases import PLAYED, faults, stale
from faults.trials import Trials


@pytest.mark.parametrize(("name", "mode"), PLAYED)
def test_a_fault_at_any_request_changes_nothing_in_the_end(
    name: str, mode: str, trials: Trials
) -> None:
    found = list(faults(name, mode))
    trials.run("faults", trials.sample(found, 16, f"faults {name} {mode}"))


@pytest.mark.parametrize(("name", "mode"), PLAYED)
def test_a_list_of_an_earlier_time_changes_nothing_in_the_end(
    name: str, mode: str, trials: Trials
) -> None:
    found = list(stale(name, mode))
    trials.run("stale lists", trials.sample(found, 8, f"stale {name} {mode}"))
