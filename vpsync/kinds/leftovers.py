"""What the Go operator left in resources, read as it was meant.

It wrote its typed structs back: an omitted ``cpu`` became ``"0"``, a savepoint's omitted location
and id became empty strings. Its conversion webhook parked what v1beta1 lacks in annotations named
``v1beta2.<Kind>.<field>``. Explicit ``null`` means absent. Nothing here is ever written back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from vpsync.model.json import Json, JsonObject, Path, value_at
from vpsync.model.resource import annotation

_PARKED: dict[str, Path] = {
    annotation("v1beta2.VpDeployment.start-from-savepoint"): ("spec", "startFromSavepoint"),
    annotation("v1beta2.VpDeployment.pod-labels"): (
        "spec", "template", "spec", "kubernetes", "pods", "labels",
    ),
    annotation("v1beta2.VpDeploymentTarget.patch-set"): ("spec", "deploymentPatchSet"),
}  # fmt: skip


def meant(kind: str, spec: JsonObject, annotations: Mapping[str, str]) -> dict[str, Json]:
    """The spec as its author meant it, leftovers gone and parked fields back."""
    cleaned: dict[str, Json] = _without_nulls(dict(spec))
    if kind == "VpDeployment":
        _drop_zero_cpu(cleaned)
    if kind == "VpSavepoint":
        inner = cleaned.get("spec")
        if isinstance(inner, dict):
            cleaned["spec"] = {key: value for key, value in inner.items() if value != ""}
    _unpark(kind, cleaned, annotations)
    return cleaned


def has_parked_fields(annotations: Mapping[str, str]) -> bool:
    """Whether an older conversion webhook parked anything in these annotations."""
    return any(key in _PARKED for key in annotations)


def _without_nulls(value: dict[str, Json] | list[Json]) -> Json:
    if isinstance(value, dict):
        kept = ((key, member) for key, member in value.items() if member is not None)
        # Scalars are most of a manifest, and a call for each of them would be half of the cost.
        return {key: _without_nulls(m) if isinstance(m, (dict, list)) else m for key, m in kept}
    return [_without_nulls(m) if isinstance(m, (dict, list)) else m for m in value]


def _drop_zero_cpu(spec: dict[str, Json]) -> None:
    resources = value_at(spec, ("spec", "template", "spec", "resources"))
    for resource in resources.values() if isinstance(resources, dict) else ():
        cpu = resource.get("cpu") if isinstance(resource, dict) else None
        if cpu in ("0", 0) and not isinstance(cpu, bool):
            del resource["cpu"]


def _unpark(kind: str, spec: dict[str, Json], annotations: Mapping[str, str]) -> None:
    for key, path in _PARKED.items():
        if key not in annotations or f".{kind}." not in key or value_at(spec, path) is not None:
            continue
        try:
            value = json.loads(annotations[key])
        except (ValueError, RecursionError):
            continue
        _put(spec, path, value)


def _put(document: dict[str, Json], path: Path, value: Json) -> None:
    place: Json = document
    for key in path[:-1]:
        place = place.setdefault(key, {})
        if not isinstance(place, dict):
            return
    place[path[-1]] = value
