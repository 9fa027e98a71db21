"""``--wait`` that loses an answer: it arrives all the same, and its report says what was done."""

from __future__ import annotations

import pytest

from faults.cases import PLAYED, waits
from faults.trials import Trials


@pytest.mark.parametrize(("name", "mode"), PLAYED)
def test_a_lost_answer_at_any_write_is_reported_as_what_was_done(
    name: str, mode: str, trials: Trials
) -> None:
    found = list(waits(name, mode))
    trials.run("waits", trials.sample(found, 4, f"waits {name} {mode}"))
