"""Which of some names a wrong one was probably meant to be, and what a sentence says but for its counts."""

from __future__ import annotations

import pytest

from vpsync.model.phrases import did_you_mean, fact_of

NAMES = ("jarUri", "parallelism", "template")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("paralellism", "parallelism"),
        ("jarURI", "jarUri"),
        ("PARALLELISM", "parallelism"),
        ("jar", None),
        ("newInThisRelease", None),
    ],
)
def test_a_name_that_is_near_or_only_in_another_case(name: str, meant: str | None) -> None:
    assert did_you_mean(name, NAMES) == (f"; did you mean {meant!r}?" if meant else "")


class TestAFact:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("12 updates of 40 objects are more than 30", "13 updates of 41 objects are more than 30"),
            ("asked at 2025-06-15T14:06:40Z; look", "asked at 2025-06-16T14:06:40.5Z; look"),
            ("for 90s, after 2 passes", "for 95s, after 31 passes"),
        ],
    )  # fmt: skip
    def test_is_the_same_whatever_counts_and_times_say(self, one: str, other: str) -> None:
        assert fact_of(one) == fact_of(other)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("orders-1 is gone", "orders-2 is gone"),
            ("team/1 is gone", "team/2 is gone"),
            ("'7' is no name", "'8' is no name"),
            ("no connection to http://vvp:8081", "no connection to http://vvp:8082"),
            ("release-brake=0a1b2c3d", "release-brake=0a1b2c3e"),
            ("differs in /spec/a/0", "differs in /spec/a/1"),
            ("10.0.0.1 is away", "10.7.0.1 is away"),
            ("10.yaml: line", "20.yaml: line"),
            ("needs 2.7.1 or newer", "needs 2.8.1 or newer"),
        ],
    )
    def test_is_another_of_another_name_place_or_address(self, one: str, other: str) -> None:
        assert fact_of(one) != fact_of(other)
