"""When the next pass of a loop comes: soon where something is under way, else after the interval."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from vpsync.model.change import Verb
from vpsync.model.decision import Blocked
from vpsync.model.outcome import Applied, Failed, Result
from vpsync.model.reasons import Reason
from vpsync.render.report import Report, is_unsettled
from vpsync.status.conditions import observed_of

SOON = 1.0
"""Seconds to the next pass where something moves."""

AT_ONCE = 0.2
"""The same where VVP was just told to delete something: all that is left is to see that it is gone."""

GROWTH = 1.15
"""By how much that grows from pass to pass while vpsync only waits: what VVP does is noticed a second and
15 % of the time that it took later, at the latest. With half as long again, people waited for seconds more
wherever VVP takes some. Pauses reach a minute after seven minutes and thirty passes."""

RETREAT = 1.5
"""The same where passes try again what they have tried: each try costs VVP something, or restarts a job."""

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
    _retries: bool = field(default=False, init=False)
    """Whether something was tried again since the last movement."""

    def after(self, report: Report) -> float:
        """Seconds from the end of this pass to the next."""
        situation = frozenset(map(_state, filter(_is_under_way, report.results)))
        if not situation or any(map(_is_spread, report.results)):
            self._seen.clear()
            self._step = self.interval
        elif hash(situation) in self._seen:
            self._retries = self._retries or any(map(_is_try, report.results))
            self._step = max(SOON, self._step * (RETREAT if self._retries else GROWTH))
        else:
            self._retries = False
            self._step = AT_ONCE if any(map(_is_deleted, report.results)) else SOON
            if len(self._seen) >= REMEMBERED:
                self._seen.clear()
            self._seen.add(hash(situation))
        self._step = min(self._step, self.interval)
        return self._step


def _is_under_way(result: Result) -> bool:
    """Whether a pass changed the object, or a later one may come further by itself."""
    return isinstance(result.outcome, Applied) or is_unsettled(result)


def _is_try(result: Result) -> bool:
    """Whether a pass sent something for it."""
    return isinstance(result.outcome, (Applied, Failed))


def _is_deleted(result: Result) -> bool:
    """Whether VVP was told to delete its object, and did not refuse."""
    return isinstance(result.outcome, Applied) and result.outcome.change.verb is Verb.DELETE


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
