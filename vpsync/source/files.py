"""Manifests from files, directories, pipes and standard input; no cluster is touched."""

from __future__ import annotations

import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from vpsync.model.finding import Finding
from vpsync.model.json import Json
from vpsync.model.resource import Manifest
from vpsync.source.documents import MAX_BYTES, built_documents
from vpsync.source.events import Ambiguity, UnreadableDocument
from vpsync.source.manifest import read_manifest, shape_findings
from vpsync.source.strangers import HELM, is_list, is_ours, looks_like_helm, misnamed, no_map
from vpsync.source.walk import STDIN, FileWalk, UnreadableFile, shown

MAX_ERRORS = 100
"""Errors of one reading that are told one by one."""

ReadStdin = Callable[[], bytes]


@dataclass(slots=True)
class LoadedManifests:
    """The manifests that a source gave, and what it could not give."""

    manifests: list[tuple[Manifest, list[Finding]]] = field(default_factory=list)
    """Each manifest with what is already known to be wrong with it."""
    errors: list[str] = field(default_factory=list)
    """Whole files, documents or lists that could not be read."""
    untold: int = 0
    """How many errors there were beyond those."""
    skipped: int = 0
    """How many documents are of other kinds."""

    def refuse(self, text: str) -> None:
        """Adds an error; of very many only the first are kept, and at the end how many there were."""
        if len(self.errors) < MAX_ERRORS:
            self.errors.append(text)
        else:
            self.untold += 1
            self.errors[MAX_ERRORS:] = [f"and {self.untold:,} more that could not be read"]


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
    doubts: tuple[Ambiguity, ...] = ()
    """Of what stands in it, other readers of YAML make something else; by pointers into ``value``."""

    @property
    def origin(self) -> str:
        """File and line, for people."""
        return f"{shown(self.file)}:{self.line}"


def read_stdin() -> bytes:
    """All of standard input."""
    return sys.stdin.buffer.read()


@dataclass(slots=True)
class Files:
    """The files of a run, which may be read in every pass of it.

    What can be read only once, standard input and pipes, is kept. A directory that was there in an
    earlier pass and is away now is an error of that pass; one that never was there is wrong usage.
    """

    names: tuple[str, ...]
    namespace: str = ""
    """That of manifests which name none, and no other may be named; empty: ``default``, and any."""
    read_stdin: ReadStdin = read_stdin
    _walk: FileWalk = field(init=False)
    _kept: dict[str, bytes] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._walk = FileWalk(self.names)

    def read(self) -> LoadedManifests:
        """Everything in the files; :class:`~vpsync.errors.SettingsError` for a name that is not there.

        What cannot be read is told in ``errors``.
        """
        sourced = LoadedManifests()
        for file in self.files():
            for document in self.decoded(file):
                _take(document, self.namespace, sourced)
        manifests = [manifest for manifest, _ in sourced.manifests]
        for index, finding in declared_again(manifests):
            sourced.manifests[index][1].append(finding)
        return sourced

    def files(self) -> Iterator[str | UnreadableFile]:
        """The files that the names stand for, each once, and what could not be followed."""
        return self._walk.files()

    def text(self, file: str) -> str:
        """The text of a file; OSError, UnicodeDecodeError or UnreadableDocument where it has none."""
        data = self._data(file)
        if len(data) > MAX_BYTES:
            raise UnreadableDocument(f"is larger than {MAX_BYTES // 1024 // 1024} MiB")
        return data.decode("utf-8-sig")

    def _data(self, file: str) -> bytes:
        if file in self._kept:
            return self._kept[file]
        if file == STDIN:
            self._kept[file] = self.read_stdin()
            return self._kept[file]
        with Path(file).open("rb") as opened:
            # One byte more tells that there is too much.
            data = opened.read(MAX_BYTES + 1)
            if not stat.S_ISREG(Path(file).stat().st_mode):
                self._kept[file] = data
        return data

    def decoded(self, file: str | UnreadableFile) -> Iterator[Document | UnreadableFile]:
        """The documents of a file, and why the rest of it cannot be read where that is so."""
        if isinstance(file, UnreadableFile):
            yield file
            return
        text = ""
        try:
            text = self.text(file)
            for number, built in enumerate(built_documents(text)):
                for pointer, item in _unwrapped(built.value, built.line):
                    doubts = [*_doubts_below(built.doubts, pointer), *_nested(pointer, built.line)]
                    yield Document(file, number, built.line, pointer, item, tuple(doubts))
        except UnreadableDocument as fault:
            why = HELM if fault.line and looks_like_helm(text) else fault.text
            yield UnreadableFile(file, why, fault.line, fault.column)
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
            yield UnreadableFile(file, str(reason))


def read_files(
    names: Iterable[str], namespace: str = "", read_stdin: ReadStdin = read_stdin
) -> LoadedManifests:
    """Everything in the named files, once; see :class:`Files`."""
    return Files(tuple(names), namespace, read_stdin).read()


def _doubts_below(doubts: Iterable[Ambiguity], pointer: str) -> Iterator[Ambiguity]:
    """The doubts of one item of a document, with pointers into the item."""
    for doubt in doubts:
        if f"{doubt.pointer}/".startswith(f"{pointer}/"):
            yield replace(doubt, pointer=doubt.pointer.removeprefix(pointer))


def _nested(pointer: str, line: int) -> Iterator[Ambiguity]:
    """That an item stands in a List within a List."""
    if pointer.count("/") > len(("items", "index")):
        text = "kubectl refuses a List within a List: put its items into the outer one"
        yield Ambiguity("", (line, 1), "", text)


def _unwrapped(value: Json, line: int, pointer: str = "") -> Iterator[tuple[str, Json]]:
    """The items of a ``List``, also of one within it, or the document itself."""
    if isinstance(value, Mapping) and is_list(value):
        if "items" not in value:
            raise UnreadableDocument("a List must have items, at least an empty list", line, 1)
        items = value["items"] or []
        if not isinstance(items, list):
            raise UnreadableDocument("the items of a List must be a list", line, 1)
        for index, item in enumerate(items):
            yield from _unwrapped(item, line, f"{pointer}/items/{index}")
    elif value is not None:
        yield pointer, value


def _take(document: Document | UnreadableFile, namespace: str, sourced: LoadedManifests) -> None:
    if isinstance(document, UnreadableFile):
        sourced.refuse(str(document))
    elif not isinstance(document.value, Mapping):
        sourced.refuse(f"{document.origin}: {no_map(document.value)}")
    elif is_ours(document.value):
        sourced.manifests.append(manifest_in(document, namespace))
    elif (finding := misnamed(document.value, document.file)) is not None:
        sourced.refuse(f"{document.origin}: {finding}")
    else:
        sourced.skipped += 1


def manifest_in(document: Document, namespace: str) -> tuple[Manifest, list[Finding]]:
    """The manifest that a document of ours is, with all that is wrong with its frame.

    Where ``namespace`` is given, no other may be named, as with ``kubectl apply -n``.
    """
    default = namespace or "default"
    manifest, findings = read_manifest(document.value, document.origin, default)
    if not any(finding.subject == "" for finding in findings):
        findings += shape_findings(document.value)
    named = manifest.key.namespace
    if namespace and named != namespace:
        text = f"is {named!r}, and -n is {namespace!r}: use the same, or leave one of them out"
        findings.append(Finding("/metadata/namespace", text))
    return manifest, findings


def declared_again(manifests: Iterable[Manifest]) -> Iterator[tuple[int, Finding]]:
    """Each manifest of a resource that an earlier one declares, by its place among all of them."""
    first: dict[object, Manifest] = {}
    for index, manifest in enumerate(manifests):
        if not manifest.key.name:
            continue
        declared = first.setdefault(manifest.key, manifest)
        if declared is not manifest:
            yield index, Finding("", f"{manifest.key} was already declared at {declared.origin}")
