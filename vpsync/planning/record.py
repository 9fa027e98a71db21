"""The record of managed paths on a VVP object: what we declared there, without the values.

It is what tells a key that a manifest no longer declares (to be removed) from one that somebody
else set in VVP (to be left alone). Paths share their common prefixes; the format is permanent::

    ververicaplatform.fintechstudios.com/managed:
      {"paths": {"/metadata/labels": ["team"], "/spec": ["state"]}, "sum": "<checksum>", "v": 1}
"""

from __future__ import annotations

from collections.abc import Iterable

from vpsync.model.json import Path, path_from_pointer, pointer
from vpsync.model.resource import annotation
from vpsync.planning.ownership import sealed, unsealed

MANAGED = annotation("managed")

Record = frozenset[Path]


def record_text(paths: Iterable[Path]) -> str:
    """The annotation's value; equal sets of paths give equal texts."""
    grouped: dict[Path, list[str]] = {}
    for path in sorted(paths):
        grouped.setdefault(path[:-1], []).append(path[-1])
    return sealed({"v": 1, "paths": {pointer(prefix): keys for prefix, keys in grouped.items()}})


def read_record(text: str | None) -> Record | None:
    """The recorded paths; None when there is no record or it was edited: then nothing is known."""
    value = unsealed(text)
    groups = value.get("paths") if value else None
    if not isinstance(groups, dict):
        return None
    try:
        parents = [(path_from_pointer(prefix), keys) for prefix, keys in groups.items()]
        return frozenset((*parent, str(key)) for parent, keys in parents for key in keys)
    except (TypeError, ValueError):
        return None
