"""``restart-requested-at``: a job is stopped, and started again by a later pass that reads its end.

VVP has no request for it. The marker says how far a restart is, in the same write as each step, so that
neither a crash nor a lost answer makes two of one:

* ``restarting`` goes with the stop: SUSPENDED, which takes a savepoint, or CANCELLED where the upgrade
  strategy is STATELESS or the job came to its end, or failed;
* ``restarted`` goes with the start, and with any other write that restarts the job anyway.
"""

from __future__ import annotations

from vpsync.kinds.job import ENDED, STATE, UPGRADE, desired_state, effect_of, is_transitioning
from vpsync.kinds.values import text_at
from vpsync.model.annotating import RESTART
from vpsync.model.change import Effect, FieldChange
from vpsync.model.observed import Observed
from vpsync.model.reasons import Reason
from vpsync.model.resource import Desired
from vpsync.planning.ownership.history import is_pending
from vpsync.planning.ownership.marker import OWNER, read_marker
from vpsync.planning.policy import Policy
from vpsync.planning.upsert.transition import Step, Wait, transition_age

_RESTARTS = (Effect.START, Effect.RESTART_WITH_SAVEPOINT, Effect.RESTART_WITHOUT_SAVEPOINT)


def restart(
    desired: Desired, observed: Observed, fields: tuple[FieldChange, ...], policy: Policy
) -> Step | Wait | None:
    """The next step of a restart; None where there is nothing to do for one now."""
    wanted, text = desired.manifest.note(RESTART), observed.annotations.get(OWNER)
    if wanted is None and '"restarting":' not in str(text):
        # The usual case, decided without reading the marker once more.
        return None
    marker = read_marker(text)
    if marker is not None and marker.restarting:
        return _underway(desired, observed, fields, policy, marker.restarting)
    if wanted is None or not is_pending(desired.manifest, RESTART):
        return None
    if marker is not None and marker.restarted == wanted:
        return None
    return _begun(desired, observed, fields, wanted)


def _begun(
    desired: Desired, observed: Observed, fields: tuple[FieldChange, ...], wanted: str
) -> Step | Wait | None:
    if is_transitioning(observed) or (desired_state(desired) or "RUNNING") != "RUNNING":
        return None
    if effect_of(observed, fields) in _RESTARTS:
        return Step(fields, restarted=wanted, reason="the resource changed; restarted by that")
    if observed.state not in ("RUNNING", "FINISHED", "FAILED"):
        return None
    stateless = text_at(observed.body, UPGRADE).upper() == "STATELESS"
    end = "CANCELLED" if stateless or observed.state != "RUNNING" else "SUSPENDED"
    stop = FieldChange(STATE, text_at(observed.body, STATE) or None, end)
    others = tuple(change for change in fields if change.path != STATE)
    return Step(
        (*others, stop),
        waits="started again in a later pass",
        reason="a restart was requested",
        restarting=wanted,
    )


def _underway(
    desired: Desired,
    observed: Observed,
    fields: tuple[FieldChange, ...],
    policy: Policy,
    asked: str,
) -> Step | Wait | None:
    if is_transitioning(observed):
        if transition_age(desired.manifest, observed, policy) > policy.transition_timeout:
            return None
        text = "VVP is stopping the job for the requested restart"
        return Wait(Reason.Progressing, text) if _was_stopped(observed) else None
    if observed.state == "FAILED":
        return None
    wanted = desired_state(desired) or "RUNNING"
    if observed.state not in ENDED or wanted != "RUNNING":
        # Somebody started it already, or wants it to stay as it is by now.
        return Step(fields, restarted=asked, reason="the restart is over")
    others = tuple(change for change in fields if change.path != STATE)
    start = FieldChange(STATE, text_at(observed.body, STATE) or None, "RUNNING")
    return Step((*others, start), reason="started again, as requested", restarted=asked)


def _was_stopped(observed: Observed) -> bool:
    return text_at(observed.body, STATE) != "RUNNING"
