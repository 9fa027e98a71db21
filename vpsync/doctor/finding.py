"""Findings of ``doctor``, each about one check."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from vpsync.model.finding import Finding, Severity
from vpsync.net.dates import http_date
from vpsync.ververica.probe import Access


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found out about one side, or about both."""

    findings: tuple[Finding, ...]
    reachable: bool = True
    """Whether it answered; of both, at least one."""
    accesses: tuple[tuple[str, Access], ...] = ()
    """What each VVP namespace that was looked at lets a run do."""

    @property
    def failed(self) -> bool:
        """Whether a pass would fail, or do less than it should."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


def ok(check: str, text: str) -> Finding:
    """A check that found nothing wrong."""
    return Finding(check, text, Severity.OK)


def warning(check: str, text: str, next_step: str) -> Finding:
    """A check that found something to look at, though vpsync can do its work."""
    return Finding(check, text, Severity.WARNING, next_step)


def failure(check: str, text: str, next_step: str) -> Finding:
    """A check that found why a pass would fail, or do less than it should."""
    return Finding(check, text, Severity.ERROR, next_step)


SKEW_WARNING, SKEW_FAILURE = 30.0, 300.0
"""Seconds. Ages of transitions and of unanswered requests are reckoned across the clocks."""


def clock_skew(check: str, date: str, now: datetime) -> Finding:
    """How far a server's clock is from ours, by the header ``Date`` of an answer that just came."""
    there = http_date(date)
    if there is None:
        return warning(
            check, "the server does not say what time it is", "compare the clocks by hand"
        )
    skew = (there - now).total_seconds()
    text = f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} this machine's clock"
    advice = "set both clocks by NTP: ages are computed across them"
    if abs(skew) > SKEW_FAILURE:
        return failure(check, text, advice)
    if abs(skew) > SKEW_WARNING:
        return warning(check, text, advice)
    return ok(check, "agrees with this machine's" if abs(skew) < 2 else text)
