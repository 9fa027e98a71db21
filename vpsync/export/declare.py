"""One VVP object as a manifest: what a person declares of it, and nothing that VVP fills in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vpsync.export.holders import Holder
from vpsync.kinds import BY_NAME
from vpsync.kinds.deployment import DEPLOYMENT, TARGET_ID, TARGET_NAME
from vpsync.kinds.namespace import NAMESPACE
from vpsync.kinds.savepoint import SAVEPOINT
from vpsync.model.json import Json, JsonObject, Path, leaves, nested, pointer, value_at
from vpsync.model.observed import Observed, Snapshot
from vpsync.model.resource import GROUP, annotation
from vpsync.planning.ownership.managed_fields import MANAGED, ManagedFields, read_managed
from vpsync.planning.ownership.marker import Ownership
from vpsync.planning.savepoints.decide import ADOPT
from vpsync.redact.fields import redacted
from vpsync.redact.hiding import NOTHING, Hiding

_METADATA = ("displayName", "labels", "annotations")
"""Members of a VVP object's metadata that are a person's; the others VVP sets itself."""

_NOT_OURS_TO_DECLARE = ("com.dataartisans.", f"{GROUP}/")
"""Annotations that VVP's controllers and vpsync write."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A manifest, and what is not in it."""

    observed: Observed
    document: JsonObject
    left_out: tuple[str, ...] = ()
    """JSON pointers into the VVP object: fields that may hold secrets."""


def declared(
    observed: Observed, owned: Holder, name: str, snapshot: Snapshot, hiding: Hiding = NOTHING
) -> Exported:
    """The manifest of one object, under that name in Kubernetes.

    An object that a resource of ours holds is declared as far as that resource declares it.
    """
    kind = BY_NAME[observed.key.kind]
    metadata: dict[str, Json] = {"name": name}
    if owned.namespace:
        metadata["namespace"] = owned.namespace
    notes = {annotation("deletion-policy"): owned.deletion} if owned.deletion else {}
    left_out: tuple[Path, ...] = ()
    if kind is NAMESPACE:
        spec = _namespace(observed, name, hiding)
    elif kind is SAVEPOINT:
        notes[annotation(ADOPT)] = observed.id
        spec = _savepoint(observed, snapshot)
    else:
        record = read_managed(observed.annotations.get(MANAGED)) if _is_ours(owned) else None
        body, left_out = _declared_body(observed, record, hiding)
        spec = _object(observed, body, name, snapshot)
        if kept := [pointer(path) for path in left_out if record and path in record.paths]:
            # Declared before and not now would read as removed.
            notes[annotation("ignore-fields")] = ",".join(kept)
    if notes:
        metadata["annotations"] = notes
    document = {
        "apiVersion": f"{GROUP}/{kind.versions[-1]}",
        "kind": kind.name,
        "metadata": metadata,
        "spec": spec,
    }
    return Exported(observed, document, tuple(pointer(path) for path in left_out))


def _is_ours(owned: Holder) -> bool:
    return owned.ownership is Ownership.OURS


def _namespace(observed: Observed, name: str, hiding: Hiding) -> dict[str, Json]:
    """Its role bindings, also where there are none: to leave them out would be the same."""
    bindings = observed.body.get("roleBindings") or []
    hidden = _is_secret(("roleBindings",), bindings, hiding)
    return {**_named(observed, name), "roleBindings": [] if hidden else bindings}


def _savepoint(observed: Observed, snapshot: Snapshot) -> dict[str, Json]:
    """A savepoint to be followed: its id is in the annotation that adopts it, so none is taken."""
    identity = value_at(observed.body, ("metadata", "deploymentId"))
    deployment = snapshot.by_id(DEPLOYMENT.name, observed.key.namespace, str(identity))
    name = deployment.key.name if deployment else None
    return {"metadata": {"namespace": observed.key.namespace}, "deploymentName": name}


def _object(observed: Observed, body: JsonObject, name: str, snapshot: Snapshot) -> dict[str, Json]:
    spec: dict[str, Json] = {
        "metadata": {
            **_named(observed, name).get("metadata", {}),
            "namespace": observed.key.namespace,
            **body.get("metadata", {}),
        },
        "spec": dict(body.get("spec", {})),
    }
    if observed.key.kind == DEPLOYMENT.name and (target := _target(observed, snapshot)):
        spec["deploymentTargetName"] = target
        for path in (TARGET_ID, TARGET_NAME):
            spec["spec"].pop(path[-1], None)
    return spec


def _named(observed: Observed, name: str) -> dict[str, Json]:
    """The VVP name, where it is not that of the resource."""
    return {"metadata": {"name": observed.key.name}} if observed.key.name != name else {}


def _target(observed: Observed, snapshot: Snapshot) -> str | None:
    """The name of a deployment's target: ids mean nothing to people, and change when it is rebuilt."""
    name, identity = (value_at(observed.body, path) for path in (TARGET_NAME, TARGET_ID))
    if name:
        return str(name)
    target = snapshot.by_id(DEPLOYMENT.refers_to, observed.key.namespace, str(identity))
    return target.key.name if target else None


def _declared_body(
    observed: Observed, record: ManagedFields | None, hiding: Hiding
) -> tuple[dict[str, Json], tuple[Path, ...]]:
    """The fields to declare, and those that may hold secrets."""
    kept: dict[Path, Json] = {}
    secret: list[Path] = []
    for path, value in leaves(_persons_part(observed)):
        if value == [] or (record is not None and not record.may_hold(path)):
            continue
        if _is_secret(path, value, hiding):
            secret.append(path)
        else:
            kept[path] = value
    return nested(kept), tuple(sorted(secret))


def _is_secret(path: Path, value: Json, hiding: Hiding) -> bool:
    """Whether a field may hold a secret: by what it is called, by its form, or one that we know."""
    return redacted(path, value)[1] or hiding.value((path, value)) != (path, value)


def _persons_part(observed: Observed) -> dict[str, Json]:
    return {"metadata": dict(_metadata(observed)), "spec": observed.body.get("spec") or {}}


def _metadata(observed: Observed) -> Iterator[tuple[str, Json]]:
    metadata = observed.body.get("metadata") or {}
    for member in _METADATA:
        value = metadata.get(member)
        if member == "annotations" and isinstance(value, dict):
            value = {k: v for k, v in value.items() if not k.startswith(_NOT_OURS_TO_DECLARE)}
        yield member, value
