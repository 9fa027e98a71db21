"""The stages of a pass, in their order; how long each takes is told apart."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """One stage of a pass."""

    READ = "read"
    """The manifests are listed."""
    VALIDATE = "validate"
    OBSERVE = "observe"
    """VVP is listed."""
    PLAN = "plan"
    """What differs is found, and what is too much is held back."""
    APPLY = "apply"
    """VVP is written to."""
    PUBLISH = "publish"
    """Statuses and events are written."""
