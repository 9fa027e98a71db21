"""What a report comes to in numbers, by labels that take few values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from vpsync.errors import VpsyncError
from vpsync.kinds import BY_NAME
from vpsync.model.change import Action, Cause, Change
from vpsync.model.condition import Condition
from vpsync.model.decision import Blocked, Finalized, InSync, Invalid, Unreadable
from vpsync.model.json import objects_in
from vpsync.model.outcome import Applied, Failed, Result, Skipped
from vpsync.model.reasons import Reason
from vpsync.render.report import Report
from vpsync.status.conditions import failure_reason, observed_of

Labels = tuple[str, ...]

RESULTS = (
    "noop", "created", "updated", "adopted", "deleted", "released", "skipped", "invalid", "failed",
)  # fmt: skip
"""What a pass can have done about a resource."""

STATES = frozenset({
    "RUNNING", "CANCELLED", "SUSPENDED", "FAILED", "FINISHED", "TRANSITIONING",
    "STARTED", "COMPLETED", "PENDING_DELETION", "DELETING", "FAILED_DELETION",
    "ACTIVE", "TERMINATING",
})  # fmt: skip
"""The states that VVP documents, of deployments, savepoints and namespaces."""

CONDITIONS = (
    *(("Ready", status) for status in ("True", "False", "Unknown")),
    *(("Synced", status) for status in ("True", "False", "Unknown")),
    ("Reconciling", "True"),
    ("Stalled", "True"),
)
"""Our conditions with each status that they take."""

JOB_STATES = (
    "RUNNING", "failing", "TRANSITIONING", "SUSPENDED", "CANCELLED", "FINISHED", "FAILED",
    "absent", "unknown", "other",
)  # fmt: skip
"""Of the jobs of deployments; a failing one is RUNNING for VVP, and keeps failing."""

_DONE = {
    Action.CREATE: "created",
    Action.UPDATE: "updated",
    Action.ADOPT: "adopted",
    Action.DELETE: "deleted",
}


def results_in(report: Report) -> Counter[Labels]:
    """Kind and result of each resource."""
    return Counter((result.manifest.key.kind, _result(result)) for result in report.results)


def errors_in(report: Report) -> Counter[Labels]:
    """Kind and reason of each resource that failed or is stalled."""
    return _counted(report.results, lambda one: ((reason,) for reason in _errors(one)))


def states_in(report: Report) -> Counter[Labels]:
    """Kind and state of each resource."""
    return _counted(_own(report), lambda one: [(state_of(one),)])


def conditions_in(report: Report) -> Counter[Labels]:
    """Kind, condition and status of each condition."""
    return _counted(_own(report), lambda one: [condition[:2] for condition in _conditions(one)])


def reasons_in(report: Report) -> Counter[Labels]:
    """Kind, condition and reason of what is stalled or goes on."""

    def reasons(result: Result) -> Iterator[Labels]:
        for kind, status, reason in _conditions(result):
            if kind in ("Stalled", "Reconciling") and status == "True":
                yield kind, _named(reason)

    return _counted(_own(report), reasons)


def drifted_in(report: Report) -> Counter[Labels]:
    """Kinds of what drifted, put back in this pass or not."""
    return _counted(_own(report), lambda one: [()] if _is_drifted(one) else [])


def blocked_in(report: Report, reason: Reason) -> Counter[Labels]:
    """Kinds of what nothing is done about for that reason."""

    def is_so(result: Result) -> list[Labels]:
        decision = result.decision
        return [()] if isinstance(decision, Blocked) and decision.reason is reason else []

    return _counted(_own(report), is_so)


def jobs_in(report: Report) -> Counter[Labels]:
    """States of the jobs."""
    runs = [one for one in _own(report) if BY_NAME[one.manifest.key.kind].runs_jobs]
    return Counter((_job_state(result),) for result in runs)


def state_of(result: Result) -> str:
    """VVP's word for the state of a resource's object; in lower case where it has none that is known."""
    observed = observed_of(result)
    if observed is not None:
        status = BY_NAME[result.manifest.key.kind].status(observed)
        return _word(status) or "present"
    match result.decision:
        case Change(action=Action.CREATE | Action.DELETE) | Finalized():
            return "absent"
        case _:
            return _word(result.manifest.status) or "unknown"


def _own(report: Report) -> list[Result]:
    """The results of resources; what a resource asked for beside itself is none of its own."""
    return [result for result in report.results if result.manifest.host is None]


def _counted(
    results: Iterable[Result], labels: Callable[[Result], Iterable[Labels]]
) -> Counter[Labels]:
    return Counter(
        (result.manifest.key.kind, *more) for result in results for more in labels(result)
    )


def _result(result: Result) -> str:
    match result.outcome:
        case Applied(change):
            return _DONE[change.action]
        case Failed():
            return "failed"
        case Skipped():
            return "skipped"
    match result.decision:
        case InSync():
            return "noop"
        case Invalid():
            return "invalid"
        case Unreadable():
            return "failed"
        case Finalized():
            return "released"
        case _:
            return "skipped"


def _errors(result: Result) -> Iterator[str]:
    if isinstance(result.outcome, Failed):
        yield _of_failure(result.outcome.change, result.outcome.error)
        return
    if isinstance(result.decision, Unreadable):
        yield "Unreadable"
        return
    for kind, status, reason in _conditions(result):
        if kind == "Stalled" and status == "True":
            yield _named(reason)


def _of_failure(change: Change, error: VpsyncError) -> str:
    """The reason that a failed change counts under; ``NoAnswer`` where nothing was learnt."""
    reason = failure_reason(change, error)
    return reason.name if reason is not None else "NoAnswer"


def _conditions(result: Result) -> Iterator[tuple[str, str, str]]:
    """Type, status and reason of our conditions: those that the pass made, or those that stay."""
    made: tuple[Condition, ...] | None = result.conditions
    if made is not None:
        yield from ((one.type, one.status, one.reason) for one in made)
        return
    for one in objects_in(result.manifest.status.get("conditions")):
        kind, status = str(one.get("type")), str(one.get("status"))
        if (kind, status) in CONDITIONS:
            yield kind, status, str(one.get("reason"))


def _named(reason: str) -> str:
    """The reason; ``other`` for one that is not ours, which a status of before may hold."""
    return reason if reason in Reason.__members__ else "other"


def _is_drifted(result: Result) -> bool:
    decision = result.decision
    if isinstance(decision, Blocked):
        held = decision.held
        return decision.reason is Reason.Drifted or (held is not None and held.cause is Cause.DRIFT)
    return isinstance(decision, Change) and decision.cause is Cause.DRIFT


def _job_state(result: Result) -> str:
    ready = [one.reason for one in result.conditions or () if one.type == "Ready"]
    state = state_of(result)
    if Reason.JobFailing.name in ready and state == "RUNNING":
        return "failing"
    return state if state in JOB_STATES else "other"


def _word(status: object) -> str:
    """The state in a status; ``other`` for one that VVP does not document."""
    members = status if isinstance(status, dict) else {}
    state = members.get("state") or members.get("lifecyclePhase") or ""
    if not state:
        return ""
    word = str(state).removeprefix("LIFECYCLE_PHASE_")
    return word if word in STATES else "other"
