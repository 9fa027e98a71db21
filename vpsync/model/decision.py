"""What a pass decides about one resource: a change, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from vpsync.model.change import Change, FieldChange
from vpsync.model.finding import Finding
from vpsync.model.observed import Observed, PlatformKey
from vpsync.model.reasons import Reason
from vpsync.model.resource import Desired, Manifest


@dataclass(frozen=True, slots=True)
class InSync:
    """Everything that the manifest declares is so in VVP."""

    desired: Desired
    observed: Observed
    unkept: tuple[FieldChange, ...] = ()
    """Declared fields that VVP was sent and holds in a form of its own, or not at all."""
    unrun: bool = False
    """Whether its job is finished, and what was changed since has not run."""
    failure: str = ""
    """Why VVP gave its job up, in VVP's own words, which are cleaned where they are shown."""

    @property
    def manifest(self) -> Manifest:
        """The resource it is about."""
        return self.desired.manifest


@dataclass(frozen=True, slots=True)
class Blocked:
    """Nothing is done about a resource, for a reason that its status shows."""

    manifest: Manifest
    reason: Reason
    message: str
    platform: PlatformKey | None = None
    observed: Observed | None = None
    desired: Desired | None = None
    """What it wants, where the state of the observed object is to be judged all the same."""
    detail: str = ""
    """What VVP says about it, in its own words; it follows the message, cleaned where it is shown."""
    held: Change | None = None
    """The change that is put off or refused, where one would be made: shown with both sides."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """VVP could not be read, so nothing is decided and the status stays as it is."""

    manifest: Manifest
    platform: PlatformKey
    message: str


@dataclass(frozen=True, slots=True)
class Finalized:
    """A deletion is complete on VVP's side: the finalizer may go."""

    manifest: Manifest
    message: str
    left_alone: bool = False
    """Whether a VVP object of that name stays because it is not ours."""


@dataclass(frozen=True, slots=True)
class Invalid:
    """The manifest breaks its schema or a rule; nothing is done in VVP, nothing is pruned."""

    manifest: Manifest
    findings: tuple[Finding, ...]


Decision = Change | InSync | Blocked | Unreadable | Finalized | Invalid
