"""When the next pass of a loop comes: soon where something is under way, else after the interval."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from vpsync.model.decision import Blocked
from vpsync.model.outcome import Applied, Result
from vpsync.model.reasons import Reason
from vpsync.render.report import Report, is_unsettled
from vpsync.status.conditions import observed_of

SOON = 1.0
"""Seconds to the next pass where something moves."""

GROWTH = 1.5
"""By how much that grows from pass to pass while nothing moves: what VVP does is noticed after half as long
again as it took, at the latest. Measured, doubling is seconds slower where VVP takes a few."""

REMEMBERED = 1000
"""Situations that are remembered."""


@dataclass(slots=True)
class Pace:
    """Remembers how things were, so that it is seen whether they move.

    What comes again and again is no movement: where somebody sets a field back as often as it is corrected,
    passes do not chase each other.
    """

    interval: float
    """Seconds between passes where nothing is under way."""
    _seen: set[int] = field(default_factory=set, init=False)
    """The situations since the last one in which nothing was under way."""
    _step: float = field(default=SOON, init=False)

    def after(self, report: Report) -> float:
        """Seconds from the end of this pass to the next."""
        situation = frozenset(map(_state, filter(_is_under_way, report.results)))
        if not situation or any(map(_is_spread, report.results)):
            self._seen.clear()
            self._step = self.interval
        elif hash(situation) in self._seen:
            self._step *= GROWTH
        else:
            self._step = SOON
            if len(self._seen) >= REMEMBERED:
                self._seen.clear()
            self._seen.add(hash(situation))
        self._step = min(self._step, self.interval)
        return self._step


def _is_under_way(result: Result) -> bool:
    """Whether a pass changed the object, or a later one may come further by itself."""
    return isinstance(result.outcome, Applied) or is_unsettled(result)


def _is_spread(result: Result) -> bool:
    """Whether a restart waits for the next pass so that not all come at once: the interval is their pace."""
    decision = result.decision
    if not isinstance(decision, Blocked) or decision.held is None:
        return False
    return decision.reason is Reason.Progressing


def _state(result: Result) -> Hashable:
    """How a resource is, without messages, which may hold numbers and times."""
    manifest, outcome = result.manifest, result.outcome
    conditions = tuple((c.type, c.status, c.reason) for c in result.conditions or ())
    done: tuple[str, ...] = ()
    if isinstance(outcome, Applied):
        change = outcome.change
        done = (change.action.value, change.verb.value, *(str(one.path) for one in change.fields))
    observed = observed_of(result)
    state = observed.state if observed is not None else ""
    return manifest.key, manifest.generation, conditions, state, done
