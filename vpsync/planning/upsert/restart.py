"""Restarts on request: a job is stopped, and started again by a later pass that reads its end.

They are asked for by ``restart-requested-at``, and, of a finished job whose template changed, once for all
by ``run-on-change``.

VVP has no request for it. The marker says how far a restart is, in the same write as each step, so that
neither a crash nor a lost answer makes two of one:

* ``restarting`` goes with the stop: SUSPENDED, which takes a savepoint, or CANCELLED where the upgrade
  strategy is STATELESS or the job came to its end, or failed;
* ``restarted`` goes with the start, and with any other write that restarts the job anyway.
"""

from __future__ import annotations

from vpsync.kinds.job import (
    ENDED,
    FAILED,
    STATE,
    UPGRADE,
    desired_state,
    effect_of,
    is_transitioning,
)
from vpsync.kinds.values import text_at
from vpsync.model.annotating import RESTART
from vpsync.model.change import Effect, FieldChange
from vpsync.model.observed import Observed
from vpsync.model.reasons import Reason
from vpsync.model.resource import Desired
from vpsync.planning.case import Case
from vpsync.planning.ownership.history import is_pending
from vpsync.planning.ownership.marker import OWNER, read_marker
from vpsync.planning.upsert.finished import RUN_ON_CHANGE, has_not_run, is_unrun
from vpsync.planning.upsert.transition import Step, Wait, transition_age

_RESTARTS = (Effect.START, Effect.RESTART_WITH_SAVEPOINT, Effect.RESTART_WITHOUT_SAVEPOINT)


def restart(case: Case, observed: Observed, fields: tuple[FieldChange, ...]) -> Step | Wait | None:
    """The next step of a restart; None where there is nothing to do for one now."""
    wanted, text = case.manifest.note(RESTART), observed.annotations.get(OWNER)
    runs = case.options.run_on_change
    if wanted is None and not runs and '"restarting":' not in str(text):
        # The usual case, decided without reading the marker once more.
        return None
    marker = read_marker(text)
    if marker is not None and marker.restarting:
        return _underway(case, observed, fields, marker.restarting)
    is_handled = marker is not None and marker.restarted == wanted
    if wanted is not None and not is_handled and is_pending(case.manifest, RESTART):
        return _begun(case.desired, observed, fields, wanted)
    if runs and (has_not_run(case.desired, observed, fields) or is_unrun(observed)):
        return _begun(case.desired, observed, fields, RUN_ON_CHANGE)
    return None


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
        reason=_reason(wanted),
        restarting=wanted,
    )


def _reason(asked: str) -> str:
    if asked == RUN_ON_CHANGE:
        return "the job is finished, and its new version is to run"
    return "a restart was requested"


def _underway(
    case: Case, observed: Observed, fields: tuple[FieldChange, ...], asked: str
) -> Step | Wait | None:
    if is_transitioning(observed):
        if transition_age(case.manifest, observed, case.policy) > case.policy.transition_timeout:
            return None
        text = "VVP is stopping the job for the requested restart"
        return Wait(Reason.Progressing, text) if _was_stopped(observed) else None
    if observed.state == FAILED:
        return None
    wanted = desired_state(case.desired) or "RUNNING"
    if observed.state not in ENDED or wanted != "RUNNING":
        # Somebody started it already, or wants it to stay as it is by now.
        return Step(fields, restarted=asked, reason="the restart is over")
    others = tuple(change for change in fields if change.path != STATE)
    start = FieldChange(STATE, text_at(observed.body, STATE) or None, "RUNNING")
    return Step((*others, start), reason="started again, as requested", restarted=asked)


def _was_stopped(observed: Observed) -> bool:
    return text_at(observed.body, STATE) != "RUNNING"
