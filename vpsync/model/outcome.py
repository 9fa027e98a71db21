"""What came of a change, and of a resource."""

from __future__ import annotations

from dataclasses import dataclass

from vpsync.errors import VpsyncError
from vpsync.model.change import Change, FieldChange
from vpsync.model.condition import Condition
from vpsync.model.decision import Decision
from vpsync.model.observed import Observed, PlatformKey
from vpsync.model.reasons import Reason
from vpsync.model.resource import Manifest, ResourceKey


@dataclass(frozen=True, slots=True)
class Applied:
    """VVP accepted the change; ``observed`` is its answer, None for a deletion."""

    change: Change
    observed: Observed | None
    unkept: tuple[FieldChange, ...] = ()
    """What VVP does not hold as it was sent, but in a form of its own."""


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

Subject = tuple[ResourceKey, PlatformKey]
"""What a change is about: a resource and its VVP object. No plan has two changes of one subject, but
two objects may go on behalf of one resource, where files that are gone stood for both."""


def subject(change: Change) -> Subject:
    """The resource and the VVP object that a change is about."""
    return change.key, change.platform


@dataclass(frozen=True, slots=True)
class Result:
    """What a pass decided about one resource, and what came of it."""

    decision: Decision
    outcome: Outcome | None = None
    """None where the decision was no change, or where the pass only previews."""
    conditions: tuple[Condition, ...] | None = None
    """What follows for the resource's status; None where nothing was learnt and it stays as it is."""

    @property
    def manifest(self) -> Manifest:
        """The resource it is about."""
        return self.decision.manifest
