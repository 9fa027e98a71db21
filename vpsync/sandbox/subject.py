"""One deployment under the eyes of its controller: what every transition does to it."""

from dataclasses import dataclass

from vpsync.sandbox.annotations import TRANSITIONING, TRANSITIONING_SINCE
from vpsync.sandbox.events import record_event
from vpsync.sandbox.jobs import create_job, end_job, start_job
from vpsync.sandbox.jsontext import JsonObject
from vpsync.sandbox.platform import Platform
from vpsync.sandbox.snapshots import newest_restorable
from vpsync.sandbox.space import DeploymentRecord, Space


@dataclass(frozen=True, slots=True)
class Subject:
    """A deployment with the namespace and the platform that it lives in."""

    platform: Platform
    space: Space
    record: DeploymentRecord

    def note(self, name: str, message: str) -> None:
        """Writes an event about the deployment and its active job."""
        job = self.record.job.id if self.record.job else None
        record_event(self.platform, self.space, name, message, self.record, job)

    def show(self, state: str, details: JsonObject | None = None) -> None:
        """Sets `status.state`, with `status.running` if given, and the controllers' annotations."""
        moving = state == "TRANSITIONING"
        annotations = dict(self.record.metadata["annotations"])
        annotations[TRANSITIONING] = "true" if moving else "false"
        if moving:
            annotations[TRANSITIONING_SINCE] = self.platform.identity.epoch_millis()
        else:
            self.record.steady = state
        self.record.metadata["annotations"] = annotations
        self.record.status = {"state": state}
        if details is not None:
            self.record.status["running"] = details
        self.space.deployments.touch(self.record)

    def reach(self, state: str, details: JsonObject | None = None) -> None:
        """The deployment is in the state that its transition worked towards."""
        self.show(state, details)
        self.note("STATE_TRANSITION_IS_COMPLETED", "Deployment reached its desired state.")

    def fail(self) -> None:
        """The deployment ends in FAILED; it stays there until CANCELLED is desired."""
        self.show("FAILED")
        self.record.transition = None

    def hang(self, heals_on_cancel: bool) -> None:
        """The deployment shows TRANSITIONING from now on."""
        self.record.hung, self.record.heals_on_cancel = True, heals_on_cancel
        self.space.deployments.moving[self.record.id] = self.record
        if self.record.transition is not None:
            self.record.transition.announced = True
        self.show("TRANSITIONING")

    def unhang(self) -> None:
        """The deployment goes on with its transition, or back to its steady state."""
        self.record.hung = self.record.heals_on_cancel = False
        if self.record.transition is None:
            job = self.record.job if self.record.steady == "RUNNING" else None
            details = self.running_details(job.id) if job else None
            self.show(self.record.steady, details)

    def new_job(self) -> None:
        """Creates a job from the present spec, restored as the restore strategy says."""
        strategy = self.record.spec.get("restoreStrategy", {}).get("kind", "LATEST_STATE")
        restored = newest_restorable(self.space, self.record.id, strategy)
        create_job(self.platform, self.space, self.record, restored)
        self.note("CREATING_A_NEW_JOB", "Creating a new job.")
        self.note("AWAITING_A_JOB_TO_START", "Awaiting the job to start.")

    def job_started(self) -> None:
        """The job of the deployment reached STARTED, or failed if that was scripted."""
        job, failure = self.record.job, self.record.next_start_failure
        if job is None:
            return
        if failure is not None:
            self.record.next_start_failure = None
            self.note("TOO_MANY_FAILED_JOB_CREATION_ATTEMPTS", failure)
            self.end_job("FAILED", failure)
            self.fail()
            return
        start_job(self.platform, self.space, job)
        self.note("JOB_SUCCESSFULLY_STARTED", "The job was started.")
        self.reach("RUNNING", self.running_details(job.id))

    def running_details(self, job_id: str, failing: str = "") -> JsonObject:
        """`status.running`; the condition `JobFailing` is true when `failing` has a message."""
        now = self.platform.identity.now()
        condition = {
            "type": "JobFailing",
            "status": "True" if failing else "False",
            "message": failing,
            "reason": "JobFailing" if failing else "",
            "lastTransitionTime": now,
            "lastUpdateTime": now,
        }
        return {"jobId": job_id, "transitionTime": now, "conditions": [condition]}

    def end_job(self, state: str, message: str = "") -> None:
        """The active job, if any, ends in a terminal state."""
        end_job(self.platform, self.space, self.record, state, message)
