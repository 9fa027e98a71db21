"""Why VVP gave a job up, in its own words: as its job tells it, or as the status remembers it."""

from __future__ import annotations

from vpsync.kinds.job import FAILED, last_job
from vpsync.kinds.values import text_at
from vpsync.model.observed import Observed, Snapshot
from vpsync.model.resource import Manifest


def failure_of(manifest: Manifest, observed: Observed, snapshot: Snapshot) -> str:
    """The words; empty where the job did not fail, or where nobody knows them.

    A job is read once, in the pass that first sees how it ended (:mod:`vpsync.planning.queries`).
    """
    if observed.state != FAILED:
        return ""
    newest = last_job(observed, manifest.status)
    job = snapshot.newest_jobs.get(observed.id) or snapshot.jobs.get(newest, {})
    cause = text_at(job, ("status", "failure", "message"))
    return cause or text_at(manifest.status, ("failure", "message"))
