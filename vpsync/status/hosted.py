"""The status of what only an annotation asks for: a member of the status of the resource it is on."""

from __future__ import annotations

from vpsync.kinds import BY_NAME
from vpsync.model.annotating import SAVEPOINT_REQUEST
from vpsync.model.json import Json, value_at
from vpsync.model.outcome import Failed, Result
from vpsync.redact.credentials import cleaned
from vpsync.status.conditions import observed_of


def hosted_patch(result: Result) -> dict[str, Json]:
    """The merge patch for the host's status; empty when it says what is so already."""
    value, observed = result.manifest.note(SAVEPOINT_REQUEST), observed_of(result)
    if observed is not None:
        mirrored = BY_NAME[observed.key.kind].status(observed)
        new: dict[str, Json] = {**cleaned(mirrored), "intent": None}
    elif isinstance(result.outcome, Failed) and not result.outcome.error.retryable:
        new = {"state": "FAILED", "failure": {"message": str(result.outcome.error)}, "intent": None}
    else:
        return {}
    recorded = result.manifest.status
    changed = {key: value for key, value in new.items() if recorded.get(key) != value}
    if not changed:
        return {}
    patch: dict[str, Json] = {"savepoint": {"requested": value, **changed}}
    if value_at(recorded, ("lastHandled", SAVEPOINT_REQUEST)) != value:
        patch["lastHandled"] = {SAVEPOINT_REQUEST: value}
    return patch
