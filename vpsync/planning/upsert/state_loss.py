"""Whether going on would lose the state of a job: it would start from nothing, or go without a savepoint.

Then a person has to say so, once: by the annotation ``confirm-state-loss`` with a new value, or for a
whole fleet by ``--confirm-state-loss``. A job that is STATELESS and restores nothing has none to lose,
and a file remembers nothing: there only what VVP shows can be weighed.
"""

from __future__ import annotations

from vpsync.kinds import BY_NAME
from vpsync.kinds.job import (
    AFTER_A_START,
    ENDED,
    FAILED,
    LOCATIONS,
    RESTORE,
    has_run,
    keeps_state,
)
from vpsync.kinds.values import text_at
from vpsync.model.annotating import CONFIRM_STATE_LOSS, annotating, asking
from vpsync.model.change import Effect
from vpsync.model.json import JsonObject, merged, nested, value_at
from vpsync.model.observed import Observed, PlatformKey
from vpsync.model.resource import Desired, Manifest
from vpsync.planning.ownership.history import is_pending
from vpsync.planning.policy import Policy
from vpsync.planning.upsert.transition import Step

_HOLDING = ("RUNNING", "TRANSITIONING", FAILED)
"""States of a job whose latest state is in no savepoint."""


def way_out(manifest: Manifest) -> str:
    """How a person says that state may be lost, in words."""
    if manifest.pruned:
        return "to go on anyway, run once with --confirm-state-loss"
    return f"to go on anyway: {asking(manifest, CONFIRM_STATE_LOSS)}"


def is_confirmed(manifest: Manifest, policy: Policy) -> bool:
    """Whether a person said that state may be lost."""
    return policy.confirm_state_loss or is_pending(manifest, CONFIRM_STATE_LOSS)


def unconfirmed(loss: str | None, manifest: Manifest, policy: Policy) -> str | None:
    """What would be lost, in words, where nobody said that it may be."""
    return None if loss is None or is_confirmed(manifest, policy) else loss


def by_creation(desired: Desired) -> str | None:
    """What would be lost by creating a VVP object that is not there (any more), in words."""
    if not _has_state_to_lose(desired):
        return None
    return (
        f"VVP no longer has {desired.platform}; creating it anew would start from empty state; "
        f"{way_out(desired.manifest)}"
    )


def by_move(desired: Desired, old: PlatformKey) -> str | None:
    """What would be lost by leaving another VVP namespace, in words."""
    if not _has_state_to_lose(desired):
        return None
    return (
        f"VVP cannot move {old} to VVP namespace {desired.platform.namespace!r}: it would be deleted and "
        f"started there from empty state. Restore the old VVP namespace, or {way_out(desired.manifest)}"
    )


def _has_state_to_lose(desired: Desired) -> bool:
    """Whether its job ran, and keeps state from one run to the next."""
    runs_jobs = BY_NAME[desired.platform.kind].runs_jobs
    return runs_jobs and has_ever_run(desired.manifest.status) and keeps_state(desired.body)


def has_ever_run(status: JsonObject) -> bool:
    """Whether a resource's status remembers a run; one of the Go operator only has the last state."""
    return bool(status.get("hasRun")) or status.get("state") in AFTER_A_START


def by_deletion(manifest: Manifest, observed: Observed) -> str | None:
    """What would be lost by cancelling the job of a deployment that is to be deleted, in words.

    A job that is suspended, cancelled or finished has left what it leaves.
    """
    if observed.state not in _HOLDING:
        return None
    declared = value_at(manifest.spec, ("spec",))
    bodies = (observed.body, {"spec": declared} if isinstance(declared, dict) else {})
    if not all(map(keeps_state, bodies)):
        return None
    if observed.state == FAILED:
        return (
            f"the job failed, and deleting {observed.key} would lose the state that it can be restored from. "
            f"Repair it, or {way_out(manifest)}"
        )
    return (
        f"deleting {observed.key} would stop its job without a savepoint, and lose its state. To take "
        f"one first: {annotating(manifest, 'deletion-policy', 'Suspend')}; {way_out(manifest)}"
    )


def by_update(desired: Desired, observed: Observed, step: Step) -> str | None:
    """What would be lost by a change of a deployment, in words."""
    changes = nested({change.path: change.after for change in step.fields})
    after = merged(observed.body, changes)
    if not keeps_state(after):
        return None
    if observed.state not in ENDED and any(change.path in LOCATIONS for change in step.fields):
        return (
            "the job would go to another deployment target or session cluster, and whether VVP takes its "
            "state along is not certain. Set state SUSPENDED first, and change it then, or "
            + way_out(desired.manifest)
        )
    if text_at(after, RESTORE).upper() == "NONE" and _starts_again(desired, observed, step):
        return (
            "restoreStrategy NONE would start the job from empty state, savepoint or not. Choose "
            f"LATEST_STATE, or {way_out(desired.manifest)}"
        )
    return None


def _starts_again(desired: Desired, observed: Observed, step: Step) -> bool:
    effect = step.effect(BY_NAME[desired.platform.kind], observed)
    if effect is Effect.START:
        return bool(desired.manifest.status.get("hasRun")) or has_run(observed)
    return effect in (Effect.RESTART_WITH_SAVEPOINT, Effect.RESTART_WITHOUT_SAVEPOINT)
