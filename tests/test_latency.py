"""The table of latencies: what it shows, and when the goal is missed."""

from __future__ import annotations

import pytest

from benchmarks.figures import percentile
from benchmarks.latency.table import GOAL, OPERATIONS, Took, misses, rows


def took(beyond: float, own: float = 2.0) -> list[Took]:
    """Twenty of each operation, all alike."""
    return [Took(one, own + beyond, own) for one in OPERATIONS for _ in range(20)]


@pytest.mark.parametrize(("percent", "value"), [(50, 50), (95, 95)])
def test_a_percentile_is_the_value_that_so_many_do_not_exceed(percent: int, value: float) -> None:
    assert percentile(list(range(101)), percent) == value


def test_of_one_value_each_percentile_is_that() -> None:
    assert percentile([3.0], 95) == 3.0


class TestGoal:
    def test_is_met_however_long_vvp_takes(self) -> None:
        assert misses(took(GOAL, own=100.0)) == []

    def test_is_missed_where_one_of_ten_is_beyond_it(self) -> None:
        slow = [Took("change", 2 + GOAL + 0.5, 2.0)] * 3
        assert misses(took(1.0) + slow) == ["change"]

    def test_is_missed_where_an_operation_was_never_done(self) -> None:
        assert misses([one for one in took(1.0) if one.operation != "delete"]) == ["delete"]

    def test_is_not_asked_where_nothing_was_measured_with_events(self) -> None:
        assert misses(None) == []


def test_the_table_has_a_row_for_each_operation_and_a_column_for_each_tool() -> None:
    told = rows({"--loop": took(30.0), "--loop --events": took(1.0), "Go operator": []})
    assert told[0].split("  ")[-1].strip() == "Go operator"
    assert [line.split() for line in told[2:]] == [
        [one, *("32.0", "32.0", "30.0", "20"), *("3.0", "3.0", "1.0", "20"), *("-", "-", "-", "0")]
        for one in OPERATIONS
    ]
