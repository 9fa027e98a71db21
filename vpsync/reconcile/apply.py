"""Carries out a plan: level by level, the changes of one level side by side.

A failure stays in its place. Before VVP holds anything for a resource, the resource says so; before a
savepoint is asked for, an intent is recorded. Where that is written down is for the :class:`WriteAhead`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from vpsync.errors import (
    ClusterConflict,
    ClusterNotFound,
    InternalError,
    PlatformError,
    PlatformUnauthorized,
    VpsyncError,
)
from vpsync.kinds import BY_NAME
from vpsync.model.change import Action, Change
from vpsync.model.json import value_at
from vpsync.model.observed import Snapshot
from vpsync.model.outcome import Applied, Failed, Outcome, Skipped, Subject, subject
from vpsync.model.reasons import Reason
from vpsync.planning.guards.canary import TOLD, is_disturbed, marks_a_running_job
from vpsync.planning.plan import Plan
from vpsync.planning.savepoints.write_ahead import SavepointRequest, request_for
from vpsync.reconcile.learn import learn
from vpsync.redact.fields import sensitive_texts
from vpsync.redact.redactor import hiding
from vpsync.ververica.apply import apply_change
from vpsync.ververica.client import Client

log = logging.getLogger(__name__)


class WriteAhead(Protocol):
    """Where it is written down that VVP is about to hold something for a resource."""

    def claim(self, change: Change) -> None:
        """Before a change: the resource must not vanish while VVP holds its object."""

    def intend(self, change: Change, intent: SavepointRequest) -> None:
        """Before a savepoint is asked for; raises where that cannot be recorded."""

    def settle(self, change: Change, intent: SavepointRequest, outcome: Outcome) -> None:
        """After VVP answered, or did not: what is known of the intent now."""


@dataclass(slots=True)
class Application:
    """One plan being carried out."""

    client: Client
    claims: WriteAhead
    snapshot: Snapshot
    concurrency: int
    halt: Callable[[], str | None]
    """Why no further change may be begun; None while it may."""
    clock: Callable[[], datetime]
    progress: Callable[[str], None]
    force: bool = False
    """Whether a person takes it on that VVP may restart jobs for a marker."""
    disturbed: str = field(init=False, default="")
    """That VVP restarted a job for a marker, in words: no other job is marked then."""
    _unproved: str = field(init=False, default="")
    """Why it is not known whether VVP leaves a marked job alone; nothing is marked until it is."""
    _ids: dict[tuple[str, str, str], str] = field(init=False, default_factory=dict)
    """The ids of what this pass created."""
    _missing: set[str] = field(init=False, default_factory=set)
    """VVP namespaces that should have been created and were not."""
    _refused: dict[str, str] = field(init=False, default_factory=dict)
    """VVP namespaces whose token was refused, and in which words: nothing more is sent there."""

    def run(self, plan: Plan) -> dict[Subject, Outcome]:
        """What came of each change, by what it is about."""
        outcomes: dict[Subject, Outcome] = {}
        for level in plan.levels():
            self.progress(f"{len(level)} × {level[0].action.value} {level[0].key.kind}")
            for change, outcome in zip(level, self._side_by_side(level), strict=True):
                outcomes[subject(change)] = outcome
                self._remember(change, outcome)
        return outcomes

    @property
    def tripped(self) -> tuple[str, ...]:
        """What was held back while the plan was carried out, in words."""
        return (self.disturbed,) if self.disturbed else ()

    def _side_by_side(self, level: Sequence[Change]) -> list[Outcome]:
        outcomes = {} if self.force else self._canary(level)
        rest = [change for change in level if subject(change) not in outcomes]
        if len(rest) < 2:
            outcomes |= {subject(change): self._attempt(change) for change in rest}
        else:
            with ThreadPoolExecutor(max_workers=min(self.concurrency, len(rest))) as pool:
                outcomes |= zip(map(subject, rest), pool.map(self._attempt, rest), strict=True)
        return [outcomes[subject(change)] for change in level]

    def _canary(self, level: Sequence[Change]) -> dict[Subject, Outcome]:
        """The first marker on a running job goes alone, and is looked at before others go."""
        outcomes: dict[Subject, Outcome] = {}
        for change in filter(marks_a_running_job, level):
            outcome = outcomes[subject(change)] = self._attempt(change)
            if isinstance(outcome, Applied):
                self._watch(change, outcome)
                break
        return outcomes

    def _watch(self, change: Change, outcome: Applied) -> None:
        before, answer = change.observed, outcome.observed
        assert before is not None, "a marker alone goes only onto what was seen"
        try:
            disturbed_at_once = answer is not None and is_disturbed(before, answer)
            disturbed = disturbed_at_once or is_disturbed(
                before, self.client.read(BY_NAME[before.key.kind], before)
            )
        except PlatformError as error:
            self._unproved = (
                f"could not check yet whether VVP restarts a job when it is marked: {error}"
            )
            return
        if disturbed:
            self.disturbed = self._unproved = TOLD.format(name=before.key)

    def _remember(self, change: Change, outcome: Outcome) -> None:
        key = change.platform
        if isinstance(outcome, Failed) and isinstance(outcome.error, PlatformUnauthorized):
            self._refused.setdefault(key.namespace, str(outcome.error))
        if isinstance(outcome, Applied) and outcome.observed is not None:
            self._ids[key.kind, key.namespace, key.name] = outcome.observed.id
        elif change.action is Action.CREATE and BY_NAME[key.kind].holds_contents:
            self._missing.add(key.name)

    def _attempt(self, change: Change) -> Outcome:
        outcome = self._held_back(change) or self._tried(change)
        if isinstance(outcome, Failed):
            # VVP may quote what it refuses.
            hiding(sensitive_texts(change.fields)).value(outcome.error)
        return outcome

    def _tried(self, change: Change) -> Outcome:
        try:
            self.claims.claim(change)
            if BY_NAME[change.key.kind].taken_once and change.action is Action.CREATE:
                return self._savepoint(change)
            outcome = apply_change(self.client, change, self._ids)
            return (
                learn(self.client, outcome, self._ids) if isinstance(outcome, Applied) else outcome
            )
        except (ClusterConflict, ClusterNotFound):
            text = "the resource changed or was deleted during this pass; the next pass tries again"
            return Skipped(change, Reason.RetryNextPass, text, moved=True)
        except VpsyncError as error:
            return Failed(change, error)
        except Exception as error:  # One resource's bug stays that resource's.
            fault = InternalError(error)
            log.debug("%s: %s\n%s", change.key, fault, fault.trace)
            return Failed(change, fault)

    def _held_back(self, change: Change) -> Skipped | None:
        """Why a change is not tried, if so."""
        if (why := self.halt()) is not None:
            return Skipped(change, Reason.RetryNextPass, why)
        if (words := self._refused.get(change.platform.namespace)) is not None:
            return Skipped(change, Reason.Unauthorized, words)
        if change.platform.namespace in self._missing:
            message = f"the VVP namespace {change.platform.namespace!r} could not be created"
            return Skipped(change, Reason.DependencyNotReady, message)
        if self._unproved and marks_a_running_job(change):
            reason = Reason.RestartsForMarker if self.disturbed else Reason.RetryNextPass
            return Skipped(change, reason, self._unproved)
        return None

    def _savepoint(self, change: Change) -> Outcome:
        """Records the intent, asks for the savepoint, and records what came of it."""
        deployment_id = value_at(change.patch(), ("metadata", "deploymentId"))
        location = (change.platform.namespace, str(deployment_id))
        listed = self.snapshot.savepoints.get(location, ())
        intent = request_for(change, listed, self.clock().strftime("%Y-%m-%dT%H:%M:%SZ"))
        self.claims.intend(change, intent)
        outcome = apply_change(self.client, change, self._ids)
        self.claims.settle(change, intent, outcome)
        return outcome
