"""Whether VVP leaves a running job alone when only our marker is written to its deployment.

It should: annotations are no part of the template (VVP documentation, "Deployment Lifecycle"). No source
says so for certain, and a fleet that is taken over would restart at once where it were not so.
"""

from __future__ import annotations

from vpsync.kinds import BY_NAME
from vpsync.kinds.job import RUNNING_JOB, SPEC_VERSION
from vpsync.model.change import Change
from vpsync.model.condition import find_condition
from vpsync.model.json import value_at
from vpsync.model.observed import Observed
from vpsync.model.reasons import Reason
from vpsync.model.resource import Manifest

TOLD = (
    "VVP restarted {name} when only our marker was written to it, so no other running job is marked; "
    "--force marks them all the same"
)


def marks_a_running_job(change: Change) -> bool:
    """Whether a change writes our annotations and nothing else, to a deployment with a job."""
    runs_jobs = BY_NAME[change.platform.kind].runs_jobs
    only_marks = bool(change.metadata) and not change.fields and change.observed is not None
    return runs_jobs and only_marks and _job(change.observed) != ""


def is_disturbed(before: Observed, after: Observed) -> bool:
    """Whether VVP made a new spec version or job of it, or is about to."""
    versions = [observed.annotations.get(SPEC_VERSION) for observed in (before, after)]
    return (
        versions[0] != versions[1]
        or _job(before) != _job(after)
        or (before.state, after.state) == ("RUNNING", "TRANSITIONING")
    )


def is_known_to_disturb(manifest: Manifest) -> bool:
    """Whether an earlier run found that VVP restarts jobs for a marker: the status tells."""
    reconciling = find_condition(manifest.status, "Reconciling") or {}
    return reconciling.get("reason") == Reason.RestartsForMarker.name


def _job(observed: Observed | None) -> str:
    return str(value_at(observed.body, RUNNING_JOB) or "") if observed else ""
