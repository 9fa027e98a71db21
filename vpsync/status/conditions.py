"""From what was decided and what came of it to conditions: in one place, after the work.

``Ready`` says whether VVP has reached what the resource wants, ``Synced`` whether it holds it.
``Reconciling`` and ``Stalled`` are there only while true.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from vpsync.errors import (
    ClusterRejected,
    InternalError,
    PlatformConflict,
    PlatformError,
    PlatformRejected,
    PlatformUnauthorized,
    PlatformUnreachable,
    PlatformUnsupported,
    VpsyncError,
)
from vpsync.kinds import BY_NAME
from vpsync.kinds.readiness import Readiness
from vpsync.model.annotating import RESTART, annotating, asking
from vpsync.model.change import Action, Change, Effect, FieldChange, Verb
from vpsync.model.condition import HELD, Condition, find_condition
from vpsync.model.decision import Blocked, Decision, Finalized, InSync, Invalid, Unreadable
from vpsync.model.observed import Observed
from vpsync.model.outcome import Applied, Failed, Outcome, Result, Skipped
from vpsync.model.phrases import listed
from vpsync.model.reasons import Reason
from vpsync.model.resource import Manifest
from vpsync.planning.upsert.finished import is_unrun
from vpsync.redact.output import safe_line
from vpsync.redact.text import SAYS, quoted, with_quote
from vpsync.redact.unkept import unkept_text

Conditions = tuple[Condition, ...]

MOST_DOUBTS = 3
"""Fields that a sentence on typos names."""

LONGEST_CAUSE = 1000
"""Characters of VVP's words before an advice."""


def concluded(decision: Decision, outcome: Outcome | None = None) -> Result:
    """The decision and what came of it, with the conditions that follow."""
    try:
        conditions = _following(decision, outcome)
    except Exception as error:  # One resource's bug stays that resource's.
        conditions = not_done(Reason.InternalError, str(InternalError(error)))
    if conditions is not None:
        said = {condition.message: safe_line(condition.message) for condition in conditions}
        if any(before != after for before, after in said.items()):
            conditions = tuple(replace(one, message=said[one.message]) for one in conditions)
    return Result(decision, outcome, conditions)


def _following(decision: Decision, outcome: Outcome | None) -> Conditions | None:
    match decision:
        case Unreadable() | Finalized():
            return None
        case Invalid(_, findings):
            return not_done(Reason.InvalidSpec, "; ".join(str(finding) for finding in findings))
        case Blocked(manifest, Reason.Unauthorized, message):
            return _unauthorized(manifest, with_quote(message, decision.detail, SAYS))
        case Blocked(_, Reason.Paused | Reason.Drifted | Reason.HeldByBrake, _):
            return _left_as_it_is(decision)
        case Blocked(_, reason, message):
            return not_done(reason, with_quote(message, decision.detail, SAYS))
        case InSync(desired, observed, unkept, unrun, failure):
            judgement = _with_failure(BY_NAME[desired.key.kind].judge(desired, observed), failure)
            judgement = _of_job(desired.manifest, judgement, unrun)
            return judged(judgement, unkept, desired.manifest)
        case Change():
            return _of_change(decision, outcome)
        case _:
            assert_never(decision)


def observed_of(result: Result) -> Observed | None:
    """The VVP object as it was last seen, where it is the resource's own."""
    match result.outcome:
        case Applied(change, observed) if change.action is not Action.DELETE:
            return observed
    match result.decision:
        case InSync(observed=observed) | Blocked(observed=observed):
            return observed
        case Change(action=Action.UPDATE | Action.DELETE, observed=observed):
            return observed
        case _:
            return None


def not_done(reason: Reason, message: str) -> Conditions:
    """VVP does not hold what the resource wants."""
    ready = "Unknown" if reason is Reason.UnknownState else "False"
    return (
        Condition("Ready", ready, reason.name, message),
        Condition("Synced", "False", reason.name, message),
        *_weight(reason, message),
    )


def judged(judgement: Readiness, unkept: tuple[FieldChange, ...], manifest: Manifest) -> Conditions:
    """VVP holds what the resource wants; whether it is ready is for the kind to say."""
    synced, reason = HELD, Reason.Succeeded
    if text := unkept_text(unkept):
        synced, reason = f"VVP was sent what the resource declares, but {text}", Reason.NotKept
    if text := doubted(manifest):
        synced, reason = f"{synced}; {text}", Reason.UnknownField
    said = _said(judgement)
    return (
        Condition("Ready", judgement.ready, judgement.reason.name, said),
        Condition("Synced", "True", reason.name, synced),
        *_weight(judgement.reason, said),
    )


def doubted(manifest: Manifest) -> str:
    """What is probably a typo in a manifest, in one sentence; empty where nothing is."""
    return listed([str(doubt) for doubt in manifest.doubts], MOST_DOUBTS)


def _said(judgement: Readiness) -> str:
    """All of a judgement in one text; advice stands behind no stack trace, which the status has whole."""
    if not judgement.advice:
        return with_quote(judgement.message, judgement.detail)
    words = f" {quoted(judgement.detail, LONGEST_CAUSE)}" if judgement.detail else ""
    return f"{judgement.message}{words.rstrip('.')}; {judgement.advice}"


def _with_failure(judgement: Readiness, failure: str) -> Readiness:
    """The judgement, which says of a failed job why VVP gave it up, where that is known."""
    if judgement.reason is not Reason.JobFailed or not failure:
        return judgement
    return replace(judgement, message=f"{judgement.message}:", detail=failure)


def _of_job(manifest: Manifest, judgement: Readiness, unrun: bool) -> Readiness:
    """The judgement, which says of a finished job that what was changed since has not run."""
    if not unrun or judgement.reason is not Reason.Finished:
        return judgement
    text = f"the new version has not run; to run it: {asking(manifest, RESTART)}"
    return replace(judgement, message=f"{judgement.message}, and {text}")


def failure_reason(change: Change, error: VpsyncError) -> Reason | None:
    """The reason that an error stands for; None where it says nothing about the resource."""
    match error:
        case InternalError():
            return Reason.InternalError
        case PlatformUnsupported():
            return Reason.Unsupported
        case PlatformRejected() | ClusterRejected():
            return Reason.Rejected
        case PlatformUnauthorized():
            return Reason.Unauthorized
        case PlatformConflict() if change.action is Action.DELETE:
            return Reason.DeletionBlocked
        case PlatformUnreachable():
            return None
        case PlatformError():
            return Reason.RetryNextPass
        case _:
            return None


def _of_change(change: Change, outcome: Outcome | None) -> Conditions | None:
    match outcome:
        case None:
            return None
        case Skipped(_, reason, message):
            final_reason = None if reason is Reason.RetryNextPass else reason
            return _of_undone(change.manifest, final_reason, message)
        case Failed(_, ClusterRejected() as error):
            return denied_by_cluster(None, str(error))
        case Failed(_, error):
            failed, said = failure_reason(change, error), str(error)
            if failed is Reason.DeletionBlocked:
                said += (
                    "; remove what VVP names, and the next pass tries again, or leave it in VVP: "
                )
                said += annotating(change.manifest, "deletion-policy", "Orphan")
            return _of_undone(change.manifest, failed, said)
        case Applied(_, observed, unkept):
            return _of_applied(change, observed, unkept)
        case _:
            assert_never(outcome)


def _of_undone(manifest: Manifest, reason: Reason | None, message: str) -> Conditions | None:
    """Of a change that was not made; ``reason`` None means that it says nothing of the resource."""
    if reason is None:
        return None
    if reason is Reason.Unauthorized:
        return _unauthorized(manifest, message)
    return not_done(reason, message)


def _of_applied(
    change: Change, observed: Observed | None, unkept: tuple[FieldChange, ...]
) -> Conditions:
    if change.action is Action.DELETE or observed is None or change.desired is None:
        return not_done(Reason.Deleting, _of_deletion(change))
    if change.waits:
        return not_done(Reason.Progressing, change.waits)
    if change.effect is not Effect.NONE:
        # VVP's answer still shows the state from before (vendor's clients wait before they trust it).
        under_way = Readiness("False", Reason.Progressing, "VVP is carrying out the change")
        return judged(under_way, unkept, change.manifest)
    judgement = BY_NAME[change.key.kind].judge(change.desired, observed)
    judgement = _of_job(change.manifest, judgement, is_unrun(observed))
    return judged(judgement, unkept, change.manifest)


def _of_deletion(change: Change) -> str:
    """What was sent for a deletion: a job is stopped before VVP is told to delete anything."""
    if change.verb is not Verb.DELETE:
        return change.reason
    return "VVP was told to delete it; a later pass checks that it is gone"


def denied_by_cluster(before: Conditions | None, message: str) -> Conditions:
    """Kubernetes, a policy or a webhook denied a write to the resource.

    ``before`` is what was to be said without that; None where VVP was not asked for that reason. It is
    not VVP that refused, so ``Synced`` never says so: the next pass tries again.
    """
    undone = (
        Condition("Ready", "False", Reason.Rejected.name, message),
        Condition("Synced", "False", Reason.RetryNextPass.name, message),
    )
    kept = [one for one in before or undone if one.type in ("Ready", "Synced")]
    return (*kept, Condition("Stalled", "True", Reason.Rejected.name, message))


def _left_as_it_is(decision: Blocked) -> Conditions:
    """Paused, drifting on request or held back: ``Ready`` is as observed, for the job runs on as it was;
    ``Synced`` says what is up."""
    reason, message = decision.reason.name, with_quote(decision.message, decision.detail, SAYS)
    synced = Condition("Synced", "Unknown" if reason == "Paused" else "False", reason, message)
    if decision.observed is None or decision.desired is None:
        if decision.reason is Reason.HeldByBrake:
            return not_done(decision.reason, message)
        return (Condition("Ready", "Unknown", reason, message), synced)
    judgement = BY_NAME[decision.manifest.key.kind].judge(decision.desired, decision.observed)
    said = _said(judgement)
    ready = Condition("Ready", judgement.ready, judgement.reason.name, said)
    weight = _weight(judgement.reason, said)
    if not judgement.reason.waiting:
        weight = (*weight, *_weight(decision.reason, message))
    return (ready, synced, *weight)


def _unauthorized(manifest: Manifest, message: str) -> Conditions:
    """A refused token says nothing about the object: ``Ready`` stays what it was."""
    before = find_condition(manifest.status, "Ready") or {}
    ready = Condition(
        "Ready",
        str(before.get("status") or "Unknown"),
        str(before.get("reason") or Reason.Unauthorized.name),
        str(before.get("message") or message),
        before.get("observedGeneration"),
    )
    return (
        ready,
        Condition("Synced", "Unknown", Reason.Unauthorized.name, message),
        Condition("Stalled", "True", Reason.Unauthorized.name, message),
    )


def _weight(reason: Reason, message: str) -> Conditions:
    if reason.stalled:
        return (Condition("Stalled", "True", reason.name, message),)
    if reason.waiting:
        return (Condition("Reconciling", "True", reason.name, message),)
    return ()
