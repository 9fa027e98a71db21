"""Whose a VVP object is.

There are two proofs. The marker is an annotation on the VVP object, written in the same request as
the change it belongs to; it counts only on the object whose VVP name it states, so that a copy made
in the UI is nobody's. ``status.id`` of the resource is the other one: only vpsync writes statuses.

The format is permanent::

    ververicaplatform.fintechstudios.com/owner:
      {"generation": 3, "owner": "default", "platform": "<VVP namespace>/<VVP name>",
       "resource": "<Kubernetes namespace>/<name>", "sum": "<checksum>", "uid": "...", "v": 1}
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from enum import Enum

from vpsync.kinds.job import FINISHED
from vpsync.model.json import Json, JsonObject
from vpsync.model.observed import NAMESPACE_KIND, Observed, PlatformKey, Snapshot
from vpsync.model.resource import Manifest, annotation

OWNER = annotation("owner")


@dataclass(frozen=True, slots=True)
class Marker:
    """Who wrote a VVP object, for which resource, from which of its generations."""

    owner: str
    """``--owner-id`` of the writer."""
    resource: str
    """Kubernetes namespace and name."""
    uid: str
    """The resource's UID; empty when it came from a file."""
    platform: str
    """VVP namespace and name that the marker was written for."""
    generation: int = 0
    nonce: str = ""
    """Which request made it; only for savepoints, which VVP gives no name."""
    restarting: str = ""
    """The request for a restart whose stop was sent, and whose start was not."""
    restarted: str = ""
    """The last request for a restart that was fulfilled."""
    reconciled: str = ""
    """The last request of a manifest from a file to try a failed job again that was fulfilled."""
    retrying: str = ""
    """That a failed job was cancelled by this write, so that a later pass can start it again."""
    unrun: str = ""
    """VVP's version of the spec before a change of a finished job's template, which has not run since."""
    deletion: str = ""
    """The deletion policy of a manifest from a file, which is not there to be asked when it counts."""
    cluster: str = ""
    """Which cluster the resource is in (the UID of its namespace ``kube-system``); empty where that is
    not known."""
    values: str = ""
    """Digests of declared values that VVP was sent (:mod:`vpsync.planning.ownership.sent_values`)."""
    declared: str = ""
    """Checksum of what a manifest from a file declared when VVP was last sent all of it."""

    def is_of_another_cluster(self, cluster: str) -> bool:
        """Whether it was written for another cluster than that of a run, as far as both are known."""
        return bool(self.cluster and cluster and self.cluster != cluster)

    def foreign_holder(self, owner_id: str, cluster: str) -> str:
        """Who holds the object, in words: another owner, or the same one in another cluster; else empty."""
        if self.owner != owner_id:
            return f"{self.resource} of owner {self.owner!r}"
        return f"{self.resource} of another cluster" if self.is_of_another_cluster(cluster) else ""

    def text(self) -> str:
        """The annotation's value."""
        value: dict[str, Json] = {
            "v": 1,
            "owner": self.owner,
            "resource": self.resource,
            "uid": self.uid,
            "platform": self.platform,
            "generation": self.generation,
        }
        members = {key: getattr(self, key) for key in _OPTIONAL}
        return sealed(value | {key: text for key, text in members.items() if text})


_compact = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode
"""JSON whose text is the same for equal values."""

_OPTIONAL = (
    "nonce",
    "restarting",
    "restarted",
    "reconciled",
    "retrying",
    "unrun",
    "deletion",
    "cluster",
    "values",
    "declared",
)
"""Members that stand in an annotation only where they say something."""


class Ownership(Enum):
    """Who holds a VVP object, as seen from one resource."""

    OURS = "ours"
    UNOWNED = "unowned"
    """No marker that counts: it may be adopted."""
    FOREIGN = "foreign"
    """Another owner's or another resource's."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Who holds a VVP object, and in whose name."""

    ownership: Ownership
    holder: str = ""
    """The holder in words, for people. Of an unowned object it is a resource of this name that may be
    another cluster's: then it is taken over only on request."""
    marked: bool = False
    """Whether the proof is a marker that may stay as it is."""
    former: str = ""
    """The deleted resource of this cluster that the marker of an unowned object names, in words."""


UNOWNED = Proof(Ownership.UNOWNED)


def marker_for(
    manifest: Manifest, platform: str, owner_id: str, nonce: str = "", cluster: str = ""
) -> Marker:
    """The marker that this resource writes on its VVP object."""
    resource = f"{manifest.key.namespace}/{manifest.key.name}"
    deletion = "" if manifest.in_cluster else manifest.note("deletion-policy") or ""
    uid, generation = manifest.uid, manifest.generation
    return Marker(
        owner_id, resource, uid, platform, generation, nonce, deletion=deletion,
        cluster=cluster if manifest.in_cluster else "",
    )  # fmt: skip


def ownership_of(manifest: Manifest, observed: Observed, owner_id: str, cluster: str = "") -> Proof:
    """Who holds ``observed``, as seen from ``manifest``; ``cluster`` is the one that this run is about."""
    is_recorded = manifest.in_cluster and manifest.status.get("id") == observed.id
    text = observed.annotations.get(OWNER)
    if text is None:
        return Proof(Ownership.OURS) if is_recorded else Proof(Ownership.UNOWNED)
    marker = read_marker(text)
    if marker is None:
        if is_recorded:
            return Proof(Ownership.OURS)
        return Proof(Ownership.FOREIGN, "a marker that cannot be read")
    if marker.platform != str(observed.key):
        return Proof(Ownership.OURS) if is_recorded else Proof(Ownership.UNOWNED)
    return _by_marker(
        manifest, marker, marker_for(manifest, marker.platform, owner_id), is_recorded, cluster
    )


def _by_marker(
    manifest: Manifest, marker: Marker, mine: Marker, is_recorded: bool, cluster: str
) -> Proof:
    holder = marker.foreign_holder(mine.owner, cluster)
    if (marker.owner, marker.resource) != (mine.owner, mine.resource):
        return Proof(Ownership.FOREIGN, holder or marker.resource)
    if holder:
        return Proof(Ownership.UNOWNED, holder)
    if marker.uid and mine.uid and marker.uid != mine.uid:
        if is_recorded:
            return Proof(Ownership.OURS)
        if marker.cluster and marker.cluster == cluster:
            # The resource was deleted and made again in this cluster: it follows the rules of adoption.
            return Proof(Ownership.UNOWNED, former=marker.resource)
        return Proof(Ownership.UNOWNED, f"{marker.resource} with another UID")
    current = marker.uid == mine.uid if mine.uid else marker.deletion == mine.deletion
    return Proof(Ownership.OURS, marked=current)


def with_memory(marker: Marker, observed: Observed) -> Marker:
    """The marker with what the object's own one has to remember.

    That is how far a restart is, and for a file, which has none and changes none, the UID, and what
    was declared when VVP was last sent all of it.
    """
    earlier = read_marker(observed.annotations.get(OWNER))
    if earlier is None or (marker.owner, marker.resource, marker.platform) != (
        earlier.owner, earlier.resource, earlier.platform,
    ):  # fmt: skip
        return marker
    return replace(
        marker,
        uid=marker.uid or earlier.uid,
        cluster=marker.cluster or earlier.cluster,
        restarting=earlier.restarting,
        restarted=earlier.restarted,
        reconciled=earlier.reconciled,
        values=earlier.values,
        unrun=earlier.unrun if observed.state == FINISHED else "",
        declared="" if marker.uid else earlier.declared,
    )


def known_object(manifest: Manifest, key: PlatformKey, snapshot: Snapshot) -> Observed | None:
    """The VVP object that the resource's status names by id, whatever it is called now."""
    identity = str(manifest.status.get("id"))
    # A VVP namespace stands in itself, so it is looked for where it was.
    vvp_namespace = identity if key.kind == NAMESPACE_KIND else key.namespace
    return snapshot.by_id(key.kind, vvp_namespace, identity)


def place_in_status(manifest: Manifest) -> tuple[str, str, str]:
    """Kind, VVP namespace and id of the object that the status names; empty where it names none."""
    status = manifest.status
    return manifest.key.kind, str(status.get("namespace") or ""), str(status.get("id") or "")


def marked_object(manifest: Manifest, snapshot: Snapshot) -> Observed | None:
    """The object that the resource's status names, where its marker proves that it is the resource's."""
    observed = snapshot.by_id(*place_in_status(manifest))
    # A status can name any id.
    marker = read_marker(observed.annotations.get(OWNER)) if observed is not None else None
    return observed if marker is not None and marker.uid == manifest.uid else None


def read_marker(text: str | None) -> Marker | None:
    """The marker in an annotation; None when there is none or its checksum is wrong."""
    value = unsealed(text)
    if value is None:
        return None
    texts = [value.get(key) for key in ("owner", "resource", "uid", "platform")]
    texts += [value.get(key, "") for key in _OPTIONAL]
    generation = value.get("generation")
    if not all(isinstance(item, str) for item in texts) or not isinstance(generation, int):
        return None
    owner, resource, uid, platform, *optional = (str(item) for item in texts)
    return Marker(owner, resource, uid, platform, generation, *optional)


def sealed(value: JsonObject) -> str:
    """JSON with a checksum, so that an edit by hand is noticed."""
    return _compact({**value, "sum": checksum(value)})


def unsealed(text: str | None) -> JsonObject | None:
    """The JSON object in a sealed text of version 1; None when it is not intact."""
    if not isinstance(text, str):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or value.get("v") != 1:
        return None
    stated = value.pop("sum", None)
    return value if stated == checksum(value) else None


def checksum(value: JsonObject) -> str:
    """Twelve characters that are the same for equal values."""
    return hashlib.sha256(_compact(value).encode()).hexdigest()[:12]
