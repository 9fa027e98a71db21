"""The record of managed paths on a VVP object: what we declared there, without the values.

It is what tells a key that a manifest no longer declares (to be removed) from one that somebody
else set in VVP (to be left alone). Paths share their common prefixes; the format is permanent::

    ververicaplatform.fintechstudios.com/managed:
      {"paths": {"/metadata/labels": ["team"], "/spec": ["state"]}, "sum": "<checksum>", "v": 1}

A record that would be longer than :data:`LIMIT` names some prefixes instead of what lies below them,
as ``"below": ["/spec/template/spec/flinkConfiguration"]``. All that it says of these is that something
there was declared. So nothing below them is ever removed on its word: a key that is declared no more
keeps its value, for it cannot be told from one that somebody else set.

What VVP keeps in a form of its own (:mod:`vpsync.planning.ownership.forms`) stands there as digests, as
``"kept": {"/spec/jobFailureExpirationTime": "0a1b2c3d4e5f:6a7b8c9d0e1f"}``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from vpsync.model.json import Path, path_from_pointer, pointer
from vpsync.model.resource import annotation
from vpsync.planning.ownership.forms import Forms
from vpsync.planning.ownership.marker import sealed, unsealed

MANAGED = annotation("managed")

LIMIT = 16 * 1024
"""Characters of the annotation, which are its bytes too: everything beyond ASCII is escaped."""

_NO_FORMS: Forms = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ManagedFields:
    """What is known of what was declared before."""

    paths: frozenset[Path]
    """Declared, each of them."""
    below: frozenset[Path] = frozenset()
    """Prefixes of which no more is known than that something below them was declared."""
    kept: Forms = field(default_factory=dict)
    """What VVP keeps in a form of its own."""

    def may_hold(self, path: Path) -> bool:
        """Whether the path was declared, as far as is known."""
        if path in self.paths:
            return True
        return any(path[: len(prefix)] == prefix for prefix in self.below)


def is_current(
    record: ManagedFields | None, declared: frozenset[Path], kept: Forms = _NO_FORMS
) -> bool:
    """Whether the record is the one that these declared paths get."""
    if record is None or record.kept != kept:
        return False
    if not record.below:
        # The usual case, decided without making a text: it fitted, or it would not be there.
        return record.paths == declared
    return record == read_managed(managed_text(declared, kept))


def managed_text(paths: Iterable[Path], kept: Forms = _NO_FORMS) -> str:
    """The annotation's value; equal sets of paths and equal forms give equal texts."""
    return _text_of(frozenset(paths)) if not kept else _fitting(frozenset(paths), kept)


@lru_cache(maxsize=256)
def _text_of(paths: frozenset[Path]) -> str:
    """Remembered: the resources of a fleet declare the same few sets of paths."""
    return _fitting(paths, _NO_FORMS)


def _fitting(paths: frozenset[Path], kept: Forms) -> str:
    record = ManagedFields(paths, kept=kept)
    text = _text(record)
    while len(text) > LIMIT:
        shorter = _shortened(record, len(text) - LIMIT)
        if shorter == record:
            break
        record, text = shorter, _text(shorter)
    return text


def read_managed(text: str | None) -> ManagedFields | None:
    """The recorded paths; None when there is no record or it was edited: then nothing is known."""
    return _understood(text) if isinstance(text, str) else None


@lru_cache(maxsize=1024)
def _understood(text: str) -> ManagedFields | None:
    """Remembered: the resources of a fleet declare the same paths, and so have the same record."""
    value = unsealed(text)
    if value is None:
        return None
    groups, below, kept = value.get("paths"), value.get("below", []), value.get("kept", {})
    if not isinstance(groups, dict) or not _are_texts(below):
        return None
    if not isinstance(kept, dict) or not _are_texts([*kept.values()]):
        return None
    if not all(_are_texts(keys) for keys in groups.values()):
        return None
    try:
        parents = [(path_from_pointer(prefix), keys) for prefix, keys in groups.items()]
        prefixes = frozenset(map(path_from_pointer, below))
        forms = {path_from_pointer(path): text for path, text in kept.items()}
    except ValueError:
        return None
    paths = frozenset((*parent, key) for parent, keys in parents for key in keys)
    return ManagedFields(paths, prefixes, forms) if () not in prefixes else None


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _text(record: ManagedFields) -> str:
    groups = {pointer(prefix): keys for prefix, keys in _grouped(record.paths).items()}
    below = {"below": sorted(map(pointer, record.below))} if record.below else {}
    kept = (
        {"kept": {pointer(path): text for path, text in record.kept.items()}} if record.kept else {}
    )
    return sealed({"v": 1, "paths": groups, **below, **kept})


def _grouped(paths: Iterable[Path]) -> dict[Path, list[str]]:
    """The last members of the paths, by what stands before them."""
    grouped: dict[Path, list[str]] = {}
    for path in sorted(paths):
        grouped.setdefault(path[:-1], []).append(path[-1])
    return grouped


def _shortened(record: ManagedFields, excess: int) -> ManagedFields:
    """The record with its largest groups as mere prefixes, until that many characters are saved.

    Groups that contain others come last, in a later round: with them all would be lost at once.
    """
    groups = _grouped(record.paths | record.below)
    outer = {prefix[:length] for prefix in groups for length in range(len(prefix))}
    inner = [prefix for prefix in groups if prefix and prefix not in outer]
    chosen: set[Path] = set()
    for prefix in sorted(inner, key=lambda prefix: (-_length(groups, prefix), prefix)):
        if excess <= 0:
            break
        chosen.add(prefix)
        excess -= _length(groups, prefix)
    return ManagedFields(
        frozenset(path for path in record.paths if not _is_below(path, chosen)),
        frozenset(path for path in record.below if not _is_below(path, chosen))
        | frozenset(prefix for prefix in chosen if not _is_below(prefix, chosen)),
        record.kept,
    )


def _length(groups: Mapping[Path, list[str]], prefix: Path) -> int:
    """About how many characters the group takes."""
    return sum(len(key) + 3 for key in groups[prefix])


def _is_below(path: Path, prefixes: set[Path]) -> bool:
    """Whether the path lies below one of the prefixes; a prefix does not lie below itself."""
    return any(path[:length] in prefixes for length in range(1, len(path)))
