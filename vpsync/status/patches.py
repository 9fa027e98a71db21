"""The status that a resource gets: only what changed, and nothing for a timestamp alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from vpsync.kinds import BY_NAME
from vpsync.kinds.job import ENDED, FAILED, FINISHED, STATE, has_run, last_job
from vpsync.kinds.readiness import FAILURE
from vpsync.kinds.values import text_at, texts_of
from vpsync.model.annotating import CONFIRM_STATE_LOSS, RECONCILE, REQUESTS, RESTART
from vpsync.model.change import Action, Change
from vpsync.model.condition import MESSAGE_LIMIT, merged_conditions, weightiest, without_times
from vpsync.model.decision import Blocked, Invalid
from vpsync.model.json import Json, JsonObject, value_at
from vpsync.model.observed import Observed, Snapshot
from vpsync.model.outcome import Applied, Failed, Result, Skipped
from vpsync.model.reasons import Reason
from vpsync.model.resource import Manifest
from vpsync.model.timestamps import readable
from vpsync.planning.diff.references import shown_by_id
from vpsync.planning.ownership.managed_fields import MANAGED
from vpsync.planning.ownership.marker import OWNER, read_marker
from vpsync.planning.savepoints.holder import is_adopted
from vpsync.planning.upsert.state_loss import has_ever_run
from vpsync.redact.credentials import cleaned
from vpsync.redact.redactor import NOTHING, Redactor
from vpsync.redact.text import shortened
from vpsync.status.conditions import denied_by_cluster, observed_of
from vpsync.status.undecided import is_hidden, is_left_out, seen_all_the_same

SUMMARY_LIMIT = 100
"""Characters of a condition that ``kubectl get`` shows in a column."""


def status_patch(
    result: Result, snapshot: Snapshot, now: str, hiding: Redactor = NOTHING, denial: str = ""
) -> dict[str, Json]:
    """The merge patch for the status; empty when it says what is so already.

    ``now`` is an RFC 3339 timestamp, ``hiding`` takes out the secrets that the run knows, ``denial`` says
    that Kubernetes would not have another write to the resource, in its words.
    """
    # Hidden before they are cut to their limit.
    conditions = hiding.value(result.conditions)
    if denial:
        conditions = denied_by_cluster(conditions, denial)
    if conditions is None:
        return {}
    manifest, observed = result.manifest, observed_of(result)
    status = manifest.status
    merged = merged_conditions(status, conditions, manifest.generation, now)
    new: dict[str, Json] = {
        "observedGeneration": manifest.generation,
        "conditions": merged,
        "summary": summary(merged),
        "lastHandled": _handled(result, observed),
    }
    # What VVP says: a failure or a location may hold a URL with a password.
    mirrors: dict[str, Json] = {}
    if observed is not None:
        kind = BY_NAME[manifest.key.kind]
        mirrored = kind.status(replace(observed, body=shown_by_id(observed, snapshot)))
        mirrors = {key: mirrored.get(key) for key in kind.status_keys()}
        new |= mirrors
        new |= _record_kept(result, observed)
        if kind.runs_jobs:
            new |= _deployment(status, observed, snapshot)
        if kind.taken_once:
            new |= {"intent": None, "adopted": is_adopted(manifest, observed) or None}
    elif _is_absent(result) and BY_NAME[manifest.key.kind].runs_jobs:
        new |= _lost(status)
    elif is_left_out(result, snapshot):
        new |= _undecided(result, snapshot)
    patch = _changed(status, new)
    # What is hidden is hidden in the status before as well, and compared so. Most often nothing is.
    return _changed(status, _fitting(hiding.value(new | cleaned(mirrors)))) if patch else patch


def summary(conditions: Iterable[JsonObject]) -> str:
    """The condition that matters most, in a line that a table has room for."""
    one = weightiest(conditions)
    reason, message = str(one.get("reason", "")), str(one.get("message", ""))
    said = " ".join(message.split())
    if reason != Reason.Succeeded.name:
        said = f"{reason}: {said}" if said else reason
    return shortened(said, SUMMARY_LIMIT)


def _fitting(value: Any) -> Any:
    """The status with texts as long as a condition's message may be: VVP quotes whole stack traces."""
    if isinstance(value, dict):
        return {key: _fitting(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_fitting(member) for member in value]
    return shortened(value, MESSAGE_LIMIT) if isinstance(value, str) else value


def _record_kept(result: Result, observed: Observed) -> dict[str, Json]:
    """The record that VVP was sent and did not keep; nothing new where none was sent."""
    if OWNER in observed.annotations:
        return {"managed": None}
    if isinstance(result.outcome, Applied):
        sent = result.outcome.change.metadata.get(MANAGED)
        return {"managed": sent} if sent else {}
    return {}


def _deployment(status: JsonObject, observed: Observed, snapshot: Snapshot) -> dict[str, Json]:
    new = _run(status, observed)
    newest, last_told = snapshot.newest_jobs.get(observed.id), last_job(observed, status)
    if newest is not None:
        new["job"] = _job(text_at(newest, ("metadata", "id")), newest)
    elif last_told in snapshot.jobs:
        new["job"] = _job(last_told, snapshot.jobs[last_told])
    shown = new.get("job") or status.get("job") or {}
    new["failure"] = shown.get("failure") if observed.state == FAILED else None
    return new


def _run(status: JsonObject, observed: Observed) -> dict[str, Json]:
    return {"hasRun": True} if has_run(observed) or status.get("hasRun") else {}


def _is_absent(result: Result) -> bool:
    """Whether the pass saw that VVP does not have the object, and did not create it."""
    match result.decision:
        case Change(action=Action.CREATE):
            return True
        case Blocked(reason=Reason.StateLoss | Reason.Rejected, observed=None):
            return True
    return False


def _lost(status: JsonObject) -> dict[str, Json]:
    """Nothing runs that VVP does not have; which job ran last is kept, to find its savepoints by."""
    job = status.get("job")
    kept = {key: value for key, value in job.items() if key != "state"} if job else None
    run = {"hasRun": True} if has_ever_run(status) else {}
    return {"state": None, "running": None, "job": kept, **run}


def _undecided(result: Result, snapshot: Snapshot) -> dict[str, Json]:
    """The state of an object that nothing is decided about; of its job no more than was known is told."""
    status, seen = result.manifest.status, seen_all_the_same(result, snapshot)
    if seen is None:
        run = {"hasRun": status.get("hasRun")} if is_hidden(result) else {}
        return _lost(status) | run
    mirrored = BY_NAME[seen.key.kind].status(seen)
    new = {key: mirrored.get(key) for key in ("state", "running")}
    if seen.id in snapshot.newest_jobs:
        return new | _deployment(status, seen, snapshot)
    new |= _run(status, seen)
    if status.get("state") == seen.state:
        return new
    # What became of a job that ended is still to be read.
    ended = seen.state in (FAILED, FINISHED)
    return ({"failure": None} if ended else {**_lost(status), "failure": None}) | new


def _job(identity: str, job: JsonObject) -> dict[str, Json]:
    """The part of a job that a status shows (Application Manager API, "Job")."""
    shown = {
        "id": identity,
        "state": text_at(job, ("status", "state")),
        "flinkJobId": text_at(job, ("status", "started", "flinkJobId")),
        "startedAt": readable(text_at(job, ("status", "started", "startedAt"))),
        "failure": cleaned(texts_of(value_at(job, ("status", "failure")), FAILURE)),
    }
    return {key: value for key, value in shown.items() if value not in (None, "")}


def _handled(result: Result, observed: Observed | None) -> dict[str, str]:
    """The request annotations that this pass acted on."""
    manifest = result.manifest
    before = manifest.status.get("lastHandled") or {}
    handled = {str(key): str(value) for key, value in before.items()}
    asked = [request for request in REQUESTS if manifest.note(request) is not None]
    if not asked or not _is_acted_on(result):
        return handled
    # Consent to lose state is used up by what it was for, or by an object that is there; not by the
    # steps in which an object goes, whether with its resource or from its old VVP namespace.
    leaves = isinstance(result.decision, Change) and result.decision.action is Action.DELETE
    goes = leaves or manifest.deleting
    done = [RECONCILE]
    done += [CONFIRM_STATE_LOSS] if observed is not None and not goes else []
    restarted = RESTART in asked and observed is not None and _is_restarted(manifest, observed)
    done += [RESTART] if restarted else []
    return handled | {request: str(manifest.note(request)) for request in asked if request in done}


def _is_restarted(manifest: Manifest, observed: Observed) -> bool:
    """Whether a restart was begun as asked for, or there is nothing that could be restarted."""
    marker = read_marker(observed.annotations.get(OWNER))
    wanted = manifest.note(RESTART)
    if marker is not None and wanted in (marker.restarting, marker.restarted):
        return True
    stopped = text_at(observed.body, STATE) in ("CANCELLED", "SUSPENDED")
    return stopped and observed.state in ENDED


def _is_acted_on(result: Result) -> bool:
    """Whether the pass did, or refused for good, what there was to do: else it is asked for still."""
    match result:
        case Result(decision=Invalid()) | Result(outcome=Skipped()):
            return False
        case Result(outcome=Failed(error=error)):
            return not error.retryable
        case Result(decision=Blocked(reason=reason)):
            return not reason.waiting and reason is not Reason.Unauthorized
    return True


def _changed(status: JsonObject, new: Mapping[str, Json]) -> dict[str, Json]:
    """A merge patch from the old members to the new ones; None removes."""
    patch: dict[str, Json] = {}
    differs = False
    for key, value in new.items():
        before = status.get(key)
        if before == value or (before is None and value in (None, {})):
            continue
        patch[key] = _patch(before, value)
        differs = differs or without_times(before) != without_times(value)
    return patch if differs else {}


def _patch(before: Json, after: Json) -> Json:
    """What turns ``before`` into ``after`` under RFC 7386: members that are gone become null."""
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return after
    gone = {key: None for key in before if key not in after}
    return {**gone, **{key: _patch(before.get(key), value) for key, value in after.items()}}
