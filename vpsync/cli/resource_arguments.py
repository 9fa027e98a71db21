"""Kinds and names on a command line, as kubectl takes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import click

from vpsync.kinds import KINDS
from vpsync.kinds.kind import Kind
from vpsync.model.resource import GROUP, ResourceKey


@dataclass(frozen=True, slots=True)
class ResourceSelection:
    """The resources that were asked for."""

    kinds: tuple[Kind, ...]
    names: frozenset[tuple[str, str]] = frozenset()
    """Kind and name; empty for all of the kinds."""

    def wants(self, key: ResourceKey) -> bool:
        """Whether that resource is one of them."""
        return not self.names or (key.kind, key.name) in self.names

    def missing(self, keys: Iterable[ResourceKey]) -> Iterator[str]:
        """What was asked for by name and is not there, in words."""
        there = {(key.kind, key.name) for key in keys}
        for kind, name in sorted(self.names - there):
            yield f"there is no {kind} {name!r} where it was looked for"


def asked_for(words: tuple[str, ...], kinds: tuple[Kind, ...]) -> ResourceSelection:
    """What ``KIND``, ``KIND NAME...``, ``KIND,KIND`` or ``KIND/NAME...`` ask for; without, ``kinds``."""
    if not words:
        return ResourceSelection(kinds)
    if any("/" in word for word in words):
        return _by_pairs(words)
    first, *names = words
    chosen = _kinds(first)
    if names and len(chosen) > 1:
        raise click.UsageError("names go with one KIND; write KIND/NAME for several.")
    return ResourceSelection(chosen, frozenset((chosen[0].name, name) for name in names))


def _by_pairs(words: tuple[str, ...]) -> ResourceSelection:
    pairs = set()
    for word in words:
        label, slash, name = word.partition("/")
        if not slash or not name:
            raise click.UsageError(f"{word!r}: write KIND/NAME everywhere, or nowhere.")
        pairs |= {(kind.name, name) for kind in _kinds(label)}
    named = {kind for kind, _ in pairs}
    return ResourceSelection(tuple(kind for kind in KINDS if kind.name in named), frozenset(pairs))


def _kinds(label: str) -> tuple[Kind, ...]:
    """The kinds that a comma-separated list of names, plurals, short names or categories means."""
    wanted: set[str] = set()
    labels = _labels()
    for part in label.lower().split(","):
        bare = part.partition(".")[0] if part.endswith(f".{GROUP}") else part
        if bare not in labels:
            plurals = ", ".join(kind.plural for kind in KINDS)
            raise click.UsageError(f"there is no kind {part!r}; choose one of {plurals}.")
        wanted |= labels[bare]
    return tuple(kind for kind in KINDS if kind.name in wanted)


def short_kinds() -> dict[str, str]:
    """The short name of each kind, such as ``vpd``."""
    from vpsync.schema.load import load_schema

    return {kind.name: load_schema(kind.name)["x-vpsync-crd"]["shortNames"][0] for kind in KINDS}


def _labels() -> dict[str, set[str]]:
    """The names of kinds by everything that kubectl knows them by."""
    from vpsync.schema.load import load_schema

    labels: dict[str, set[str]] = {"all": {kind.name for kind in KINDS}}
    for kind in KINDS:
        data = load_schema(kind.name)["x-vpsync-crd"]
        for label in (kind.name.lower(), kind.plural, *data["shortNames"], *data["categories"]):
            labels.setdefault(label, set()).add(kind.name)
    return labels
