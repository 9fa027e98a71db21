"""What the state of a VVP object means for ``Ready``, as its kind judges it."""

from __future__ import annotations

from dataclasses import dataclass

from vpsync.model.condition import HELD
from vpsync.model.reasons import Reason


@dataclass(frozen=True, slots=True)
class Readiness:
    """What the state of an object that is in sync means for ``Ready``."""

    ready: str
    """``True``, ``False`` or ``Unknown``."""
    reason: Reason
    message: str
    detail: str = ""
    """What VVP says about it, in its own words; it follows the message, cleaned where it is shown."""
    advice: str = ""
    """What to do about it; it follows what VVP says."""


FAILURE = ("message", "reason", "failedAt")
"""What a status shows of a failure that VVP reports."""

READY = Readiness("True", Reason.Succeeded, HELD)
