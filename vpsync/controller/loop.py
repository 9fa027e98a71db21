"""The clock around a pass: ``reconcile --loop``.

Only wrong usage ends it. Whatever else goes wrong in a pass, be it vpsync itself, is told and counted, and
the next pass begins anew.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from vpsync.controller.pace import Pace
from vpsync.errors import (
    OutOfThreads,
    PassBrokenOff,
    RequestError,
    SettingsError,
    VpsyncError,
    lacks_threads,
)
from vpsync.render.report import Report
from vpsync.render.table import is_refusal

log = logging.getLogger(__name__)

LONGEST_OUTAGE = 30.0
"""Seconds at most between passes while a server does not answer: it may be back at any time.

With the limits of the requests of a pass that began too early, a loop is back within a minute after it.
"""

LONGEST_BACKOFF = 900.0
"""Seconds between passes while credentials are refused: each try may count against an account."""

RunPass = Callable[[], Report]


class Stop(Protocol):
    """What ends a loop; a :class:`threading.Event` is one."""

    def is_set(self) -> bool:
        """Whether no further pass is to begin."""
        ...

    def wait(self, timeout: float) -> object:
        """Sleeps for so many seconds, or less where there is a reason."""
        ...


@dataclass(frozen=True, slots=True)
class Loop:
    """Repeats a pass until the process is asked to end."""

    run_pass: RunPass
    """One pass; of its errors only :class:`~vpsync.errors.SettingsError` ends the loop."""
    interval: float
    """Seconds from the end of a pass to the start of the next."""
    jitter_percent: float
    stop: Stop
    rest: Callable[[float], object] | None = None
    """Sleeps where something else may wake it than ``stop``; not while credentials are refused."""
    uniform: Callable[[float, float], float] = random.uniform

    def reports(self) -> Iterator[Report | VpsyncError]:
        """What came of each pass; the pauses grow while VVP or the cluster is away."""
        failures, broken_off, refused = 0, 0, False
        pace = Pace(self.interval)
        while not self.stop.is_set():
            outcome = self._attempt(broken_off + 1)
            broken_off += isinstance(outcome, PassBrokenOff)
            away = isinstance(outcome, VpsyncError) or not outcome.decided
            failures = failures + 1 if away else 0
            refused = away and is_refused(outcome)
            if self.stop.is_set() and isinstance(outcome, VpsyncError):
                return
            yield outcome
            steady = (
                self.interval if isinstance(outcome, VpsyncError) or away else pace.after(outcome)
            )
            rest = self.stop.wait if refused or self.rest is None else self.rest
            rest(self.pause(failures, refused=refused, steady=steady))

    def pause(self, failures: int, *, refused: bool = False, steady: float | None = None) -> float:
        """Seconds until the next pass, after so many that could decide nothing.

        ``refused`` says that the last one was refused its credentials, ``steady`` when the next one comes
        after one that could decide.
        """
        longest = self.interval
        if failures:
            longest = max(LONGEST_BACKOFF, self.interval) if refused else LONGEST_OUTAGE
        if failures or steady is None:
            steady = min(self.interval * 2.0 ** min(failures, 16), longest)
        share = self.jitter_percent / 100
        factor: float = self.uniform(1 - share, 1 + share)
        drawn = steady * factor
        return min(drawn, LONGEST_OUTAGE) if failures and not refused else drawn

    def _attempt(self, number: int) -> Report | VpsyncError:
        """A pass; ``number`` is that of the next one that vpsync itself breaks off."""
        try:
            return self.run_pass()
        except SettingsError:
            raise
        except VpsyncError as error:
            return error
        except Exception as error:
            # A controller goes on; who runs it can do nothing about our bug.
            return OutOfThreads() if lacks_threads(error) else PassBrokenOff(error, number)


def is_refused(outcome: Report | VpsyncError) -> bool:
    """Whether it was the credentials that kept a pass from deciding anything."""
    if isinstance(outcome, Report):
        return any(is_refusal(result.decision) for result in outcome.results)
    return isinstance(outcome, RequestError) and outcome.status in (401, 403)
