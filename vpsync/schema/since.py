"""From which release of VVP a declared field is.

The keyword ``x-vpsync-since`` of a schema has the first release of a field that is not in all of 2.x.
Sources: the published specifications of 2.0 to 2.7, and the release notes after them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vpsync.model.json import pointer
from vpsync.model.releases import Release, release_in

Schema = Mapping[str, Any]

SINCE = "x-vpsync-since"


def releases(schema: Schema, value: Any, path: str = "") -> Iterator[tuple[str, Release]]:
    """Pointer and first release of each field of a manifest that came after VVP 2.0; ``null`` is absent."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from releases(schema.get("items", {}), item, f"{path}/{number}")
    if not isinstance(value, Mapping):
        return
    properties, others = schema.get("properties", {}), schema.get("additionalProperties")
    for key, member in value.items():
        inner = properties.get(key, others)
        if member is None or not isinstance(inner, Mapping):
            continue
        member_path = path + pointer((key,))
        since = release_in(inner.get(SINCE, ""))
        if since is not None:
            yield member_path, since
        yield from releases(inner, member, member_path)
