"""The rule tables that the rooms draw in their docstrings are the lists that decide."""

from __future__ import annotations

import re
from types import ModuleType

import vpsync.planning.savepoints
import vpsync.planning.upsert
from vpsync.planning.savepoints.decide import TAKEN_ONCE
from vpsync.planning.upsert.decide import DIFFERING, RULES


def drawn(room: ModuleType) -> list[str]:
    """The names in the first column of the table, but for those that are words."""
    rows = re.findall(r"^    (\w+)  +\S", room.__doc__ or "", re.MULTILINE)
    return [row for row in rows if row != "settled"]


def test_upserts_are_decided_as_drawn() -> None:
    assert drawn(vpsync.planning.upsert) == [rule.__name__ for rule in (*RULES, *DIFFERING)]


def test_savepoints_are_decided_as_drawn() -> None:
    assert drawn(vpsync.planning.savepoints) == [rule.__name__ for rule in TAKEN_ONCE]


def test_every_rule_says_what_it_is_about_in_a_sentence() -> None:
    for rule in (*RULES, *DIFFERING, *TAKEN_ONCE):
        assert (rule.__doc__ or "").strip().endswith("."), rule.__name__
