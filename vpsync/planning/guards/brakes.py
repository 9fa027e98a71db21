"""Brakes: a pass that would change too much at once holds that class of changes back.

They are counted over all kinds before the first write, in each VVP namespace as well as over all, and
hold back a whole class (updates or deletes), so that one tenant's mass change does not stop another's fix.
Counted are changes that touch
a job or remove an object: not creations, adoptions, records, or deletions that began in an earlier pass.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from vpsync.model.change import Action, Cause, Change, Effect, Verb
from vpsync.model.condition import find_condition
from vpsync.model.decision import Blocked, Decision, InSync, Unreadable
from vpsync.model.reasons import Reason
from vpsync.planning.guards import canary, restarts
from vpsync.planning.guards.consent import is_released, way_out
from vpsync.planning.policy import Brakes, Policy


@dataclass(frozen=True, slots=True)
class BrakeResult:
    """Decisions after the brakes, and what tripped, in words."""

    decisions: tuple[Decision, ...]
    tripped: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    """What would have tripped and was let through by ``--force``."""


@dataclass(frozen=True, slots=True)
class _Hold:
    """Which changes are held back, and why."""

    counts: Callable[[Decision], bool]
    message: str
    namespaces: frozenset[str] | None = None
    """The VVP namespaces in which they are; None for all."""
    reason: Reason = Reason.HeldByBrake

    def holds(self, decision: Decision) -> bool:
        """Whether a decision is held back by it."""
        within = self.namespaces is None or _namespace(decision) in self.namespaces
        return within and self.counts(decision)


def guard(decisions: Sequence[Decision], policy: Policy) -> BrakeResult:
    """Holds back what goes beyond the limits."""
    brakes = policy.brakes
    deletions = _Class(_is_deletion, "deletions", brakes.max_delete_percent, brakes.max_deletes)
    updates = _Class(_is_update, "updates", brakes.max_update_percent)
    holds = [
        *_beyond(decisions, deletions, brakes),
        *_beyond(decisions, updates, brakes),
        *_known_to_disturb(decisions, policy),
        *_pruned_too_much(decisions, policy),
    ]
    if brakes.force:
        messages = tuple(hold.message for hold in holds)
        marked = [_beyond_a_brake(decision, holds) for decision in decisions]
        return BrakeResult(_spread(marked, policy), passed=messages)
    guarded = tuple(_held_back(decision, holds) for decision in decisions)
    # A brake whose changes somebody let go, each of them, holds nothing.
    idle = [
        hold for hold in holds if any(map(hold.holds, decisions)) and not _acts(hold, decisions)
    ]
    return BrakeResult(
        _spread(guarded, policy),
        tripped=tuple(hold.message for hold in holds if hold not in idle),
        passed=tuple(hold.message for hold in idle),
    )


@dataclass(frozen=True, slots=True)
class _Class:
    """A class of changes that is counted, and how many of them are too many."""

    counts: Callable[[Decision], bool]
    noun: str
    percent: float
    most: int | None = None

    def excess(self, number: int, owned: int, from_objects: int, where: str = "") -> str:
        """Why so many of so many owned objects are too many, in words; empty where they are not."""
        if self.most is not None and number > self.most:
            return f"{number} {self.noun}{where} are more than --max-deletes {self.most}"
        if owned < from_objects or number * 100 <= self.percent * owned:
            return ""
        flag = "--max-delete-percent" if self.noun == "deletions" else "--max-update-percent"
        return (
            f"{number} {self.noun} of {owned} objects{where} are more than {flag} {self.percent:g}"
        )


def _beyond(decisions: Sequence[Decision], kind: _Class, brakes: Brakes) -> list[_Hold]:
    """What is too much in one VVP namespace, and what is still too much over all of them.

    A namespace that changes too much is held by itself, so that one tenant's mass change does not hold
    another's single update. Only where that is not enough, everything is held.
    """
    owned = Counter(map(_namespace, filter(_is_owned, decisions)))
    numbers = Counter(map(_namespace, filter(kind.counts, decisions)))
    over_limit = {
        namespace
        for namespace in numbers
        if kind.excess(numbers[namespace], owned[namespace], brakes.from_objects)
    }
    over_all = kind.excess(numbers.total(), owned.total(), brakes.from_objects)
    if over_all and not over_limit:
        over_limit = {
            namespace
            for namespace in numbers
            if kind.excess(numbers[namespace], owned[namespace], 0)
        }
    remaining = sum(numbers[namespace] for namespace in numbers if namespace not in over_limit)
    if over_all and (
        len(numbers) == len(over_limit)
        or kind.excess(remaining, owned.total(), brakes.from_objects)
    ):
        return [_Hold(kind.counts, over_all)]
    return [
        _Hold(
            kind.counts,
            kind.excess(
                numbers[namespace],
                owned[namespace],
                0,
                f" in VVP namespace {namespace!r}",
            ),
            frozenset({namespace}),
        )
        for namespace in sorted(over_limit)
    ]


def _known_to_disturb(decisions: Sequence[Decision], policy: Policy) -> list[_Hold]:
    """Where VVP was seen to restart jobs for a marker, no other running job is marked.

    Under a namespace map, what a status tells counts in the VVP namespace of its own resource alone: a tenant
    may have written it.
    """
    telling = [one for one in decisions if canary.is_known_to_disturb(one.manifest)]
    if not telling or not any(map(_marks, decisions)):
        return []
    allowed = policy.tenancy.namespaces
    namespaces: frozenset[str] | None = None
    if allowed is not None:
        home = {one.manifest.key: allowed.get(one.manifest.key.namespace, ()) for one in telling}
        namespaces = frozenset(
            _namespace(one) for one in telling if _namespace(one) in home[one.manifest.key]
        )
    text = canary.TOLD.format(name="a job")
    return [_Hold(_marks, text, namespaces, reason=Reason.RestartsForMarker)]


def _pruned_too_much(decisions: Sequence[Decision], policy: Policy) -> list[_Hold]:
    text = _leaves_nothing(decisions) if policy.prune else None
    return [_Hold(_is_pruned, text)] if text else []


def _leaves_nothing(decisions: Sequence[Decision]) -> str | None:
    """Why this is not what somebody wants who prunes, if so: a path or a checkout went wrong."""
    kept = [decision for decision in decisions if not decision.manifest.pruned]
    if not kept:
        return "--prune without any manifest would delete everything that is ours"
    if any(map(_is_pruned, decisions)) and not any(map(_remains, kept)):
        return "--prune would delete everything that is ours"
    return None


def _remains(decision: Decision) -> bool:
    return isinstance(decision, Change) or _is_owned(decision)


def _marks(decision: Decision) -> bool:
    return isinstance(decision, Change) and canary.marks_a_running_job(decision)


def _is_pruned(decision: Decision) -> bool:
    return isinstance(decision, Change) and decision.manifest.pruned


def _beyond_a_brake(decision: Decision, holds: Iterable[_Hold]) -> Decision:
    """The decision, which says of a change that goes only because a flag passes the brakes which one."""
    hold = _holding(decision, holds)
    if hold is None or not isinstance(decision, Change):
        return decision
    return replace(decision, held_by=hold.message)


def _holding(decision: Decision, holds: Iterable[_Hold]) -> _Hold | None:
    """What holds a change back; None where nothing does, or somebody let it go."""
    if not isinstance(decision, Change):
        return None
    return next((h for h in holds if h.holds(decision) and not _lets_go(h, decision)), None)


def _held_back(decision: Decision, holds: Iterable[_Hold]) -> Decision:
    hold = _holding(decision, holds)
    if hold is None or not isinstance(decision, Change):
        return decision
    advice = "; look at `vpsync diff`, then run once with --force"
    if command := way_out(decision):
        advice += f", or let this change go alone: {command}"
    text = hold.message + (advice if hold.reason is Reason.HeldByBrake else "")
    return _blocked(decision, hold.reason, text)


def _acts(hold: _Hold, decisions: Iterable[Decision]) -> bool:
    """Whether it holds a change back that nobody let go."""
    return any(_holding(decision, (hold,)) is not None for decision in decisions)


def _lets_go(hold: _Hold, change: Change) -> bool:
    return hold.reason is Reason.HeldByBrake and is_released(change)


def _namespace(decision: Decision) -> str:
    """The VVP namespace that a decision is about; empty where it is about none."""
    match decision:
        case InSync(desired):
            return desired.platform.namespace
        case Change(platform=platform) | Blocked(platform=platform) | Unreadable(platform=platform):
            return platform.namespace if platform else ""
    return ""


def _blocked(change: Change, reason: Reason, message: str) -> Blocked:
    """The change put off; an object that is still to be adopted is not shown, for that claims it."""
    own = None if change.action is Action.ADOPT else change.observed
    return Blocked(
        change.manifest, reason, message, change.platform, own, change.desired, held=change
    )


def _spread(decisions: Sequence[Decision], policy: Policy) -> tuple[Decision, ...]:
    """At most so many restarts of running jobs in one pass; the others wait for the next."""
    late = restarts.put_off(decisions, policy.max_restarts)
    message = f"waits for the next pass: --max-restarts is {policy.max_restarts}"
    return tuple(
        _blocked(decision, Reason.Progressing, message)
        if number in late and isinstance(decision, Change)
        else decision
        for number, decision in enumerate(decisions)
    )


def _is_owned(decision: Decision) -> bool:
    if isinstance(decision, InSync):
        return True
    if isinstance(decision, Change):
        return decision.action in (Action.UPDATE, Action.DELETE)
    return isinstance(decision, Blocked) and decision.observed is not None


def _is_deletion(decision: Decision) -> bool:
    if not isinstance(decision, Change) or decision.action is not Action.DELETE:
        return False
    touches = decision.verb is Verb.DELETE or bool(decision.fields)
    return touches and not _has_begun(decision)


def _has_begun(change: Change) -> bool:
    ready = find_condition(change.manifest.status, "Ready") or {}
    return ready.get("reason") == Reason.Deleting.name


def _is_update(decision: Decision) -> bool:
    if not isinstance(decision, Change) or decision.action is not Action.UPDATE:
        return False
    return decision.cause is not Cause.RECORD and decision.effect is not Effect.NONE
