"""What ``--prune`` deletes: VVP objects that are ours and that no manifest stands for any more.

Files leave nothing behind when they go, so the resource is rebuilt from the marker on the VVP object:
whose it was, and how it was to be deleted. Savepoints are kept, and a VVP namespace has no marker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass

from vpsync.kinds import KINDS
from vpsync.model.observed import Observed, PlatformKey, Snapshot
from vpsync.model.resource import FINALIZER, Desired, Manifest, ResourceKey, annotation
from vpsync.planning.ownership.marker import OWNER, Marker, read_marker
from vpsync.planning.policy import Shard

PRUNED = frozenset(kind.name for kind in KINDS if kind.pruned)
"""Names of the kinds whose objects are pruned."""


@dataclass(frozen=True, slots=True)
class PruneResult:
    """What has no manifest any more."""

    manifests: tuple[Manifest, ...] = ()
    """The resources, rebuilt from the markers of their objects."""
    of_clusters: tuple[PlatformKey, ...] = ()
    """Objects that a resource in a cluster stands for: those are not a file's to delete."""


@dataclass(frozen=True, slots=True)
class Pruning:
    """Where objects without a manifest are deleted in a pass."""

    namespaces: frozenset[str] = frozenset()
    """VVP namespaces; none where nothing is pruned."""
    refusals: tuple[str, ...] = ()
    """Why nothing is pruned although it was asked for, in words."""


def pruning(
    desired: Iterable[Desired], more: Iterable[str], shard: Shard, *, is_whole: bool
) -> Pruning:
    """In the VVP namespaces of the manifests and in those asked for, as far as they are the shard's.

    ``is_whole`` says that all manifests could be read and are valid: else one of them may stand for
    anything.
    """
    if not is_whole:
        return Pruning(
            refusals=("nothing is pruned: not every manifest could be read and is valid",)
        )
    vvp_namespaces = frozenset(item.platform.namespace for item in desired) | frozenset(more)
    return Pruning(frozenset(filter(shard.has, vvp_namespaces)))


def pruned_manifests(
    desired: Iterable[Desired], snapshot: Snapshot, namespaces: Set[str], owner_id: str
) -> PruneResult:
    """The objects of this owner in these VVP namespaces that no manifest stands for."""
    wanted = frozenset(item.platform for item in desired)
    manifests, of_clusters = [], []
    for observed, marker in _ours(snapshot, namespaces, owner_id):
        if observed.key in wanted:
            continue
        if marker.uid:
            of_clusters.append(observed.key)
        else:
            manifests.append(_rebuilt(observed, marker))
    return PruneResult(tuple(manifests), tuple(of_clusters))


def _ours(
    snapshot: Snapshot, namespaces: Set[str], owner_id: str
) -> Iterator[tuple[Observed, Marker]]:
    for key in sorted(snapshot.objects):
        observed = snapshot.objects[key]
        if key.kind not in PRUNED or key.namespace not in namespaces or key in snapshot.doubled:
            continue
        marker = read_marker(observed.annotations.get(OWNER))
        if marker and (marker.owner, marker.platform) == (owner_id, str(key)):
            yield observed, marker


def _rebuilt(observed: Observed, marker: Marker) -> Manifest:
    namespace, _, name = marker.resource.partition("/")
    policy = {annotation("deletion-policy"): marker.deletion} if marker.deletion else {}
    return Manifest(
        key=ResourceKey(observed.key.kind, namespace, name),
        spec={"metadata": {"namespace": observed.key.namespace, "name": observed.key.name}},
        annotations=policy,
        finalizers=(FINALIZER,),
        origin="pruned",
        pruned=True,
    )
