"""Which of some names a wrong one was probably meant to be."""

from __future__ import annotations

import pytest

from vpsync.model.phrases import did_you_mean

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
