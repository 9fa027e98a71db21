"""What a run permits, as the planner needs to know it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vpsync.model.json import Path


def _all_known(kind: str, path: Path) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Policy:
    """The part of the settings that decides what is planned, and the time it is planned at."""

    owner_id: str = "default"
    """Tells the objects of this cluster from those of another one that shares the VVP."""
    now: float = 0.0
    """Seconds since 1970, UTC."""
    transition_timeout: float = 600.0
    """Seconds for which a TRANSITIONING deployment is left alone."""
    confirm_state_loss: bool = False
    """Whether deployments may be created anew although their state is lost."""
    savepoint_retries: int = 0
    """How often a savepoint that VVP reported as FAILED is asked for again."""
    is_known: Callable[[str, Path], bool] = _all_known
    """Whether a path in a VVP object of a kind is one that the kind's schema describes."""
    intent_grace: float = 120.0
    """Seconds after which an unanswered savepoint request cannot be under way any more."""
