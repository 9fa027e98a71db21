"""Brakes: a pass that would change too much at once holds that class of changes back.

They are counted over all kinds before the first write, and hold back a whole class (updates or
deletes), so that one tenant's mass deletion does not stop another's fix. Counted are changes that touch
a job or remove an object: not creations, adoptions, records, or deletions that began in an earlier pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from vpsync.model.change import Action, Cause, Change, Effect, Verb
from vpsync.model.condition import find_condition
from vpsync.model.decision import Blocked, Decision, InSync
from vpsync.model.reasons import Reason
from vpsync.planning.guards import canary
from vpsync.planning.policy import Brakes, Policy

_RESTARTS = (Effect.RESTART_WITH_SAVEPOINT, Effect.RESTART_WITHOUT_SAVEPOINT)


@dataclass(frozen=True, slots=True)
class Guarded:
    """Decisions after the brakes, and what tripped, in words."""

    decisions: tuple[Decision, ...]
    tripped: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    """What would have tripped and was let through by ``--force``."""


def guard(decisions: Sequence[Decision], policy: Policy) -> Guarded:
    """Holds back what goes beyond the limits."""
    brakes = policy.brakes
    owned = sum(1 for decision in decisions if _is_owned(decision))
    held, told = [], []
    for counts, noun, percent, most in (
        (_is_deletion, "deletions", brakes.max_delete_percent, brakes.max_deletes),
        (_is_update, "updates", brakes.max_update_percent, None),
    ):
        number = sum(1 for decision in decisions if counts(decision))
        reason = _excess(number, owned, noun, percent, most, brakes)
        if reason is not None:
            held.append(counts)
            told.append(reason)
    known = canary.is_known_to_disturb(decision.manifest for decision in decisions)
    if known and any(map(_marks, decisions)):
        held.append(_marks)
        told.append(canary.TOLD.format(name="a job"))
    if policy.prune and (reason := _leaves_nothing(decisions)) is not None:
        held.append(_is_pruned)
        told.append(reason)
    if brakes.force:
        return Guarded(_spread(decisions, policy), passed=tuple(told))
    left = tuple(_held_back(decision, held, told) for decision in decisions)
    return Guarded(_spread(left, policy), tripped=tuple(told))


def _excess(
    number: int, owned: int, noun: str, percent: float, most: int | None, brakes: Brakes
) -> str | None:
    if most is not None and number > most:
        return f"{number} {noun} are more than --max-deletes {most}"
    if owned >= brakes.from_objects and number * 100 > percent * owned:
        flag = "--max-delete-percent" if noun == "deletions" else "--max-update-percent"
        return f"{number} {noun} of {owned} objects are more than {flag} {percent:g}"
    return None


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


def _held_back(
    decision: Decision, held: Iterable[Callable[[Decision], bool]], told: Sequence[str]
) -> Decision:
    for counts, reason in zip(held, told, strict=True):
        if isinstance(decision, Change) and counts(decision):
            if counts is _marks:
                return _blocked(decision, Reason.RestartsForMarker, reason)
            message = f"{reason}; look at `vpsync diff`, then run once with --force"
            return _blocked(decision, Reason.HeldByBrake, message)
    return decision


def _blocked(change: Change, reason: Reason, message: str) -> Blocked:
    """The change put off; an object that is still to be adopted is not shown, for that claims it."""
    own = None if change.action is Action.ADOPT else change.observed
    return Blocked(change.manifest, reason, message, change.platform, own)


def _spread(decisions: Sequence[Decision], policy: Policy) -> tuple[Decision, ...]:
    """At most so many restarts of running jobs in one pass; the others wait for the next."""
    spread: list[Decision] = []
    restarts = 0
    for decision in decisions:
        if isinstance(decision, Change) and decision.effect in _RESTARTS:
            restarts += 1
            if 0 < policy.max_restarts < restarts:
                message = f"waits for the next pass: --max-restarts is {policy.max_restarts}"
                decision = _blocked(decision, Reason.Progressing, message)
        spread.append(decision)
    return tuple(spread)


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
