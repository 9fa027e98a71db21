"""The steps by which a VVP object goes that is ours: one a pass, each confirmed by the next.

A deployment is cancelled (or suspended, to keep its state), a later pass that reads the end deletes it.
"""

from __future__ import annotations

from collections.abc import Sequence

from vpsync.kinds import BY_NAME
from vpsync.kinds.deployment import (
    DEPLOYMENT,
    ENDED,
    STATE,
    TARGET_ID,
    TARGET_NAME,
    is_transitioning,
)
from vpsync.kinds.deployment_target import DEPLOYMENT_TARGET
from vpsync.kinds.kind import Update, text_at
from vpsync.kinds.namespace import TERMINATING
from vpsync.model.change import Action, Change, Effect, FieldChange, Verb
from vpsync.model.decision import Blocked, Decision, Finalized, Unreadable
from vpsync.model.json import value_at
from vpsync.model.observed import Observed, Snapshot
from vpsync.model.reasons import Reason
from vpsync.model.resource import Manifest, annotation
from vpsync.model.timestamps import seconds
from vpsync.planning.options import DeletionPolicy, ResourceOptions, read_options
from vpsync.planning.ownership.history import rejection
from vpsync.planning.ownership.managed_fields import MANAGED
from vpsync.planning.ownership.marker import OWNER
from vpsync.planning.policy import Policy
from vpsync.planning.upsert.transition import transition_age, transitioning_since


def next_step(
    manifest: Manifest, observed: Observed, snapshot: Snapshot, policy: Policy
) -> Decision:
    """What the deletion policy asks for next; ``observed`` is the resource's own."""
    step = _by_policy(manifest, observed, snapshot, policy)
    refused = rejection(manifest) if isinstance(step, Change) else None
    # What a server could not do is only remembered of what it could not do: changing a target.
    if refused is not None and (refused.reason is Reason.Rejected or _is_put(step)):
        return Blocked(manifest, refused.reason, refused.message, observed.key, observed)
    return step


def _is_put(step: Decision) -> bool:
    return isinstance(step, Change) and step.verb is Verb.PUT


def _by_policy(
    manifest: Manifest, observed: Observed, snapshot: Snapshot, policy: Policy
) -> Decision:
    kind, instructions = BY_NAME[manifest.key.kind], read_options(manifest)
    if instructions.deletion is DeletionPolicy.ORPHAN:
        return _orphan(manifest, observed)
    if kind is DEPLOYMENT and instructions.deletion is DeletionPolicy.SUSPEND:
        return _suspended(manifest, observed, snapshot, policy)
    if kind is DEPLOYMENT:
        return _deployment(manifest, observed, policy)
    if kind is DEPLOYMENT_TARGET:
        return _target(manifest, observed, snapshot)
    return _namespace(manifest, observed, snapshot, instructions)


def _orphan(manifest: Manifest, observed: Observed) -> Decision:
    """VVP keeps the object; our marker and record are taken off it."""
    ours = tuple(key for key in (OWNER, MANAGED) if key in observed.annotations)
    update = BY_NAME[manifest.key.kind].update
    if not ours or update is Update.REPLACE:
        return Finalized(manifest, f"{observed.key} stays in VVP, as its deletion policy says")
    verb = Verb.PUT if update is Update.METADATA else Verb.PATCH
    return Change(
        Action.DELETE, verb, manifest, observed.key,
        f"{_why(manifest)}; VVP keeps the object, without our marker",
        observed=observed, metadata=dict.fromkeys(ours),
    )  # fmt: skip


def _suspended(
    manifest: Manifest, observed: Observed, snapshot: Snapshot, policy: Policy
) -> Decision:
    """Suspended, which takes a savepoint; deleted once that savepoint is completed."""
    wanted, state = text_at(observed.body, STATE), observed.state
    if wanted == "CANCELLED" or (state in ("CANCELLED", "FINISHED") and wanted != "SUSPENDED"):
        return _deployment(manifest, observed, policy)
    if state == "FAILED":
        message = (
            "the job failed, so there is nothing to suspend; repair it, or set the annotation "
            f"{annotation('deletion-policy')} to Delete to delete it without a savepoint"
        )
        return Blocked(manifest, Reason.DeletionBlocked, message, observed.key, observed)
    if wanted != "SUSPENDED":
        return Change(
            Action.DELETE, Verb.PATCH, manifest, observed.key,
            f"{_why(manifest)}: suspended with a savepoint first, deleted in a later pass",
            effect=Effect.STOP, observed=observed,
            fields=(FieldChange(STATE, wanted or None, "SUSPENDED"),),
        )  # fmt: skip
    if state != "SUSPENDED" or is_transitioning(observed):
        message = f"VVP is suspending {observed.key} with a savepoint"
        return Blocked(manifest, Reason.Deleting, message, observed.key, observed)
    error = snapshot.failed_savepoints.get(observed.id)
    if error is not None:
        return Unreadable(manifest, observed.key, str(error))
    if not _keeps_state(manifest, snapshot.savepoints.get(observed.id, ())):
        message = f"VVP has no completed savepoint of {observed.key} from suspending its last job"
        return Blocked(manifest, Reason.DeletionBlocked, message, observed.key, observed)
    return _delete(manifest, observed)


def _keeps_state(manifest: Manifest, savepoints: Sequence[Observed]) -> bool:
    """Whether the last suspension left a completed savepoint, and one of the last known job.

    An older suspension's savepoint does not hold what the job did since. Both times are VVP's.
    """
    suspensions = [
        (seconds(text_at(savepoint.body, ("metadata", "createdAt"))) or 0.0, savepoint.state)
        for savepoint in savepoints
        if text_at(savepoint.body, ("metadata", "origin")) == "SUSPEND"
    ]
    created, state = max(suspensions, default=(0.0, ""))
    started = seconds(value_at(manifest.status, ("job", "startedAt")))
    return state == "COMPLETED" and (started is None or created >= started)


def _deployment(manifest: Manifest, observed: Observed, policy: Policy) -> Decision:
    """Cancelled, then deleted."""
    wanted, state = text_at(observed.body, STATE), observed.state
    if wanted not in ("CANCELLED", "SUSPENDED"):
        effect = Effect.STOP if state in ("RUNNING", "TRANSITIONING") else Effect.NONE
        cancel = FieldChange(STATE, wanted or None, "CANCELLED")
        return Change(
            Action.DELETE, Verb.PATCH, manifest, observed.key,
            f"{_why(manifest)}: cancelled first, deleted in a later pass",
            effect=effect, fields=(cancel,), observed=observed,
        )  # fmt: skip
    if state in ENDED and not is_transitioning(observed):
        return _delete(manifest, observed)
    since = transitioning_since(manifest, observed)
    if transition_age(manifest, observed, policy) > policy.transition_timeout:
        # VVP decides: it refuses while a job is active, and then says so.
        return _delete(manifest, observed)
    message = f"VVP is moving {observed.key} from {state or 'a new state'} to {wanted}"
    message += f", since {since}" if since else ""
    return Blocked(manifest, Reason.Deleting, message, observed.key, observed)


def _target(manifest: Manifest, observed: Observed, snapshot: Snapshot) -> Decision:
    namespace = observed.key.namespace
    failure = snapshot.failure(DEPLOYMENT.name, namespace)
    if failure is not None:
        return Unreadable(manifest, observed.key, str(failure))
    users = sorted(
        key.name
        for key, deployment in snapshot.objects.items()
        if key.kind == DEPLOYMENT.name and key.namespace == namespace
        if _uses(deployment, observed)
    )
    if users:
        return Blocked(
            manifest, Reason.DeletionBlocked, f"still used by {_some('deployment', users)}",
            observed.key, observed,
        )  # fmt: skip
    return _delete(manifest, observed)


def _uses(deployment: Observed, target: Observed) -> bool:
    named = text_at(deployment.body, TARGET_NAME)
    return text_at(deployment.body, TARGET_ID) == target.id or named == target.key.name


def _namespace(
    manifest: Manifest, observed: Observed, snapshot: Snapshot, instructions: ResourceOptions
) -> Decision:
    if observed.body.get("lifecyclePhase") == TERMINATING:
        message = f"VVP is deleting its namespace {observed.key.name!r} and what it holds"
        return Blocked(manifest, Reason.Deleting, message, observed.key, observed)
    contents = snapshot.contents.get(observed.key.name, ("objects that could not be read",))
    if contents and not instructions.delete_contents:
        message = (
            f"the VVP namespace still holds {', '.join(contents)}, and VVP would delete them with it; "
            f'delete them first, or set the annotation {annotation("delete-contents")} to "true"'
        )
        return Blocked(manifest, Reason.DeletionBlocked, message, observed.key, observed)
    return _delete(manifest, observed)


def _delete(manifest: Manifest, observed: Observed) -> Change:
    return Change(
        Action.DELETE, Verb.DELETE, manifest, observed.key, _why(manifest), observed=observed
    )


def _why(manifest: Manifest) -> str:
    if manifest.pruned:
        return "its manifest is gone"
    # Else the object is left behind in another VVP namespace.
    return "the resource is being deleted" if manifest.deleting else "its VVP namespace changed"


def _some(what: str, names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"{what}{'s' if len(names) > 1 else ''} {shown}{more}"
