"""What the annotations of a resource ask for.

Unknown values are refused, and then nothing is done to that resource: a misspelt ``Orphan`` must not
read as ``Delete``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeVar

from vpsync.kinds import BY_NAME
from vpsync.model.finding import Finding
from vpsync.model.json import Path, path_from_pointer, pointer
from vpsync.model.options import (
    DEFAULTS,
    DeletionChoices,
    DeletionPolicy,
    DriftMode,
    ResourceOptions,
)
from vpsync.model.resource import Manifest, annotation

Value = TypeVar("Value")


class InvalidAnnotation(Exception):
    """An annotation has a value that means nothing; ``finding`` says which and what would."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


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
    "run-on-change",
    "release-brake",
)
"""The annotations that are instructions."""

_KEYS = frozenset(map(annotation, NAMES))


def read_options(manifest: Manifest) -> ResourceOptions:
    """The instructions of a resource; :class:`InvalidAnnotation` for the first that means nothing."""
    choices = BY_NAME[manifest.key.kind].deletion_choices(manifest)
    if _KEYS.isdisjoint(manifest.annotations):
        return DEFAULTS if choices.default is DEFAULTS.deletion else _by_default(choices.default)
    paused = _read(manifest, "paused", _boolean, False)
    observe = _read(manifest, "management-policy", _observe, False)
    nothing: tuple[Path, ...] = ()
    fields = _read(manifest, "ignore-fields", _pointers, nothing)
    once = _read(manifest, "create-only-fields", _pointers, nothing)
    return ResourceOptions(
        paused=paused or observe,
        drift=_read(manifest, "drift", DriftMode, None),
        ignored=fields + once,
        deletion=_read(manifest, "deletion-policy", _deletion_of(choices), choices.default),
        adopt=manifest.note("adopt") or "",
        delete_contents=_read(manifest, "delete-contents", _boolean, False),
        replace=_read(manifest, "sync-mode", _replace, False),
        run_on_change=_read(manifest, "run-on-change", _boolean, False),
        release_brake=manifest.note("release-brake") or "",
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
        means = f"choose one of {', '.join(understand)}" if choices else str(error)  # type: ignore[arg-type]
        path = pointer(("metadata", "annotations", annotation(name)))
        raise InvalidAnnotation(Finding(path, f"is not valid: {means}")) from None


@cache
def _by_default(deletion: DeletionPolicy) -> ResourceOptions:
    """The options of a resource that says nothing; one value for all of them."""
    return ResourceOptions(deletion=deletion)


def _deletion_of(choices: DeletionChoices) -> Callable[[str], DeletionPolicy]:
    def understand(text: str) -> DeletionPolicy:
        if text not in choices.policies:
            allowed = ", ".join(policy for policy in DeletionPolicy if policy in choices.policies)
            raise ValueError(f"for {choices.subject}, choose one of {allowed}")
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
        raise ValueError("choose one of patch, replace")
    return text == "replace"


def _pointers(text: str) -> tuple[Path, ...]:
    """JSON pointers into the VVP object, comma-separated; none of them may mean the whole of it."""
    paths = tuple(path_from_pointer(part.strip()) for part in text.split(","))
    if not all(paths):
        raise ValueError(
            "write JSON pointers into the VVP object, such as /spec/template/spec/parallelism"
        )
    return paths
