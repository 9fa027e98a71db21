"""What the annotations of a resource ask for.

Unknown values are refused, and then nothing is done to that resource: a misspelt ``Orphan`` must not
read as ``Delete``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from vpsync.kinds.deployment import DEPLOYMENT
from vpsync.kinds.savepoint import SAVEPOINT
from vpsync.model.json import Path, path_from_pointer
from vpsync.model.problem import Problem
from vpsync.model.resource import Manifest, annotation


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
    """VVP keeps the object; our marker and record are taken off."""


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

    def is_ignored(self, path: Path) -> bool:
        """Whether a path lies in one of the ignored fields."""
        return any(path[: len(field)] == field for field in self.ignored)


Value = TypeVar("Value")


class InvalidAnnotation(Exception):
    """An annotation has a value that means nothing; ``problem`` says which and what would."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


NONE = ResourceOptions()

NAMES = (
    "paused",
    "management-policy",
    "drift",
    "ignore-fields",
    "create-only-fields",
    "deletion-policy",
    "adopt",
    "delete-contents",
    "sync-mode",
)
"""The annotations that are instructions."""

_KEYS = frozenset(map(annotation, NAMES))


def read_options(manifest: Manifest) -> ResourceOptions:
    """The instructions of a resource; :class:`InvalidAnnotation` for the first that means nothing."""
    keeps = manifest.key.kind == SAVEPOINT.name
    default = DeletionPolicy.ORPHAN if keeps else DeletionPolicy.DELETE
    if _KEYS.isdisjoint(manifest.annotations):
        return ResourceOptions(deletion=default) if keeps else NONE
    paused = _read(manifest, "paused", _boolean, False)
    observe = _read(manifest, "management-policy", _observe, False)
    nothing: tuple[Path, ...] = ()
    fields = _read(manifest, "ignore-fields", _pointers, nothing)
    once = _read(manifest, "create-only-fields", _pointers, nothing)
    return ResourceOptions(
        paused=paused or observe,
        drift=_read(manifest, "drift", DriftMode, None),
        ignored=fields + once,
        deletion=_read(manifest, "deletion-policy", _deletion_of(manifest), default),
        adopt=manifest.note("adopt") or "",
        delete_contents=_read(manifest, "delete-contents", _boolean, False),
        replace=_read(manifest, "sync-mode", _replace, False),
    )


def _read(
    manifest: Manifest, name: str, understand: Callable[[str], Value], default: Value
) -> Value:
    text = manifest.note(name)
    if text is None:
        return default
    try:
        return understand(text)
    except ValueError as error:
        choices = getattr(understand, "__members__", None)
        means = f"choose of {', '.join(understand)}" if choices else str(error)  # type: ignore[arg-type]
        place = f"/metadata/annotations/{annotation(name).replace('/', '~1')}"
        raise InvalidAnnotation(Problem(place, f"means nothing here: {means}")) from None


def _deletion_of(manifest: Manifest) -> Callable[[str], DeletionPolicy]:
    """The deletion policies that a resource can have."""
    whom = f"for {manifest.key.kind}"
    known: tuple[DeletionPolicy, ...] = (DeletionPolicy.DELETE, DeletionPolicy.ORPHAN)
    if manifest.key.kind == DEPLOYMENT.name:
        known = tuple(DeletionPolicy)
    elif manifest.key.kind == SAVEPOINT.name and SAVEPOINT.registers(manifest):
        # The data is that of whoever took it, and may be what their job starts from.
        whom, known = "for a snapshot that was only registered", (DeletionPolicy.ORPHAN,)

    def understand(text: str) -> DeletionPolicy:
        if text not in known:
            raise ValueError(f"{whom}, choose of {', '.join(known)}")
        return DeletionPolicy(text)

    return understand


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError('write "true" or "false"')
    return text == "true"


def _observe(text: str) -> bool:
    if text != "Observe":
        raise ValueError("only Observe is known; leave it out to have the resource reconciled")
    return True


def _replace(text: str) -> bool:
    if text not in ("patch", "replace"):
        raise ValueError("choose of patch, replace")
    return text == "replace"


def _pointers(text: str) -> tuple[Path, ...]:
    """JSON pointers into the VVP object, comma-separated; none of them may mean the whole of it."""
    paths = tuple(path_from_pointer(part.strip()) for part in text.split(","))
    if not all(paths):
        raise ValueError(
            "write JSON pointers into the VVP object, such as /spec/template/spec/parallelism"
        )
    return paths
