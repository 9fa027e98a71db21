"""The offline check: reads files, judges what is in them, and says where it is written.

No cluster, no VVP and no network is asked. Files are read as a pass reads them; only those in which
something is found are read a second time, for the places of the fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from vpsync.lint.rules import Judged, Resource, judge, judge_stranger, judge_together
from vpsync.model.finding import Finding, Place, Severity, Verdict
from vpsync.model.problem import Problem
from vpsync.model.resource import ResourceKey
from vpsync.schema.load import SchemaSet
from vpsync.source.documents import UnreadableDocument
from vpsync.source.files import (
    Document,
    ReadStdin,
    UnreadableFile,
    decoded,
    files_in,
    read_stdin,
    shown,
    text_of,
)
from vpsync.source.manifest import is_ours, manifest_from
from vpsync.source.positions import Positions, positions


def validate(
    names: Iterable[str],
    schemas: SchemaSet,
    *,
    strict: bool = False,
    namespace: str = "default",
    read_stdin: ReadStdin = read_stdin,
) -> Verdict:
    """All that is wrong in the named files; ``-`` is standard input.

    ``namespace`` is that of manifests that name none. A name that does not exist is a
    :class:`~vpsync.errors.SettingsError`.
    """
    check = _Check(schemas, strict, namespace, cache(read_stdin))
    for file in files_in(names):
        check.read(file)
    check.compare()
    return check.verdict()


@dataclass(slots=True)
class _Check:
    """What was read so far."""

    schemas: SchemaSet
    strict: bool
    namespace: str
    read_stdin: ReadStdin
    files: list[str] = field(default_factory=list)
    resources: list[tuple[Document, Resource]] = field(default_factory=list)
    judged: list[tuple[Document, Judged, ResourceKey | None]] = field(default_factory=list)
    faults: list[UnreadableFile] = field(default_factory=list)
    skipped: int = 0

    def read(self, file: str) -> None:
        """Judges every document of a file by itself."""
        self.files.append(file)
        for document in decoded(file, self.read_stdin):
            if isinstance(document, UnreadableFile):
                self.faults.append(document)
            elif is_ours(document.value):
                self._take(document)
            elif (told := judge_stranger(document.value)) is not None:
                self.judged.append((document, told, None))
            else:
                self.skipped += 1

    def _take(self, document: Document) -> None:
        manifest = manifest_from(document.value, document.origin, self.namespace)
        resource = judge(document.value, manifest, self.schemas, strict=self.strict)
        self.resources.append((document, resource))
        self.judged += [(document, told, manifest.key) for told in resource.problems]

    def compare(self) -> None:
        """Judges the resources beside each other."""
        for place, told in judge_together([resource for _, resource in self.resources]):
            document, resource = self.resources[place]
            self.judged.append((document, told, resource.manifest.key))

    def verdict(self) -> Verdict:
        """The findings in the order in which they are written."""
        order = {file: place for place, file in enumerate(dict.fromkeys(self.files))}
        located = [*self._located(), *(_unreadable(fault) for fault in self.faults)]
        located.sort(key=lambda pair: (order[pair[0]], *_written(pair[1])))
        return Verdict(
            findings=tuple(dict.fromkeys(finding for _, finding in located)),
            files=len(self.files),
            resources=len(self.resources),
            skipped=self.skipped,
        )

    def _located(self) -> Iterator[tuple[str, Finding]]:
        """Each problem with its place; a file is read again for that, and once."""
        last: dict[str, int] = {}
        for document, _, _ in self.judged:
            last[document.file] = max(document.number, last.get(document.file, 0))
        places = {
            file: positions(text_of(file, self.read_stdin), number + 1)
            for file, number in last.items()
        }
        for document, (severity, problem), key in self.judged:
            line, column = _place(document, places[document.file], problem)
            place = Place(shown(document.file), line, column, key)
            yield document.file, Finding(severity, problem.path, problem.message, place=place)


def _place(document: Document, places: list[Positions], problem: Problem) -> tuple[int, int]:
    if document.number < len(places):
        return places[document.number].of(document.pointer + problem.path)
    return document.line, 1


def _written(finding: Finding) -> tuple[int, int, str, str]:
    """Sorts the findings of a file by where they are written."""
    assert finding.place is not None, "an offline check finds everything in files"
    return finding.place.line, finding.place.column, finding.subject, finding.text


def _unreadable(unreadable: UnreadableFile) -> tuple[str, Finding]:
    fault: UnreadableDocument = unreadable.fault
    place = Place(shown(unreadable.file), fault.line or 1, fault.column or 1)
    return unreadable.file, Finding(Severity.ERROR, "", fault.text, place=place)
