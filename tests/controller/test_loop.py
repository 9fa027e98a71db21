"""The clock around a pass: intervals with jitter, backoff, and an end in good order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest

from builders import applied, blocked, changed, decided, manifest, observed, snapshot
from vpsync.controller.loop import LONGEST_BACKOFF, LONGEST_OUTAGE, Loop
from vpsync.controller.pace import GROWTH
from vpsync.controller.wait import (
    FIRST_STEP,
    LONGEST_STEP,
    PATIENCE,
    WaitResult,
    wait_until_settled,
)
from vpsync.errors import (
    ClusterUnreachable,
    PassBrokenOff,
    PlatformFault,
    PlatformRejected,
    PlatformUnauthorized,
    PlatformUnreachable,
    SettingsError,
    VpsyncError,
)
from vpsync.model.change import Action, Verb
from vpsync.model.decision import Blocked
from vpsync.model.exit_code import ExitCode
from vpsync.model.outcome import Applied, Failed, Result
from vpsync.model.reasons import Reason
from vpsync.render.report import Report
from vpsync.status.conditions import concluded

QUIET = Report()
AWAY = Report(decided=False)
REFUSED = concluded(Blocked(manifest(), Reason.Unauthorized, "VVP refuses the token"))


class Stop(threading.Event):
    """Notes the pauses instead of waiting; set after so many."""

    def __init__(self, after: int = 1_000_000) -> None:
        super().__init__()
        self.pauses: list[float] = []
        self._after = after

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.pauses.append(timeout)
        if len(self.pauses) >= self._after:
            self.set()
        return self.is_set()


def passes(*outcomes: Report | Exception) -> Callable[[], Report]:
    """A pass that gives these outcomes in turn, the last one for ever."""
    left = list(outcomes)

    def run() -> Report:
        outcome = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return run


def within(*outcomes: Report | Exception) -> Callable[[float], Report]:
    """The same for passes that are told how long they may take."""
    run = passes(*outcomes)
    return lambda limit: run()


def loop(run: Callable[[], Report], stop: Stop, **members: Any) -> Loop:
    ordinary = Loop(run, 60.0, 10.0, stop, uniform=lambda least, most: (least + most) / 2)
    return replace(ordinary, **members)


class TestLoop:
    def test_runs_passes_with_the_interval_between_them(self) -> None:
        stop = Stop(3)
        assert list(loop(passes(QUIET), stop).reports()) == [QUIET] * 3
        assert stop.pauses == [60.0] * 3

    def test_ends_without_another_pass_when_it_is_asked_to(self) -> None:
        stop = Stop()
        stop.set()
        assert list(loop(passes(QUIET), stop).reports()) == []

    @pytest.mark.parametrize("extreme", [0, 1])
    def test_jitter_moves_the_pause_by_its_share(self, extreme: int) -> None:
        drawn: list[tuple[float, float]] = []

        def uniform(least: float, most: float) -> float:
            drawn.append((least, most))
            return (least, most)[extreme]

        clock = loop(passes(QUIET), Stop(), jitter_percent=20.0, uniform=uniform)
        assert clock.pause(0) == pytest.approx((48.0, 72.0)[extreme])
        assert drawn == [(0.8, 1.2)]

    def test_pauses_double_while_credentials_are_refused_up_to_a_quarter_of_an_hour(self) -> None:
        for refused in (
            ClusterUnreachable("refused", status=401),
            PlatformUnauthorized("refused", status=403),
            Report((REFUSED,), decided=False),
        ):
            stop = Stop(8)
            list(loop(passes(refused), stop).reports())
            assert stop.pauses == [120.0, 240.0, 480.0, 900.0, 900.0, 900.0, 900.0, 900.0]
        assert LONGEST_BACKOFF == 900.0

    @pytest.mark.parametrize("interval", [1.0, 10.0, 60.0, 7200.0])
    def test_a_server_that_does_not_answer_is_asked_again_within_half_a_minute(
        self, interval: float
    ) -> None:
        stop = Stop(12)
        most = loop(passes(AWAY), stop, interval=interval, uniform=lambda least, most: most)
        list(most.reports())
        assert max(stop.pauses) == LONGEST_OUTAGE == 30.0
        assert stop.pauses == sorted(stop.pauses)

    def test_an_interval_longer_than_that_is_kept_where_credentials_are_refused(self) -> None:
        assert loop(passes(AWAY), Stop(), interval=7200.0).pause(5, refused=True) == 7200.0

    def test_many_failures_do_not_overflow(self) -> None:
        assert loop(passes(AWAY), Stop()).pause(1_000_000, refused=True) == 900.0

    @pytest.mark.parametrize(
        "error", [ClusterUnreachable("away"), PlatformFault("away")], ids=lambda e: type(e).__name__
    )
    def test_goes_on_after_an_error_with_longer_pauses_and_forgets_it_after_a_success(
        self, error: VpsyncError
    ) -> None:
        stop = Stop(5)
        clock = loop(passes(error, error, QUIET, error, QUIET), stop, interval=10.0)
        outcomes = list(clock.reports())
        assert outcomes == [error, error, QUIET, error, QUIET]
        assert stop.pauses == [20.0, 30.0, 10.0, 20.0, 10.0]

    @pytest.mark.parametrize(
        "error", [ZeroDivisionError("CANARY"), MemoryError(), RecursionError()]
    )
    def test_goes_on_after_a_fault_of_its_own_which_is_told_without_its_words_and_counted(
        self, error: Exception
    ) -> None:
        stop = Stop(4)
        outcomes = list(loop(passes(error, QUIET, error, QUIET), stop, interval=10.0).reports())
        told = [outcome for outcome in outcomes if isinstance(outcome, PassBrokenOff)]
        assert [outcome.count for outcome in told] == [1, 2]
        assert [outcomes[1], outcomes[3]] == [QUIET, QUIET]
        for outcome in told:
            assert f"{type(error).__name__} at test_loop.py:" in str(outcome)
            assert "please report it" in str(outcome)
            assert "CANARY" not in str(outcome) + outcome.trace
        assert stop.pauses == [20.0, 10.0, 20.0, 10.0]

    def test_ends_with_wrong_usage(self) -> None:
        with pytest.raises(SettingsError):
            list(loop(passes(SettingsError("wrong")), Stop(3)).reports())

    @pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1)])
    def test_ends_when_the_process_is_ended(self, error: BaseException) -> None:
        def run() -> Report:
            raise error

        with pytest.raises(type(error)):
            list(loop(run, Stop(3)).reports())


def report(results: Iterable[Result] = (), **members: Any) -> Report:
    return Report(results=tuple(results), **members)


LOST = {"/deploymentTargetName": "missing"}
WAITING = report([concluded(blocked(manifest(edits=LOST)))])
ALSO_WAITING = report([*WAITING.results, concluded(blocked(manifest(name="other", edits=LOST)))])
TARGET = manifest("VpDeploymentTarget", "new")
BLOCKED = report([concluded(Blocked(TARGET, Reason.DeletionBlocked, "still used by a deployment"))])
HELD = report([concluded(Blocked(TARGET, Reason.HeldByBrake, "too much at once"))])
STARTED = report([applied(TARGET, observed(TARGET))])


class TestPace:
    def test_the_pass_after_a_change_comes_soon_with_its_jitter(self) -> None:
        stop = Stop(4)
        most = loop(passes(QUIET, STARTED, WAITING, QUIET), stop, uniform=lambda least, most: most)
        list(most.reports())
        assert stop.pauses == pytest.approx([66.0, 1.1, 1.1, 66.0])

    def test_an_outage_has_its_own_pauses_and_the_pace_is_back_after_it(self) -> None:
        stop = Stop(4)
        list(loop(passes(WAITING, AWAY, WAITING, QUIET), stop, interval=10.0).reports())
        assert stop.pauses == [1.0, 20.0, GROWTH, 10.0]


class TestAsked:
    """Somebody asks for a pass while the loop sleeps."""

    @pytest.mark.parametrize("outcome", [QUIET, STARTED, AWAY, ClusterUnreachable("away")])
    def test_it_listens_also_while_a_server_is_away(self, outcome: Report | Exception) -> None:
        stop, rest = Stop(), Stop(1)

        def sleep(timeout: float) -> None:
            rest.wait(timeout)
            stop.set()

        list(loop(passes(outcome), stop, rest=sleep).reports())
        assert (len(stop.pauses), len(rest.pauses)) == (0, 1)

    def test_it_does_not_while_credentials_are_refused(self) -> None:
        """Each try may count against an account."""
        stop, rest = Stop(1), Stop()
        refused = passes(ClusterUnreachable("refused", status=401))
        list(loop(refused, stop, rest=rest.wait).reports())
        assert (len(stop.pauses), len(rest.pauses)) == (1, 0)


class TestWait:
    def test_one_pass_is_enough_when_all_is_ready(self) -> None:
        stop = Stop()
        assert wait_until_settled(within(QUIET), 60, stop) == WaitResult(QUIET)
        assert stop.pauses == []

    def test_repeats_with_growing_pauses_until_nothing_waits(self) -> None:
        stop = Stop()
        run = within(*[WAITING] * 9, QUIET)
        waited = wait_until_settled(run, 10_000, stop, lambda: 0.0)
        assert waited.arrived
        assert waited.report.settled
        assert stop.pauses[0] == FIRST_STEP
        assert stop.pauses == sorted(stop.pauses)
        assert stop.pauses[-1] == LONGEST_STEP

    def test_a_pass_that_changed_something_is_followed_by_one_that_looks_at_it(self) -> None:
        assert STARTED.settled
        stop = Stop()
        waited = wait_until_settled(within(STARTED, WAITING, QUIET), 60, stop, lambda: 0.0)
        assert waited.arrived
        assert len(stop.pauses) == 2
        done = waited.report.applied_changes
        assert done == STARTED.applied_changes, "what all passes did is told"

    def test_what_was_sent_without_an_answer_and_is_found_done_was_done(self) -> None:
        change = changed(TARGET)
        lost = report([concluded(change, Failed(change, PlatformUnreachable("reset")))])
        there = report([concluded(decided(TARGET, snapshot(observed(TARGET))))])
        waited = wait_until_settled(within(lost, WAITING, there), 60, Stop(), lambda: 0.0)
        assert waited.report.counts["create"] == 1
        assert "1 created" in waited.report.summary()
        again = wait_until_settled(within(lost, WAITING, QUIET), 60, Stop(), lambda: 0.0)
        assert again.report.counts["create"] == 0, "what is not found is not claimed"
        assert again.report.unanswered == (change,)

    def test_a_deletion_without_an_answer_was_done_where_the_resource_is_made_elsewhere(
        self,
    ) -> None:
        old = replace(changed(TARGET), action=Action.DELETE, verb=Verb.DELETE)
        lost = report([concluded(old, Failed(old, PlatformUnreachable("reset")))])
        for place, deleted in (("default", 0), ("analytics", 1)):
            made_there = replace(old.platform, namespace=place)
            new = replace(changed(TARGET), platform=made_there)
            made = report([concluded(new, Applied(new, None))])
            assert made.after(lost).counts["delete"] == deleted

    def test_a_change_that_vvp_refused_was_not_done_whoever_did_it_later(self) -> None:
        change = changed(TARGET)
        refused = report([concluded(change, Failed(change, PlatformRejected("no")))])
        there = report([concluded(decided(TARGET, snapshot(observed(TARGET))))])
        waiting = report([*refused.results, *WAITING.results])
        waited = wait_until_settled(within(waiting, there), 60, Stop(), lambda: 0.0)
        assert waited.report.applied_changes == []

    def test_gives_up_in_time(self) -> None:
        now = [0.0]
        stop = Stop()

        def clock() -> float:
            return now[0] + sum(stop.pauses)

        waited = wait_until_settled(within(WAITING), 10, stop, clock)
        assert not waited.arrived
        assert sum(stop.pauses) <= 10
        [unready] = waited.unready
        assert unready.startswith("VpDeployment team/orders: DependencyNotReady: VVP has no ")

    @pytest.mark.parametrize("stuck", [BLOCKED, HELD], ids=["a deletion", "a brake"])
    def test_gives_up_soon_where_only_people_can_help(self, stuck: Report) -> None:
        stop = Stop()
        run = within(WAITING, *[stuck] * 99)
        waited = wait_until_settled(run, 600, stop, lambda: sum(stop.pauses))
        assert (waited.arrived, waited.for_people) == (False, True)
        assert PATIENCE <= sum(stop.pauses) <= PATIENCE + LONGEST_STEP + FIRST_STEP
        assert len(waited.unready) == 1

    def test_goes_on_where_something_else_is_under_way(self) -> None:
        both = report([*BLOCKED.results, *WAITING.results])
        stop = Stop()
        waited = wait_until_settled(
            within(*[both] * 99, QUIET), 600, stop, lambda: sum(stop.pauses)
        )
        assert (waited.arrived, waited.for_people) == (True, False)

    def test_tells_what_it_waits_for_and_since_when(self) -> None:
        stop = Stop()
        told: list[list[tuple[str, float]]] = []
        run = within(WAITING, ALSO_WAITING, ALSO_WAITING, QUIET)
        wait_until_settled(
            run, 60, stop, lambda: sum(stop.pauses), lambda waiting: told.append(list(waiting))
        )
        names = [[words.partition(":")[0] for words, _ in waiting] for waiting in told]
        since = [[at for _, at in waiting] for waiting in told]
        first, second = "VpDeployment team/orders", "VpDeployment team/other"
        assert names == [[first], [first, second], [first, second]]
        assert since == [[0.0], [0.0, FIRST_STEP], [0.0, FIRST_STEP]]

    def test_gives_up_at_once_when_nothing_can_be_decided(self) -> None:
        stop = Stop()
        waited = wait_until_settled(within(AWAY_AND_WAITING), 60, stop)
        assert not waited.arrived
        assert waited.report.exit_code is ExitCode.UNREACHABLE
        assert stop.pauses == []

    def test_all_passes_together_have_the_time_of_one(self) -> None:
        stop, spent, limits = Stop(), [0.0], []

        def run(limit: float) -> Report:
            limits.append(limit)
            spent[0] += min(limit, 25.0)
            return WAITING

        waited = wait_until_settled(run, 60, stop, lambda: sum(stop.pauses) + spent[0])
        assert not waited.arrived
        assert limits[0] == 60
        assert limits == sorted(limits, reverse=True)
        assert sum(stop.pauses) + spent[0] <= 60

    @pytest.mark.parametrize(
        "late", [ClusterUnreachable("no answer"), AWAY], ids=["error", "report"]
    )
    def test_a_pass_that_runs_out_of_time_hides_nothing_of_those_before(
        self, late: Report | Exception
    ) -> None:
        stop, spent, outcomes = Stop(), [0.0], passes(STARTED, late)

        def run(limit: float) -> Report:
            spent[0] += limit if limit < 60 else 1.0
            return outcomes()

        waited = wait_until_settled(run, 60, stop, lambda: sum(stop.pauses) + spent[0])
        assert not waited.arrived
        assert waited.report.applied_changes == STARTED.applied_changes
        assert waited.report.decided

    def test_a_cluster_that_goes_away_meanwhile_is_told_beside_what_was_done(self) -> None:
        gone = ClusterUnreachable("no answer")
        waited = wait_until_settled(within(STARTED, gone), 60, Stop(), lambda: 0.0)
        assert waited.report.applied_changes == STARTED.applied_changes
        assert waited.report.errors == ("no answer",)
        assert waited.report.exit_code is ExitCode.PROBLEMS
        with pytest.raises(ClusterUnreachable):
            wait_until_settled(within(gone), 60, Stop(), lambda: 0.0)
        with pytest.raises(SettingsError):
            wait_until_settled(within(STARTED, SettingsError("no")), 60, Stop(), lambda: 0.0)

    def test_ends_when_it_is_asked_to(self) -> None:
        stop = Stop(2)
        waited = wait_until_settled(within(WAITING), 10_000, stop, lambda: 0.0)
        assert not waited.arrived
        assert len(stop.pauses) == 2

    def test_begins_no_pass_after_it_was_asked_to_end(self) -> None:
        begun: list[float] = []

        def run(limit: float) -> Report:
            begun.append(limit)
            return STARTED

        waited = wait_until_settled(run, 10_000, Stop(2), lambda: 0.0)
        assert len(begun) == 2
        assert waited.report.interrupted
        assert waited.report.applied_changes
        assert not waited.arrived


AWAY_AND_WAITING = replace(WAITING, decided=False)
