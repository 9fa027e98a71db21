"""What a loop logs: that it began, what passes did, and what is stalled when that begins, changes or ends.

A quiet pass is one line an hour. Nobody reads the same trouble twice, and nobody misses its end.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from vpsync.errors import VpsyncError
from vpsync.model.phrases import counted, listed
from vpsync.redact.text import printable
from vpsync.render.report import Report
from vpsync.render.table import reason_of, resource, undecided
from vpsync.settings import Settings

log = logging.getLogger(__name__)

HEARTBEAT = 3600.0
"""Seconds between two lines where nothing happens."""

MOST_NAMES = 5
"""Resources that the line of a pass names."""


@dataclass(slots=True)
class Journal:
    """Remembers what was told, so that it is told once."""

    clock: Callable[[], float]
    """Seconds that only grow."""
    _troubles: Mapping[str, str] = field(default_factory=dict, init=False)
    """What is wrong, by resource; what is no resource's own stands under itself."""
    _away: str = field(default="", init=False)
    """Why the last pass could decide nothing; empty where it did."""
    _passes: int = field(default=0, init=False)
    _told: float = field(init=False)

    def __post_init__(self) -> None:
        self._told = self.clock()

    def begin(self, settings: Settings) -> None:
        """The loop starts: how often it looks, and whom it talks to in whose name."""
        scope = settings.scope
        if scope.in_cluster:
            source = f"context {scope.context}" if scope.context else "the cluster"
        else:
            source = listed(scope.files, MOST_NAMES)
        text = (
            f"started: a pass every {settings.interval:g} s; from {source} to VVP at "
            f"{settings.vvp.app_manager_url}, as owner id {scope.owner_id}"
        )
        self._tell(logging.INFO, printable(text))

    def wait(self, why: str, is_wrong: bool) -> None:
        """The loop does nothing yet, and why; that somebody else does it is as it should be."""
        self._tell(logging.ERROR if is_wrong else logging.INFO, f"standby: {why}")

    def lead(self, place: str) -> None:
        """The loop got the Lease that is there."""
        self._tell(logging.INFO, f"holding the Lease {place}: passes begin")

    def lose(self, place: str, why: str) -> None:
        """The loop lost the Lease."""
        self._tell(logging.WARNING, f"lost the Lease {place}: {why}; nothing is written any more")

    def reread(self) -> None:
        """The settings were read anew."""
        self._tell(logging.INFO, "read the settings again: what follows goes by them")

    def keep(self, why: str) -> None:
        """The settings could not be read anew."""
        self._tell(logging.ERROR, printable(f"the settings stay as they were: {why}"))

    def note(self, outcome: Report | VpsyncError) -> None:
        """A pass is over."""
        self._passes += 1
        if isinstance(outcome, VpsyncError):
            self._note_outage(printable(str(outcome)))
        elif not outcome.decided:
            self._note_outage(undecided(outcome))
        else:
            self._note_pass(outcome)

    def _note_outage(self, why: str) -> None:
        """Troubles of before stay known: nothing was learnt of them."""
        if why != self._away:
            self._tell(logging.ERROR, why)
        elif self.clock() - self._told >= HEARTBEAT:
            self._tell(logging.ERROR, f"still, after {self._counted()}: {why}")
        self._away = why

    def _note_pass(self, report: Report) -> None:
        if self._away:
            self._away = ""
            self._tell(logging.INFO, "VVP and the manifests can be read again")
        if did := did_in(report):
            self._tell(logging.INFO, f"{report.summary()} {did}")
        self._note_troubles(troubles_of(report))
        if self.clock() - self._told >= HEARTBEAT:
            stalled = f", {len(self._troubles)} not in order" if self._troubles else ""
            in_sync = counted(report.counts["inSync"], "resource")
            self._tell(logging.INFO, f"alive after {self._counted()}: {in_sync} in sync{stalled}")

    def _note_troubles(self, now: Mapping[str, str]) -> None:
        for name, why in now.items():
            if self._troubles.get(name) != why:
                self._tell(logging.WARNING, f"{name}: {why}" if why else name)
        for name in self._troubles:
            if name not in now:
                self._tell(logging.INFO, f"over: {name}")
        self._troubles = now

    def _counted(self) -> str:
        return f"{self._passes} pass{'' if self._passes == 1 else 'es'}"

    def _tell(self, level: int, text: str) -> None:
        self._told = self.clock()
        log.log(level, "%s", text)


def did_in(report: Report) -> str:
    """What a pass did and to which resources, in words; empty where it did nothing."""
    done = [row for row in report.rows() if row.result in report.applied_changes]
    done += [row for row in report.rows() if row.what == "released"]
    return listed([f"{row.what} {resource(row.result)}" for row in done], MOST_NAMES)


def troubles_of(report: Report) -> dict[str, str]:
    """What a person has to know of, with why; a failed job is among it."""
    told: dict[str, str] = {f"held back: {brake}": "" for brake in report.tripped}
    told |= {printable(error): "" for error in report.errors}
    for row in [*report.problems(), *(row for row in report.rows() if row.what == "stalled")]:
        told[resource(row.result)] = f"{row.what}: {reason_of(row)}"
    return told
