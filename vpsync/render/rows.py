"""One row for each resource with something to tell: what happened to it, and why, in words."""

from __future__ import annotations

from dataclasses import dataclass

from vpsync.model.change import Action, Change, Effect
from vpsync.model.decision import Blocked, Finalized, InSync, Invalid, Unreadable
from vpsync.model.outcome import Applied, Failed, Result, Skipped
from vpsync.model.phrases import listed
from vpsync.model.reasons import Reason
from vpsync.model.resource import FINALIZER
from vpsync.redact.text import SAYS, with_quote
from vpsync.redact.unkept import told


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    """What was done or decided, in a word or two."""
    result: Result
    why: str


_DONE = {
    Action.CREATE: "created",
    Action.UPDATE: "changed",
    Action.ADOPT: "adopted",
    Action.DELETE: "deleted",
}


def row_of(result: Result) -> Row | None:
    """The row of a resource; None where it is in sync and ready, or has nothing to do with us."""
    match result.outcome:
        case Failed(_, error):
            return Row("failed", result, str(error))
        case Skipped(_, reason, message):
            return Row("skipped", result, f"{reason}: {message}")
        case Applied(change, _, unkept):
            text = told(unkept)
            why = _why(change) + (f"; VVP {text}" if text else "")
            return Row(_DONE[change.action], result, why)
    return _row_without_outcome(result)


def _row_without_outcome(result: Result) -> Row | None:
    match result.decision:
        case Change() as change:
            return Row(change.action.value, result, _why(change))
        case Blocked(_, reason, message) as blocked:
            why = f"{reason}: {with_quote(message, blocked.detail, SAYS)}"
            return Row("stalled" if reason.stalled else "waiting", result, why)
        case Invalid(_, problems):
            return Row("invalid", result, "; ".join(str(problem) for problem in problems))
        case Unreadable(_, _, message):
            return Row("unknown", result, message)
        case Finalized(manifest, message, _):
            # Without our finalizer it waits for others, and has nothing to do with us.
            ours = FINALIZER in manifest.finalizers
            return Row("released", result, message) if ours else None
        case InSync():
            return _row_in_sync(result)


def _row_in_sync(result: Result) -> Row | None:
    """VVP holds what is declared, but is not there yet, or did not get there."""
    ready = next(c for c in result.conditions or () if c.type == "Ready")
    if ready.status == "True":
        return None
    reason = Reason[ready.reason]
    word = "stalled" if reason.stalled else "waiting" if reason.waiting else "not ready"
    return Row(word, result, f"{reason}: {ready.message}")


def _why(change: Change) -> str:
    parts = [change.reason]
    places = [item.pointer for item in change.fields]
    if change.action is Action.UPDATE and places:
        parts.append(listed(places, 3))
    if change.effect is not Effect.NONE:
        parts.append(f"job: {change.effect.value}")
    if change.waits:
        parts.append(change.waits)
    if change.unmanaged:
        parts.append(f"{', '.join(change.unmanaged_pointers)} no longer declared, kept")
    return "; ".join(parts)
