"""``--wait``: passes until everything is ready or has failed, or until only people can bring it further."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from vpsync.errors import SettingsError, VpsyncError
from vpsync.model.exit_code import ExitCode
from vpsync.render.report import Report

FIRST_STEP, LONGEST_STEP = 0.5, 5.0
"""Seconds between the passes of ``--wait``: short at first, for VVP may be quick."""


PATIENCE = 30.0
"""Seconds for which it is waited for what a person has to do: somebody may be at it."""


@dataclass(frozen=True, slots=True)
class WaitResult:
    """How the passes of ``--wait`` ended."""

    report: Report
    """What all passes did, and how the last one found things."""
    unready: tuple[str, ...] = ()
    """What is not ready and why, where the wait ended before that."""
    arrived: bool = True
    """Whether all is ready or has failed."""
    for_people: bool = False
    """Whether it ended because all that is left waits for a person."""


Notify = Callable[[Sequence[tuple[str, float]]], None]
"""Takes what is waited for: words, and since when by the clock of the wait."""


RunWithin = Callable[[float], Report]
"""A pass that may take so many seconds."""


def wait_until_settled(
    run_pass: RunWithin,
    timeout: float,
    stop: threading.Event,
    clock: Callable[[], float] = time.monotonic,
    notify: Notify = lambda waiting: None,
) -> WaitResult:
    """Repeats the pass until all is ready or has failed, all of them in ``timeout`` seconds.

    It ends sooner where all that is left has been waiting for a person for :data:`PATIENCE` seconds. Each
    pass may take what is left, and none begins once ``stop`` is set. What the passes before did is told also
    where a later one finds nobody to talk to; one that only ran out of time has nothing to tell at all.
    """
    deadline, step = clock() + timeout, FIRST_STEP
    since: dict[str, float] = {}
    idle = clock()
    report = last = run_pass(timeout)
    while not last.settled or last.applied_changes:
        waiting, now = last.waiting(), clock()
        since = {key: since.get(key, now) for key in waiting}
        idle = idle if last.waits_for_people else now
        notify([(f"{key}: {why}", since[key]) for key, why in waiting.items()])
        unready = tuple(f"{key}: {why}" for key, why in waiting.items())
        ended = report.exit_code is ExitCode.UNREACHABLE or stop.is_set()
        if ended or now + step > deadline:
            return WaitResult(report, unready, arrived=False)
        if now - idle >= PATIENCE:
            return WaitResult(report, unready, arrived=False, for_people=True)
        if stop.wait(step):
            return WaitResult(replace(report, interrupted=True), unready, arrived=False)
        step = min(step * 1.5, LONGEST_STEP)
        outcome = _attempt(run_pass, deadline - clock())
        away = isinstance(outcome, VpsyncError) or not outcome.decided
        if away and clock() >= deadline:
            return WaitResult(report, unready, arrived=False)
        if isinstance(outcome, VpsyncError):
            broken = replace(report, errors=(*report.errors, str(outcome)))
            return WaitResult(broken, unready, arrived=False)
        last = outcome
        report = last.after(report)
    return WaitResult(report)


def _attempt(run_pass: RunWithin, seconds: float) -> Report | VpsyncError:
    """A further pass, or why there was none; wrong usage ends the run whenever it is found."""
    try:
        return run_pass(max(seconds, 0.0))
    except SettingsError:
        raise
    except VpsyncError as error:
        return error
