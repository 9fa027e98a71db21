"""What came of a change, and of a resource."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vpsync.errors import VpsyncError
from vpsync.model.change import Change
from vpsync.model.decision import Decision
from vpsync.model.observed import Observed
from vpsync.model.reasons import Reason
from vpsync.model.resource import Manifest


@dataclass(frozen=True, slots=True)
class Applied:
    """VVP accepted the change; ``observed`` is its answer, None for a deletion."""

    change: Change
    observed: Observed | None


@dataclass(frozen=True, slots=True)
class Failed:
    """The change was tried and did not succeed."""

    change: Change
    error: VpsyncError


@dataclass(frozen=True, slots=True)
class Skipped:
    """The change was not tried."""

    change: Change
    reason: Reason
    message: str


Outcome = Applied | Failed | Skipped


@dataclass(frozen=True, slots=True)
class Result:
    """What a pass decided about one resource, and what came of it."""

    decision: Decision
    outcome: Outcome | None = None
    """None where the decision was no change, or where the pass only previews."""
    memo: dict[str, Any] = field(
        default_factory=dict, init=False, compare=False, hash=False, repr=False
    )
    """What follows from it and was worked out already, for statuses, events, rows and exit code alike."""

    @property
    def manifest(self) -> Manifest:
        """The resource it is about."""
        return self.decision.manifest
