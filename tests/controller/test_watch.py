"""To watch is to look again: what changed is told, and what could not be read is not gone."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest

from render.test_resource_table import ROW, TARGET
from vpsync.controller.watch import changes
from vpsync.errors import ClusterError, ClusterUnreachable
from vpsync.render.resources import GONE, ResourceRow

Look = tuple[Sequence[ResourceRow], Sequence[str]] | ClusterError

RUNNING = replace(ROW, state="RUNNING")


def watched(*looks: Look) -> list[list[tuple[str, str]]]:
    """Name and state of the rows that were told, look by look; the last look ends it."""
    stop, left = threading.Event(), list(looks)

    def read() -> tuple[Sequence[ResourceRow], Sequence[str]]:
        look = left.pop(0)
        if not left:
            stop.set()
        if isinstance(look, ClusterError):
            raise look
        return look

    told = changes(read, stop, pause=0.001)
    return [[(row.key.name, row.state) for row in rows] for rows in told]


def test_first_everything_then_what_changed() -> None:
    both: Look = ([ROW, TARGET], [])
    assert watched(both, both, ([RUNNING, TARGET], []), ([RUNNING, TARGET], [])) == [
        [("orders-enrichment", "TRANSITIONING"), ("jobs", "")],
        [("orders-enrichment", "RUNNING")],
    ]


def test_what_comes_and_what_goes_is_told_once() -> None:
    assert watched(([ROW], []), ([ROW, TARGET], []), ([TARGET], []), ([TARGET], [])) == [
        [("orders-enrichment", "TRANSITIONING")],
        [("jobs", "")],
        [("orders-enrichment", GONE)],
    ]


def test_what_comes_back_is_told_again() -> None:
    assert watched(([ROW], []), ([], []), ([ROW], [])) == [
        [("orders-enrichment", "TRANSITIONING")],
        [("orders-enrichment", GONE)],
        [("orders-enrichment", "TRANSITIONING")],
    ]


def test_a_list_that_fails_is_no_sign_that_anything_is_gone() -> None:
    looks: tuple[Look, ...] = (
        ([ROW, TARGET], []),
        ([TARGET], ["403"]),
        ClusterUnreachable("away"),
        ([ROW, TARGET], []),
    )
    assert len(watched(*looks)) == 1


def test_a_failure_is_logged_once_and_the_look_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    away = ClusterUnreachable("the API server does not answer")
    assert len(watched(([ROW], []), away, away, ([RUNNING], []))) == 2
    assert [record.message for record in caplog.records] == ["the API server does not answer"]


def test_where_the_first_look_fails_there_is_nothing_to_watch() -> None:
    with pytest.raises(ClusterUnreachable):
        watched(ClusterUnreachable("away"))
