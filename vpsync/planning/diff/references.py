"""Other VVP objects that a manifest names, resolved anew in every pass."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, replace

from vpsync.errors import PlatformError
from vpsync.kinds import BY_NAME
from vpsync.model.change import Change, FieldChange
from vpsync.model.json import KnownAfterApply, value_at
from vpsync.model.observed import Observed, PlatformKey, Snapshot
from vpsync.model.resource import Reference

NAMES_SINCE = (2, 4)
"""The first release of VVP that takes the name of a deployment target (its specification)."""


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


def refers_by_name(change: Change) -> bool:
    """Whether a change sends a reference that the manifest has by name, and VVP may take so."""
    kind, desired = BY_NAME[change.platform.kind], change.desired
    if not kind.name_path or desired is None or desired.reference is None:
        return False
    sends = any(item.path == kind.reference_path and item.after for item in change.fields)
    return bool(desired.reference.names) and sends


def by_name(change: Change) -> Change:
    """Such a change with the name in place of the id; any other as it is.

    What is compared are ids, for VVP may show a reference in either form.
    """
    if not refers_by_name(change):
        return change
    whole, (parent, leaf) = change.whole, BY_NAME[change.platform.kind].reference_path
    if whole is not None:
        members = {key: value for key, value in whole[parent].items() if key != leaf}
        whole = {**whole, parent: {**members, **dict([_name(change)])}}
    return replace(change, fields=tuple(_named_fields(change)), whole=whole)


def _named_fields(change: Change) -> Iterator[FieldChange]:
    kind = BY_NAME[change.platform.kind]
    body = change.observed.body if change.observed is not None else {}
    for item in change.fields:
        if item.path == kind.reference_path:
            shown = value_at(body, kind.reference_path)
            if shown is not None:
                yield kind.field(kind.reference_path, shown, None)
            yield kind.field(kind.name_path, value_at(body, kind.name_path), _name(change)[1])
        elif item.path != kind.name_path:
            yield item


def _name(change: Change) -> tuple[str, str]:
    """The member that has the name, and the name."""
    assert change.desired is not None, "asked of what refers by name"
    assert change.desired.reference is not None, "asked of what refers by name"
    return BY_NAME[change.platform.kind].name_path[-1], change.desired.reference.names[0]


def _missing(kind: str, name: str, namespace: str) -> str:
    what = kind.removeprefix("Vp")
    return f"VVP has no {what} {name!r} in its namespace {namespace!r}"
