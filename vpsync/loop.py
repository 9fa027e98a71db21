"""The clock around a pass: ``reconcile --loop``, and ``--wait``."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vpsync.errors import ClusterError, PlatformError, VpsyncError
from vpsync.report.summary import ExitCode, Report

log = logging.getLogger(__name__)

LONGEST_BACKOFF = 900.0
"""Seconds between passes while nothing can be decided."""

FIRST_STEP, LONGEST_STEP = 0.5, 5.0
"""Seconds between the passes of ``--wait``: short at first, for VVP may be quick."""

RunPass = Callable[[], Report]


@dataclass(frozen=True, slots=True)
class Loop:
    """Repeats a pass until the process is asked to end."""

    run_pass: RunPass
    interval: float
    """Seconds from the end of a pass to the start of the next."""
    jitter_percent: float
    stop: threading.Event
    uniform: Callable[[float, float], float] = random.uniform

    def reports(self) -> Iterator[Report | VpsyncError]:
        """What came of each pass; the pauses grow while VVP or the cluster is away."""
        failures = 0
        while not self.stop.is_set():
            outcome = self._attempt()
            away = isinstance(outcome, VpsyncError) or not outcome.decided
            failures = failures + 1 if away else 0
            yield outcome
            self.stop.wait(self.pause(failures))

    def pause(self, failures: int) -> float:
        """Seconds until the next pass, after so many that could decide nothing."""
        longest = max(LONGEST_BACKOFF, self.interval)
        steady: float = min(self.interval * 2.0 ** min(failures, 16), longest)
        share = self.jitter_percent / 100
        factor: float = self.uniform(1 - share, 1 + share)
        return steady * factor

    def _attempt(self) -> Report | VpsyncError:
        try:
            return self.run_pass()
        except (ClusterError, PlatformError) as error:
            return error


def wait_until_settled(
    run_pass: RunPass,
    timeout: float,
    stop: threading.Event,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[Report, bool]:
    """Repeats the pass until all is ready or has failed; the report, and whether it came so far.

    The report tells what all passes did, and how the last one found things.
    """
    deadline, step = clock() + timeout, FIRST_STEP
    report = run_pass()
    while not report.settled or report.applied_changes:
        if report.exit_code is ExitCode.UNREACHABLE or stop.is_set():
            return report, False
        if clock() + step > deadline:
            return report, False
        stop.wait(step)
        step = min(step * 1.5, LONGEST_STEP)
        last = run_pass()
        report = last.after(report)
        if last.settled and not last.applied_changes:
            return report, True
    return report, True
