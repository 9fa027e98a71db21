"""What is decided about a VVP object that exists and may be the resource's: the rules over a comparison,
and the change that is left where none of them has anything to say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from vpsync.kinds.job import STATE
from vpsync.kinds.kind import Update
from vpsync.model.annotating import annotating
from vpsync.model.change import Action, Cause, Change, FieldChange, Verb
from vpsync.model.decision import Blocked, Decision, InSync
from vpsync.model.json import value_at
from vpsync.model.options import Adopt, DriftMode
from vpsync.model.phrases import listed
from vpsync.model.reasons import Reason
from vpsync.planning.case import is_marked
from vpsync.planning.ownership.annotations import broken, own_annotations
from vpsync.planning.ownership.history import rejection, was_synced
from vpsync.planning.ownership.managed_fields import is_current
from vpsync.planning.ownership.marker import OWNER, Ownership, read_marker
from vpsync.planning.upsert import autopilot, state_loss
from vpsync.planning.upsert.comparison import Comparison
from vpsync.planning.upsert.failure import failure_of
from vpsync.planning.upsert.finished import is_unrun
from vpsync.planning.upsert.holders import adopted_from, held_by_another_cluster, nobody
from vpsync.planning.upsert.replace import replaces, whole
from vpsync.planning.upsert.transition import Step, Wait


def not_adoptable(comparison: Comparison) -> Decision | None:
    """An object that is nobody's is taken over only as the run or the resource permits."""
    case = comparison.case
    if case.proof.ownership is not Ownership.UNOWNED:
        return None
    if case.policy.adopt is Adopt.ALWAYS:
        return None
    asked = case.options.adopt == comparison.observed.id
    fields = comparison.difference.fields
    if case.proof.holder and not asked:
        return case.blocked(Reason.NotOwned, held_by_another_cluster(case, comparison.observed.id))
    way_out = f"take it over: {annotating(case.manifest, 'adopt', comparison.observed.id)}"
    if not asked and case.policy.adopt is Adopt.NEVER:
        text = f"VVP already has {case.key}, and {nobody(case)}; to go on, {way_out}"
        return case.blocked(Reason.NotOwned, text)
    if asked or not fields:
        return _unprovable_claim(comparison, by_annotation=asked)
    pointers = listed([change.pointer for change in fields], 3)
    text = f"VVP already has {case.key}, {nobody(case)}, and it differs in {pointers}; "
    refused = case.blocked(Reason.NotOwned, f"{text}make the manifest equal, or {way_out}")
    # What would be sent is shown with both sides, as that of a brake is.
    if not isinstance(comparison.step, Step):
        return refused
    whose = nobody(case) if case.proof.former else "not owned by anyone"
    wanted = replace(change(comparison), reason=f"VVP has it, different and {whose}")
    return replace(refused, held=wanted)


def _unprovable_claim(comparison: Comparison, *, by_annotation: bool) -> Decision | None:
    """What bears no marker is taken over only where nobody else can hold it.

    A tenant who may declare a VVP namespace must not become its owner by an annotation, and a run that
    sees only some Kubernetes namespaces cannot know who holds it.
    """
    case, tenancy = comparison.case, comparison.case.policy.tenancy
    if case.kind.annotated:
        return None
    if by_annotation and tenancy.admin_namespaces is None:
        text = (
            f"VVP already has the {case.kind.noun} {case.key}; one is taken over by annotation only in a run "
            "with --admin-namespace"
        )
        return case.blocked(Reason.NotOwned, text)
    if not case.policy.sees_all_claimants:
        text = (
            f"VVP already has the {case.kind.noun} {case.key}, and this run sees only some resources, so it "
            "cannot tell whether another one holds it; take it over in a run that sees all of them"
        )
        return case.blocked(Reason.NotOwned, text)
    return None


def immutable(comparison: Comparison) -> Decision | None:
    """Where VVP changes only labels and annotations, a changed spec is told and never sent."""
    if comparison.case.kind.update is not Update.METADATA:
        return None
    fixed = [change.pointer for change in comparison.fields if change.path[0] == "spec"]
    if not fixed:
        return None
    text = f"VVP cannot change {', '.join(fixed)} of an existing target; undo it, or use a new name"
    return comparison.case.blocked_as_it_is(Reason.Immutable, text)


def waiting(comparison: Comparison) -> Decision | None:
    """A difference that may not be sent now is told; without one, VVP's state tells all."""
    if not isinstance(comparison.step, Wait):
        return None
    if not comparison.fields:
        return in_sync(comparison)
    blocked = comparison.case.blocked_as_it_is(comparison.step.reason, comparison.step.message)
    if blocked.reason is not Reason.JobFailed or blocked.observed is None:
        return blocked
    words = failure_of(comparison.case.manifest, blocked.observed, comparison.case.snapshot)
    return replace(blocked, detail=words)


def equal(comparison: Comparison) -> Decision | None:
    """Nothing is to be sent, and our marker and managed fields stand there as they should."""
    case, step = comparison.case, _step(comparison)
    recorded = is_marked(case) and is_current(
        case.managed, comparison.difference.declared, comparison.difference.kept
    )
    if step.fields or step.reason or not (recorded or not case.kind.annotated):
        return None
    return in_sync(comparison)


def rejected(comparison: Comparison) -> Decision | None:
    """What VVP refused is not sent again until the resource changes."""
    refused = rejection(comparison.case.manifest)
    if refused is None:
        return None
    return comparison.case.blocked_as_it_is(refused.reason, refused.message)


def left_drifted(comparison: Comparison) -> Decision | None:
    """A departure of VVP that nobody wants corrected is shown, or not shown, as was asked."""
    case = comparison.case
    _, cause, _ = _why(comparison)
    if cause is not Cause.DRIFT or case.drift is DriftMode.CORRECT:
        return None
    if case.drift is DriftMode.IGNORE:
        return InSync(case.desired, comparison.observed)
    return _left_as_it_is(comparison, _warned(_step(comparison).fields))


def _warned(left: Iterable[FieldChange]) -> str:
    pointers = ", ".join(change.pointer for change in left)
    return f"VVP was changed in {pointers}, and is left as it is: drift is 'warn'"


def loses_state(comparison: Comparison) -> Decision | None:
    """A stateful job is not quietly started from nothing."""
    case = comparison.case
    loss = state_loss.unconfirmed(_loss(comparison), case.manifest, case.policy)
    return None if loss is None else case.blocked_as_it_is(Reason.StateLoss, loss)


def _loss(comparison: Comparison) -> str | None:
    """What the job would lose, in words."""
    if not comparison.case.kind.runs_jobs:
        return None
    return state_loss.by_update(comparison.case.desired, comparison.observed, _step(comparison))


def change(comparison: Comparison) -> Change:
    """What is sent so that VVP holds what is declared."""
    case, step, difference = comparison.case, _step(comparison), comparison.difference
    is_all = not step.waits and all(item in step.fields for item in comparison.fields)
    is_whole = replaces(case.kind, step, case.options)
    if is_whole:
        step = replace(step, fields=_with_resets(comparison, step.fields))
    action, cause, reason = _why(comparison)
    reason += autopilot.note(comparison.autoscaled, case.key.namespace, case.snapshot)
    planned = Change(
        action, case.kind.verb, case.manifest, case.key, reason, cause,
        step.effect(case.kind, comparison.observed), step.fields, comparison.observed, case.desired,
        own_annotations(
            case.desired, difference.declared, case.policy, comparison.observed, step,
            kept=difference.kept, is_all=is_all,
        ),
        waits=step.waits,
        kept=difference.kept,
        # Without consent the rule before has seen that nothing is lost.
        loses_state=(
            state_loss.is_confirmed(case.manifest, case.policy) and _loss(comparison) is not None
        ),
    )  # fmt: skip
    if not is_whole:
        return replace(planned, unmanaged=difference.unmanaged)
    stay = (item.path for item in (*comparison.autoscaled, *comparison.left))
    ignored = (*case.options.ignored, *stay)
    body = whole(case.desired, comparison.observed, ignored)
    return replace(planned, verb=Verb.PUT, whole=body, reason=f"{reason}; replaced as a whole")


def in_sync(comparison: Comparison) -> Decision:
    """VVP holds what is declared, but for what is left to Autopilot."""
    if comparison.autoscaled:
        case = comparison.case
        words = autopilot.left_as_it_is(comparison.autoscaled, case.key.namespace, case.snapshot)
        return _left_as_it_is(comparison, words)
    if comparison.left and comparison.case.drift is DriftMode.WARN:
        return _left_as_it_is(comparison, _warned(comparison.left))
    unkept = () if isinstance(comparison.step, Wait) else comparison.difference.unkept
    case = comparison.case
    failed = failure_of(case.manifest, comparison.observed, case.snapshot)
    return InSync(case.desired, comparison.observed, unkept, is_unrun(comparison.observed), failed)


def _left_as_it_is(comparison: Comparison, message: str) -> Blocked:
    """That a departure of VVP is not corrected; the object's own state is judged all the same."""
    case = comparison.case
    return Blocked(
        case.manifest, Reason.Drifted, message, case.key, comparison.observed, case.desired
    )


def _step(comparison: Comparison) -> Step:
    assert isinstance(comparison.step, Step), "the rule `waiting` stands before those that send"
    return comparison.step


def _with_resets(
    comparison: Comparison, fields: tuple[FieldChange, ...]
) -> tuple[FieldChange, ...]:
    """The fields, and those no longer declared: in a replacement they go back to VVP's defaults."""
    kind = comparison.case.kind
    values = (
        (path, value_at(comparison.observed.body, path)) for path in comparison.difference.unmanaged
    )
    resets = [kind.field(path, before, None) for path, before in values if before is not None]
    return tuple(sorted((*fields, *resets), key=lambda item: item.path))


def _why(comparison: Comparison) -> tuple[Action, Cause, str]:
    case, step = comparison.case, _step(comparison)
    fields = step.fields
    if case.proof.ownership is Ownership.UNOWNED:
        return Action.ADOPT, Cause.INTENT, f"VVP has it, {adopted_from(case, equal=not fields)}"
    edited = broken(comparison.observed)
    if not fields:
        return (
            Action.UPDATE,
            Cause.RECORD,
            step.reason or edited or "our record of managed fields is updated",
        )
    and_edited = f"; {edited}" if edited else ""
    if step.reason:
        return Action.UPDATE, Cause.INTENT, step.reason + and_edited
    stopped = any(item.path == STATE and item.after == "RUNNING" for item in fields)
    synced = was_synced(case.desired, comparison.observed)
    if not synced and not (stopped and len(fields) == 1 and _is_of_this_generation(comparison)):
        return Action.UPDATE, Cause.INTENT, f"the resource changed{and_edited}"
    reason = "was stopped in VVP" if stopped else "was changed in VVP"
    return Action.UPDATE, Cause.DRIFT, reason + and_edited


def _is_of_this_generation(comparison: Comparison) -> bool:
    """Whether the resource is as it was when VVP was last sent it: passes since then saw VVP at work."""
    manifest, marker = (
        comparison.case.manifest,
        read_marker(comparison.observed.annotations.get(OWNER)),
    )
    return manifest.in_cluster and marker is not None and marker.generation == manifest.generation
