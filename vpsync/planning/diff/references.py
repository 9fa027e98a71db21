"""Other VVP objects that a manifest names, resolved anew in every pass."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from vpsync.errors import PlatformError
from vpsync.model.json import KnownAfterApply
from vpsync.model.observed import Observed, PlatformKey, Snapshot
from vpsync.model.resource import Reference


@dataclass(frozen=True, slots=True)
class Missing:
    """What is named is not there; ``message`` says what."""

    message: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """The name and the id are those of two different objects."""

    message: str


Resolved = str | KnownAfterApply | Missing | Contradiction | PlatformError


def resolve(reference: Reference, snapshot: Snapshot, planned: Set[PlatformKey]) -> Resolved:
    """The id of what a reference names.

    ``planned`` holds the objects that this plan creates: they count as there, and their ids are
    known after apply.
    """
    failure = snapshot.failure(reference.kind, reference.namespace)
    if failure is not None:
        return failure
    found: list[str | KnownAfterApply] = []
    for name in reference.names:
        key = PlatformKey(reference.kind, reference.namespace, name)
        observed = snapshot.find(key)
        if observed is None and key not in planned:
            return Missing(_missing(reference.kind, name, reference.namespace))
        found.append(observed.id if observed else KnownAfterApply((key.kind, key.namespace, name)))
    for identity in reference.ids:
        if snapshot.by_id(reference.kind, reference.namespace, identity) is None:
            return Missing(_missing(reference.kind, identity, reference.namespace))
        found.append(identity)
    if len(set(found)) > 1:
        return Contradiction(f"{reference} are two different objects; remove one")
    return found[0]


def referenced(reference: Reference, snapshot: Snapshot) -> Observed | None:
    """The object that a reference names, if it is there."""
    for name in reference.names:
        return snapshot.find(PlatformKey(reference.kind, reference.namespace, name))
    for identity in reference.ids:
        return snapshot.by_id(reference.kind, reference.namespace, identity)
    return None


def _missing(kind: str, name: str, namespace: str) -> str:
    what = kind.removeprefix("Vp")
    return f"VVP has no {what} {name!r} in its namespace {namespace!r}"
