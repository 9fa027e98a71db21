"""The report of a pass: rows for what happened, the counts, and the exit code."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from enum import IntEnum

from vpsync.model.change import Action, Cause, Change, Effect
from vpsync.model.decision import Blocked, Finalized, InSync, Invalid, Unreadable
from vpsync.model.outcome import Applied, Failed, Result, Skipped
from vpsync.model.reasons import Reason
from vpsync.model.resource import FINALIZER
from vpsync.status.conditions import conditions_of, failure_reason


class ExitCode(IntEnum):
    """What the exit code says (the table in the README)."""

    DONE = 0
    CHANGES = 1
    USAGE = 2
    PROBLEMS = 3
    HELD = 4
    UNREACHABLE = 5
    INTERRUPTED = 130
    TERMINATED = 143


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    result: Result
    why: str


@dataclass(frozen=True, slots=True)
class Report:
    """All that a pass has to tell."""

    results: tuple[Result, ...] = ()
    errors: tuple[str, ...] = ()
    """What could not be read or written, and is no resource's own fault."""
    skipped: int = 0
    """Documents of other kinds."""
    applied: bool = True
    """Whether the plan was carried out; False for a preview."""
    started_at: str = ""
    vvp_url: str = ""
    interrupted: bool = False
    decided: bool = True
    """Whether VVP told anything at all."""
    tripped: tuple[str, ...] = ()
    """Which brakes hold changes back, in words."""
    passed: tuple[str, ...] = ()
    """Which brakes were passed, and by which flag, in words."""
    moved: tuple[str, ...] = ()
    """In what VVP and the manifests depart from the reviewed plan; then nothing was carried out."""
    owner_id: str = "default"
    counts: Counter[str] = field(init=False)

    def __post_init__(self) -> None:
        # Several passes may change a resource in steps: that is one resource changed.
        done = {
            (_count_of(result), result.manifest.key)
            for result in self.results
            if isinstance(result.outcome, Applied)
        }
        others = (r for r in self.results if not isinstance(r.outcome, Applied))
        counts = Counter(name for name, _ in done) + Counter(map(_count_of, others))
        object.__setattr__(self, "counts", counts)

    @property
    def changes(self) -> list[Change]:
        """The planned changes, in order."""
        return [r.decision for r in self.results if isinstance(r.decision, Change)]

    @property
    def applied_changes(self) -> list[Result]:
        """What was done to VVP."""
        return [result for result in self.results if isinstance(result.outcome, Applied)]

    def after(self, earlier: Report) -> Report:
        """This report of a later pass, with what the earlier passes did put before it."""
        return replace(self, results=(*earlier.applied_changes, *self.results))

    @property
    def exit_code(self) -> ExitCode:
        """0, 3, 4 or 5; signals and ``--exit-code`` are the command line's to add."""
        if not self.decided:
            return ExitCode.UNREACHABLE
        if self.moved or (self.tripped and self.applied):
            return ExitCode.HELD
        if self.errors or any(is_problem(result) for result in self.results):
            return ExitCode.PROBLEMS
        return ExitCode.DONE

    @property
    def differs(self) -> bool:
        """Whether VVP is not as declared: changes, held back or not, and drift that is left alone."""
        if any(change.cause is not Cause.RECORD for change in self.changes) or self.tripped:
            return True
        blocked = (r.decision for r in self.results if isinstance(r.decision, Blocked))
        return any(decision.reason is Reason.Drifted for decision in blocked)

    @property
    def settled(self) -> bool:
        """Whether another pass has nothing to wait for: all is ready or has failed."""
        return not any(is_unsettled(result) for result in self.results)

    def waiting(self) -> dict[str, str]:
        """What is not ready yet, with the reason in words."""
        waiting = [result for result in self.results if is_unsettled(result)]
        rows = ((str(result.manifest.key), _row(result)) for result in waiting)
        return {key: row.why if row else "" for key, row in rows}

    def rows(self) -> list[Row]:
        """A row for everything but what is in sync and ready."""
        return [row for result in self.results if (row := _row(result)) is not None]

    def problems(self) -> list[Row]:
        """The rows of what a person has to mend."""
        return [row for r in self.results if is_problem(r) and (row := _row(r)) is not None]

    def summary(self) -> str:
        """The closing line, whose form is stable."""
        n = self.counts
        names = ("create", "update", "adopt", "delete", "record")
        if not any(n[name] for name in (*names, "failed", "blocked", "invalid")):
            return f"No changes. {_plural(n['inSync'], 'resource')} in sync."
        verbs = ("created", "changed", "adopted", "deleted")
        if not self.applied:
            verbs = ("to create", "to change", "to adopt", "to delete")
        parts = [f"{n[name]} {verb}" for name, verb in zip(names, verbs, strict=False)]
        parts.append(f"{n['inSync']} in sync")
        extra = {
            "record": "recorded",
            "failed": "failed",
            "blocked": "blocked",
            "invalid": "invalid",
        }
        parts += [f"{n[name]} {word}" for name, word in extra.items() if n[name]]
        return f"{'Applied' if self.applied else 'Plan'}: {', '.join(parts)}."


def is_problem(result: Result) -> bool:
    """Whether a person has something to mend: failed, unread, invalid or refused; no job's end."""
    if isinstance(result.outcome, Failed):
        # What VVP does not let go of yet is waited for, as when the lists show why.
        reason = failure_reason(result.outcome.change, result.outcome.error)
        return reason is not Reason.DeletionBlocked
    if isinstance(result.decision, Unreadable):
        return True
    conditions = conditions_of(result) or ()
    stalled = [c.reason for c in conditions if c.type == "Stalled"]
    return any(reason != Reason.JobFailed.name for reason in stalled)


def is_unsettled(result: Result) -> bool:
    """Whether a later pass may bring the resource further by itself."""
    if isinstance(result.decision, (Unreadable, Finalized)):
        return isinstance(result.decision, Unreadable)
    conditions = conditions_of(result)
    if conditions is None:
        return True
    return any(c.type == "Reconciling" for c in conditions)


def _count_of(result: Result) -> str:
    decision, outcome = result.decision, result.outcome
    if isinstance(outcome, Failed):
        return "failed"
    if isinstance(outcome, Skipped):
        return "blocked"
    if isinstance(decision, Change):
        return "record" if decision.cause is Cause.RECORD else decision.action.value
    if isinstance(decision, InSync) and result.manifest.host is not None:
        # It is no resource of its own, and its host is counted.
        return "asked"
    names = {InSync: "inSync", Blocked: "blocked", Unreadable: "blocked", Invalid: "invalid"}
    return names.get(type(decision), "released")


_DONE = {
    Action.CREATE: "created",
    Action.UPDATE: "changed",
    Action.ADOPT: "adopted",
    Action.DELETE: "deleted",
}


def _row(result: Result) -> Row | None:
    match result.outcome:
        case Failed(_, error):
            return Row("failed", result, str(error))
        case Skipped(_, reason, message):
            return Row("skipped", result, f"{reason}: {message}")
        case Applied(change, _):
            return Row(_DONE[change.action], result, _why(change))
    return _row_without_outcome(result)


def _row_without_outcome(result: Result) -> Row | None:
    match result.decision:
        case Change() as change:
            return Row(change.action.value, result, _why(change))
        case Blocked(_, reason, message):
            return Row("stalled" if reason.stalled else "waiting", result, f"{reason}: {message}")
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
    ready = next(c for c in conditions_of(result) or () if c.type == "Ready")
    if ready.status == "True":
        return None
    reason = Reason[ready.reason]
    word = "stalled" if reason.stalled else "waiting" if reason.waiting else "not ready"
    return Row(word, result, f"{reason}: {ready.message}")


def _why(change: Change) -> str:
    parts = [change.reason]
    places = [item.pointer for item in change.fields]
    if change.action is Action.UPDATE and places:
        more = f" and {len(places) - 3} more" if len(places) > 3 else ""
        parts.append(f"{', '.join(places[:3])}{more}")
    if change.effect is not Effect.NONE:
        parts.append(f"job: {change.effect.value}")
    if change.waits:
        parts.append(change.waits)
    if change.unmanaged:
        parts.append(f"{', '.join(change.unmanaged_pointers)} declared no more, kept")
    return "; ".join(parts)


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
