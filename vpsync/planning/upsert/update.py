"""The decision about a VVP object that exists and that a manifest may have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from vpsync.kinds import BY_NAME
from vpsync.kinds.deployment import DEPLOYMENT, STATE
from vpsync.kinds.kind import Kind, Update
from vpsync.model.change import Action, Cause, Change, Effect, FieldChange, Verb
from vpsync.model.decision import Blocked, Decision, InSync
from vpsync.model.json import Path, value_at
from vpsync.model.observed import Observed, Snapshot
from vpsync.model.reasons import Reason
from vpsync.model.resource import Desired, annotation
from vpsync.planning.diff.fields import Difference, difference
from vpsync.planning.diff.target import comparable, with_exclusions
from vpsync.planning.options import Adopt, DriftMode, ResourceOptions, read_options
from vpsync.planning.ownership.annotations import broken, own_annotations
from vpsync.planning.ownership.history import kept_managed, rejection, was_synced
from vpsync.planning.ownership.managed_fields import (
    MANAGED,
    ManagedFields,
    is_current,
    read_managed,
)
from vpsync.planning.ownership.marker import OWNER, Ownership, Proof
from vpsync.planning.policy import Policy
from vpsync.planning.upsert import autopilot, state_loss
from vpsync.planning.upsert.replace import replaces, whole
from vpsync.planning.upsert.restart import restart
from vpsync.planning.upsert.transition import Step, Wait, next_step


def compare(
    desired: Desired, observed: Observed, held: Proof, snapshot: Snapshot, policy: Policy
) -> Decision:
    """What to send so that ``observed`` holds what is declared, if anything may be sent."""
    kind = BY_NAME[desired.platform.kind]
    instructions = read_options(desired.manifest)
    known = _recorded(desired, observed, held)
    compared = comparable(kind, observed, snapshot)
    found = difference(kind, desired.body, compared, known, policy.is_known)
    if instructions.ignored:
        found = found.without(instructions.is_ignored)
    scaled: tuple[FieldChange, ...] = ()
    if (
        held.ownership is Ownership.OURS
        and (instructions.drift or policy.drift) is DriftMode.CORRECT
    ):
        scaled = autopilot.left_to_autopilot(desired, observed, found.fields, snapshot)
        kept = (*instructions.ignored, *(change.path for change in scaled))
        found, instructions = found.without_changes(scaled), replace(instructions, ignored=kept)
    decision = _decided(desired, observed, held, found, known, instructions, policy)
    return autopilot.explained(decision, scaled, snapshot)


def _decided(
    desired: Desired,
    observed: Observed,
    held: Proof,
    found: Difference,
    known: ManagedFields | None,
    instructions: ResourceOptions,
    policy: Policy,
) -> Decision:
    """What of the differences is sent now."""
    fields = with_exclusions(desired, observed, found.fields)
    refused = _refused(desired, observed, held, found.fields, fields, policy)
    if refused is not None:
        return refused
    step = _step(desired, observed, fields, known, policy)
    if isinstance(step, Wait):
        return _held(desired, observed, fields, step, held)
    recorded = _is_marked(desired, observed, held) and is_current(known, found.declared)
    has_no_place = BY_NAME[desired.platform.kind].update is Update.REPLACE
    if not step.fields and not step.reason and (recorded or has_no_place):
        return InSync(desired, observed, found.unkept)
    is_all = not step.waits and all(change in step.fields for change in fields)
    is_whole = replaces(desired, step, instructions)
    if is_whole:
        step = replace(step, fields=_with_resets(step.fields, found.unmanaged, observed))
    metadata = own_annotations(desired, found.declared, policy, observed, step, is_all=is_all)
    change = _change(desired, observed, step, metadata, held, policy)
    if not isinstance(change, Change):
        return change
    if is_whole:
        body = whole(desired, observed, instructions)
        reason = f"{change.reason}; replaced as a whole"
        return replace(change, verb=Verb.PUT, whole=body, reason=reason)
    return replace(change, unmanaged=found.unmanaged)


def _with_resets(
    fields: tuple[FieldChange, ...], dropped: tuple[Path, ...], observed: Observed
) -> tuple[FieldChange, ...]:
    """The fields, and those declared no more: in a replacement they go back to VVP's defaults."""
    held = ((path, value_at(observed.body, path)) for path in dropped)
    resets = [FieldChange(path, before, None) for path, before in held if before is not None]
    return tuple(sorted((*fields, *resets), key=lambda change: change.path))


def _refused(
    desired: Desired,
    observed: Observed,
    held: Proof,
    declared: tuple[FieldChange, ...],
    fields: tuple[FieldChange, ...],
    policy: Policy,
) -> Blocked | None:
    """Why the object is not the resource's to change, or cannot be changed, if so."""
    manifest, place = desired.manifest, desired.platform
    if held.ownership is Ownership.UNOWNED:
        stranger = _adoption_refused(desired, observed, declared, policy)
        if stranger is not None:
            return Blocked(manifest, Reason.NotOwned, stranger, place)
    if (fixed := _immutable(BY_NAME[place.kind], fields)) is not None:
        return Blocked(manifest, Reason.Immutable, fixed, place, _own(observed, held))
    return None


def _step(
    desired: Desired,
    observed: Observed,
    fields: tuple[FieldChange, ...],
    known: ManagedFields | None,
    policy: Policy,
) -> Step | Wait:
    """What of it may go now; for a deployment that depends on its state and on requests."""
    if desired.platform.kind != DEPLOYMENT.name:
        return Step(fields)
    # How far a restart is stands in the marker: without one it could go on for ever.
    marked = known is not None and OWNER in observed.annotations
    asked = restart(desired, observed, fields, policy) if marked else None
    return asked or next_step(desired, observed, fields, policy)


def _immutable(kind: Kind, fields: tuple[FieldChange, ...]) -> str | None:
    """Which fields VVP cannot change of an existing object, in words."""
    places = ", ".join(change.pointer for change in fields if change.path[0] == "spec")
    if kind.update is not Update.METADATA or not places:
        return None
    return f"VVP cannot change {places} of an existing target; undo it, or use a new name"


def _recorded(desired: Desired, observed: Observed, held: Proof) -> ManagedFields | None:
    """What is known of what was declared before: on the object, or where VVP drops that, in the status."""
    if held.ownership is not Ownership.OURS:
        return None
    text = observed.annotations.get(MANAGED)
    return read_managed(kept_managed(desired.manifest) if text is None else text)


def _is_marked(desired: Desired, observed: Observed, held: Proof) -> bool:
    """Whether our marker stands there as it should, or VVP was seen to drop it."""
    unmarked = held.ownership is Ownership.OURS and OWNER not in observed.annotations
    return held.marked or (unmarked and kept_managed(desired.manifest) is not None)


def _adoption_refused(
    desired: Desired,
    observed: Observed,
    fields: tuple[FieldChange, ...],
    policy: Policy,
) -> str | None:
    """Why an object that is nobody's is not taken over; None when it may be."""
    if read_options(desired.manifest).adopt == observed.id or policy.adopt is Adopt.ALWAYS:
        return None
    way_out = f"to take it over, set the annotation {annotation('adopt')}: {observed.id}"
    if policy.adopt is Adopt.NEVER:
        return f"VVP already has {desired.platform}, and it is nobody's; {way_out}"
    if not fields:
        return None
    places = ", ".join(change.pointer for change in fields[:3])
    more = f" and {len(fields) - 3} more" if len(fields) > 3 else ""
    return (
        f"VVP already has {desired.platform}, it is nobody's, and it differs in {places}{more}; "
        f"make the manifest equal, or {way_out}"
    )


def _own(observed: Observed, held: Proof) -> Observed | None:
    """The object where it is the resource's already: what a status shows, it claims."""
    return observed if held.ownership is Ownership.OURS else None


def _held(
    desired: Desired,
    observed: Observed,
    fields: tuple[FieldChange, ...],
    wait: Wait,
    held: Proof,
) -> Decision:
    """Nothing may be sent: a difference is shown as blocked, the rest is told by VVP's state."""
    if not fields:
        return InSync(desired, observed)
    own = _own(observed, held)
    return Blocked(desired.manifest, wait.reason, wait.message, desired.platform, own)


def _change(
    desired: Desired,
    observed: Observed,
    step: Step,
    metadata: Mapping[str, str],
    held: Proof,
    policy: Policy,
) -> Decision:
    manifest, kind = desired.manifest, BY_NAME[desired.platform.kind]
    own = _own(observed, held)
    if (refused := rejection(manifest)) is not None:
        return Blocked(manifest, refused.reason, refused.message, desired.platform, own)
    effect = step.effect(observed) if kind is DEPLOYMENT else Effect.NONE
    action, cause, reason = _why(desired, observed, held, step)
    drift = read_options(manifest).drift or policy.drift
    if cause is Cause.DRIFT and drift is not DriftMode.CORRECT:
        return _left_drifted(desired, observed, step.fields, drift)
    if kind is DEPLOYMENT:
        loss = state_loss.by_update(desired, observed, step, policy)
        if loss is not None:
            return Blocked(manifest, Reason.StateLoss, loss, desired.platform, own)
    return Change(
        action, _VERBS[kind.update], manifest, desired.platform, reason, cause, effect,
        step.fields, observed, desired, metadata, waits=step.waits,
    )  # fmt: skip


def _left_drifted(
    desired: Desired, observed: Observed, fields: tuple[FieldChange, ...], drift: DriftMode
) -> Decision:
    """A departure of VVP that nobody wants corrected: shown or not shown, as was asked."""
    if drift is DriftMode.IGNORE:
        return InSync(desired, observed)
    places = ", ".join(change.pointer for change in fields)
    message = f"VVP was changed in {places}, and is left so: drift is 'warn'"
    return Blocked(desired.manifest, Reason.Drifted, message, desired.platform, observed, desired)


_VERBS = {Update.PATCH: Verb.PATCH, Update.METADATA: Verb.PUT, Update.REPLACE: Verb.PUT}


def _why(
    desired: Desired, observed: Observed, held: Proof, step: Step
) -> tuple[Action, Cause, str]:
    fields = step.fields
    if held.ownership is Ownership.UNOWNED:
        how = "taken over as was asked" if fields else "equal and nobody's"
        return Action.ADOPT, Cause.INTENT, f"VVP has it, {how}"
    found = broken(observed)
    if not fields:
        return Action.UPDATE, Cause.RECORD, step.reason or found or "our record on it is renewed"
    and_broken = f"; {found}" if found else ""
    if step.reason:
        return Action.UPDATE, Cause.INTENT, step.reason + and_broken
    if not was_synced(desired, observed):
        return Action.UPDATE, Cause.INTENT, f"the resource changed{and_broken}"
    stopped = [change for change in fields if change.path == STATE and change.after == "RUNNING"]
    reason = "was stopped in VVP" if stopped else "was changed in VVP"
    return Action.UPDATE, Cause.DRIFT, reason + and_broken
