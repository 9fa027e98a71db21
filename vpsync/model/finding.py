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

    def count(self, severity: Severity) -> int:
        """How many findings have a severity."""
        return sum(1 for finding in self.findings if finding.severity is severity)
