"""The one retry loop: which failures are worth another try, how long to wait, and when to give up."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar

from vpsync.errors import ClusterUnreachable, PlatformUnreachable, RequestError
from vpsync.net.dates import http_date
from vpsync.net.deadline import Deadline

log = logging.getLogger(__name__)

Result = TypeVar("Result")
MayRepeat = Callable[[RequestError], bool]

ASKED_TRIES = 10
"""How often a request is sent at most to a server that says when to come again; as kubectl does."""

LONGEST_ASKED = 60.0
"""Seconds that are waited because a server asks for it."""

LONGEST_OTHERWISE = 5.0
"""Seconds that are waited where it asks for more than that: it may be back earlier than it thinks."""

_TOO_MANY_REQUESTS, _UNAVAILABLE = 429, 503
_SAME_AGAIN = frozenset({501, 505})


def is_transient(error: RequestError) -> bool:
    """Whether the same request may succeed soon: no answer, 429, or a fault of the server."""
    if error.status is None:
        return isinstance(error, (ClusterUnreachable, PlatformUnreachable))
    return error.status == _TOO_MANY_REQUESTS or (
        error.status >= 500 and error.status not in _SAME_AGAIN
    )


def is_refused_before_done(error: RequestError) -> bool:
    """Whether the server did not do what was asked, and may later: any write can be sent again.

    That is 429, and 503 by a server that says when to come again. Without that, a 503 may be a
    gateway's that lost the answer of the server behind it.
    """
    if error.status == _UNAVAILABLE:
        return error.retry_after is not None
    return error.status == _TOO_MANY_REQUESTS


@dataclass(frozen=True, slots=True)
class Retry:
    """Sends a request again where that may help, after growing pauses."""

    attempts: int = 3
    pause: Callable[[float], bool | None] = time.sleep
    """Waits so many seconds; True when the run is to end instead of going on."""
    deadline: Deadline = field(default_factory=Deadline)

    def run(self, send: Callable[[], Result], may_repeat: MayRepeat) -> Result:
        """What ``send`` returns, or the error that it ends with."""
        for attempt in count(1):
            try:
                return send()
            except RequestError as error:
                if not may_repeat(error):
                    raise
                asked = _asked(error)
                if attempt >= (self.attempts if asked is None else ASKED_TRIES):
                    raise
                delay = _delay(attempt, error.retry_after)
                if delay >= self.deadline.left():
                    raise
                log.debug("%s; again in %.1f s", error, delay)
                if self.pause(delay):
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")


def _asked(error: RequestError) -> float | None:
    """The pause that the server asks for, where that is short enough to be kept."""
    after = error.retry_after
    return after if after is not None and after <= LONGEST_ASKED else None


def _delay(attempt: int, asked: float | None) -> float:
    """Seconds: growing, jittered, and never less than what was asked for, within reason."""
    growing: float = 0.2 * 3.0 ** (min(attempt, 4) - 1) * random.uniform(0.8, 1.2)
    if asked is None:
        return growing
    kept = asked if asked <= LONGEST_ASKED else LONGEST_OTHERWISE
    return max(growing, kept * random.uniform(1.0, 1.2))


def retry_after(value: str | None, date: str | None) -> float | None:
    """The header ``Retry-After`` in seconds; None where there is none that means anything.

    It holds seconds or a date (RFC 9110, 10.2.3). A date is counted from the header ``Date`` of the same
    answer, for our own clock is another machine's.
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        seconds = _seconds_between(date, value)
    return max(0.0, seconds) if seconds == seconds else None


def _seconds_between(date: str | None, value: str) -> float:
    """Seconds from one HTTP date to another; not a number where they are none."""
    until, now = http_date(value), http_date(date)
    return (until - now).total_seconds() if until and now else float("nan")
