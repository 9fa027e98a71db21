"""The offline check: reads files, judges what is in them, and says where it is written.

No cluster, no VVP and no network is asked. Files are read as a pass reads them; only those in which
something is found are read a second time, for the places of the fields.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from vpsync.lint.releases import Releases
from vpsync.lint.rules import (
    Resource,
    judge,
    judge_ambiguities,
    judge_stranger,
    judge_together,
)
from vpsync.model.finding import Finding, LintReport, NeededRelease, Severity, SourceLocation
from vpsync.model.releases import Release
from vpsync.model.resource import ResourceKey
from vpsync.schema.load import SchemaSet
from vpsync.source.files import (
    Document,
    Files,
    ReadStdin,
    manifest_in,
    read_stdin,
)
from vpsync.source.positions import Positions, place_in, positions
from vpsync.source.strangers import is_ours
from vpsync.source.walk import UnreadableFile, shown

MAX_FINDINGS = 1_000
"""That are told one by one; of more there is only a count."""


def validate(
    names: Iterable[str],
    schemas: SchemaSet,
    *,
    strict: bool = False,
    release: Release | None = None,
    namespace: str = "",
    read_stdin: ReadStdin = read_stdin,
) -> LintReport:
    """All that is wrong in the named files; ``-`` is standard input.

    ``release`` is one of VVP that they are to be checked against.

    ``namespace`` is that of manifests that name none, and no other may be named; empty: ``default``,
    and any. A name that does not exist is a :class:`~vpsync.errors.SettingsError`.
    """
    files = Files(tuple(names), namespace, read_stdin)
    check = _Check(schemas, strict, files, Releases(schemas, release))
    for file in check.files.files():
        check.read(file)
    check.compare()
    return check.report()


@dataclass(slots=True)
class _Check:
    """What was read so far."""

    schemas: SchemaSet
    strict: bool
    files: Files
    releases: Releases
    order: list[str] = field(default_factory=list)
    """The files that were read."""
    resources: list[tuple[Document, Resource]] = field(default_factory=list)
    judged: list[tuple[Document, Finding, ResourceKey | None]] = field(default_factory=list)
    faults: list[UnreadableFile] = field(default_factory=list)
    untold: Counter[Severity] = field(default_factory=Counter)
    skipped: int = 0
    needed: NeededRelease | None = None

    def read(self, file: str | UnreadableFile) -> None:
        """Judges every document of a file by itself."""
        self.order.append(file.file if isinstance(file, UnreadableFile) else file)
        for document in self.files.decoded(file):
            if isinstance(document, UnreadableFile):
                self._note_fault(document)
            elif is_ours(document.value):
                self._take(document)
            elif (finding := judge_stranger(document.value, document.file)) is not None:
                self._note(document, finding, None)
            else:
                self.skipped += 1

    def _take(self, document: Document) -> None:
        manifest, findings = manifest_in(document, self.files.namespace)
        resource = judge(document.value, manifest, findings, self.schemas, strict=self.strict)
        self.resources.append((document, resource))
        kind = manifest.key.kind
        unknown = self.releases.findings(kind, resource.document)
        for finding in (*resource.findings, *unknown, *judge_ambiguities(document.doubts)):
            self._note(document, finding, manifest.key)
        if self.strict:
            newest = self.releases.needed(kind, resource.document)
            self.needed = max((one for one in (self.needed, newest) if one), default=None)

    def _note(self, document: Document, finding: Finding, key: ResourceKey | None) -> None:
        if len(self.judged) < MAX_FINDINGS:
            self.judged.append((document, finding, key))
        else:
            self.untold[finding.severity] += 1

    def _note_fault(self, fault: UnreadableFile) -> None:
        if len(self.faults) < MAX_FINDINGS:
            self.faults.append(fault)
        else:
            self.untold[Severity.ERROR] += 1

    def compare(self) -> None:
        """Judges the resources beside each other."""
        for index, finding in judge_together([resource for _, resource in self.resources]):
            document, resource = self.resources[index]
            self._note(document, finding, resource.manifest.key)

    def report(self) -> LintReport:
        """The findings in the order in which they are written."""
        order = {file: index for index, file in enumerate(dict.fromkeys(self.order))}
        located = [*self._located(), *(_unreadable(fault) for fault in self.faults)]
        located.sort(key=lambda pair: (order[pair[0]], *_written(pair[1])))
        return LintReport(
            findings=tuple(dict.fromkeys(finding for _, finding in located)),
            files=len(self.order),
            resources=len(self.resources),
            skipped=self.skipped,
            untold_errors=self.untold[Severity.ERROR],
            untold_warnings=self.untold[Severity.WARNING],
            needed=self.needed,
        )

    def _located(self) -> Iterator[tuple[str, Finding]]:
        """Each finding with its location; a file is read again for that, and once."""
        numbers: dict[str, set[int]] = {}
        for document, _, _ in self.judged:
            numbers.setdefault(document.file, set()).add(document.number)
        positions_of = {
            file: positions(self.files.text(file), wanted) for file, wanted in numbers.items()
        }
        for document, finding, key in self.judged:
            line, column = _position(document, positions_of[document.file], finding.subject)
            location = SourceLocation(shown(document.file), line, column, key)
            yield document.file, replace(finding, location=location)


def _position(
    document: Document, positions_of: Mapping[int, Positions], path: str
) -> tuple[int, int]:
    if document.number in positions_of:
        return place_in(positions_of[document.number], document.pointer + path)
    return document.line, 1


def _written(finding: Finding) -> tuple[int, int, str, str]:
    """Sorts the findings of a file by where they are written."""
    assert finding.location is not None, "an offline check finds everything in files"
    return finding.location.line, finding.location.column, finding.subject, finding.text


def _unreadable(fault: UnreadableFile) -> tuple[str, Finding]:
    location = SourceLocation(shown(fault.file), fault.line or 1, fault.column or 1)
    return fault.file, Finding("", fault.text, location=location)
