"""What a check finds: one finding of one shape, whatever was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vpsync.model.releases import Release
from vpsync.model.resource import ResourceKey


class Severity(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARNING = "warning"
    """It may be meant so, or works for now; a strict check does not let it pass."""
    ERROR = "error"
    """A pass refuses it, would fail, or would do less than it should."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is written."""

    file: str
    """The name it was found under; ``stdin`` for standard input."""
    line: int
    """The line, counted from 1."""
    column: int
    """The column, counted in characters from 1."""
    resource: ResourceKey | None = None
    """None where the text could not be read as a resource."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found."""

    severity: Severity
    subject: str
    """What was looked at: the name of a check, or a JSON pointer into a manifest."""
    text: str
    """What was found, in one sentence; it never repeats a value that may be secret."""
    next_step: str = ""
    """What to do about it; empty where there is nothing to do, or the text says it."""
    place: Place | None = None
    """Where it is written; None where it was not found in a file."""


@dataclass(frozen=True, slots=True, order=True)
class Needed:
    """The release of VVP that manifests need at least, and one field that needs it."""

    release: Release
    field: str
    """A JSON pointer into its manifest."""


@dataclass(frozen=True, slots=True)
class Verdict:
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
    needed: Needed | None = None
    """None where VVP 2.4 will do, or nobody asked."""

    @property
    def untold(self) -> int:
        """How many findings there are beyond those that are told one by one."""
        return self.untold_errors + self.untold_warnings

    def count(self, severity: Severity) -> int:
        """How many findings have a severity, the untold ones too."""
        untold = self.untold_errors if severity is Severity.ERROR else self.untold_warnings
        return untold + sum(1 for finding in self.findings if finding.severity is severity)
