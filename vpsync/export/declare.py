"""One VVP object as a manifest: what a person declares of it, and nothing that VVP fills in."""

from __future__ import annotations

from dataclasses import dataclass

from vpsync.export.owners import ObjectOwner
from vpsync.kinds import BY_NAME
from vpsync.kinds.kind import Kind
from vpsync.kinds.values import text_at
from vpsync.model.json import Json, JsonObject, Path, leaves, nested, pointer
from vpsync.model.observed import Observed, Snapshot
from vpsync.model.resource import GROUP, annotation
from vpsync.planning.diff.references import referenced
from vpsync.planning.ownership.managed_fields import MANAGED, ManagedFields, read_managed
from vpsync.planning.ownership.marker import Ownership
from vpsync.planning.savepoints.matching import ADOPT
from vpsync.redact.fields import redacted
from vpsync.redact.redactor import NOTHING, Redactor


@dataclass(frozen=True, slots=True)
class Exported:
    """A manifest, and what is not in it."""

    observed: Observed
    document: JsonObject
    left_out: tuple[str, ...] = ()
    """JSON pointers into the VVP object: fields that may hold secrets."""


@dataclass(frozen=True, slots=True)
class Export:
    """The manifests of many objects, and what there is to say of the others."""

    manifests: tuple[Exported, ...]
    refused: tuple[str, ...] = ()
    """What could not be read or cannot be declared, and why."""
    passed_over: int = 0
    """Objects of another owner, of which nothing is shown; or documents of another form."""


def declared(
    observed: Observed,
    owned: ObjectOwner,
    name: str,
    snapshot: Snapshot,
    hiding: Redactor = NOTHING,
) -> Exported:
    """The manifest of one object, under that name in Kubernetes.

    An object that a resource of ours holds is declared as far as that resource declares it.
    """
    kind = BY_NAME[observed.key.kind]
    metadata: dict[str, Json] = {"name": name}
    if owned.namespace:
        metadata["namespace"] = owned.namespace
    notes = {annotation("deletion-policy"): owned.deletion} if owned.deletion else {}
    if kind.taken_once and text_at(observed.body, ("metadata", "id")):
        # It is followed, and none is taken; one that was never posted is not there yet.
        notes[annotation(ADOPT)] = observed.id
    record = read_managed(observed.annotations.get(MANAGED)) if _is_ours(owned) else None
    body, left_out = _declared_body(kind, observed, record, hiding)
    if kept := [pointer(path) for path in left_out if record and path in record.paths]:
        # Declared before and not now would read as removed.
        notes[annotation("ignore-fields")] = ",".join(kept)
    spec = kind.exported(observed, name, body, _referenced_name(kind, observed, snapshot))
    if notes:
        metadata["annotations"] = notes
    document = {
        "apiVersion": f"{GROUP}/{kind.versions[-1]}",
        "kind": kind.name,
        "metadata": metadata,
        "spec": spec,
    }
    return Exported(observed, document, tuple(pointer(path) for path in left_out))


def _is_ours(owned: ObjectOwner) -> bool:
    return owned.ownership is Ownership.OURS


def _referenced_name(kind: Kind, observed: Observed, snapshot: Snapshot) -> str | None:
    """The VVP name of what the object refers to; None where it refers to nothing that is there."""
    reference = kind.observed_reference(observed)
    if reference is None:
        return None
    if reference.names:
        return reference.names[0]
    object_name = referenced(reference, snapshot)
    return object_name.key.name if object_name else None


def _declared_body(
    kind: Kind, observed: Observed, record: ManagedFields | None, hiding: Redactor
) -> tuple[dict[str, Json], tuple[Path, ...]]:
    """The fields to declare, and those that may hold secrets."""
    kept: dict[Path, Json] = {}
    secret: list[Path] = []
    for path, value in leaves(kind.persons_part(observed)):
        if value == [] or (record is not None and not record.may_hold(path)):
            continue
        if kind.field(path, None, value).sensitive or _is_secret(path, value, hiding):
            secret.append(path)
        else:
            kept[path] = value
    return nested(kept), tuple(sorted(secret))


def _is_secret(path: Path, value: Json, hiding: Redactor) -> bool:
    """Whether a field may hold a secret: by what it is called, by its form, or one that we know."""
    return redacted(path, value)[1] or hiding.value((path, value)) != (path, value)
