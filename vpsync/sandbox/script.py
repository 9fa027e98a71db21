"""Scripted turns: what a test or a demonstration makes happen inside the platform."""

from vpsync.sandbox.lifecycle import settle
from vpsync.sandbox.platform import Platform
from vpsync.sandbox.savepoints import poll_savepoint
from vpsync.sandbox.sessionclusters import poll_cluster
from vpsync.sandbox.space import Space
from vpsync.sandbox.subject import Subject


def force_state(subject: Subject, state: str, message: str, failing: str) -> None:
    """Puts a deployment into a state, dropping the transition that it is in."""
    record = subject.record
    record.transition = None
    record.hung = False
    subject.space.deployments.moving.pop(record.id, None)
    if state == "RUNNING":
        _force_running(subject, failing)
    elif state == "FAILED":
        text = message or "The job failed."
        subject.note("TRANSITIONING_TO_FAILED_STATE_BECAUSE_JOB_NOT_STARTED", text)
        subject.end_job("FAILED", text)
        subject.show("FAILED")
    elif state == "FINISHED":
        subject.note("TRANSITIONED_TO_FINISHED_STATE", message or "The job finished.")
        subject.end_job("FINISHED")
        subject.show("FINISHED")
    else:
        if state in ("CANCELLED", "SUSPENDED"):
            subject.end_job("TERMINATED")
        subject.show(state)


def settle_space(platform: Platform, space: Space) -> None:
    """Completes everything that is under way in a namespace, but for what hangs."""
    for record in list(space.deployments.moving.values()):
        settle(Subject(platform, space, record))
    for savepoint in list(space.savepoints.moving.values()):
        while savepoint.id in space.savepoints.moving:
            poll_savepoint(platform, space, savepoint)
    for cluster in list(space.session_clusters.moving.values()):
        while cluster.id in space.session_clusters.moving:
            poll_cluster(platform, space, cluster)


def _force_running(subject: Subject, failing: str) -> None:
    record = subject.record
    if record.job is None:
        subject.new_job()
    if record.job is not None and record.job.state != "STARTED":
        subject.job_started()
    if record.job is not None:
        subject.show("RUNNING", subject.running_details(record.job.id, failing))
