"""The deletion of a savepoint whose policy is ``Delete``: VVP removes it with its data.

VVP decides which savepoints may go (Application Manager API 2.6: "if eligible") and is never asked to
go past that (``force``). It deletes in the background, so a later pass follows PENDING_DELETION and
DELETING, and only a list that lacks the savepoint lets the finalizer go.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

from vpsync.errors import PlatformError, PlatformFault, PlatformUnauthorized
from vpsync.kinds import BY_NAME
from vpsync.kinds.values import text_at
from vpsync.model.annotating import RECONCILE, annotating, asking
from vpsync.model.change import Action, Change, Verb
from vpsync.model.decision import Blocked, Decision, Finalized, Unreadable
from vpsync.model.json import value_at
from vpsync.model.observed import Location, Observed, PlatformKey, Snapshot
from vpsync.model.options import DeletionPolicy, ResourceOptions
from vpsync.model.reasons import Reason
from vpsync.model.resource import Manifest
from vpsync.model.timestamps import seconds
from vpsync.planning.diff.references import referenced
from vpsync.planning.ownership.history import is_pending, rejection
from vpsync.planning.ownership.marker import OWNER, read_marker
from vpsync.planning.policy import Policy
from vpsync.planning.savepoints.holder import holder_elsewhere, is_adopted
from vpsync.planning.savepoints.matching import is_claimed, is_marked_by, may_be_ours
from vpsync.planning.savepoints.write_ahead import CREATED, known_request

GOING = ("PENDING_DELETION", "DELETING")

_RESUMED = ("SUSPENDED", "CANCELLED", "FAILED")
"""States from which a deployment starts again, and then from its newest savepoint."""


def _way_out(manifest: Manifest) -> str:
    """How to be rid of the resource without deleting anything, in words."""
    return f"leave it in VVP: {annotating(manifest, 'deletion-policy', 'Orphan')}"


def source_of(manifest: Manifest, snapshot: Snapshot) -> str:
    """The id of the deployment whose savepoints to look through; empty where none is known."""
    intent = known_request(manifest, None)
    identity = (intent.deployment_id if intent else "") or manifest.status.get("deploymentId")
    if identity:
        return str(identity)
    reference = BY_NAME[manifest.key.kind].reference(manifest)
    deployment = referenced(reference, snapshot) if reference else None
    return deployment.id if deployment else ""


def decide_savepoint_deletion(
    manifest: Manifest,
    options: ResourceOptions,
    snapshot: Snapshot,
    policy: Policy,
    claimed: Set[Location],
) -> Decision:
    """The next step; ``claimed`` are the savepoints that other resources stand for."""
    if options.deletion is not DeletionPolicy.DELETE:
        return Finalized(manifest, "the savepoint and its data are left as they are")
    key = BY_NAME[manifest.key.kind].platform_key(manifest)
    listed = _listed(manifest, key, snapshot)
    if not isinstance(listed, Sequence):
        return listed
    mine = [savepoint for savepoint in listed if _is_mine(manifest, savepoint, policy)]
    shared = next((one for one in mine if is_claimed(one, claimed)), None)
    if shared is not None:
        message = f"another resource stands for the savepoint {shared.id}, which is left alone"
        return Finalized(manifest, message, left_alone=True)
    if not mine:
        return _without(manifest, key, listed, policy, claimed)
    if (holder := _held_elsewhere(manifest, mine, snapshot, policy)) is not None:
        return holder
    # The one that the status knows goes first: as long as it is there, it is what is told about.
    mine.sort(key=lambda savepoint: (savepoint.id != manifest.status.get("id"), savepoint.id))
    remaining = next((savepoint for savepoint in mine if savepoint.state not in GOING), None)
    if remaining is None:
        message = f"VVP is deleting the savepoint and its data ({mine[0].state})"
        return Blocked(manifest, Reason.Deleting, message, key, mine[0])
    return _next_step(manifest, remaining, listed, snapshot, policy)


def _listed(
    manifest: Manifest, key: PlatformKey, snapshot: Snapshot
) -> Sequence[Observed] | Decision:
    """The savepoints among which its own is, or why they are not known."""
    if snapshot.namespaces is not None and key.namespace not in snapshot.namespaces:
        return Finalized(manifest, f"VVP no longer has the namespace {key.namespace!r}")
    source = source_of(manifest, snapshot)
    location = (key.namespace, source)
    if source and location in snapshot.savepoints:
        return snapshot.savepoints[location]
    failure: PlatformError | None
    if source:
        unasked = PlatformFault(f"savepoints of deployment {source} were not listed")
        failure = snapshot.failed_savepoints.get(location, unasked)
    else:
        failure = snapshot.failure(BY_NAME[key.kind].refers_to, key.namespace)
    if isinstance(failure, PlatformUnauthorized):
        return Blocked(manifest, Reason.Unauthorized, str(failure), key)
    if failure is not None:
        return Unreadable(manifest, key, str(failure))
    return ()


def _is_mine(manifest: Manifest, savepoint: Observed, policy: Policy) -> bool:
    """By marker, or by the id in the status where there is no marker. No annotation can claim one."""
    marker = read_marker(savepoint.annotations.get(OWNER))
    if marker is not None:
        return is_marked_by(manifest, marker, policy)
    is_recorded = bool(savepoint.id) and savepoint.id == manifest.status.get("id")
    return is_recorded and not is_adopted(manifest, savepoint)


def _held_elsewhere(
    manifest: Manifest, mine: Sequence[Observed], snapshot: Snapshot, policy: Policy
) -> Finalized | None:
    """The end of a deletion whose savepoint is of another namespace's deployment: it is left alone."""
    for savepoint in mine:
        reference = BY_NAME[savepoint.key.kind].observed_reference(savepoint)
        deployment = referenced(reference, snapshot) if reference else None
        holder = holder_elsewhere(manifest, deployment, policy) if deployment else ""
        if holder:
            text = f"the deployment of the savepoint {savepoint.id} belongs to {holder}, so it is left alone"
            return Finalized(manifest, text, left_alone=True)
    return None


def _without(
    manifest: Manifest,
    key: PlatformKey,
    listed: Sequence[Observed],
    policy: Policy,
    claimed: Set[Location],
) -> Decision:
    """Nothing in VVP is known to be the resource's; unless a request's answer is still missing."""
    recorded_id, intent = str(manifest.status.get("id") or ""), known_request(manifest, None)
    if any(savepoint.id == recorded_id for savepoint in listed):
        message = f"the savepoint {recorded_id} was asked for by somebody else and is left alone"
        return Finalized(manifest, message, left_alone=True)
    if intent is None or recorded_id:
        return Finalized(manifest, "VVP no longer has a savepoint of this resource")
    if policy.now - (seconds(intent.requested) or 0.0) < policy.intent_grace:
        text = f"requested at {intent.requested}; VVP has not shown it yet"
        return Blocked(manifest, Reason.Deleting, text, key)
    strangers = [s.id for s in listed if may_be_ours(s, intent, claimed)]
    if strangers:
        text = (
            "a savepoint was asked for and VVP's answer was lost, so it cannot be told whether it "
            f"is {' or '.join(strangers)}; delete it in VVP, or {_way_out(manifest)}"
        )
        return Blocked(manifest, Reason.DeletionBlocked, text, key)
    return Finalized(manifest, "the request for its savepoint never reached VVP")


def _next_step(
    manifest: Manifest,
    savepoint: Observed,
    listed: Sequence[Observed],
    snapshot: Snapshot,
    policy: Policy,
) -> Decision:
    obstacle = _obstacle(manifest, savepoint, listed, snapshot, policy)
    if obstacle is not None:
        why, message, detail = obstacle
        return Blocked(manifest, why, message, savepoint.key, savepoint, detail=detail)
    if (refused := rejection(manifest)) is not None:
        return Blocked(manifest, refused.reason, refused.message, savepoint.key, savepoint)
    reason = "the resource is being deleted, and its savepoint's data with it"
    return Change(
        Action.DELETE, Verb.DELETE, manifest, savepoint.key, reason, observed=savepoint
    )  # fmt: skip


def _obstacle(
    manifest: Manifest,
    savepoint: Observed,
    listed: Sequence[Observed],
    snapshot: Snapshot,
    policy: Policy,
) -> tuple[Reason, str, str] | None:
    """Why the savepoint is not deleted now, and what VVP says about it."""
    if savepoint.state in ("STARTED", "") and _age(savepoint, policy) < policy.transition_timeout:
        text = "VVP is still taking the savepoint; it is deleted when that is done"
        return Reason.Deleting, text, ""
    if savepoint.state == "FAILED_DELETION" and not is_pending(manifest, RECONCILE):
        why = text_at(savepoint.body, ("status", "failure", "message")) or "no reason"
        text = (
            f"VVP could not delete the savepoint; try again: {asking(manifest, RECONCILE)}, "
            f"or {_way_out(manifest)}"
        )
        return Reason.DeletionBlocked, text, why
    waiting = _resumed_from(savepoint, listed, snapshot)
    if waiting is not None:
        text = f"deployment {waiting.key.name!r} is {waiting.state} and would start again from this"
        text = f"{text} savepoint: start or delete it first, or {_way_out(manifest)}"
        return Reason.DeletionBlocked, text, ""
    return None


def _resumed_from(
    savepoint: Observed, listed: Sequence[Observed], snapshot: Snapshot
) -> Observed | None:
    """The stopped deployment whose newest completed savepoint this is; None where there is none."""
    reference = BY_NAME[savepoint.key.kind].observed_reference(savepoint)
    deployment = referenced(reference, snapshot) if reference else None
    if deployment is None or deployment.state not in _RESUMED:
        return None
    completed = [one for one in listed if one.state == "COMPLETED"]
    newest = max(completed, key=_created, default=None)
    return deployment if newest is not None and newest.id == savepoint.id else None


def _created(savepoint: Observed) -> float:
    return seconds(value_at(savepoint.body, CREATED)) or 0.0


def _age(savepoint: Observed, policy: Policy) -> float:
    """Seconds since it was asked for; 0 where VVP does not tell."""
    created = seconds(value_at(savepoint.body, CREATED))
    return policy.now - created if created is not None else 0.0
