"""The clock around a pass: ``reconcile --loop``, and ``--wait``."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
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


@dataclass(frozen=True, slots=True)
class Waited:
    """How the passes of ``--wait`` ended."""

    report: Report
    """What all passes did, and how the last one found things."""
    unready: tuple[str, ...] = ()
    """What is not ready and why, where the wait ended before that."""
    arrived: bool = True
    """Whether all is ready or has failed."""


Told = Callable[[Sequence[tuple[str, float]]], None]
"""Takes what is waited for: words, and since when by the clock of the wait."""


def wait_until_settled(
    run_pass: RunPass,
    timeout: float,
    stop: threading.Event,
    clock: Callable[[], float] = time.monotonic,
    told: Told = lambda waiting: None,
) -> Waited:
    """Repeats the pass until all is ready or has failed, at most for ``timeout`` seconds."""
    deadline, step = clock() + timeout, FIRST_STEP
    since: dict[str, float] = {}
    report = last = run_pass()
    while not last.settled or last.applied_changes:
        waiting, now = last.waiting(), clock()
        since = {key: since.get(key, now) for key in waiting}
        told([(f"{key}: {why}", since[key]) for key, why in waiting.items()])
        ended = report.exit_code is ExitCode.UNREACHABLE or stop.is_set()
        if ended or now + step > deadline:
            unready = tuple(f"{key}: {why}" for key, why in waiting.items())
            return Waited(report, unready, arrived=False)
        stop.wait(step)
        step = min(step * 1.5, LONGEST_STEP)
        last = run_pass()
        report = last.after(report)
    return Waited(report)
