"""Whether a deployment ever had a job: nobody may lose state that a run has left.

RUNNING, FAILED and FINISHED prove a run. SUSPENDED does not: a deployment may be created so, and wait. That
it never ran is proved by VVP having no job and no savepoint of it, and then for as long as the object is at
the version that was seen, for VVP raises that with every write. In doubt it has run.
"""

from __future__ import annotations

from vpsync.kinds.job import AFTER_A_START, RUNNING_JOB, STATE, has_run
from vpsync.kinds.values import text_at
from vpsync.model.json import JsonObject, value_at
from vpsync.model.observed import Observed, Snapshot

HAS_RUN = "hasRun"
"""The member of a status: true for a run, false where it was proved that there was none."""

_WAITING = ("SUSPENDED", "TRANSITIONING")
"""States in which a deployment may be that is to be SUSPENDED, and never ran."""


def may_be_unstarted(observed: Observed) -> bool:
    """Whether what VVP shows leaves it open that the deployment never ran, though it is not CANCELLED."""
    if text_at(observed.body, STATE) != "SUSPENDED" or value_at(observed.body, RUNNING_JOB):
        return False
    return observed.state in _WAITING


def shows_run(observed: Observed) -> bool:
    """Whether what VVP shows proves a run."""
    return has_run(observed) and not may_be_unstarted(observed)


def is_open(status: JsonObject, observed: Observed) -> bool:
    """Whether VVP has to be asked for jobs and savepoints to know.

    One that was proved unstarted may have run and be CANCELLED again since.
    """
    known = status.get(HAS_RUN) or status.get("job") or _is_as_proved(status, observed)
    may_be = may_be_unstarted(observed) or (
        status.get(HAS_RUN) is False and not shows_run(observed)
    )
    return may_be and not known


def never_ran(status: JsonObject, observed: Observed, snapshot: Snapshot) -> bool:
    """Whether it is proved that the deployment never had a job."""
    if status.get(HAS_RUN) or status.get("job") or shows_run(observed):
        return False
    savepoints = snapshot.savepoints.get((observed.key.namespace, observed.id))
    asked = observed.id in snapshot.never_ran and savepoints is not None and not savepoints
    return asked or _is_as_proved(status, observed)


def may_have_run(status: JsonObject, observed: Observed, snapshot: Snapshot) -> bool:
    """Whether a deployment that is there may have left state."""
    if status.get(HAS_RUN):
        return True
    may_have = has_run(observed) or status.get(HAS_RUN) is False
    return may_have and not never_ran(status, observed, snapshot)


def left_state(status: JsonObject) -> bool:
    """Whether a deployment that is gone may have left state, as its resource remembers it."""
    known = status.get(HAS_RUN)
    return bool(known) or (known is None and status.get("state") in AFTER_A_START)


def _is_as_proved(status: JsonObject, observed: Observed) -> bool:
    """Whether nothing was written to the object since it was proved that it never ran."""
    seen = (status.get("id"), status.get("resourceVersion"), status.get("state"))
    now = (observed.id, observed.resource_version, observed.state)
    return status.get(HAS_RUN) is False and observed.resource_version != 0 and seen == now
