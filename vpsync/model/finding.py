"""What an offline check finds in files, and where it is written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vpsync.model.problem import Problem
from vpsync.model.resource import ResourceKey


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    """A reconcile refuses it, or a strict check asks for better."""
    WARNING = "warning"
    """It may be meant so; a strict check does not let it pass."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem, and where it is written."""

    file: str
    """The name it was found under; ``stdin`` for standard input."""
    line: int
    """From 1."""
    column: int
    """From 1, in characters."""
    problem: Problem
    severity: Severity
    resource: ResourceKey | None = None
    """None where the text could not be read as a resource."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a check."""

    findings: tuple[Finding, ...] = ()
    """In the order of the files, and within a file of the lines."""
    files: int = 0
    """That were read."""
    resources: int = 0
    skipped: int = 0
    """Documents of other kinds."""
    untold_errors: int = 0
    """Beyond those in ``findings``, which does not grow without limit."""
    untold_warnings: int = 0

    @property
    def untold(self) -> int:
        """How many findings there are beyond those that are told one by one."""
        return self.untold_errors + self.untold_warnings

    def count(self, severity: Severity) -> int:
        """How many findings have a severity, the untold ones too."""
        untold = self.untold_errors if severity is Severity.ERROR else self.untold_warnings
        return untold + sum(1 for finding in self.findings if finding.severity is severity)
