"""What a check finds: one finding of one shape, whatever was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from vpsync.model.releases import Release

if TYPE_CHECKING:
    from vpsync.model.resource import ResourceKey


class Severity(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARNING = "warning"
    """It may be meant so, or works for now; a strict check does not let it pass."""
    ERROR = "error"
    """A pass refuses it, would fail, or would do less than it should."""


@dataclass(frozen=True, slots=True)
class SourceLocation:
    """Where something is written."""

    file: str
    """The name it was found under; ``stdin`` for standard input."""
    line: int
    """The line, counted from 1."""
    column: int
    """The column, counted in characters from 1."""
    resource: ResourceKey | None = None
    """None where the text could not be read as a resource."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that was found, an error where nothing else is said."""

    subject: str
    """What was looked at: the name of a check, or a JSON pointer (RFC 6901) into the whole manifest, such as
    ``/spec/spec/template/spec/parallelism``; the empty string is the manifest itself."""
    text: str
    """What was found, in one sentence; it never repeats a value that may be secret."""
    severity: Severity = Severity.ERROR
    next_step: str = ""
    """What to do about it; empty where there is nothing to do, or the text says it."""
    location: SourceLocation | None = None
    """Where it is written; None where it was not found in a file, or nobody asked for the line."""

    def __str__(self) -> str:
        return f"{self.subject or '/'}: {self.text}"


@dataclass(frozen=True, slots=True, order=True)
class NeededRelease:
    """The release of VVP that manifests need at least, and one field that needs it."""

    release: Release
    field: str
    """A JSON pointer into its manifest."""


@dataclass(frozen=True, slots=True)
class LintReport:
    """The result of checking files."""

    findings: tuple[Finding, ...] = ()
    """In the order of the files, and within a file of the lines."""
    files: int = 0
    """How many files were read."""
    resources: int = 0
    skipped: int = 0
    """How many documents are of other kinds."""
    untold_errors: int = 0
    """Beyond those in ``findings``, which does not grow without limit."""
    untold_warnings: int = 0
    needed: NeededRelease | None = None
    """None where VVP 2.4 will do, or nobody asked."""

    @property
    def untold(self) -> int:
        """How many findings there are beyond those that are told one by one."""
        return self.untold_errors + self.untold_warnings

    def count(self, severity: Severity) -> int:
        """How many findings have a severity, the untold ones too."""
        untold = self.untold_errors if severity is Severity.ERROR else self.untold_warnings
        return untold + sum(1 for finding in self.findings if finding.severity is severity)
