"""What the annotations of a resource can ask for: closed sets, and one resource's choice of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from vpsync.model.json import Path


class DriftMode(StrEnum):
    """What is done about a departure of VVP from a declared field."""

    CORRECT = "correct"
    WARN = "warn"
    IGNORE = "ignore"


class Adopt(StrEnum):
    """Which unmarked VVP objects are taken over."""

    NEVER = "never"
    MATCHING = "matching"
    """Those whose declared fields are equal already."""
    ALWAYS = "always"


class DeletionPolicy(StrEnum):
    """What the deletion of a resource does to VVP."""

    DELETE = "Delete"
    SUSPEND = "Suspend"
    """A savepoint by suspending first; then deleted."""
    ORPHAN = "Orphan"
    """VVP keeps the object; our marker and managed fields are taken off."""


@dataclass(frozen=True, slots=True)
class DeletionChoices:
    """The deletion policies that a resource can have."""

    policies: tuple[DeletionPolicy, ...]
    """The first is the one that holds where the annotation is missing."""
    subject: str
    """Whose policies they are, for people: ``VpDeployment``."""

    @property
    def default(self) -> DeletionPolicy:
        """The policy of a resource without the annotation."""
        return self.policies[0]


@dataclass(frozen=True, slots=True)
class ResourceOptions:
    """The annotations of one resource, understood."""

    paused: bool = False
    """``paused: "true"`` or ``management-policy: Observe``: looked at, never written."""
    drift: DriftMode | None = None
    ignored: tuple[Path, ...] = ()
    """``ignore-fields`` and ``create-only-fields``: sent at creation, never compared again."""
    deletion: DeletionPolicy = DeletionPolicy.DELETE
    adopt: str = ""
    """The id of the one VVP object to adopt, whatever differs."""
    delete_contents: bool = False
    replace: bool = False
    """``sync-mode: replace``: changes go as a PUT of the whole deployment."""
    run_on_change: bool = False
    """Whether a finished job runs again when its template changed."""
    release_brake: str = ""
    """The fingerprint of the one change that goes although a brake holds its class back."""
    _ignored: frozenset[Path] = field(init=False, repr=False, compare=False)
    """The same fields to look them up: an annotation has room for ten thousands."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ignored", frozenset(self.ignored))

    def is_ignored(self, path: Path) -> bool:
        """Whether a path lies in one of the ignored fields."""
        return bool(self._ignored) and any(
            path[:end] in self._ignored for end in range(len(path) + 1)
        )


DEFAULTS = ResourceOptions()
