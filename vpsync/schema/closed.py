"""What VVP documents as closed sets, as the schemas have them beside their fields.

The keyword ``x-vpsync-closed`` of a schema has the ``values``, which VVP takes in any case, and the ``noun``
for them (VVP documentation, "Deployment Lifecycle" and "Authorization"; ``FROM_SAVEPOINT`` is of newer
clients). The schema accepts others all the same: what the cluster and VVP hold must stay readable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vpsync.model.finding import Finding
from vpsync.model.json import pointer
from vpsync.model.phrases import did_you_mean

Schema = Mapping[str, Any]
Place = tuple[str | int, ...]

CLOSED = "x-vpsync-closed"


def outside_the_sets(schema: Schema, manifest: Mapping[str, Any]) -> Iterator[Finding]:
    """Every value of a manifest that is none of those which VVP documents as all there are."""
    yield from _outside(schema, manifest, ())


def words(closed: Mapping[str, Any]) -> str:
    """What is said of a value outside of a set."""
    return f"is not a valid {closed['noun']}; VVP has {', '.join(closed['values'])}"


def in_their_case(closed: Mapping[str, Any], value: str) -> str:
    """A value in the case in which a set's own are written."""
    return value.upper() if closed["values"][0].isupper() else value.lower()


def _outside(schema: Schema, value: Any, path: Place) -> Iterator[Finding]:
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from _outside(schema.get("items", {}), item, (*path, place))
    elif isinstance(value, Mapping):
        properties = schema.get("properties", {})
        for key, member in value.items():
            if key in properties:
                yield from _outside(properties[key], member, (*path, key))
    elif isinstance(value, str) and CLOSED in schema:
        closed = schema[CLOSED]
        written = in_their_case(closed, value)
        if written not in closed["values"]:
            near = did_you_mean(written, closed["values"])
            yield Finding(pointer(path), words(closed) + near)
