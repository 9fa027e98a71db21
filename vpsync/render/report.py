"""The report of a pass: what was decided and done, the counts, and the exit code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import NoneType

from vpsync.errors import PlatformFault, PlatformUnreachable
from vpsync.model.change import Action, Cause, Change
from vpsync.model.decision import Blocked, Decision, Finalized, InSync, Invalid, Unreadable
from vpsync.model.exit_code import ExitCode
from vpsync.model.outcome import Applied, Failed, Result, Skipped
from vpsync.model.phrases import counted
from vpsync.model.reasons import Reason
from vpsync.redact.redactor import Redactor
from vpsync.render.rows import Row, is_before_the_end, is_held, row_of, rows_of


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a pass, and all that is said about it."""

    results: tuple[Result, ...] = ()
    errors: tuple[str, ...] = ()
    """What could not be read or written, and is no resource's own fault."""
    refused: int = 0
    """How many of these are that VVP refuses a token; the resources tell of it, too."""
    skipped: int = 0
    """How many documents are of other kinds."""
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
    """In what VVP and the manifests depart from the reviewed plan.

    Where that was seen before the first change, nothing was carried out; else the changes of the resources
    that moved meanwhile were not.
    """
    owner_id: str = "default"
    unanswered: tuple[Change, ...] = ()
    """What earlier passes of the run sent to VVP without an answer, and is not known to be done."""
    plan_keys: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """What digests of masked values are made with, so that a plan binds them, by VVP namespace."""
    counts: Counter[str] = field(init=False)

    def __post_init__(self) -> None:
        # Several passes may change a resource in steps: that is one resource changed.
        done = {
            (_count_of(result), result.manifest.key)
            for result in self.results
            if isinstance(result.outcome, Applied)
        }
        others = (r for r in self.results if not isinstance(r.outcome, Applied))
        # What was begun and has come to its end is deleted, and no resource more.
        ended = {r.manifest.key for r in self.results if isinstance(r.decision, Finalized)}
        done |= {("delete", key) for name, key in done if name == "deleting" and key in ended}
        done -= {("deleting", key) for name, key in done if name == "delete"}
        counts = Counter(name for name, _ in done) + Counter(map(_count_of, others))
        object.__setattr__(self, "counts", counts)

    @property
    def changes(self) -> list[Change]:
        """The planned changes, in order."""
        return [r.decision for r in self.results if isinstance(r.decision, Change)]

    @property
    def applied_changes(self) -> list[Result]:
        """The results of the changes that were carried out."""
        return [result for result in self.results if isinstance(result.outcome, Applied)]

    @property
    def lost_answers(self) -> tuple[Change, ...]:
        """What was sent in this run or an earlier pass of it, and nobody knows what became of it."""
        return (*self.unanswered, *_unanswered(self))

    def done_alone(self) -> Report:
        """What was carried out, without what a pass after it was to decide and could not."""
        return replace(self, results=tuple(self.applied_changes), errors=())

    def after(self, earlier: Report) -> Report:
        """This report of a later pass, with what the earlier passes did put before it.

        What they sent without an answer, and this one found done, was done by them.
        """
        finished, unfinished = self._found_done(earlier.lost_answers)
        results = (*earlier.applied_changes, *finished, *self.results)
        return replace(self, results=results, unanswered=unfinished)

    def _found_done(self, sent: Iterable[Change]) -> tuple[tuple[Result, ...], tuple[Change, ...]]:
        """Of changes that were sent, those that this pass found done, and the others."""
        here = {result.manifest.key: result for result in self.results}
        finished, unanswered = [], []
        for change in sent:
            result = here.get(change.key)
            if result is None and change.manifest.host is not None:
                # What a resource asked for once is no longer planned once it is done.
                result = here.get(change.manifest.host)
            decision = result.decision if result is not None else None
            if change.action is Action.DELETE and _is_gone(change, decision):
                finished.append(Result(change, Applied(change, None), ()))
            elif change.action is not Action.DELETE and isinstance(decision, InSync) and result:
                done = Applied(change, decision.observed)
                finished.append(Result(change, done, result.conditions))
            else:
                unanswered.append(change)
        return tuple(finished), tuple(unanswered)

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
    def only_stalled(self) -> bool:
        """Whether all that there is to mend is in single resources, whose statuses say it.

        A list that did not arrive, a write that may go well next time, a token that VVP refuses and a
        fault of vpsync are more than that.
        """
        problems = [result for result in self.results if is_problem(result)]
        return not self.errors and all(is_stalled_alone(result) for result in problems)

    def failed_jobs(self, *, changed_only: bool) -> list[str]:
        """The resources whose job has failed; with ``changed_only`` of those that this run changed."""
        changed = {
            result.manifest.key
            for result in self.applied_changes
            if isinstance(result.decision, Change) and result.decision.cause is not Cause.RECORD
        }
        failed = (result.manifest.key for result in self.results if is_failed_job(result))
        return [str(key) for key in dict.fromkeys(failed) if not changed_only or key in changed]

    @property
    def differs(self) -> bool:
        """Whether VVP is not as declared: changes, held back or not, and drift that is left alone."""
        if any(change.cause is not Cause.RECORD for change in self.changes) or self.tripped:
            return True
        blocked = (r.decision for r in self.results if isinstance(r.decision, Blocked))
        return any(decision.reason is Reason.Drifted for decision in blocked)

    @property
    def waits_for_people(self) -> bool:
        """Whether nothing was done, and no later pass does anything before a person has done something."""
        unsettled = [result.decision for result in self.results if is_unsettled(result)]
        return not self.applied_changes and all(
            isinstance(decision, Blocked) and decision.reason in _FOR_PEOPLE
            for decision in unsettled
        )

    @property
    def settled(self) -> bool:
        """Whether another pass has nothing to wait for: all is ready or has failed."""
        return not any(is_unsettled(result) for result in self.results)

    def waiting(self) -> dict[str, str]:
        """What is not ready yet, with the reason in words."""
        waiting = [result for result in self.results if is_unsettled(result)]
        rows = ((str(result.manifest.key), row_of(result)) for result in waiting)
        return {key: row.why if row else "" for key, row in rows}

    def rows(self) -> list[Row]:
        """A row for everything but what is in sync and ready."""
        return rows_of(self.results)

    def doubts(self) -> list[str]:
        """What is probably a typo in a manifest, a line each."""
        manifests = {result.manifest.key: result.manifest for result in self.results}
        return [f"{key}: {doubt}" for key, one in manifests.items() for doubt in one.doubts]

    def problems(self) -> list[Row]:
        """The rows of what a person has to mend."""
        return [row for r in self.results if is_problem(r) and (row := row_of(r)) is not None]

    def _told_apart(self) -> Counter[str]:
        """Resources that nothing is to be done to, and that are not simply in sync: a deletion that came
        to its end, what VVP holds as declared and did not get to run, and what a brake holds back."""
        rows = [row for row in self.rows() if row.result.outcome is None]
        released = [row for row in rows if row.what == "released"]
        stalled = [
            row for row in rows if row.what == "stalled" and isinstance(row.result.decision, InSync)
        ]
        held = sum(result.outcome is None and is_held(result.decision) for result in self.results)
        return Counter(letGo=len(released), notWell=len(stalled), held=held)

    def summary(self) -> str:
        """The closing line, whose form is stable."""
        n = self.counts + self._told_apart()
        # What VVP holds as declared and did not get to run is in sync, and counts as that alone.
        n["inSync"] -= n["notWell"]
        n["blocked"] -= n["held"]
        names = ("create", "update", "adopt", "delete", "record")
        others = ("failed", "blocked", "invalid", "letGo", "notWell", "deleting", "left", "held")
        if not any(n[name] for name in (*names, *others)):
            return f"No changes. {counted(n['inSync'], 'resource')} in sync."
        verbs = ("created", "changed", "adopted", "deleted")
        if not self.applied:
            verbs = ("to create", "to change", "to adopt", "to delete")
        parts = [f"{n[name]} {verb}" for name, verb in zip(names, verbs, strict=False)]
        parts.append(f"{n['inSync']} in sync")
        extra = {
            "record": "recorded",
            "deleting": "being deleted",
            "left": "left in VVP" if self.applied else "to leave in VVP",
            "failed": "failed",
            "held": "held back",
            "blocked": "blocked",
            "invalid": "invalid",
            "letGo": "released",
            "notWell": "stalled",
        }
        parts += [f"{n[name]} {word}" for name, word in extra.items() if n[name]]
        return f"{'Applied' if self.applied else 'Plan'}: {', '.join(parts)}."


def _is_gone(change: Change, decision: Decision | None) -> bool:
    """Whether a decision shows that what was to be deleted is there no longer."""
    if isinstance(decision, (Finalized, NoneType)):
        return True
    if not isinstance(decision, Change) or decision.action is not Action.CREATE:
        return False
    # A resource that moves is made in its new place only when it has left the old one.
    return decision.platform != change.platform


def _unanswered(report: Report) -> list[Change]:
    """What a pass sent without learning whether it was done."""
    return [
        result.outcome.change
        for result in report.results
        if isinstance(result.outcome, Failed)
        and isinstance(result.outcome.error, (PlatformUnreachable, PlatformFault))
    ]


def is_problem(result: Result) -> bool:
    """Whether a person has something to mend: failed, unread, invalid or refused; no job's end."""
    conditions = result.conditions or ()
    if isinstance(result.outcome, Failed):
        # What VVP does not let go of yet is waited for, as when the lists show why.
        return all(c.reason != Reason.DeletionBlocked.name for c in conditions)
    if isinstance(result.decision, Unreadable):
        return True
    stalled = [c.reason for c in conditions if c.type == "Stalled"]
    return any(reason != Reason.JobFailed.name for reason in stalled)


def is_stalled_alone(result: Result) -> bool:
    """Whether a resource waits for a person, and nothing but that resource has to be mended."""
    stalled = {c.reason for c in result.conditions or () if c.type == "Stalled"}
    others = {Reason.Unauthorized.name, Reason.InternalError.name}
    return bool(stalled - others) and not isinstance(result.decision, Unreadable)


def is_failed_job(result: Result) -> bool:
    """Whether VVP gave the job of a resource up."""
    stalled = (c.reason for c in result.conditions or () if c.type == "Stalled")
    return Reason.JobFailed.name in stalled


_FOR_PEOPLE = (Reason.DeletionBlocked, Reason.HeldByBrake)
"""What waits until a person did something, and not until VVP has."""


def is_unsettled(result: Result) -> bool:
    """Whether a later pass may bring the resource further by itself."""
    if isinstance(result.decision, (Unreadable, Finalized)):
        return isinstance(result.decision, Unreadable)
    if result.conditions is None:
        return True
    return any(c.type == "Reconciling" for c in result.conditions)


def _count_of(result: Result) -> str:
    decision, outcome = result.decision, result.outcome
    if isinstance(outcome, Failed):
        return "failed"
    if isinstance(outcome, Skipped):
        return "blocked"
    if isinstance(outcome, Applied) and is_before_the_end(outcome.change):
        return "deleting"
    if isinstance(decision, Change) and decision.leaves_in_vvp:
        return "left"
    if isinstance(decision, Change):
        return "record" if decision.cause is Cause.RECORD else decision.action.value
    if isinstance(decision, InSync) and result.manifest.host is not None:
        # It is no resource of its own, and its host is counted.
        return "asked"
    names = {InSync: "inSync", Blocked: "blocked", Unreadable: "blocked", Invalid: "invalid"}
    return names.get(type(decision), "released")


def hushed(report: Report, hiding: Redactor) -> Report:
    """The report, whatever form it will be rendered in. What is in sync and ready is not told at all."""
    if hiding.pattern is None:
        return report
    results = tuple(
        hiding.value(result)
        if not isinstance(result.decision, InSync) or row_of(result) is not None
        else result
        for result in report.results
    )
    return replace(report, results=results, errors=hiding.value(report.errors))
