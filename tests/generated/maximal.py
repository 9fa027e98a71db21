"""The largest valid manifest of a kind: every field that its schema describes has a value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator

from vpsync.model.resource import GROUP
from vpsync.schema.load import load_schema

Schema = Mapping[str, Any]
Path = tuple[str | int, ...]

_TEMPLATE: Path = ("spec", "spec", "template", "spec")
_PLACES: frozenset[Path] = frozenset(
    {
        ("spec", "deploymentTargetId"),
        ("spec", "spec", "deploymentTargetId"),
        ("spec", "spec", "deploymentTargetName"),
        ("spec", "spec", "sessionClusterName"),
        (*_TEMPLATE, "artifact", "sqlScript"),
    }
)
EXCLUDED: Mapping[tuple[str, str], frozenset[Path]] = {
    ("VpDeployment", "v1beta1"): _PLACES
    | {
        (*_TEMPLATE, "kubernetes", "jobManagerPodTemplate"),
        (*_TEMPLATE, "kubernetes", "taskManagerPodTemplate"),
    },
    ("VpDeployment", "v1beta2"): _PLACES | {(*_TEMPLATE, "kubernetes", "pods")},
    ("VpDeploymentTarget", "v1beta1"): frozenset(),
    ("VpDeploymentTarget", "v1beta2"): frozenset(),
    ("VpNamespace", "v1beta1"): frozenset(),
    ("VpSavepoint", "v1beta1"): frozenset({("spec", "metadata", "deploymentId")}),
}
"""Fields that exclude another one: where a job runs is said once, and so is how its pods look."""

IDENTITY: frozenset[Path] = frozenset(
    {("spec", "metadata", "name"), ("spec", "metadata", "namespace")}
)
"""Fields that say which VVP object it is: they stay at their defaults."""

CHOSEN: Mapping[Path, Any] = {
    ("spec", "deploymentTargetName"): "jobs",
    ("spec", "deploymentName"): "orders",
    ("spec", "spec", "state"): "CANCELLED",
    ("spec", "spec", "savepointLocation"): "s3://savepoints/1",
    ("spec", "spec", "template", "spec", "artifact", "jarUri"): "s3://jars/orders.jar",
}
"""Values that have to fit the world, or that keep it still."""

ID = "5d6f2a1e-6c0c-4d0e-8f8a-0f5f3ad3f0a1"
CANDIDATES = ("some-text", "1G", 2, True, ID, "2025-11-25T09:05:12Z", 0.5)
"""The first that a schema takes is the value of a field that has no example."""
MAP_KEY = "some.key/here"


def maximal(kind: str, version: str, name: str) -> dict[str, Any]:
    """The manifest, valid by construction."""
    spec = _value(
        load_schema(kind)["properties"]["spec"], ("spec",), EXCLUDED[kind, version] | IDENTITY
    )
    manifest = {
        "apiVersion": f"{GROUP}/{version}",
        "kind": kind,
        "metadata": {"name": name, "namespace": "team"},
        "spec": spec,
    }
    errors = list(Draft202012Validator(load_schema(kind)).iter_errors(manifest))
    assert not errors, errors
    return manifest


def places(kind: str, version: str) -> Iterator[tuple[Path, Any, Schema]]:
    """Every field below ``spec`` in the largest manifest, its value, and its schema."""
    value = maximal(kind, version, "any")["spec"]
    return _places(value, load_schema(kind)["properties"]["spec"], ("spec",))


def _places(value: Any, schema: Schema, path: Path) -> Iterator[tuple[Path, Any, Schema]]:
    yield path, value, schema
    if isinstance(value, dict):
        for key, member in value.items():
            child = schema.get("properties", {}).get(key) or schema.get("additionalProperties")
            yield from _places(member, child if isinstance(child, dict) else {}, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _places(item, schema.get("items", {}), (*path, number))


def _value(schema: Schema, path: Path, left_out: frozenset[Path]) -> Any:
    if path in CHOSEN:
        return CHOSEN[path]
    if "properties" in schema:
        return {
            key: _value(child, (*path, key), left_out)
            for key, child in schema["properties"].items()
            if (*path, key) not in left_out
        }
    types = schema.get("type", [])
    if "items" in schema:
        return [_value(schema["items"], (*path, 0), left_out)]
    if "object" in types:
        inner = schema.get("additionalProperties") or {}
        return {MAP_KEY: _value(inner, (*path, MAP_KEY), left_out) if inner else {"any": ["thing"]}}
    validator = Draft202012Validator(schema)
    fitting = (
        item for item in (*schema.get("examples", ()), *CANDIDATES) if validator.is_valid(item)
    )
    return next(fitting)
