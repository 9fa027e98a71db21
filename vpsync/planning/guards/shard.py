"""Which resources are those of a run that shares the work with others: ``--shard i/n``.

A VVP namespace is one shard's with all that is in it, so that order, ownership and brakes are decided where
everything is seen. A resource that goes to another VVP namespace is its old one's until it has left that.
"""

from __future__ import annotations

from collections.abc import Iterable

from vpsync.kinds import BY_NAME
from vpsync.model.decision import Blocked, Invalid
from vpsync.model.resource import Desired, Manifest
from vpsync.planning.policy import Shard
from vpsync.planning.removal.relocation import old_namespace


def of_shard(
    shard: Shard,
    desired: Iterable[Desired],
    deleted: Iterable[Manifest],
    refused: Iterable[Invalid | Blocked],
) -> tuple[list[Desired], list[Manifest], list[Invalid | Blocked]]:
    """What of all that is declared is the shard's; every resource is that of one shard."""
    return (
        [item for item in desired if holds(shard, item.manifest)],
        [item for item in deleted if holds(shard, item)],
        [item for item in refused if holds(shard, item.manifest)],
    )


def holds(shard: Shard, manifest: Manifest) -> bool:
    """Whether a resource is the shard's."""
    return shard.is_all or shard.has(place_of(manifest))


def place_of(manifest: Manifest) -> str:
    """The VVP namespace by which a resource is some shard's, valid or not."""
    try:
        key = BY_NAME[manifest.key.kind].platform_key(manifest)
    except (AttributeError, TypeError):
        # What cannot be read stands in no VVP namespace, and is to be told by one run all the same.
        return manifest.key.namespace
    return old_namespace(manifest, key) or str(key.namespace)
