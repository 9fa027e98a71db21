"""Which failures are worth another try, and how long is waited for it."""

from __future__ import annotations

import threading

import pytest

from vpsync.errors import (
    ClusterConflict,
    ClusterError,
    ClusterUnreachable,
    PlatformFault,
    PlatformUnreachable,
    RequestError,
)
from vpsync.net.deadline import AFTERWARDS, REMAINDER, UNDER_WAY, Deadline
from vpsync.net.retry import Retry, is_refused_before_done, is_transient, retry_after

NOON = "Sun, 06 Nov 1994 12:00:00 GMT"


@pytest.mark.parametrize(
    ("error", "transient", "refused"),
    [
        (PlatformUnreachable("lost"), True, False),
        (ClusterUnreachable("lost"), True, False),
        (ClusterUnreachable("credentials", status=401), False, False),
        (PlatformFault("broken JSON"), False, False),
        (PlatformFault("", status=429), True, True),
        (PlatformFault("", status=500), True, False),
        (PlatformFault("", status=502), True, False),
        (PlatformFault("", status=503), True, False),
        (PlatformFault("", status=503, retry_after=0), True, True),
        (PlatformFault("", status=504, retry_after=1), True, False),
        (PlatformFault("", status=501), False, False),
        (ClusterError("", status=500), True, False),
        (ClusterConflict("", status=409), False, False),
    ],
)
def test_what_may_be_sent_again(error: RequestError, transient: bool, refused: bool) -> None:
    """A read where that may help; a write where it is known not to have been done."""
    assert is_transient(error) is transient
    assert is_refused_before_done(error) is refused


@pytest.mark.parametrize(
    ("value", "date", "seconds"),
    [
        (None, None, None), ("", None, None), ("soon", None, None), ("nan", None, None),
        ("0", None, 0), ("1.5", None, 1.5), ("-3", None, 0), (" 7 ", None, 7),
        ("Sun, 06 Nov 1994 12:00:09 GMT", NOON, 9),
        ("Sun, 06 Nov 1994 11:00:00 GMT", NOON, 0),
        ("Sun, 06 Nov 1994 12:00:09 GMT", None, None),
        ("Sun, 06 Nov 1994 12:00:09 GMT", "noon", None),
        ("Sun, 06 Nov 1994 12:00:09 -0000", NOON, None),
    ],
)  # fmt: skip
def test_the_header_holds_seconds_or_a_date(
    value: str | None, date: str | None, seconds: float | None
) -> None:
    assert retry_after(value, date) == seconds


class Failing:
    """Fails again and again, and notes the pauses in between."""

    def __init__(self, error: RequestError, times: int = 1000) -> None:
        self.error, self.times = error, times
        self.sent = 0
        self.pauses: list[float] = []

    def __call__(self) -> str:
        self.sent += 1
        if self.sent > self.times:
            return "done"
        raise self.error

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


def test_a_server_that_says_when_is_asked_ten_times_and_never_too_early() -> None:
    busy = Failing(PlatformFault("", status=429, retry_after=7))
    with pytest.raises(PlatformFault):
        Retry(3, busy.pause).run(busy, is_transient)
    assert busy.sent == 10
    assert all(7 <= seconds <= 8.4 for seconds in busy.pauses)


def test_one_that_wants_to_be_left_alone_for_long_is_asked_three_times() -> None:
    busy = Failing(PlatformFault("", status=429, retry_after=3600))
    with pytest.raises(PlatformFault):
        Retry(3, busy.pause).run(busy, is_transient)
    assert busy.sent == 3
    assert all(5 <= seconds <= 6 for seconds in busy.pauses)


def test_nothing_is_waited_for_that_the_pass_has_no_time_for() -> None:
    deadline = Deadline(clock=lambda: 0)
    deadline.begin(6)
    busy = Failing(PlatformFault("", status=429, retry_after=7))
    with pytest.raises(PlatformFault):
        Retry(3, busy.pause, deadline).run(busy, is_transient)
    assert (busy.sent, busy.pauses) == (1, [])


def test_what_succeeds_at_last_is_returned() -> None:
    busy = Failing(ClusterUnreachable("lost"), times=2)
    assert Retry(3, busy.pause).run(busy, is_transient) == "done"


class Clock:
    """Stands until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class TestDeadline:
    def test_before_a_pass_only_the_request_has_a_limit(self) -> None:
        assert Deadline(clock=Clock()).left_for("GET", 0, 30) == 30

    def test_a_read_ends_with_the_pass_and_a_write_may_still_tell_what_was_done(self) -> None:
        clock = Clock()
        deadline = Deadline(clock=clock)
        deadline.begin(10)
        assert deadline.left_for("GET", 0, 30) == 10
        clock.now = 11
        assert deadline.is_over
        assert deadline.left() == 0
        assert deadline.left_for("GET", 11, 30) < 0
        assert deadline.left_for("PATCH", 11, 60) == REMAINDER - 1

    def test_when_the_run_is_to_end_reads_end_and_writes_have_a_moment(self) -> None:
        clock, stop = Clock(), threading.Event()
        deadline = Deadline(stop, clock)
        stop.set()
        clock.now = 5
        assert deadline.left() == 0
        assert deadline.left_for("GET", 4, 30) == 0
        assert deadline.left_for("POST", 4, 30) == pytest.approx(UNDER_WAY)
        clock.now = 6
        assert deadline.left_for("POST", 4, 30) == pytest.approx(UNDER_WAY - 1)
        assert deadline.left_for("POST", 6, 30) == pytest.approx(AFTERWARDS)

    def test_a_server_that_hangs_takes_less_than_two_seconds_of_both_kinds(self) -> None:
        assert UNDER_WAY + AFTERWARDS < 2
