"""One row for each resource with something to tell: what happened to it, and why, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from vpsync.kinds import BY_NAME
from vpsync.model.change import Action, Change, Effect, Verb
from vpsync.model.decision import Blocked, Decision, Finalized, InSync, Invalid, Unreadable
from vpsync.model.observed import Observed
from vpsync.model.outcome import Applied, Failed, Result, Skipped
from vpsync.model.phrases import listed
from vpsync.model.reasons import Reason
from vpsync.model.resource import FINALIZER
from vpsync.planning.upsert.finished import is_unrun
from vpsync.redact.text import SAYS, with_quote
from vpsync.redact.unkept import unkept_text

STATE_LOST = "its state is lost"
"""What a change does to a stateful job where a person agreed to it."""

NOT_RUN = "not run"
"""What is said of a finished job whose new version has not run."""


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


def planned_in(result: Result) -> Change | None:
    """The change that is planned for a resource, held back or not."""
    match result.decision:
        case Change() as change:
            return change
        case Blocked(held=held):
            return held
        case _:
            return None


def unrun_in(result: Result) -> str | None:
    """What is told of a finished job whose new version has not run; None for any other resource."""
    match result.outcome, result.decision:
        case Applied(observed=Observed() as observed), _:
            unrun = is_unrun(observed)
        case None, InSync() as decision:
            unrun = decision.unrun
        case _:
            return None
    ready = next((c for c in result.conditions or () if c.type == "Ready"), None)
    if not unrun or ready is None or ready.reason != Reason.Finished.name:
        return None
    return ready.message


def unrun_at_the_end(results: Iterable[Result]) -> list[tuple[Result, str]]:
    """The last result of each resource with a finished job whose new version has not run, and what is said
    of it: an earlier pass of the same run may have seen that, too, or before it ran."""
    last = {result.manifest.key: result for result in results}
    return [(result, text) for result in last.values() if (text := unrun_in(result)) is not None]


def rows_of(results: Sequence[Result]) -> list[Row]:
    """A row for each result with something to tell; what was changed and has not run is told in one."""
    unrun = {result.manifest.key: text for result, text in unrun_at_the_end(results)}
    changed = {
        result.manifest.key: number
        for number, result in enumerate(results)
        if isinstance(result.outcome, Applied)
    }
    rows = []
    for number, result in enumerate(results):
        row, key = row_of(result), result.manifest.key
        if row is None or (row.what == NOT_RUN and key in changed):
            continue
        if key in unrun and changed.get(key) == number:
            row = replace(row, why=f"{row.why}; {unrun[key]}")
        rows.append(row)
    return rows


def is_held(decision: Decision) -> bool:
    """Whether a brake holds a change back, so that a person has to confirm it."""
    return isinstance(decision, Blocked) and decision.reason is Reason.HeldByBrake


def row_of(result: Result) -> Row | None:
    """The row of a resource; None where it is in sync and ready, or has nothing to do with us."""
    match result.outcome:
        case Failed(_, error):
            return Row("failed", result, str(error))
        case Skipped(_, reason, message):
            return Row("skipped", result, f"{reason}: {message}")
        case Applied(change, _, unkept):
            text = unkept_text(unkept)
            return Row(_done(change), result, _why(change) + (f"; VVP {text}" if text else ""))
    return _row_without_outcome(result)


_BEFORE_THE_END = {"CANCELLED": "cancelling", "SUSPENDED": "suspending"}
"""A deletion that did not delete yet, by the state that was sent."""


def _done(change: Change) -> str:
    """What was done, in a word; deleted is only what VVP has let go of."""
    if change.leaves_in_vvp:
        return "left in VVP"
    if change.action is Action.DELETE and change.verb is not Verb.DELETE:
        state = next((item.after for item in change.fields), None)
        return _BEFORE_THE_END.get(str(state), "stopping")
    return "deleting" if is_before_the_end(change) else _DONE[change.action]


def is_before_the_end(change: Change) -> bool:
    """Whether it only begins a deletion: a job is stopped first, or VVP carries it out afterwards."""
    if change.action is not Action.DELETE or change.leaves_in_vvp:
        return False
    return change.verb is not Verb.DELETE or BY_NAME[change.platform.kind].goes_later


def planned_word(change: Change) -> str:
    """What is planned, in a word or two."""
    return "leave in VVP" if change.leaves_in_vvp else change.action.value


def _row_without_outcome(result: Result) -> Row | None:
    match result.decision:
        case Change() as change:
            return Row(planned_word(change), result, _why(change))
        case Blocked(_, reason, message) as blocked:
            why = f"{reason}: {with_quote(message, blocked.detail, SAYS)}"
            word = "stalled" if reason.stalled else "held" if is_held(blocked) else "waiting"
            return Row(word, result, why)
        case Invalid(_, findings):
            return Row("invalid", result, "; ".join(str(finding) for finding in findings))
        case Unreadable(_, _, message):
            return Row("unknown", result, message)
        case Finalized(manifest, message, _):
            # Without our finalizer it waits for others, and has nothing to do with us.
            ours = FINALIZER in manifest.finalizers
            return Row("released", result, message) if ours else None
        case InSync():
            return _row_in_sync(result)


def _row_in_sync(result: Result) -> Row | None:
    """VVP holds what is declared, but is not there yet, or did not get there, or has not run it."""
    ready = next(c for c in result.conditions or () if c.type == "Ready")
    if ready.status == "True":
        unrun = unrun_in(result)
        return Row(NOT_RUN, result, f"{ready.reason}: {unrun}") if unrun else None
    reason = Reason[ready.reason]
    word = "stalled" if reason.stalled else "waiting" if reason.waiting else "not ready"
    return Row(word, result, f"{reason}: {ready.message}")


def reason_in_words(change: Change) -> str:
    """Why it is done; where the VVP object has no name, also what it is."""
    kind = BY_NAME[change.platform.kind]
    if kind.named:
        return change.reason
    return f"{kind.subject(change.manifest, change.platform)}: {change.reason}"


def _why(change: Change) -> str:
    parts = [reason_in_words(change)]
    pointers = [item.pointer for item in change.fields]
    if change.action is Action.UPDATE and pointers:
        parts.append(listed(pointers, 3))
    if change.effect is not Effect.NONE:
        parts.append(f"job: {change.effect.value}")
    if change.loses_state:
        parts.append(STATE_LOST)
    if change.waits:
        parts.append(change.waits)
    if change.held_by:
        parts.append(f"beyond a brake: {change.held_by}")
    if change.unmanaged:
        parts.append(f"{', '.join(change.unmanaged_pointers)} no longer declared, kept")
    return "; ".join(parts)
