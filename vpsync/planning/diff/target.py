"""Where a deployment's jobs run: a target by name or by id, or a session cluster, and only one of them."""

from __future__ import annotations

from vpsync.kinds.deployment import DEPLOYMENT, SESSION_CLUSTER, TARGET_ID, TARGET_NAME
from vpsync.kinds.kind import Kind
from vpsync.model.change import FieldChange
from vpsync.model.json import JsonObject, Path, value_at
from vpsync.model.observed import Observed, PlatformKey, Snapshot
from vpsync.model.resource import Desired


def comparable(kind: Kind, observed: Observed, snapshot: Snapshot) -> JsonObject:
    """The observed body; a target that VVP names and does not number gets its id."""
    name = value_at(observed.body, TARGET_NAME) if kind is DEPLOYMENT else None
    if not name or value_at(observed.body, TARGET_ID):
        return kind.comparable(observed.body)
    target = snapshot.find(PlatformKey(DEPLOYMENT.refers_to, observed.key.namespace, str(name)))
    identity = target.id if target else None
    spec = {**observed.body["spec"], TARGET_ID[-1]: identity}
    return kind.comparable({**observed.body, "spec": spec})


def with_exclusions(
    desired: Desired, observed: Observed, fields: tuple[FieldChange, ...]
) -> tuple[FieldChange, ...]:
    """The fields with those cleared that exclude a declared one.

    Target and session cluster exclude each other, and so do the two ways to name a target.
    """
    paths = {change.path for change in fields}
    cleared: tuple[Path, ...] = ()
    if SESSION_CLUSTER in paths:
        cleared = (TARGET_ID, TARGET_NAME)
    elif TARGET_ID in paths:
        cleared = (SESSION_CLUSTER, TARGET_NAME)
    nulls = [
        FieldChange(path, before, None)
        for path in cleared
        if (before := value_at(observed.body, path)) is not None and path not in paths
    ]
    return tuple(sorted((*fields, *nulls), key=lambda change: change.path))
