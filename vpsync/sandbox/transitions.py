"""What happens in each transition of a deployment, in three stages.

The stages run at the first read, half-way, and at the end. Names of events are those of the
swagger's enumeration; their order within a transition is inferred from the names.
"""

from vpsync.sandbox.jobs import move_job
from vpsync.sandbox.records import Record
from vpsync.sandbox.snapshots import complete, fail, take
from vpsync.sandbox.space import TransitionStage
from vpsync.sandbox.subject import Subject


def start(subject: Subject) -> list[TransitionStage]:
    """To RUNNING without a job: a new job, restored as the restore strategy says."""
    return [subject.new_job, _nothing, subject.job_started]


def upgrade(subject: Subject, stateful: bool) -> list[TransitionStage]:
    """To a new job with the new template; a stateful one takes a savepoint of the old job first."""
    taken: list[Record] = []

    def begin() -> None:
        strategy = "STATEFUL" if stateful else "STATELESS"
        subject.note("USING_AN_UPGRADE_STRATEGY", f"Using the upgrade strategy {strategy}.")
        if stateful:
            origin = "SUSPEND_AND_UPGRADE" if subject.platform.release < (2, 6) else "SUSPEND"
            taken.append(take(subject.platform, subject.space, subject.record, origin))

    def swap() -> None:
        if taken and not _taken(subject, taken[0]):
            return
        subject.note("FOUND_A_JOB_TO_TERMINATE", "Terminating the old job.")
        subject.end_job("TERMINATED")
        subject.new_job()

    return [begin, swap, subject.job_started]


def cancel(subject: Subject) -> list[TransitionStage]:
    """To CANCELLED: the job is terminated, no savepoint is taken."""
    platform, space, record = subject.platform, subject.space, subject.record

    def begin() -> None:
        if record.job is not None:
            subject.note("FOUND_A_JOB_TO_TERMINATE", "Terminating the job.")
            move_job(space, record.job, "TERMINATING")

    def finish() -> None:
        if record.job is not None and platform.options.retained_checkpoint_on_cancel:
            complete(space, take(platform, space, record, "RETAINED_CHECKPOINT"))
        subject.end_job("TERMINATED")
        subject.reach("CANCELLED")

    return [begin, _nothing, finish]


def suspend(subject: Subject) -> list[TransitionStage]:
    """To SUSPENDED: a savepoint of origin SUSPEND, then the job is terminated."""
    record = subject.record
    taken: list[Record] = []

    def begin() -> None:
        subject.note("CREATING_A_SAVEPOINT_BEFORE_SUSPENSION", "Creating a savepoint.")
        taken.append(take(subject.platform, subject.space, record, "SUSPEND"))

    def stop() -> None:
        if _taken(subject, taken[0]) and record.job is not None:
            text = "Found a completed savepoint."
            subject.note("FOUND_A_COMPLETED_SAVEPOINT_READY_FOR_SUSPENSION", text)
            move_job(subject.space, record.job, "TERMINATING")

    def finish() -> None:
        subject.end_job("TERMINATED")
        subject.reach("SUSPENDED")

    return [begin, stop, finish]


def suspend_without_job(subject: Subject) -> list[TransitionStage]:
    """To SUSPENDED where no job runs; or to FAILED, if the platform is told to see it that way."""

    def begin() -> None:
        subject.note("COULD_NOT_FIND_A_JOB_TO_SUSPEND", "There is no job to suspend.")

    def finish() -> None:
        if subject.platform.options.suspend_from_cancelled == "failed":
            subject.fail()
        else:
            subject.reach("SUSPENDED")

    return [begin, _nothing, finish]


def _taken(subject: Subject, savepoint: Record) -> bool:
    """Ends the savepoint of a suspension or upgrade; False: it failed, and so did the deployment.

    A scripted failure counts as all attempts used up. The job stays as it is.
    """
    record = subject.record
    reason, record.next_savepoint_failure = record.next_savepoint_failure, None
    if reason is None:
        complete(subject.space, savepoint)
        return True
    fail(subject.platform, subject.space, savepoint, reason)
    subject.note("TOO_MANY_FAILED_SUSPENSION_ATTEMPTS", reason)
    subject.fail()
    return False


def _nothing() -> None:
    pass
