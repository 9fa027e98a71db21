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
    """The spec as its author meant it, leftovers gone and parked fields back.

    Most specs hold none of it, and are taken as they are; what has to be changed is copied first.
    """
    cleaned = dict(spec)
    if _has_null(spec) or _zero_cpus(kind, spec) or has_parked_fields(annotations):
        cleaned = _without_nulls(cleaned)
        for resource in _zero_cpus(kind, cleaned):
            del resource["cpu"]
        _unpark(kind, cleaned, annotations)
    if kind == "VpSavepoint":
        inner = cleaned.get("spec")
        if isinstance(inner, dict):
            cleaned["spec"] = {key: value for key, value in inner.items() if value != ""}
    return cleaned


def has_parked_fields(annotations: Mapping[str, str]) -> bool:
    """Whether an older conversion webhook parked anything in these annotations."""
    return any(key in _PARKED for key in annotations)


def _has_null(value: JsonObject | list[Json]) -> bool:
    """Whether there is any null in it. Scalars are most of a spec, and cost no call each."""
    for member in value if isinstance(value, list) else value.values():
        if member is None or (isinstance(member, (dict, list)) and _has_null(member)):
            return True
    return False


def _without_nulls(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _without_nulls(member) for key, member in value.items() if member is not None}
    if isinstance(value, list):
        return [_without_nulls(member) for member in value]
    return value


def _zero_cpus(kind: str, spec: JsonObject) -> list[dict[str, Json]]:
    """The resources whose cpu was left out, and became a zero."""
    if kind != "VpDeployment":
        return []
    resources = value_at(spec, ("spec", "template", "spec", "resources"))
    members = resources.values() if isinstance(resources, dict) else ()
    return [one for one in members if isinstance(one, dict) and _is_zero(one.get("cpu"))]


def _is_zero(cpu: Json) -> bool:
    return cpu == "0" or (cpu == 0 and not isinstance(cpu, bool))


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
