"""What a run permits, as the planner needs to know it."""

from __future__ import annotations

from dataclasses import dataclass


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
    intent_grace: float = 120.0
    """Seconds after which an unanswered savepoint request cannot be under way any more."""
