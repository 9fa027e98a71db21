"""The deployment controller: when a transition is needed, and how reads push it on.

VVP promises convergence on the latest modification; a running transition is not necessarily
interrupted (VVP page "Deployment Lifecycle"). Here only a desired CANCELLED interrupts; anything
else is looked at again when the transition is through. Time passes by reads: a transition shows
TRANSITIONING to `polls_per_transition` reads of the deployment, by list or by id.
"""

from vpsync.sandbox.jobs import deployed_part
from vpsync.sandbox.space import Transition
from vpsync.sandbox.subject import Subject
from vpsync.sandbox.transitions import cancel, start, suspend, suspend_without_job, upgrade


def spec_changed(subject: Subject) -> None:
    """Called after each write: starts the transition that the new spec asks for, if any."""
    record = subject.record
    if record.transition is not None and not record.transition.announced:
        record.transition = None
        subject.space.deployments.moving.pop(record.id, None)
    _begin(subject)


def poll(subject: Subject) -> None:
    """A read shows this deployment: pushes its transition one step on."""
    record, transition = subject.record, subject.record.transition
    if record.status is None:
        subject.show(record.steady)
    if transition is None:
        subject.space.deployments.moving.pop(record.id, None)
        return
    if not transition.announced:
        _announce(subject, transition)
    if record.hung:
        return
    if record.polls_left <= 0:
        _complete(subject, transition)
        return
    record.polls_left -= 1
    half = subject.platform.options.polls_per_transition / 2
    if record.polls_left < half and len(transition.stages) > 1:
        transition.stages.pop(0)()


def settle(subject: Subject) -> None:
    """Completes all transitions that the deployment has before it, unless it hangs."""
    while subject.record.transition is not None and not subject.record.hung:
        poll(subject)


def _begin(subject: Subject) -> Transition | None:
    record = subject.record
    interrupting = record.transition is not None
    transition = _needed(subject)
    if transition is None:
        return None
    record.transition = transition
    subject.space.deployments.moving[record.id] = record
    if record.heals_on_cancel and transition.goal == "CANCELLED":
        record.hung = record.heals_on_cancel = False
    if interrupting or not subject.platform.options.stale_status_after_patch:
        _announce(subject, transition)
    return transition


def _needed(subject: Subject) -> Transition | None:
    record = subject.record
    desired, steady, running = record.spec.get("state"), record.steady, record.transition
    if desired == "CANCELLED":
        there = running.goal if running else steady
        return None if there == desired else Transition("CANCELLED", cancel(subject))
    if running is not None or steady == "FAILED":
        return None
    if desired == "SUSPENDED":
        if steady == "SUSPENDED":
            return None
        stages = suspend(subject) if record.job else suspend_without_job(subject)
        return Transition("SUSPENDED", stages)
    return None if steady == "FINISHED" else _to_running(subject)


def _to_running(subject: Subject) -> Transition | None:
    record = subject.record
    if record.job is None:
        return Transition("RUNNING", start(subject))
    kind = record.spec.get("upgradeStrategy", {}).get("kind", "STATEFUL")
    wanted = deployed_part(subject.platform, subject.space, record.spec)
    deployed = record.deployed
    if subject.platform.options.live_target_change == "later":
        wanted, deployed = wanted["template"], deployed["template"]
    changed = record.upgrade_forced or wanted != deployed
    if changed and kind != "NONE":
        return Transition("RUNNING", upgrade(subject, kind == "STATEFUL"))
    return None


def _announce(subject: Subject, transition: Transition) -> None:
    steady = subject.record.steady
    transition.announced = True
    subject.record.polls_left = subject.platform.options.polls_per_transition
    subject.show("TRANSITIONING")
    subject.note("STATE_TRANSITION_IS_NEEDED", f"From {steady} to {transition.goal}.")
    transition.stages.pop(0)()


def _complete(subject: Subject, transition: Transition) -> None:
    record = subject.record
    while transition.stages and record.transition is transition:
        transition.stages.pop(0)()
    record.transition = None
    subject.space.deployments.moving.pop(record.id, None)
    following = _begin(subject)
    if following is not None and not following.announced:
        _announce(subject, following)
