"""The job of a deployment: its states, and what VVP does to it when its deployment changes.

(VVP documentation, "Deployment Lifecycle" and "Deployment Upgrades".)
"""

from __future__ import annotations

from vpsync.kinds.values import text_at
from vpsync.model.change import Effect, FieldChange
from vpsync.model.json import JsonObject, Path, value_at
from vpsync.model.observed import Observed
from vpsync.model.resource import Desired

SPEC_VERSION = "com.dataartisans.appmanager.controller.deployment.spec.version"
"""VVP's own annotation; a new version of the spec makes a new job."""

TRANSITIONING_NOTE = "com.dataartisans.appmanager.controller.deployment.transitioning"
"""VVP's own annotation; it moves before ``status.state`` does."""

RUNNING_JOB: Path = ("status", "running", "jobId")
"""Which job runs, in what VVP tells of a deployment."""

STATE: Path = ("spec", "state")
TARGET_ID: Path = ("spec", "deploymentTargetId")
TARGET_NAME: Path = ("spec", "deploymentTargetName")
SESSION_CLUSTER: Path = ("spec", "sessionClusterName")
UPGRADE: Path = ("spec", "upgradeStrategy", "kind")
RESTORE: Path = ("spec", "restoreStrategy", "kind")
TEMPLATE: Path = ("spec", "template")

LOCATIONS = (TARGET_ID, TARGET_NAME, SESSION_CLUSTER)
"""What says where a job runs; VVP takes only one of them."""

FINISHED = "FINISHED"
"""A job that came to its normal end."""

FAILED = "FAILED"
"""A job that Flink gave up."""

ENDED = ("CANCELLED", "SUSPENDED", FAILED, FINISHED)
"""States in which no job is active."""

STEADY = ("RUNNING", *ENDED)

AFTER_A_START = ("RUNNING", "SUSPENDED", FINISHED, FAILED, "TRANSITIONING")
"""States of a job that runs or that, as a rule, only follow a run."""


def desired_state(desired: Desired) -> str:
    """The declared state; empty when the manifest leaves it to VVP."""
    return text_at(desired.body, STATE)


def is_transitioning(observed: Observed) -> bool:
    """Whether VVP is at work on it: changes of the spec are undefined until it is done."""
    return (
        observed.state == "TRANSITIONING" or observed.annotations.get(TRANSITIONING_NOTE) == "true"
    )


def has_run(observed: Observed) -> bool:
    """Whether it may ever have held state: it runs, or is in a state that mostly follows a run."""
    return observed.state in AFTER_A_START


def last_job(observed: Observed, status: JsonObject) -> str:
    """The id of the job that runs, else of the one that the resource's status remembers; empty for none."""
    return str(value_at(observed.body, RUNNING_JOB) or value_at(status, ("job", "id")) or "")


def keeps_state(body: JsonObject) -> bool:
    """Whether the job's state outlives a restart; STATELESS without restore has none to lose."""
    upgrade = text_at(body, UPGRADE).upper()
    restore = text_at(body, RESTORE).upper()
    return not (upgrade == "STATELESS" and restore == "NONE")


def effect_of(observed: Observed, fields: tuple[FieldChange, ...]) -> Effect:
    """What sending the fields does to the job."""
    after = {change.path: change.after for change in fields}
    if STATE in after:
        if after[STATE] == "RUNNING":
            return Effect.START
        return Effect.STOP if observed.state in ("RUNNING", "TRANSITIONING") else Effect.NONE
    restarts = any(path[:2] == TEMPLATE or path in LOCATIONS for path in after)
    if not restarts or observed.state != "RUNNING":
        return Effect.NONE
    return _upgrade_effect(observed, after)


def _upgrade_effect(observed: Observed, after: dict[tuple[str, ...], object]) -> Effect:
    upgrade, restore = (
        str(after.get(path) or text_at(observed.body, path)).upper() for path in (UPGRADE, RESTORE)
    )
    if upgrade == "NONE":
        return Effect.NONE
    # STATEFUL takes a savepoint, but with restore NONE the new job does not start from it.
    if upgrade == "STATEFUL" and restore != "NONE":
        return Effect.RESTART_WITH_SAVEPOINT
    return Effect.RESTART_WITHOUT_SAVEPOINT
