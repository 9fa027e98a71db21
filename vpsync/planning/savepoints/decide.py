"""The decision about a savepoint: taken exactly once, then followed to its end.

VVP gives a savepoint no name of ours, so a POST whose answer is lost cannot simply be sent again.
Before the POST an intent is recorded (in the resource's status, or as an annotation on the deployment
where the manifest is a file). The POST carries a marker with the intent's nonce:

* a savepoint with that marker is ours, whatever became of the answer;
* an intent that is younger than a request can live may still be under way: wait;
* no marker, but a savepoint that nobody claims came into being since: it cannot be told whose it is,
  and a person decides;
* nothing came into being since: the request never arrived, and is sent again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Set

from vpsync.errors import PlatformFault
from vpsync.kinds.kind import text_at
from vpsync.model.change import Action, Change, FieldChange, Verb
from vpsync.model.condition import find_condition
from vpsync.model.decision import Blocked, Decision, InSync
from vpsync.model.json import leaves, nested
from vpsync.model.observed import Observed, PlatformKey, Snapshot
from vpsync.model.reasons import Reason
from vpsync.model.resource import Desired, Manifest, annotation
from vpsync.model.timestamps import seconds
from vpsync.planning.diff.references import referenced
from vpsync.planning.ownership.history import RECONCILE, SAVEPOINT_REQUEST, is_pending, rejection
from vpsync.planning.ownership.marker import OWNER, Marker, marker_for, read_marker
from vpsync.planning.policy import Policy
from vpsync.planning.savepoints.write_ahead import (
    CREATED,
    SavepointRequest,
    known_id,
    known_request,
)
from vpsync.planning.upsert.decide import namespace_missing, unreadable, with_reference

ADOPT = "adopt"


def decide_savepoint(
    desired: Desired,
    snapshot: Snapshot,
    policy: Policy,
    planned: Set[PlatformKey],
    claimed: Set[str],
) -> Decision:
    """What to do about one savepoint.

    ``planned`` are the objects that this plan creates, ``claimed`` the ids that other resources have.
    """
    manifest = desired.manifest
    settled = _settled(desired)
    if settled is not None:
        return settled
    obstacle = namespace_missing(desired, snapshot, planned)
    if obstacle is not None:
        return obstacle
    resolved = with_reference(desired, snapshot, planned)
    if not isinstance(resolved, Desired):
        return resolved
    deployment = referenced(desired.reference, snapshot) if desired.reference else None
    if deployment is None:
        message = f"{desired.reference} is created in this pass; a savepoint needs a running job"
        return Blocked(manifest, Reason.DependencyNotReady, message, desired.platform)
    intent = known_request(manifest, deployment)
    source = (intent.deployment_id if intent else "") or deployment.id
    savepoints = snapshot.savepoints.get(source)
    if savepoints is None:
        unasked = PlatformFault(f"savepoints of deployment {source} were not listed")
        return unreadable(desired, snapshot.failed_savepoints.get(source, unasked))
    mine = _mine(desired.manifest, intent, savepoints, policy)
    if mine is not None:
        return _followed(resolved, mine, deployment, policy)
    if known_id(manifest, intent) or _taken_before(manifest, intent):
        text = "VVP no longer has the savepoint; it is not taken again"
        return Blocked(manifest, Reason.Gone, text, desired.platform)
    return _asked_for(resolved, intent, savepoints, deployment, policy, claimed)


def _taken_before(manifest: Manifest, intent: SavepointRequest | None) -> bool:
    """Whether the Go operator asked for it: its statuses hold a state and no id."""
    return bool(manifest.status.get("state")) and intent is None


def is_settled(manifest: Manifest) -> bool:
    """Whether VVP need not be asked again: the savepoint was seen completed, whoever saw it."""
    return manifest.status.get("state") == "COMPLETED" and not manifest.status.get("intent")


def _settled(desired: Desired) -> Decision | None:
    """A completed savepoint is history: VVP may prune it, the resource stays as it is."""
    status = desired.manifest.status
    if not is_settled(desired.manifest):
        return None
    body = nested({
        ("metadata", "deploymentId"): status.get("deploymentId"),
        ("metadata", "jobId"): status.get("jobId"),
        ("spec", "savepointLocation"): status.get("location"),
        ("status", "state"): status.get("state"),
        ("status", "failure"): status.get("failure"),
    })  # fmt: skip
    return InSync(desired, Observed(desired.platform, str(status.get("id") or ""), body))


def _mine(
    manifest: Manifest,
    intent: SavepointRequest | None,
    savepoints: Iterable[Observed],
    policy: Policy,
) -> Observed | None:
    """The savepoint that is this resource's: by id, by marker, or because a person said so."""
    identity = known_id(manifest, intent)
    # The Go operator kept the id in an annotation: a hint, good for what nobody has marked.
    hint = manifest.note("id") if _taken_before(manifest, intent) else None
    named = (manifest.note(ADOPT), hint) if not identity else ()
    for savepoint in savepoints:
        unmarked = read_marker(savepoint.annotations.get(OWNER)) is None
        if savepoint.id == identity or (savepoint.id in named and unmarked):
            return savepoint
    nonce = intent.nonce if intent else ""
    for savepoint in savepoints:
        marker = read_marker(savepoint.annotations.get(OWNER))
        if marker and is_marked_by(manifest, marker, policy) and nonce in ("", marker.nonce):
            return savepoint
    return None


def is_marked_by(manifest: Manifest, marker: Marker, policy: Policy) -> bool:
    """Whether a savepoint with this marker was asked for by the resource."""
    mine = marker_for(manifest, marker.platform, policy.owner_id)
    if (marker.owner, marker.resource) != (mine.owner, mine.resource):
        return False
    return not marker.uid or not mine.uid or marker.uid == mine.uid


def _followed(
    desired: Desired, savepoint: Observed, deployment: Observed, policy: Policy
) -> Decision:
    attempts = int(desired.manifest.status.get("attempts") or 1)
    again = attempts <= policy.savepoint_retries and desired.manifest.in_cluster
    if savepoint.state == "FAILED" and again and deployment.state == "RUNNING":
        return _creation(desired, attempts + 1, "VVP could not take it; asked for again", policy)
    return InSync(desired, savepoint)


def _asked_for(
    desired: Desired,
    intent: SavepointRequest | None,
    savepoints: Iterable[Observed],
    deployment: Observed,
    policy: Policy,
    claimed: Set[str],
) -> Decision:
    manifest = desired.manifest
    attempts = int(manifest.status.get("attempts") or 1)
    if intent is not None and not _asks_for_another(manifest, intent):
        age = policy.now - (seconds(intent.requested) or 0.0)
        if age < policy.intent_grace:
            text = f"asked for at {intent.requested}; VVP has not shown it yet"
            return Blocked(manifest, Reason.Progressing, text, desired.platform)
        strangers = [s.id for s in savepoints if may_be_ours(s, intent, claimed)]
        if strangers:
            return Blocked(
                manifest,
                Reason.CreateResultUnknown,
                _unknown(manifest, strangers),
                desired.platform,
            )
        return _creation(desired, attempts, "the request never reached VVP; sent again", policy)
    if (refused := rejection(manifest)) is not None:
        return Blocked(manifest, refused.reason, refused.message, desired.platform)
    if (wanted := manifest.note(ADOPT)) is not None:
        text = f"VVP has no savepoint {wanted!r} of {deployment.key.name!r} that may be adopted"
        return Blocked(manifest, Reason.DependencyNotReady, text, desired.platform)
    registers = bool((desired.body.get("spec") or {}).get("savepointLocation"))
    if not registers and deployment.state != "RUNNING":
        state = deployment.state or "new"
        text = f"deployment {deployment.key.name!r} is {state}; a savepoint needs a running job"
        return Blocked(manifest, Reason.DependencyNotReady, text, desired.platform)
    return _creation(desired, attempts, "VVP does not have it", policy)


def _asks_for_another(manifest: Manifest, intent: SavepointRequest) -> bool:
    """Whether a person who knows that it cannot be told asked for another one since."""
    recorded = seconds(intent.requested) or 0.0
    if not manifest.in_cluster:
        return (seconds(manifest.note(RECONCILE)) or 0.0) > recorded
    stalled = find_condition(manifest.status, "Stalled") or {}
    if stalled.get("reason") != Reason.CreateResultUnknown.name:
        return False
    told = seconds(stalled.get("lastTransitionTime")) or 0.0
    return told > recorded and is_pending(manifest, RECONCILE)


def may_be_ours(savepoint: Observed, intent: SavepointRequest, claimed: Set[str]) -> bool:
    """Whether it may be what came of the intent: unmarked, unclaimed, newer by VVP's own clock."""
    if savepoint.id in claimed or read_marker(savepoint.annotations.get(OWNER)) is not None:
        return False
    if text_at(savepoint.body, ("metadata", "origin")) not in ("", "USER_REQUEST", "COPIED"):
        return False
    created, after = seconds(text_at(savepoint.body, CREATED)), seconds(intent.after)
    return created is None or after is None or created > after


def _creation(desired: Desired, attempt: int, reason: str, policy: Policy) -> Change:
    fields = tuple(FieldChange(path, None, value) for path, value in sorted(leaves(desired.body)))
    nonce = f"{_seed(desired)}-{attempt}"
    return Change(
        Action.CREATE, Verb.POST, desired.manifest, desired.platform, reason,
        fields=fields, desired=desired,
        metadata={OWNER: _marker(desired, nonce, policy).text()},
    )  # fmt: skip


def _marker(desired: Desired, nonce: str, policy: Policy) -> Marker:
    return marker_for(desired.manifest, str(desired.platform), policy.owner_id, nonce)


def _seed(desired: Desired) -> str:
    key = desired.manifest.key
    identity = json.dumps([desired.manifest.uid, key.namespace, key.name])
    return hashlib.sha256(identity.encode()).hexdigest()[:12]


def _unknown(manifest: Manifest, strangers: list[str]) -> str:
    told = (
        f"a savepoint was asked for and VVP's answer was lost; it may be {' or '.join(strangers)}. "
    )
    if manifest.host is not None:
        return f"{told}Change {annotation(SAVEPOINT_REQUEST)} to have another one taken"
    return (
        f"{told}Set the annotation {annotation(ADOPT)} to that id if it is, or change "
        f"{annotation(RECONCILE)} to have another one taken"
    )
