"""Times are shown as times, however VVP tells them."""

from __future__ import annotations

import pytest

from builders import blocked, going, note_at, observed, snapshot
from vpsync.kinds.values import texts_of
from vpsync.model.timestamps import readable, seconds
from vpsync.planning.upsert.transition import TRANSITIONING_SINCE


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("1764061512345", "2025-11-25T09:05:12Z"),
        ("0", "1970-01-01T00:00:00Z"),
        ("2025-11-25T09:05:12.345Z", "2025-11-25T09:05:12.345Z"),
        ("soon", "soon"),
        ("", ""),
        ("9" * 17, "9" * 17),
        ("9" * 40, "9" * 40),
    ],
)
def test_milliseconds_are_shown_as_a_time_and_all_else_as_it_is(told: str, shown: str) -> None:
    assert readable(told) == shown


def test_what_is_shown_is_the_same_time() -> None:
    assert seconds(readable("1764061512000")) == seconds("1764061512000") == 1764061512.0


def test_a_deletion_says_since_when_vvp_is_at_work() -> None:
    resource = going()
    moving = {
        "/status/state": "TRANSITIONING",
        "/spec/state": "CANCELLED",
        note_at(TRANSITIONING_SINCE): "1764061512345",
    }
    message = blocked(resource, snapshot(observed(resource, moving)), now=1764061513.0).message
    assert "since 2025-11-25T09:05:12Z" in message
    assert "17640" not in message


def test_a_status_has_times_as_times() -> None:
    told = {
        "failedAt": "1764061512345",
        "transitionTime": "1764061512345",
        "reason": "1764061512345",
    }
    assert texts_of(told, told) == {
        "failedAt": "2025-11-25T09:05:12Z",
        "transitionTime": "2025-11-25T09:05:12Z",
        "reason": "1764061512345",
    }
