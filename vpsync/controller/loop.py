"""The clock around a pass: ``reconcile --loop``.

Only wrong usage ends it. Whatever else goes wrong in a pass, be it vpsync itself, is told and counted, and
the next pass begins anew.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vpsync.errors import PassBrokenOff, SettingsError, VpsyncError
from vpsync.render.report import Report

log = logging.getLogger(__name__)

LONGEST_BACKOFF = 900.0
"""Seconds between passes while nothing can be decided."""

RunPass = Callable[[], Report]


@dataclass(frozen=True, slots=True)
class Loop:
    """Repeats a pass until the process is asked to end."""

    run_pass: RunPass
    """One pass; of its errors only :class:`~vpsync.errors.SettingsError` ends the loop."""
    interval: float
    """Seconds from the end of a pass to the start of the next."""
    jitter_percent: float
    stop: threading.Event
    uniform: Callable[[float, float], float] = random.uniform

    def reports(self) -> Iterator[Report | VpsyncError]:
        """What came of each pass; the pauses grow while VVP or the cluster is away."""
        failures, broken_off = 0, 0
        while not self.stop.is_set():
            outcome = self._attempt(broken_off + 1)
            broken_off += isinstance(outcome, PassBrokenOff)
            away = isinstance(outcome, VpsyncError) or not outcome.decided
            failures = failures + 1 if away else 0
            if self.stop.is_set() and isinstance(outcome, VpsyncError):
                return
            yield outcome
            self.stop.wait(self.pause(failures))

    def pause(self, failures: int) -> float:
        """Seconds until the next pass, after so many that could decide nothing."""
        longest = max(LONGEST_BACKOFF, self.interval)
        steady: float = min(self.interval * 2.0 ** min(failures, 16), longest)
        share = self.jitter_percent / 100
        factor: float = self.uniform(1 - share, 1 + share)
        return steady * factor

    def _attempt(self, number: int) -> Report | VpsyncError:
        """A pass; ``number`` is that of the next one that vpsync itself breaks off."""
        try:
            return self.run_pass()
        except SettingsError:
            raise
        except VpsyncError as error:
            return error
        except (
            Exception
        ) as error:  # A controller goes on; who runs it can do nothing about our bug.
            return PassBrokenOff(error, number)
