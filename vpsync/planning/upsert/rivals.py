"""Which resource has a VVP object for which several stand: the one that holds it, else the oldest.

It is found out before any of them is decided about, for the others must not touch the object, nor one of
their own on the way to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from vpsync.kinds import BY_NAME
from vpsync.model.decision import Blocked
from vpsync.model.observed import Observed, PlatformKey, Snapshot
from vpsync.model.resource import Desired, ResourceKey
from vpsync.planning.ownership.marker import Ownership, known_object, ownership_of
from vpsync.planning.policy import Policy
from vpsync.planning.removal.relocation import old_object
from vpsync.planning.upsert.holders import held_by_rival


def losers_of(
    desired: Iterable[Desired], snapshot: Snapshot, policy: Policy
) -> dict[ResourceKey, Blocked]:
    """The resources that stand for a VVP object which another resource already has.

    The one that the marker names has it; where there is none, the older one.
    """
    claimants: dict[PlatformKey, list[Desired]] = {}
    for item in desired:
        if BY_NAME[item.key.kind].named:
            claimants.setdefault(item.platform, []).append(item)
    losers: dict[ResourceKey, Blocked] = {}
    for rivals in claimants.values():
        if len(rivals) < 2:
            continue
        winner, *others = sorted(rivals, key=lambda item: _precedence(item, snapshot, policy))
        holds = _holds(winner, snapshot.find(winner.platform), policy)
        for other in others:
            is_older = winner.manifest.age[0] < other.manifest.age[0]
            why = "has it already" if holds else "is older" if is_older else "comes first by name"
            own = _own_object(other, snapshot, policy)
            losers[other.key] = held_by_rival(winner, other, why, own)
    return losers


def homes_of(
    desired: Iterable[Desired],
    losers: Mapping[ResourceKey, Blocked],
    snapshot: Snapshot,
    policy: Policy,
) -> dict[PlatformKey, str]:
    """The Kubernetes namespaces from which VVP objects are held."""
    return {
        item.platform: item.key.namespace
        for item in desired
        if item.key not in losers and _holds(item, snapshot.find(item.platform), policy)
    }


def _own_object(item: Desired, snapshot: Snapshot, policy: Policy) -> PlatformKey | None:
    """The object that the resource has in VVP by its status, whatever it stands for now."""
    known = known_object(item.manifest, item.platform, snapshot)
    observed = known or old_object(item.manifest, item.platform, snapshot)
    return observed.key if observed and _holds(item, observed, policy) else None


def _precedence(
    item: Desired, snapshot: Snapshot, policy: Policy
) -> tuple[bool, tuple[str, str, str]]:
    return (not _holds(item, snapshot.find(item.platform), policy), item.manifest.age)


def _holds(item: Desired, observed: Observed | None, policy: Policy) -> bool:
    if observed is None:
        return False
    proof = ownership_of(item.manifest, observed, policy.owner_id, policy.cluster)
    return proof.ownership is Ownership.OURS
