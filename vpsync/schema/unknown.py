"""Fields that a schema does not know, with the name that was probably meant.

They are no mistake in themselves: VVP may be newer than its schema here, and they pass through
untouched. Only a strict check names them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from vpsync.model.finding import Finding
from vpsync.model.json import pointer
from vpsync.model.phrases import did_you_mean
from vpsync.model.resource import GROUP

Schema = Mapping[str, Any]

OBJECT_META = frozenset({
    "annotations", "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "finalizers",
    "generateName", "generation", "labels", "managedFields", "name", "namespace", "ownerReferences",
    "resourceVersion", "selfLink", "uid",
})  # fmt: skip
"""Members of Kubernetes' ObjectMeta (API reference, meta/v1)."""

LEFTOVERS = ("resource-version", "deployment-target-id", "deployment-id", "job-id",
              "last-event-timestamp")  # fmt: skip
"""Annotations that the Go operator and vpsync wrote into resources; nobody declares them."""


MOST_GUESSED = 100
"""Unknown names of one manifest for which a known one is looked for: each costs milliseconds."""


def unknown_fields(schema: Schema, manifest: Mapping[str, Any]) -> Iterator[Finding]:
    """Every field of a manifest that its schema does not describe.

    Below an object whose members no schema lists (an affinity, say) everything is known.
    """
    metadata = manifest.get("metadata")
    for key in metadata if isinstance(metadata, Mapping) else ():
        if key not in OBJECT_META:
            meant = did_you_mean(key, OBJECT_META)
            yield Finding(pointer(("metadata", key)), f"is not a known Kubernetes field{meant}")
    rest = {key: value for key, value in manifest.items() if key != "metadata"}
    homes = belongings(schema)
    for number, (path, name, siblings) in enumerate(_unknown(schema, rest, "")):
        meant = did_you_mean(name, siblings) if number < MOST_GUESSED else ""
        if not meant and name in homes:
            meant = f"; it belongs to {homes[name]}"
        yield Finding(path, f"is not a known field{meant}")


def unknown_annotations(schema: Schema, annotations: Mapping[str, Any]) -> Iterator[Finding]:
    """Annotations with our prefix that mean nothing, as ``deletion-polcy``."""
    names = annotation_names(schema)
    for number, key in enumerate(annotations):
        group, _, name = key.partition("/")
        if group != GROUP or name in names or name in LEFTOVERS or name.startswith("v1beta"):
            continue
        path = pointer(("metadata", "annotations", key))
        meant = did_you_mean(name, names) if number < MOST_GUESSED else ""
        yield Finding(path, f"is not a known annotation here{meant}")


def annotation_names(schema: Schema) -> tuple[str, ...]:
    """The annotations with our prefix that a schema describes, without it."""
    annotations = schema["properties"]["metadata"]["properties"]["annotations"]["properties"]
    return tuple(key.partition("/")[2] for key in annotations)


def _unknown(schema: Schema, value: Any, path: str) -> Iterator[tuple[str, str, Iterable[str]]]:
    """Path and name of each unknown field, with the names that the schema has in its place."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unknown(schema.get("items", {}), item, f"{path}/{index}")
    if not isinstance(value, Mapping):
        return
    properties, others = schema.get("properties"), schema.get("additionalProperties")
    for key, member in value.items():
        inner = path + pointer((key,))
        if properties and key in properties:
            yield from _unknown(properties[key], member, inner)
        elif isinstance(others, Mapping):
            yield from _unknown(others, member, inner)
        elif properties:
            yield inner, key, properties


def closed(schema: Schema) -> dict[str, Any]:
    """A schema that refuses exactly the manifests with unknown fields, and judges nothing else."""
    properties, others = schema.get("properties"), schema.get("additionalProperties")
    shut: dict[str, Any] = {}
    if "items" in schema:
        shut["items"] = closed(schema["items"])
    if properties:
        shut["properties"] = {key: closed(inner) for key, inner in properties.items()}
    if isinstance(others, Mapping):
        shut["additionalProperties"] = closed(others)
    elif properties:
        shut["additionalProperties"] = False
    return shut


def belongings(schema: Schema) -> dict[str, str]:
    """Where each field of the spec belongs that has its name for itself: nesting is easily mistaken."""
    fields = list(_fields(schema["properties"]["spec"], "/spec"))
    names = Counter(name for _, name in fields)
    return {name: member_path for member_path, name in fields if names[name] == 1}


def _fields(schema: Schema, path: str) -> Iterator[tuple[str, str]]:
    """Path and name of every field that lies in no list and has no free name."""
    for key, inner in schema.get("properties", {}).items():
        member_path = path + pointer((key,))
        yield member_path, key
        yield from _fields(inner, member_path)
