"""What may be sent to a deployment in the state it is in.

VVP calls changes during a transition undefined (VVP documentation, "Deployment Lifecycle"), and a
FAILED deployment needs a person to act; a change to it is sent with the state CANCELLED, and RUNNING
only when a later pass reads CANCELLED.
"""

from __future__ import annotations

from dataclasses import dataclass

from vpsync.kinds.job import FAILED, STATE, STEADY, desired_state, is_transitioning
from vpsync.kinds.kind import Kind
from vpsync.kinds.values import text_at
from vpsync.model.annotating import RECONCILE, asking
from vpsync.model.change import Effect, FieldChange
from vpsync.model.observed import Observed
from vpsync.model.reasons import Reason
from vpsync.model.resource import Desired, Manifest
from vpsync.model.timestamps import readable, seconds
from vpsync.planning.ownership.history import (
    is_asked_of_file,
    is_changed,
    is_new,
    is_pending,
    waiting_since,
    was_synced,
)
from vpsync.planning.ownership.marker import OWNER, read_marker
from vpsync.planning.policy import Policy

TRANSITIONING_SINCE = "com.dataartisans.appmanager.controller.deployment.transitioning.since"

AGAIN = "another attempt was asked for"
CANCELLED_FIRST = "the failed job is cancelled first and started in a later pass"
CANCELLING_FAILED = "VVP is cancelling the failed job; it is started again afterwards"
CANCELLING = "VVP is cancelling the job; it is started again afterwards"
STARTED = "the failed job was cancelled, and is started again"


@dataclass(frozen=True, slots=True)
class Step:
    """The fields that go now, and what waits, in words."""

    fields: tuple[FieldChange, ...]
    waits: str = ""
    reason: str = ""
    """Why it goes, where that is not that something differs."""
    restarting: str = ""
    """The request for a restart that this begins; it stands in the marker from now on."""
    restarted: str = ""
    """The request for a restart that this fulfils."""
    reconciled: bool = False
    """Whether it is another attempt at a failed job; a file's request for one stands in the marker then."""

    def effect(self, kind: Kind, observed: Observed) -> Effect:
        """What it does to the job; the stop of a restart counts as the restart."""
        if not self.restarting:
            return kind.effect(observed, self.fields)
        suspends = any(c.path == STATE and c.after == "SUSPENDED" for c in self.fields)
        return Effect.RESTART_WITH_SAVEPOINT if suspends else Effect.RESTART_WITHOUT_SAVEPOINT


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing may be sent now."""

    reason: Reason
    message: str


def next_step(
    desired: Desired, observed: Observed, fields: tuple[FieldChange, ...], policy: Policy
) -> Step | Wait:
    """What of the field changes goes in this pass."""
    if is_transitioning(observed):
        return _while_transitioning(desired, observed, fields, policy)
    if observed.state == FAILED:
        return _after_failure(desired, observed, fields)
    if observed.state and observed.state not in STEADY:
        return _in_unknown_state(observed, fields)
    return _after_the_end(desired, observed, fields)


def _while_transitioning(
    desired: Desired, observed: Observed, fields: tuple[FieldChange, ...], policy: Policy
) -> Step | Wait:
    if transition_age(desired.manifest, observed, policy) > policy.transition_timeout:
        return Step(fields)
    if desired_state(desired) == "RUNNING" and text_at(observed.body, STATE) == "CANCELLED":
        # A failed job is on its way out, or somebody stopped one: VVP starts again from CANCELLED.
        text = CANCELLING_FAILED if _is_retried(desired, observed) else CANCELLING
        return Wait(Reason.Progressing, text)
    now = tuple(change for change in fields if change.path == STATE)
    later = len(fields) - len(now)
    if not later:
        return Step(fields)
    what = f"{later} fields wait" if later > 1 else "1 field waits"
    text = f"{what} until VVP has finished its transition"
    return Step(now, text) if now else Wait(Reason.Progressing, text)


def transitioning_since(manifest: Manifest, observed: Observed) -> str | None:
    """Since when VVP has been at work, by its own word or else by our status; None if not known."""
    times = (observed.annotations.get(TRANSITIONING_SINCE), waiting_since(manifest))
    return next((readable(text) for text in times if text and seconds(text) is not None), None)


def transition_age(manifest: Manifest, observed: Observed, policy: Policy) -> float:
    """For how many seconds VVP has been at work; 0 where it is not known."""
    since = seconds(transitioning_since(manifest, observed))
    return policy.now - since if since is not None else 0.0


def _after_failure(
    desired: Desired, observed: Observed, fields: tuple[FieldChange, ...]
) -> Step | Wait:
    wanted, current = desired_state(desired), text_at(observed.body, STATE)
    if wanted != "RUNNING":
        return Step(fields)
    if current == "CANCELLED":
        return Wait(Reason.Progressing, CANCELLING_FAILED)
    if not _is_revised(desired, observed, fields):
        return Wait(
            Reason.JobFailed,
            "the job failed and VVP gave up; nothing is sent until the manifest changes, or somebody "
            f"asks for it: {asking(desired.manifest, RECONCILE)}",
        )
    others = tuple(change for change in fields if change.path != STATE)
    cancel = FieldChange(STATE, current, "CANCELLED")
    reason = AGAIN if _is_asked(desired, observed) and was_synced(desired, observed) else ""
    return Step((*others, cancel), CANCELLED_FIRST, reason, reconciled=True)


def _in_unknown_state(observed: Observed, fields: tuple[FieldChange, ...]) -> Step | Wait:
    others = tuple(change for change in fields if change.path != STATE)
    if others or not fields:
        return Step(others)
    text = f"VVP reports the state {observed.state!r}; the wanted state is not sent meanwhile"
    return Wait(Reason.UnknownState, text)


def _after_the_end(desired: Desired, observed: Observed, fields: tuple[FieldChange, ...]) -> Step:
    """Of a job that runs or ended: also the start that was promised when the failed one was cancelled."""
    starts = len(fields) == 1 and fields[0].path == STATE and fields[0].after == "RUNNING"
    again = starts and observed.state == "CANCELLED" and _is_retried(desired, observed)
    return Step(fields, reason=STARTED if again else "")


def _is_retried(desired: Desired, observed: Observed) -> bool:
    """Whether the last write was what cancelled a failed job so that it can be started again."""
    marker = read_marker(observed.annotations.get(OWNER))
    if marker is None or not marker.retrying:
        return False
    return marker.generation == desired.manifest.generation


def _is_asked(desired: Desired, observed: Observed) -> bool:
    """Whether somebody asked for another attempt."""
    if not desired.manifest.in_cluster:
        return is_asked_of_file(desired.manifest, observed)
    return is_pending(desired.manifest, RECONCILE)


def _is_revised(desired: Desired, observed: Observed, fields: tuple[FieldChange, ...]) -> bool:
    manifest = desired.manifest
    if manifest.in_cluster and not is_new(manifest):
        return is_changed(manifest)
    if not manifest.in_cluster and is_asked_of_file(manifest, observed):
        return True
    differs = any(change.path != STATE for change in fields)
    return differs and not was_synced(desired, observed)
