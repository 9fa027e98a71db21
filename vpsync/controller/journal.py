"""What a loop logs: that it began, what passes did, and what is stalled when that begins, changes or ends.

A quiet pass is one line an hour. Nobody reads the same trouble twice, and nobody misses its end. Each line
has facts for programs, too: the pass it is of, how long that took, and the resource it is about.
"""

from __future__ import annotations

import logging
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from vpsync.controller.facts import Facts, about, done
from vpsync.errors import VpsyncError
from vpsync.model.json import Json
from vpsync.model.phrases import counted, fact_of, listed
from vpsync.model.reasons import Reason
from vpsync.redact.text import printable
from vpsync.render.report import Report
from vpsync.render.rows import Row
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
    _kept: str = field(default="", init=False)
    """Why connections cannot be opened anew, as told since the last pass."""
    run: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    """What the passes of this run have in their ids, so that no other run has the same."""
    _facts: Mapping[str, Facts] = field(default_factory=dict, init=False)
    """What is known of the resources among the troubles, for programs."""
    _passes: int = field(default=0, init=False)
    _began: float | None = field(default=None, init=False)
    """When the pass began that is not over yet."""
    _logged_at: float = field(init=False)

    def __post_init__(self) -> None:
        self._logged_at = self.clock()

    def begin(self, settings: Settings, source: str) -> None:
        """The loop starts: how often it looks, where its manifests come from, and whom it talks to."""
        text = (
            f"started: a pass every {settings.interval:g} s; from {source} to VVP at "
            f"{settings.vvp.app_manager_url}, as owner id {settings.scope.owner_id}"
        )
        self._tell(logging.INFO, printable(text))

    def wait(self, why: str, is_wrong: bool) -> None:
        """The loop does nothing yet, and why; that somebody else does it is as it should be."""
        self._tell(logging.ERROR if is_wrong else logging.INFO, f"standby: {why}")

    def lead(self, lease: str) -> None:
        """The loop got the Lease that is there."""
        self._tell(logging.INFO, f"holding the Lease {lease}: passes begin")

    def lose(self, lease: str, why: str) -> None:
        """Logs that the loop lost the Lease, and why."""
        self._tell(logging.WARNING, f"lost the Lease {lease}: {why}; nothing is written any more")

    def reread(self) -> None:
        """Logs that the settings were read again."""
        self._tell(logging.INFO, "settings reloaded")

    def keep(self, why: str) -> None:
        """Logs that the settings could not be read again, and why."""
        self._tell(
            logging.ERROR, printable(f"settings not reloaded, the old ones stay in force: {why}")
        )

    def halt(self, why: str) -> None:
        """Logs that no pass can begin with the settings as they are, and why: once until one does."""
        if why != self._kept:
            self._kept = why
            self._tell(logging.ERROR, printable(f"settings not reloaded, no pass can begin: {why}"))

    def start(self) -> None:
        """Notes that a pass begins."""
        self._began = self.clock()

    def note(self, outcome: Report | VpsyncError) -> None:
        """Logs what a pass did, where it is news."""
        self._passes += 1
        self._kept = ""
        try:
            self._note(outcome)
        finally:
            self._began = None

    def _note(self, outcome: Report | VpsyncError) -> None:
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
        elif self.clock() - self._logged_at >= HEARTBEAT:
            self._tell(logging.ERROR, f"still, after {self._counted()}: {why}")
        self._away = why

    def _note_pass(self, report: Report) -> None:
        if self._away:
            self._away = ""
            self._tell(logging.INFO, "VVP and the manifests can be read again")
        if rows := rows_done(report):
            names = listed([f"{row.what} {resource(row.result)}" for row in rows], MOST_NAMES)
            self._tell(logging.INFO, f"{report.summary()} {names}", done(rows))
        self._note_troubles(*troubles_of(report))
        if self.clock() - self._logged_at >= HEARTBEAT:
            waiting = sum(row.what == "waiting" for row in report.rows())
            parts = [f"{counted(report.counts['inSync'], 'resource')} in sync"]
            parts += [f"{waiting} waiting"] if waiting else []
            parts += [f"{len(self._troubles)} not in order"] if self._troubles else []
            self._tell(logging.INFO, f"alive after {self._counted()}: {', '.join(parts)}")

    def _note_troubles(self, now: Mapping[str, str], facts: Mapping[str, Facts]) -> None:
        before, after = _facts(self._troubles, self._facts), _facts(now, facts)
        told, going_on = dict(before.values()), dict(after.values())
        for name, (trouble, says) in after.items():
            if told.get(trouble) != says:
                text = f"{name}: {now[name]}" if now[name] else name
                self._tell(logging.WARNING, text, facts.get(name, {}))
        for name, (trouble, _) in before.items():
            if trouble not in going_on:
                over = {**self._facts.get(name, {}), "reason": ""}
                self._tell(logging.INFO, f"over: {name}", over)
        self._troubles, self._facts = now, facts

    def _counted(self) -> str:
        return f"{self._passes} pass{'' if self._passes == 1 else 'es'}"

    def _tell(self, level: int, text: str, facts: Facts | None = None) -> None:
        self._logged_at = now = self.clock()
        of_pass: dict[str, Json] = {}
        if self._began is not None:
            of_pass = {
                "pass": f"{self.run}-{self._passes}",
                "duration": round(now - self._began, 3),
            }
        log.log(level, "%s", text, extra={"facts": {**of_pass, **(facts or {})}})


def _facts(troubles: Mapping[str, str], facts: Mapping[str, Facts]) -> dict[str, tuple[str, str]]:
    """What each trouble is remembered by, and what it says.

    What is no single resource's, such as a list that fails, and a brake say it without counts, which move.
    """
    remembered = {}
    for name, why in troubles.items():
        of_brake = facts.get(name, {}).get("reason") == Reason.HeldByBrake.name
        says = fact_of(why or name) if of_brake or not why else why
        remembered[name] = (name if why else says, says)
    return remembered


def rows_done(report: Report) -> list[Row]:
    """What a pass did and to which resources."""
    rows = report.rows()
    changed = [row for row in rows if row.result in report.applied_changes]
    return changed + [row for row in rows if row.what == "released"]


def troubles_of(report: Report) -> tuple[dict[str, str], dict[str, Facts]]:
    """What a person has to know of, with why; a failed job is among it. For programs, the resources in it."""
    stalled: dict[str, str] = {f"held back: {brake}": "" for brake in report.tripped}
    facts: dict[str, Facts] = {name: {"reason": Reason.HeldByBrake.name} for name in stalled}
    stalled |= {printable(line): "" for line in (*report.errors, *report.doubts())}
    shared = Counter(reason_of(row) for row in report.problems() if row.what == "unknown")
    for row in [*report.problems(), *(row for row in report.rows() if row.what == "stalled")]:
        if row.what == "unknown" and (shared[reason_of(row)] > 1 or reason_of(row) in stalled):
            # A list that cannot be read is one trouble, however many resources are in it.
            stalled[reason_of(row)] = ""
            continue
        stalled[resource(row.result)] = f"{row.what}: {reason_of(row)}"
        facts[resource(row.result)] = about(row.result)
    return stalled, facts
