"""Manifests from files, directories and standard input; no cluster is touched."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vpsync.errors import SettingsError
from vpsync.model.json import Json
from vpsync.model.problem import Problem
from vpsync.model.resource import Manifest
from vpsync.source.documents import UnreadableDocument, documents
from vpsync.source.manifest import is_ours, manifest_from, shape_problems

SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(slots=True)
class Sourced:
    """What a source gave."""

    manifests: list[tuple[Manifest, list[Problem]]] = field(default_factory=list)
    """Each manifest with what is already known to be wrong with it."""
    errors: list[str] = field(default_factory=list)
    """Whole files, documents or lists that could not be read."""
    skipped: int = 0
    """Documents of other kinds."""


def read_files(
    names: Iterable[str],
    namespace: str = "default",
    read_stdin: Callable[[], bytes] = lambda: sys.stdin.buffer.read(),
) -> Sourced:
    """Everything in the named files; ``-`` is standard input, directories are read recursively.

    ``namespace`` is that of manifests that name none. A name that does not exist is a
    :class:`SettingsError`; a file that cannot be read as YAML is told in ``errors``.
    """
    sourced = Sourced()
    for name in names:
        for path in _paths(name):
            _read(path, namespace, sourced, read_stdin)
    _refuse_doubles(sourced)
    return sourced


def _paths(name: str) -> Iterator[str]:
    path = Path(name)
    if name == "-" or path.is_file():
        yield name
    elif path.is_dir():
        found = sorted(p for p in path.rglob("*") if p.suffix in SUFFIXES and p.is_file())
        yield from (str(p) for p in found)
    else:
        raise SettingsError(f"-f {name}: there is no such file or directory")


def _read(name: str, namespace: str, sourced: Sourced, read_stdin: Callable[[], bytes]) -> None:
    shown = "stdin" if name == "-" else name
    try:
        data = read_stdin() if name == "-" else Path(name).read_bytes()
        for line, document in documents(data.decode("utf-8-sig")):
            for item in _unwrapped(document):
                _take(item, f"{shown}:{line}", namespace, sourced)
    except UnreadableDocument as error:
        sourced.errors.append(f"{shown}: {error}")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        sourced.errors.append(f"{shown}: {reason}")


def _unwrapped(document: Json) -> Iterator[Json]:
    if isinstance(document, Mapping) and document.get("kind") == "List":
        items = document.get("items") or []
        if not isinstance(items, list):
            raise UnreadableDocument("the items of a List must be a list")
        for item in items:
            yield from _unwrapped(item)
    elif document is not None:
        yield document


def _take(document: Json, origin: str, namespace: str, sourced: Sourced) -> None:
    if not isinstance(document, Mapping):
        sourced.errors.append(f"{origin}: a manifest must be a map")
    elif is_ours(document):
        manifest = manifest_from(document, origin, namespace)
        sourced.manifests.append((manifest, shape_problems(document)))
    else:
        sourced.skipped += 1


def _refuse_doubles(sourced: Sourced) -> None:
    first: dict[object, Manifest] = {}
    for manifest, problems in sourced.manifests:
        known = first.setdefault(manifest.key, manifest)
        if known is not manifest:
            problems.append(Problem("", f"{manifest.key} was already declared at {known.origin}"))
