"""A planned change: one write to VVP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from vpsync.model.json import Json, JsonObject, Path, nested, pointer
from vpsync.model.observed import Observed, PlatformKey
from vpsync.model.resource import Desired, Manifest, ResourceKey


class Action(StrEnum):
    """What a change is for."""

    CREATE = "create"
    UPDATE = "update"
    ADOPT = "adopt"
    DELETE = "delete"


class Cause(StrEnum):
    """Why VVP differs."""

    INTENT = "intent"
    """The resource changed."""
    DRIFT = "drift"
    """Somebody changed VVP."""
    RECORD = "record"
    """No value differs: only our own record on the VVP object does."""


class Effect(StrEnum):
    """What the change does to a running job."""

    NONE = "none"
    START = "start"
    STOP = "stop"
    RESTART_WITH_SAVEPOINT = "restart-with-savepoint"
    RESTART_WITHOUT_SAVEPOINT = "restart-without-savepoint"


class Verb(StrEnum):
    """How the change is sent."""

    POST = "POST"
    PATCH = "PATCH"
    PUT = "PUT"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One place in a VVP object; None stands for absent on either side."""

    path: Path
    before: Json
    after: Json
    sensitive: bool = False
    """Whether neither side may ever be shown: the kind says so when the change is made."""

    @property
    def pointer(self) -> str:
        """The place as a JSON pointer into the VVP object."""
        return pointer(self.path)


@dataclass(frozen=True, slots=True)
class Change:
    """One write to VVP, complete: table, JSON, event and request body all come from it."""

    action: Action
    verb: Verb
    manifest: Manifest
    platform: PlatformKey
    reason: str
    """One clause for people: why this is done."""
    cause: Cause = Cause.INTENT
    effect: Effect = Effect.NONE
    fields: tuple[FieldChange, ...] = ()
    observed: Observed | None = None
    """The VVP object as it was when the change was planned; None for a creation."""
    desired: Desired | None = None
    """What the manifest wants; None for a deletion."""
    metadata: Mapping[str, str | None] = field(default_factory=dict)
    """Our own annotations on the VVP object, written in the same request; None takes one off."""
    whole: JsonObject | None = None
    """The complete object that is sent, where it is replaced; None where the fields are."""
    waits: str = ""
    """What is left for a later pass, in words."""
    kept: Mapping[Path, str] = field(default_factory=dict)
    """What VVP keeps in a form of its own and this change does not send, by digests of both sides."""
    unmanaged: tuple[Path, ...] = ()
    """Fields that the manifest declares no more: they keep their value and are VVP's from now on."""
    loses_state: bool = False
    """Whether a stateful job loses its state by it, as a person agreed to."""
    held_by: str = ""
    """Which brake would hold it back, had no flag passed them all, in words; empty for none."""

    @property
    def key(self) -> ResourceKey:
        """The resource it is for."""
        return self.manifest.key

    @property
    def leaves_in_vvp(self) -> bool:
        """Whether it ends a resource and leaves its object in VVP: only our annotations are taken off."""
        return self.action is Action.DELETE and self.verb is not Verb.DELETE and not self.fields

    @property
    def unmanaged_pointers(self) -> list[str]:
        """The unmanaged fields as JSON pointers into the VVP object."""
        return [pointer(path) for path in self.unmanaged]

    def patch(self) -> dict[str, Json]:
        """The JSON merge patch (RFC 7386) that the field changes and annotations make."""
        values: dict[Path, Json] = {change.path: change.after for change in self.fields}
        values |= {("metadata", "annotations", key): text for key, text in self.metadata.items()}
        return nested(values)
