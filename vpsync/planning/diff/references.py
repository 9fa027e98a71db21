"""Other VVP objects that a manifest names, resolved anew in every pass."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, replace

from vpsync.errors import PlatformError
from vpsync.kinds import BY_NAME
from vpsync.model.change import Change, FieldChange
from vpsync.model.json import JsonObject, KnownAfterApply, value_at
from vpsync.model.observed import Observed, PlatformKey, Snapshot
from vpsync.model.resource import Reference


@dataclass(frozen=True, slots=True)
class MissingReference:
    """What is named is not there; ``message`` says what."""

    message: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """The name and the id are those of two different objects."""

    message: str


Resolved = str | KnownAfterApply | MissingReference | Contradiction | PlatformError


def resolve(reference: Reference, snapshot: Snapshot, planned: Set[PlatformKey]) -> Resolved:
    """The id of what a reference names.

    ``planned`` holds the objects that this plan creates: they count as there, and their ids are
    known after apply.
    """
    failure = snapshot.failure(reference.kind, reference.namespace)
    if failure is not None:
        return failure
    resolved: list[str | KnownAfterApply] = []
    for name in reference.names:
        key = PlatformKey(reference.kind, reference.namespace, name)
        observed = snapshot.find(key)
        if observed is None and key not in planned:
            return MissingReference(_missing(reference.kind, name, reference.namespace))
        resolved.append(
            observed.id if observed else KnownAfterApply((key.kind, key.namespace, name))
        )
    for identity in reference.ids:
        if snapshot.by_id(reference.kind, reference.namespace, identity) is None:
            return MissingReference(_missing(reference.kind, identity, reference.namespace))
        resolved.append(identity)
    if len(set(resolved)) > 1:
        return Contradiction(f"{reference} are two different objects; remove one")
    return resolved[0]


def referenced(reference: Reference, snapshot: Snapshot) -> Observed | None:
    """The object that a reference names, if it is there."""
    for name in reference.names:
        return snapshot.find(PlatformKey(reference.kind, reference.namespace, name))
    for identity in reference.ids:
        return snapshot.by_id(reference.kind, reference.namespace, identity)
    return None


def shown_by_id(observed: Observed, snapshot: Snapshot) -> JsonObject:
    """The body of a VVP object with the id of what it refers to, also where VVP shows its name alone."""
    kind = BY_NAME[observed.key.kind]
    reference = kind.observed_reference(observed)
    named = referenced(reference, snapshot) if reference and reference.names else None
    return kind.comparable(observed.body, named.id if named else None)


def refers_by_name(change: Change) -> bool:
    """Whether a change sends a reference that the manifest has by name, and VVP may take so."""
    return bool(_sent_name(change))


def by_name(change: Change) -> Change:
    """Such a change with the name in place of the id; any other as it is.

    What is compared are ids, for VVP may show a reference in either form.
    """
    name, whole = _sent_name(change), change.whole
    if not name:
        return change
    if whole is not None:
        kind = BY_NAME[change.platform.kind]
        parent, leaf = kind.reference_path
        members = {key: value for key, value in whole[parent].items() if key != leaf}
        whole = {**whole, parent: {**members, kind.name_path[-1]: name}}
    return replace(change, fields=tuple(_named_fields(change, name)), whole=whole)


def _sent_name(change: Change) -> str:
    """The name of what a change begins to refer to; empty where the manifest, or VVP, has ids alone."""
    kind, desired = BY_NAME[change.platform.kind], change.desired
    if not kind.name_path or desired is None or desired.reference is None:
        return ""
    sends = any(item.path == kind.reference_path and item.after for item in change.fields)
    return next(iter(desired.reference.names), "") if sends else ""


def _named_fields(change: Change, name: str) -> Iterator[FieldChange]:
    kind = BY_NAME[change.platform.kind]
    body = change.observed.body if change.observed is not None else {}
    for item in change.fields:
        if item.path == kind.reference_path:
            shown = value_at(body, kind.reference_path)
            if shown is not None:
                yield kind.field(kind.reference_path, shown, None)
            yield kind.field(kind.name_path, value_at(body, kind.name_path), name)
        elif item.path != kind.name_path:
            yield item


def _missing(kind: str, name: str, namespace: str) -> str:
    what = kind.removeprefix("Vp")
    return f"VVP has no {what} {name!r} in its namespace {namespace!r}"
