"""Which of VVP's savepoints is a resource's: by id, by marker, or because a person said so."""

from __future__ import annotations

from collections.abc import Iterable, Set

from vpsync.kinds.values import text_at
from vpsync.model.observed import Location, Observed
from vpsync.model.options import Adopt
from vpsync.model.resource import Manifest
from vpsync.model.timestamps import seconds
from vpsync.planning.ownership.marker import OWNER, Marker, marker_for, read_marker
from vpsync.planning.policy import Policy
from vpsync.planning.savepoints.write_ahead import CREATED, SavepointRequest, known_id

ADOPT = "adopt"
"""The annotation by which a person names a savepoint that is to be followed."""


def taken_before(manifest: Manifest, request: SavepointRequest | None) -> bool:
    """Whether the Go operator asked for it: its statuses hold a state and no id."""
    return bool(manifest.status.get("state")) and request is None


def savepoint_of(
    manifest: Manifest,
    request: SavepointRequest | None,
    savepoints: Iterable[Observed],
    policy: Policy,
) -> Observed | None:
    """The savepoint that is this resource's: by id, by marker, or because a person said so.

    ``savepoints`` are those of its deployment, which is held from here.
    """
    identity = known_id(manifest, request)
    # The Go operator kept the id in an annotation: a hint, good for what nobody has marked.
    hint = manifest.note("id") if taken_before(manifest, request) else None
    named = (manifest.note(ADOPT), hint) if not identity else ()
    for savepoint in savepoints:
        unmarked = read_marker(savepoint.annotations.get(OWNER)) is None
        if savepoint.id == identity or (savepoint.id in named and unmarked):
            return savepoint
    nonce = request.nonce if request else ""
    for savepoint in savepoints:
        marker = read_marker(savepoint.annotations.get(OWNER))
        if marker and is_marked_by(manifest, marker, policy) and nonce in ("", marker.nonce):
            return savepoint
    if identity or request is not None or manifest.status.get("state"):
        return None
    return _of_lost_cluster(manifest, savepoints, policy)


def _of_lost_cluster(
    manifest: Manifest, savepoints: Iterable[Observed], policy: Policy
) -> Observed | None:
    """The newest savepoint that the same resource had taken in another cluster under this owner id.

    Their deployment is held from here now, and the run or the resource says that this cluster took that one's
    place: what was asked for there once is not asked for again. At any other time somebody who uses a name
    again wants a savepoint of now.
    """
    wanted = manifest.note(ADOPT)
    if wanted is None and policy.adopt is not Adopt.ALWAYS:
        return None
    found = [
        savepoint
        for savepoint in savepoints
        if (marker := read_marker(savepoint.annotations.get(OWNER))) is not None
        and marker.is_of_another_cluster(policy.cluster)
        and _names(manifest, marker, policy)
        and wanted in (None, savepoint.id)
    ]
    return max(found, key=lambda one: seconds(text_at(one.body, CREATED)) or 0.0, default=None)


def is_marked_by(manifest: Manifest, marker: Marker, policy: Policy) -> bool:
    """Whether a savepoint with this marker was asked for by the resource."""
    if not _names(manifest, marker, policy):
        return False
    return not marker.uid or not manifest.uid or marker.uid == manifest.uid


def _names(manifest: Manifest, marker: Marker, policy: Policy) -> bool:
    """Whether a marker names this owner and a resource of this name."""
    mine = marker_for(manifest, marker.platform, policy.owner_id)
    return (marker.owner, marker.resource) == (mine.owner, mine.resource)


def may_be_ours(savepoint: Observed, request: SavepointRequest, claimed: Set[Location]) -> bool:
    """Whether it may be what came of the request: unmarked, unclaimed, newer by VVP's own clock."""
    if is_claimed(savepoint, claimed) or read_marker(savepoint.annotations.get(OWNER)) is not None:
        return False
    if text_at(savepoint.body, ("metadata", "origin")) not in ("", "USER_REQUEST", "COPIED"):
        return False
    created, after = seconds(text_at(savepoint.body, CREATED)), seconds(request.after)
    return created is None or after is None or created > after


def is_claimed(savepoint: Observed, claimed: Set[Location]) -> bool:
    """Whether another resource has it: one of another VVP namespace can not, whatever its status says."""
    return (savepoint.key.namespace, savepoint.id) in claimed
