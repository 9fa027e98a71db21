"""When the next pass comes: at once where something moves, and not in a hurry where nothing does."""

from __future__ import annotations

import pytest

from builders import applied, blocked, changed, going, manifest, observed, snapshot
from vpsync.controller.pace import AT_ONCE, GROWTH, RETREAT, SOON, Pace
from vpsync.errors import PlatformFault
from vpsync.model.decision import Blocked
from vpsync.model.outcome import Failed, Result
from vpsync.model.reasons import Reason
from vpsync.render.report import Report
from vpsync.status.conditions import concluded

INTERVAL = 60.0
QUIET = Report()
TARGET = manifest("VpDeploymentTarget", "new")
CREATED = applied(TARGET, observed(TARGET))


def waiting(name: str = "orders", missing: str = "missing") -> Result:
    return concluded(blocked(manifest(name=name, edits={"/deploymentTargetName": missing})))


def seen(reason: Reason, state: str) -> Result:
    there = observed(manifest(), {"/status/state": state})
    return concluded(Blocked(manifest(), reason, "waits", there.key, there))


def report(*results: Result) -> Report:
    return Report(results=results)


def paces(*reports: Report) -> list[float]:
    pace = Pace(INTERVAL)
    return [pace.after(one) for one in reports]


def test_a_quiet_world_keeps_the_interval() -> None:
    assert paces(QUIET, QUIET, QUIET) == [INTERVAL] * 3


def test_a_pass_that_changed_something_is_followed_soon_by_one_that_looks_at_it() -> None:
    assert paces(QUIET, report(CREATED), QUIET) == [INTERVAL, SOON, INTERVAL]


def test_a_deletion_is_followed_at_once_by_a_look_and_not_tried_again_in_a_chase() -> None:
    unwanted = going("VpDeploymentTarget", name="old")
    vvp = snapshot(observed(unwanted))
    deletion = changed(unwanted, vvp)
    deleted = report(applied(unwanted, None, vvp))
    refused = report(concluded(deletion, Failed(deletion, PlatformFault("no"))))
    assert paces(deleted, QUIET) == [AT_ONCE, INTERVAL]
    assert paces(deleted, deleted, deleted) == [AT_ONCE, SOON, SOON * RETREAT]
    assert paces(refused) == [SOON]


def test_what_is_under_way_is_looked_at_soon_and_less_often_while_nothing_moves() -> None:
    growing = paces(*[report(waiting())] * 32)
    assert growing == pytest.approx([min(1.15**n, INTERVAL) for n in range(32)])
    assert growing[-1] == INTERVAL
    for number, pause in enumerate(growing[1:-2], 1):
        late = sum(growing[:number]) * 0.15 + 1
        assert pause <= late + 1e-6, "noticed a second and 15 % later"


def test_whatever_vvp_does_within_ten_seconds_is_noticed_within_two_and_a_half_more() -> None:
    began = 0.0
    for pause in paces(*[report(waiting())] * 32):
        if began < 10:
            assert pause < 2.5
        began += pause


@pytest.mark.parametrize(
    "moved",
    [
        report(waiting(), waiting("other")),
        report(CREATED),
        report(concluded(Blocked(manifest(), Reason.Deleting, "VVP deletes it"))),
        report(concluded(Blocked(manifest(generation=2), Reason.DependencyNotReady, "no target"))),
        report(seen(Reason.DependencyNotReady, "TRANSITIONING")),
    ],
    ids=[
        "another waits",
        "something was done",
        "another reason",
        "an edit",
        "another state in VVP",
    ],
)
def test_a_movement_makes_it_quick_again(moved: Report) -> None:
    assert paces(*[report(waiting())] * 5, moved)[-1] == SOON


def test_a_message_that_counts_is_no_movement() -> None:
    counting = [
        report(concluded(Blocked(manifest(), Reason.Deleting, f"for {seconds} s")))
        for seconds in range(4)
    ]
    assert paces(*counting) == pytest.approx([GROWTH**n for n in range(4)])


def test_a_field_that_is_set_back_as_often_as_it_is_corrected_is_not_corrected_in_a_chase() -> None:
    busy = report(concluded(Blocked(TARGET, Reason.Progressing, "VVP restarts the job")))
    grown = [RETREAT**n for n in range(1, 7)]
    assert paces(*[report(CREATED), busy] * 4) == [1.0, 1.0, *grown]


def test_a_change_that_fails_again_and_again_is_tried_less_and_less_often() -> None:
    change = changed(TARGET)
    failed = report(concluded(change, Failed(change, PlatformFault("VVP answered 500"))))
    assert paces(*[failed] * 3) == [RETREAT**n for n in range(3)]


def test_after_a_movement_waiting_is_patient_again() -> None:
    change = changed(TARGET)
    failed = report(concluded(change, Failed(change, PlatformFault("VVP answered 500"))))
    wait = report(waiting())
    assert paces(failed, failed, wait, wait, wait) == pytest.approx(
        [SOON, RETREAT, SOON, GROWTH, GROWTH**2]
    )


def test_restarts_that_are_spread_over_passes_keep_the_interval_between_them() -> None:
    change = changed(manifest())
    spread = concluded(Blocked(manifest(), Reason.Progressing, "--max-restarts", held=change))
    assert paces(report(CREATED, spread)) == [INTERVAL]


def test_an_interval_shorter_than_that_is_kept() -> None:
    assert Pace(0.2).after(report(CREATED)) == 0.2
