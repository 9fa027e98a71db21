"""The decision about a resource whose deletion somebody asked for.

One step a pass: the job is cancelled, a later pass that reads the end deletes the VVP object, and a
later one that reads its absence lets the finalizer go. It works from every state, and a finalizer is
never dropped without saying why.
"""

from __future__ import annotations

from collections.abc import Sequence

from vpsync.errors import InvalidManifest, PlatformUnauthorized
from vpsync.kinds import BY_NAME
from vpsync.kinds.deployment import (
    DEPLOYMENT,
    STATE,
    TARGET_ID,
    TARGET_NAME,
    is_transitioning,
)
from vpsync.kinds.deployment_target import DEPLOYMENT_TARGET
from vpsync.kinds.kind import Kind, text_at
from vpsync.kinds.namespace import TERMINATING
from vpsync.model.change import Action, Change, Effect, FieldChange, Verb
from vpsync.model.decision import Blocked, Decision, InSync, Released, Unseen
from vpsync.model.json import KnownAfterApply
from vpsync.model.observed import Observed, Snapshot
from vpsync.model.reasons import Reason
from vpsync.model.resource import FINALIZER, Desired, Manifest
from vpsync.planning.live import with_reference
from vpsync.planning.memory import rejection, waiting_since
from vpsync.planning.ownership import Holding, claim
from vpsync.planning.policy import Policy
from vpsync.planning.timestamps import seconds
from vpsync.planning.transition import TRANSITIONING_SINCE
from vpsync.planning.update import compare

DELETE_CONTENTS = "delete-contents"
ENDED = ("CANCELLED", "SUSPENDED", "FAILED", "FINISHED")
"""States in which no job is active (VVP documentation, "Deployment Lifecycle")."""


def decide_deletion(manifest: Manifest, snapshot: Snapshot, policy: Policy) -> Decision:
    """The next step of a deletion."""
    kind = BY_NAME[manifest.key.kind]
    if FINALIZER not in manifest.finalizers:
        return Released(manifest, "VVP is left as it is")
    if not kind.has_finalizer:
        return Released(manifest, "the savepoint and its data are left as they are")
    key = kind.platform_key(manifest)
    if kind.name_problems(manifest, key):
        return Released(manifest, "no VVP object can have its name", left_alone=True)
    failure = snapshot.failure(kind.name, key.namespace)
    if isinstance(failure, PlatformUnauthorized):
        return Blocked(manifest, Reason.Unauthorized, str(failure), key)
    if failure is not None:
        return Unseen(manifest, key, str(failure))
    if key in snapshot.doubled:
        message = f"VVP has more than one object named {key.name!r}; delete all but one"
        return Blocked(manifest, Reason.DeletionBlocked, message, key)
    observed = snapshot.find(key)
    if observed is None:
        return Released(manifest, f"VVP has no {key} any more")
    stranger = _not_ours(kind, manifest, observed, snapshot, policy)
    return stranger or _next_step(kind, manifest, observed, snapshot, policy)


def _not_ours(
    kind: Kind, manifest: Manifest, observed: Observed, snapshot: Snapshot, policy: Policy
) -> Released | None:
    """The end of a deletion whose VVP object is another's: that one is left alone."""
    held = claim(manifest, observed, policy.owner_id)
    if held.holding is Holding.FOREIGN:
        message = f"the VVP object {observed.key} belongs to {held.holder} and is left alone"
        return Released(manifest, message, left_alone=True)
    if held.holding is Holding.OURS or _would_adopt(kind, manifest, observed, snapshot, policy):
        return None
    message = f"the VVP object {observed.key} was never this resource's and is left alone"
    return Released(manifest, message, left_alone=True)


def _next_step(
    kind: Kind, manifest: Manifest, observed: Observed, snapshot: Snapshot, policy: Policy
) -> Decision:
    if kind is DEPLOYMENT:
        return _deployment(manifest, observed, policy)
    if kind is DEPLOYMENT_TARGET:
        return _target(manifest, observed, snapshot)
    return _namespace(manifest, observed, snapshot)


def _would_adopt(
    kind: Kind, manifest: Manifest, observed: Observed, snapshot: Snapshot, policy: Policy
) -> bool:
    """Whether everything that the manifest declares is so in VVP: then it would be adopted."""
    try:
        desired = with_reference(kind.declare(manifest), snapshot, frozenset())
    except InvalidManifest:
        return False
    if not isinstance(desired, Desired) or (kind.refers_to and _unknown_id(desired)):
        return False
    held = claim(manifest, observed, policy.owner_id)
    decision = compare(desired, observed, held, snapshot, policy)
    return isinstance(decision, InSync) or (
        isinstance(decision, Change) and decision.action is Action.ADOPT
    )


def _unknown_id(desired: Desired) -> bool:
    return isinstance((desired.body.get("spec") or {}).get(TARGET_ID[-1]), KnownAfterApply)


def _deployment(manifest: Manifest, observed: Observed, policy: Policy) -> Decision:
    wanted, state = text_at(observed.body, STATE), observed.state
    if (refused := rejection(manifest)) is not None:
        return Blocked(manifest, refused.reason, refused.message, observed.key, observed)
    if wanted not in ("CANCELLED", "SUSPENDED"):
        effect = Effect.STOP if state in ("RUNNING", "TRANSITIONING") else Effect.NONE
        cancel = FieldChange(STATE, wanted or None, "CANCELLED")
        return Change(
            Action.DELETE, Verb.PATCH, manifest, observed.key,
            "the resource is being deleted: cancelled first, deleted in a later pass",
            effect=effect, fields=(cancel,), observed=observed,
        )  # fmt: skip
    if state in ENDED and not is_transitioning(observed):
        return _delete(manifest, observed)
    since = observed.annotations.get(TRANSITIONING_SINCE) or waiting_since(manifest)
    age = policy.now - (seconds(since) or policy.now)
    if age > policy.transition_timeout:
        # VVP decides: it refuses while a job is active, and then says so.
        return _delete(manifest, observed)
    message = f"VVP is moving {observed.key} from {state or 'a new state'} to {wanted}"
    message += f", since {since}" if since else ""
    return Blocked(manifest, Reason.Deleting, message, observed.key, observed)


def _target(manifest: Manifest, observed: Observed, snapshot: Snapshot) -> Decision:
    namespace = observed.key.namespace
    failure = snapshot.failure(DEPLOYMENT.name, namespace)
    if failure is not None:
        return Unseen(manifest, observed.key, str(failure))
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


def _namespace(manifest: Manifest, observed: Observed, snapshot: Snapshot) -> Decision:
    if observed.body.get("lifecyclePhase") == TERMINATING:
        message = f"VVP is deleting its namespace {observed.key.name!r} and what it holds"
        return Blocked(manifest, Reason.Deleting, message, observed.key, observed)
    contents = snapshot.contents.get(observed.key.name, ("objects that could not be read",))
    if contents and manifest.note(DELETE_CONTENTS) != "true":
        message = (
            f"the VVP namespace still holds {', '.join(contents)}, and VVP would delete them with it; "
            f'delete them first, or set the annotation {DELETE_CONTENTS} to "true"'
        )
        return Blocked(manifest, Reason.DeletionBlocked, message, observed.key, observed)
    return _delete(manifest, observed)


def _delete(manifest: Manifest, observed: Observed) -> Change:
    return Change(
        Action.DELETE, Verb.DELETE, manifest, observed.key, "the resource is being deleted",
        observed=observed,
    )  # fmt: skip


def _some(what: str, names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"{what}{'s' if len(names) > 1 else ''} {shown}{more}"
