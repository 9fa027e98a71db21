"""Two instances that run at once do together what one does, and nothing twice."""

from __future__ import annotations

import pytest

from faults.cases import PLAYED, companies
from faults.trials import Trials


@pytest.mark.parametrize(("name", "mode"), PLAYED)
def test_a_second_instance_that_takes_over_at_any_request_changes_nothing_in_the_end(
    name: str, mode: str, trials: Trials
) -> None:
    found = list(companies(name, mode))
    trials.run("interleavings", trials.sample(found, 12, f"instances {name} {mode}"))
