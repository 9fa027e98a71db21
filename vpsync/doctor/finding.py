"""What one check found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    """It works, but for something that somebody should know."""
    FAILURE = "failure"
    """A pass would fail, or do less than it should."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    check: str
    level: Level
    text: str
    next_step: str = ""
    """What to do about it; empty where there is nothing to do."""


def ok(check: str, text: str) -> Finding:
    """All is well."""
    return Finding(check, Level.OK, text)


def warning(check: str, text: str, next_step: str) -> Finding:
    """It works, but."""
    return Finding(check, Level.WARNING, text, next_step)


def failure(check: str, text: str, next_step: str) -> Finding:
    """It does not work."""
    return Finding(check, Level.FAILURE, text, next_step)


SKEW_WARNING, SKEW_FAILURE = 30.0, 300.0
"""Seconds. Ages of transitions and of unanswered requests are reckoned across the clocks."""


def clock_skew(check: str, date: str, now: datetime) -> Finding:
    """How far a server's clock is from ours, by the header ``Date`` of an answer that just came."""
    try:
        there = parsedate_to_datetime(date)
    except ValueError:
        return warning(check, "the server does not tell its time", "compare the clocks by hand")
    skew = (there - now).total_seconds()
    text = f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} this machine's clock"
    advice = "set both clocks by NTP: ages are reckoned across them"
    if abs(skew) > SKEW_FAILURE:
        return failure(check, text, advice)
    if abs(skew) > SKEW_WARNING:
        return warning(check, text, advice)
    return ok(check, "agrees with this machine's" if abs(skew) < 2 else text)


def listed(names: Iterable[str], most: int = 5) -> str:
    """The names, the first few of them where they are many."""
    ordered = sorted(names)
    more = f" and {len(ordered) - most} more" if len(ordered) > most else ""
    return ", ".join(ordered[:most]) + more
