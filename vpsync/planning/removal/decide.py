"""The decision about a resource whose deletion somebody asked for.

One step a pass: the job is cancelled, a later pass that reads the end deletes the VVP object, and a
later one that reads its absence lets the finalizer go. It works from every state, and a finalizer is
never dropped without saying why.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

from vpsync.errors import InvalidManifest, PlatformUnauthorized
from vpsync.kinds import BY_NAME
from vpsync.kinds.deployment import (
    TARGET_ID,
)
from vpsync.kinds.kind import Kind
from vpsync.kinds.namespace import NAMESPACE
from vpsync.kinds.savepoint import SAVEPOINT
from vpsync.model.change import Action, Change
from vpsync.model.decision import Blocked, Decision, Finalized, InSync, Unreadable
from vpsync.model.json import KnownAfterApply
from vpsync.model.observed import Observed, PlatformKey, Snapshot
from vpsync.model.reasons import Reason
from vpsync.model.resource import FINALIZER, Desired, Manifest
from vpsync.planning.options import Adopt
from vpsync.planning.ownership.marker import Ownership, known_object, ownership_of
from vpsync.planning.policy import Policy
from vpsync.planning.removal.relocation import old_namespace, old_object
from vpsync.planning.removal.steps import next_step
from vpsync.planning.savepoints.delete import decide_savepoint_deletion
from vpsync.planning.upsert.decide import with_reference
from vpsync.planning.upsert.update import compare


def decide_deletion(
    manifest: Manifest,
    snapshot: Snapshot,
    policy: Policy,
    wanted: Set[PlatformKey] = frozenset(),
    claimed: Set[str] = frozenset(),
) -> Decision:
    """The next step of a deletion.

    ``wanted`` are the VVP objects that other resources stand for, ``claimed`` the ids of savepoints.
    """
    kind = BY_NAME[manifest.key.kind]
    if FINALIZER not in manifest.finalizers:
        return Finalized(manifest, "VVP is left as it is")
    key = kind.platform_key(manifest)
    if kind.name_problems(manifest, key):
        return Finalized(manifest, "no VVP object can have its name", left_alone=True)
    if kind is SAVEPOINT:
        return _dated(decide_savepoint_deletion(manifest, snapshot, policy, claimed))
    place = old_namespace(manifest, key)
    for where in (replace(key, namespace=place), key) if place else (key,):
        obstacle = _obstacle(manifest, where, snapshot)
        if obstacle is not None:
            return obstacle
    left = old_object(manifest, key, snapshot)
    observed = left or known_object(manifest, key, snapshot) or snapshot.find(key)
    if observed is None:
        return Finalized(manifest, f"VVP has no {key} any more")
    stranger = _not_ours(kind, manifest, observed, snapshot, policy, wanted)
    return stranger or _dated(next_step(manifest, observed, snapshot, policy))


def _dated(step: Decision) -> Decision:
    """A deletion that does not get on says since when it was asked for."""
    if not isinstance(step, Blocked) or not step.reason.waiting:
        return step
    if not step.manifest.deletion_requested:
        return step
    since = f"; the deletion was asked for at {step.manifest.deletion_requested}"
    return replace(step, message=step.message + since)


def _obstacle(manifest: Manifest, key: PlatformKey, snapshot: Snapshot) -> Decision | None:
    """Why it cannot be said what VVP holds, if so."""
    failure = snapshot.failure(key.kind, key.namespace)
    if isinstance(failure, PlatformUnauthorized):
        return Blocked(manifest, Reason.Unauthorized, str(failure), key)
    if failure is not None:
        return Unreadable(manifest, key, str(failure))
    if key.kind == NAMESPACE.name and snapshot.namespaces is None:
        message = (
            "this VVP does not list its namespaces, as the Community Edition, so none can be "
            "proved gone; take the finalizer off by hand if there is none"
        )
        return Blocked(manifest, Reason.Unsupported, message, key)
    if key in snapshot.doubled:
        message = f"VVP has more than one object named {key.name!r}; delete all but one"
        return Blocked(manifest, Reason.DeletionBlocked, message, key)
    return None


def _not_ours(
    kind: Kind,
    manifest: Manifest,
    observed: Observed,
    snapshot: Snapshot,
    policy: Policy,
    wanted: Set[PlatformKey],
) -> Finalized | None:
    """The end of a deletion whose VVP object is another's: that one is left alone."""
    held = ownership_of(manifest, observed, policy.owner_id)
    if held.ownership is Ownership.FOREIGN:
        message = f"the VVP object {observed.key} belongs to {held.holder} and is left alone"
        return Finalized(manifest, message, left_alone=True)
    if held.ownership is Ownership.OURS:
        return None
    if observed.key not in wanted and _would_adopt(kind, manifest, observed, snapshot, policy):
        return None
    message = f"the VVP object {observed.key} was never this resource's and is left alone"
    return Finalized(manifest, message, left_alone=True)


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
    held = ownership_of(manifest, observed, policy.owner_id)
    # What a run adopts on request, `--adopt=always`, it does not delete on request.
    matching = replace(
        policy, adopt=Adopt.MATCHING if policy.adopt is Adopt.ALWAYS else policy.adopt
    )
    decision = compare(desired, observed, held, snapshot, matching)
    return isinstance(decision, InSync) or (
        isinstance(decision, Change) and decision.action is Action.ADOPT
    )


def _unknown_id(desired: Desired) -> bool:
    return isinstance((desired.body.get("spec") or {}).get(TARGET_ID[-1]), KnownAfterApply)
