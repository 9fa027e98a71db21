"""The runs that all others are compared with do what they should, and their texts mean one run."""

from __future__ import annotations

import pytest

from faults.cases import PLAYED
from faults.play import SCENARIOS, undisturbed
from faults.schedule import Company, Mishap, Schedule, parsed
from vpsync.kinds import KINDS


@pytest.mark.parametrize(("name", "mode"), PLAYED)
def test_what_is_compared_with_creates_and_deletes_what_it_should(name: str, mode: str) -> None:
    end = undisturbed(name, mode).states[-1]
    assert end["creates"] == SCENARIOS[name].creates
    assert end["deletes"] == SCENARIOS[name].deletes


def test_every_kind_takes_part() -> None:
    creating = undisturbed("create", "cluster").states[-1]
    assert {place.partition("/")[0] for place in creating["resources"]} == {k.name for k in KINDS}


@pytest.mark.parametrize(
    "schedule",
    [
        Schedule("create", "cluster"),
        Schedule("update", "files", (Mishap(7, "crash-sent"), Mishap(12, "html", False))),
        Schedule("delete", "cluster", (), (Company(3, 5), Company(4, 2, 9))),
    ],
    ids=str,
)
def test_the_text_of_a_schedule_is_the_whole_schedule(schedule: Schedule) -> None:
    assert parsed(str(schedule)) == schedule


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("create nowhere", "neither cluster nor files"),
        ("create cluster w1:boom", "no mishap"),
        ("create cluster 7", "no mishap"),
    ],
)
def test_a_text_that_means_nothing_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parsed(text)
