"""``--wait``: passes until everything is ready or has failed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vpsync.controller.loop import RunPass
from vpsync.model.exit_code import ExitCode
from vpsync.render.report import Report

FIRST_STEP, LONGEST_STEP = 0.5, 5.0
"""Seconds between the passes of ``--wait``: short at first, for VVP may be quick."""


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
