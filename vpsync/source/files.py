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
from vpsync.source.manifest import is_ours, manifest_from, misnamed, shape_problems

SUFFIXES = (".yaml", ".yml", ".json")
STDIN = "-"

ReadStdin = Callable[[], bytes]


@dataclass(slots=True)
class Sourced:
    """What a source gave."""

    manifests: list[tuple[Manifest, list[Problem]]] = field(default_factory=list)
    """Each manifest with what is already known to be wrong with it."""
    errors: list[str] = field(default_factory=list)
    """Whole files, documents or lists that could not be read."""
    skipped: int = 0
    """Documents of other kinds."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file, or one item of a ``List`` in it."""

    file: str
    """Its name; ``-`` for standard input."""
    number: int
    """Its place among the documents of the file, from 0."""
    line: int
    """Where its document starts, from 1."""
    pointer: str
    """Where in its document it stands: empty, or such as ``/items/3``."""
    value: Json

    @property
    def origin(self) -> str:
        """File and line, for people."""
        return f"{shown(self.file)}:{self.line}"


@dataclass(frozen=True, slots=True)
class UnreadableFile:
    """A file, or the rest of one, that could not be read."""

    file: str
    fault: UnreadableDocument

    def __str__(self) -> str:
        return f"{shown(self.file)}: {self.fault}"


def read_stdin() -> bytes:
    """All of standard input."""
    return sys.stdin.buffer.read()


def read_files(
    names: Iterable[str], namespace: str = "default", read_stdin: ReadStdin = read_stdin
) -> Sourced:
    """Everything in the named files; ``-`` is standard input, directories are read recursively.

    ``namespace`` is that of manifests that name none. A name that does not exist is a
    :class:`SettingsError`; a file that cannot be read as YAML is told in ``errors``.
    """
    sourced = Sourced()
    for file in files_in(names):
        for document in decoded(file, read_stdin):
            _take(document, namespace, sourced)
    manifests = [manifest for manifest, _ in sourced.manifests]
    for place, problem in declared_again(manifests):
        sourced.manifests[place][1].append(problem)
    return sourced


def files_in(names: Iterable[str]) -> Iterator[str]:
    """The files that names stand for, each once; SettingsError where one is no file or directory."""
    seen: set[Path] = set()
    for name in names:
        for file in _files_at(name):
            path = Path(file).resolve()
            if file == STDIN or path not in seen:
                seen.add(path)
                yield file


def _files_at(name: str) -> Iterator[str]:
    path = Path(name)
    if name == STDIN or path.is_file():
        yield name
    elif path.is_dir():
        found = sorted(p for p in path.rglob("*") if p.suffix in SUFFIXES and p.is_file())
        yield from (str(p) for p in found)
    else:
        raise SettingsError(f"{name}: there is no such file or directory")


def shown(file: str) -> str:
    """A file's name for people."""
    return "stdin" if file == STDIN else file


def text_of(file: str, read_stdin: ReadStdin = read_stdin) -> str:
    """The text of a file; OSError or UnicodeDecodeError when it has none."""
    data = read_stdin() if file == STDIN else Path(file).read_bytes()
    return data.decode("utf-8-sig")


def decoded(file: str, read_stdin: ReadStdin = read_stdin) -> Iterator[Document | UnreadableFile]:
    """The documents of a file, and why the rest of it cannot be read where that is so."""
    try:
        for number, (line, value) in enumerate(documents(text_of(file, read_stdin))):
            for pointer, item in _unwrapped(value, line):
                yield Document(file, number, line, pointer, item)
    except UnreadableDocument as fault:
        yield UnreadableFile(file, fault)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        yield UnreadableFile(file, UnreadableDocument(str(reason)))


def _unwrapped(value: Json, line: int, pointer: str = "") -> Iterator[tuple[str, Json]]:
    """The items of a ``List``, also of one within it, or the document itself."""
    if isinstance(value, Mapping) and value.get("kind") == "List":
        items = value.get("items") or []
        if not isinstance(items, list):
            raise UnreadableDocument("the items of a List must be a list", line, 1)
        for place, item in enumerate(items):
            yield from _unwrapped(item, line, f"{pointer}/items/{place}")
    elif value is not None:
        yield pointer, value


def _take(document: Document | UnreadableFile, namespace: str, sourced: Sourced) -> None:
    if isinstance(document, UnreadableFile):
        sourced.errors.append(str(document))
    elif not isinstance(document.value, Mapping):
        sourced.errors.append(f"{document.origin}: a manifest must be a map")
    elif is_ours(document.value):
        manifest = manifest_from(document.value, document.origin, namespace)
        sourced.manifests.append((manifest, shape_problems(document.value)))
    elif (problem := misnamed(document.value)) is not None:
        sourced.errors.append(f"{document.origin}: {problem}")
    else:
        sourced.skipped += 1


def declared_again(manifests: Iterable[Manifest]) -> Iterator[tuple[int, Problem]]:
    """Each manifest of a resource that an earlier one declares, by its place among all of them."""
    first: dict[object, Manifest] = {}
    for place, manifest in enumerate(manifests):
        if not manifest.key.name:
            continue
        known = first.setdefault(manifest.key, manifest)
        if known is not manifest:
            yield place, Problem("", f"{manifest.key} was already declared at {known.origin}")
