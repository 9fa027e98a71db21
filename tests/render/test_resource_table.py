"""Columns that fit the terminal, and ages as kubectl tells them."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from vpsync.model.observed import PlatformKey
from vpsync.model.resource import ResourceKey
from vpsync.render.resource_table import age, columns_for, table
from vpsync.render.resources import ResourceRow

NOW = datetime(2025, 6, 15, 12, 0, tzinfo=UTC)

ROW = ResourceRow(
    key=ResourceKey("VpDeployment", "orders-team", "orders-enrichment"),
    platform=PlatformKey("VpDeployment", "orders", "orders-enrichment"),
    id="9d9e1a3c-6a0f-4b5e-9a51-7d0a6b1f3c22",
    state="TRANSITIONING",
    ready="False",
    synced="True",
    reason="DependencyNotReady",
    message="VVP is moving it to RUNNING",
    drift="no",
    created="2025-06-15T11:00:00Z",
    short_kind="vpd",
)
TARGET = replace(
    ROW,
    key=ResourceKey("VpDeploymentTarget", "orders-team", "jobs"),
    platform=PlatformKey("VpDeploymentTarget", "orders", "jobs"),
    state="",
    short_kind="vpdt",
)


def lines(*rows: ResourceRow, width: int | None = None, wide: bool = False,
          one_namespace: bool = False, one_kind: bool = False) -> list[str]:  # fmt: skip
    columns = columns_for(
        rows, NOW, one_namespace=one_namespace, one_kind=one_kind, wide=wide, width=width
    )
    return list(table(rows, columns, NOW))


def test_all_columns_where_there_is_room() -> None:
    for width in (None, 200):
        header = lines(ROW, TARGET, width=width)[0]
        assert header.split() == [
            "NAMESPACE", "RESOURCE", "READY", "STATUS", "STATE", "AGE",
        ]  # fmt: skip


def test_every_row_has_a_cell_in_every_column() -> None:
    for wide in (False, True):
        header, *rows = lines(ROW, TARGET, replace(ROW, message="", reason=""), wide=wide)
        assert {len(re.split("  +", row)) for row in rows} == {len(header.split())}


@pytest.mark.parametrize("width", [80, 90, 100, 120, 160, 200])
def test_no_line_is_longer_than_the_terminal(width: int) -> None:
    shown = lines(ROW, TARGET, width=width)
    assert max(map(len, shown)) <= width
    assert {"RESOURCE", "READY", "STATUS"} <= set(shown[0].split())
    assert "DependencyNotReady: VVP" in shown[1]


def test_a_narrow_terminal_loses_the_least_important_columns_first() -> None:
    shown = [set(lines(ROW, TARGET, width=width)[0].split()) for width in (200, 140, 120, 100, 70)]
    assert all(narrower <= wider for wider, narrower in itertools.pairwise(shown))
    assert "STATE" in shown[1]
    assert "STATE" not in shown[-1]
    assert "vpd/orders-enrichment" in lines(ROW, TARGET, width=80)[1]
    assert "vpdeployment/orders-enrichment" in lines(ROW, TARGET, width=200)[1]


def test_wide_has_the_message_and_all_columns_whatever_the_width() -> None:
    header, first, *_ = lines(ROW, width=80, wide=True)
    assert header.split() == [
        "NAMESPACE", "RESOURCE", "READY", "SYNCED", "DRIFT", "STATE", "VVP", "ID", "AGE", "STATUS",
    ]  # fmt: skip
    assert first.endswith("VVP is moving it to RUNNING")


def test_one_namespace_and_one_kind_need_no_columns_of_their_own() -> None:
    header, first = lines(ROW, one_namespace=True, one_kind=True)
    assert header.split()[0] == "NAME"
    assert first.startswith("orders-enrichment ")


def test_what_a_status_says_never_steers_the_terminal() -> None:
    hostile = replace(ROW, state="\x1b[31mRUN\nNING", message="[red]a\x07")
    shown = lines(hostile, wide=True)
    assert len(shown) == 2
    assert all(line.isprintable() for line in shown)


def test_later_rows_stay_in_the_same_columns() -> None:
    columns = columns_for([ROW], NOW, one_namespace=True, one_kind=True, wide=False, width=None)
    later = replace(ROW, state="RUNNING", reason="Succeeded")
    header, line = table([later], columns, NOW)
    assert line.rindex("RUNNING") == header.index("STATE")


def test_a_status_that_came_later_is_cut_at_the_room_there_is_and_not_at_the_first_ones() -> None:
    first = replace(ROW, reason="Succeeded", message="all is well")
    columns = columns_for([first], NOW, one_namespace=True, one_kind=True, wide=False, width=120)
    [line] = table([replace(ROW, message="x" * 500)], columns, NOW, header=False)
    assert len(line) <= 120
    assert "DependencyNotReady: " + "x" * 20 in line


def test_what_is_well_is_told_without_its_reason() -> None:
    _, line = lines(replace(ROW, reason="Succeeded", message="all is well"))
    assert "  all is well  " in line


@pytest.mark.parametrize(
    ("past", "words"),
    [
        (0, "0s"), (119, "119s"), (120, "2m"), (200, "3m20s"), (600, "10m"), (3 * 3600 - 1, "179m"),
        (3 * 3600, "3h"), (3 * 3600 + 300, "3h5m"), (26 * 3600, "26h"), (3 * 86400 + 4 * 3600, "3d4h"),
        (100 * 86400, "100d"), (800 * 86400, "2y70d"), (-5, "0s"),
    ],
)  # fmt: skip
def test_ages_are_told_as_kubectl_tells_them(past: int, words: str) -> None:
    created = (NOW - timedelta(seconds=past)).isoformat()
    assert age(created, NOW) == words


@pytest.mark.parametrize("created", ["", "yesterday"])
def test_an_age_that_is_not_known_is_empty(created: str) -> None:
    assert age(created, NOW) == ""
