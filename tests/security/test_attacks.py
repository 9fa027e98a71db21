"""Every attack of the tables is tried, and none does harm; how many there are is printed at the end."""

from __future__ import annotations

import re

import pytest

from . import (
    looking,
    names,
    network,
    output,
    owners,
    reading,
    redaction,
    sandbox,
    statuses,
    tenants,
    usage,
)
from .attack import Attack, Bench

TABLES = (
    redaction,
    output,
    reading,
    names,
    owners,
    tenants,
    statuses,
    looking,
    network,
    sandbox,
    usage,
)
ATTACKS: tuple[Attack, ...] = tuple(attack for table in TABLES for attack in table.ATTACKS)


@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.name for attack in ATTACKS])
def test_does_no_harm(attack: Attack, bench: Bench) -> None:
    attack.held(bench)


def test_the_tables_hold_at_least_120_attacks_each_with_a_name_and_a_sentence_of_its_own() -> None:
    assert len(ATTACKS) >= 120
    for texts in ([one.name for one in ATTACKS], [one.does for one in ATTACKS]):
        assert len(set(texts)) == len(texts)
    for attack in ATTACKS:
        assert re.fullmatch(r"[a-z0-9-]+", attack.name), attack.name
        assert attack.does.endswith("."), attack.does
