"""What a pass comes to in numbers: each metric tells what its sentence says, by labels of few values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from builders import applied, blocked, changed, decided, manifest, observed, snapshot
from vpsync.controller.families import FAMILIES
from vpsync.controller.metrics import TARGETS, Metrics
from vpsync.controller.tally import JOB_STATES, RESULTS, STATES, state_of
from vpsync.errors import PlatformFault, PlatformRejected, PlatformUnreachable
from vpsync.kinds import KINDS
from vpsync.model.change import Cause
from vpsync.model.decision import Blocked, Finalized, Invalid, Unreadable
from vpsync.model.finding import Finding
from vpsync.model.outcome import Applied, Failed, Result, Skipped
from vpsync.model.reasons import Reason
from vpsync.model.stage import Stage
from vpsync.net.exchange import Exchange
from vpsync.render.report import Report
from vpsync.status.conditions import concluded

CANARY = "canary-name"
PLATFORM = changed(manifest()).platform
ORDERS = manifest()


def metrics(**members: Any) -> Metrics:
    return Metrics(KINDS, **members)


def in_order(state: str = "RUNNING", edits: Mapping[str, Any] | None = None) -> Result:
    """A deployment that VVP holds as declared, in that state."""
    here = observed(ORDERS, {"/status/state": state, **(edits or {})})
    return concluded(decided(ORDERS, snapshot(here)))


def stopped(reason: Reason, **members: Any) -> Result:
    return concluded(Blocked(ORDERS, reason, "for a reason", **members))


def failed(error: Any) -> Result:
    change = changed(ORDERS)
    return concluded(change, Failed(change, error))


def noted(*results: Result, **members: Any) -> Callable[..., float | None]:
    """Reads the value of a series after one pass with these results."""
    told = metrics()
    told.note(Report(results, **members), 0.5)
    return lambda name, **labels: told.registry.get_sample_value(f"vpsync_{name}", labels)


RESULT_TABLE = [
    (in_order(), "noop"),
    (applied(ORDERS, observed(ORDERS)), "created"),
    (failed(PlatformRejected("no")), "failed"),
    (Result(changed(ORDERS), Skipped(changed(ORDERS), Reason.RetryNextPass, "halted")), "skipped"),
    (concluded(blocked(manifest(edits={"/deploymentTargetName": "missing"}))), "skipped"),
    (concluded(Invalid(ORDERS, (Finding("/spec", "is wrong"),))), "invalid"),
    (concluded(Unreadable(ORDERS, PLATFORM, "away")), "failed"),
    (concluded(Finalized(ORDERS, "gone")), "released"),
]


class TestResults:
    @pytest.mark.parametrize(("result", "word"), RESULT_TABLE, ids=lambda one: str(one)[:12])
    def test_each_resource_counts_once_under_what_came_of_it(
        self, result: Result, word: str
    ) -> None:
        value = noted(result)
        counted = {
            one: value("reconcile_total", kind="VpDeployment", result=one) for one in RESULTS
        }
        assert counted == {one: float(one == word) for one in RESULTS}

    @pytest.mark.parametrize(
        ("result", "reason"),
        [
            (failed(PlatformRejected("no")), "Rejected"),
            (failed(PlatformFault("503")), "RetryNextPass"),
            (failed(PlatformUnreachable("reset")), "NoAnswer"),
            (concluded(Unreadable(ORDERS, PLATFORM, "away")), "Unreadable"),
            (concluded(Invalid(ORDERS, (Finding("/spec", "is wrong"),))), "InvalidSpec"),
            *((stopped(reason), reason.name) for reason in Reason if reason.stalled),
        ],
        ids=lambda one: one if isinstance(one, str) else "",
    )
    def test_what_failed_or_is_stalled_counts_under_its_reason(
        self, result: Result, reason: str
    ) -> None:
        value = noted(result)
        assert value("reconcile_errors_total", kind="VpDeployment", reason=reason) == 1

    def test_what_waits_or_is_in_order_is_no_error(self) -> None:
        waiting = [stopped(reason) for reason in Reason if reason.waiting]
        told = metrics()
        told.note(Report((in_order(), *waiting)), 0.5)
        assert "vpsync_reconcile_errors_total{" not in generate_latest(told.registry).decode()


class TestGauges:
    @pytest.mark.parametrize(
        "reason", [one for one in Reason if one.stalled or one.waiting], ids=str
    )
    def test_stalled_and_waiting_resources_are_told_by_reason(self, reason: Reason) -> None:
        condition = "Stalled" if reason.stalled else "Reconciling"
        value = noted(stopped(reason))
        labels = {"kind": "VpDeployment", "condition": condition, "reason": reason.name}
        assert value("resource_reason", **labels) == 1

    def test_conditions_are_counted_by_status(self) -> None:
        value = noted(in_order(), in_order(), stopped(Reason.NotOwned))
        kind = "VpDeployment"
        assert value("resource_condition", kind=kind, condition="Ready", status="True") == 2
        assert value("resource_condition", kind=kind, condition="Ready", status="False") == 1
        assert value("resource_condition", kind=kind, condition="Stalled", status="True") == 1
        assert (
            value("resource_condition", kind="VpSavepoint", condition="Ready", status="True") == 0
        )

    def test_where_nothing_was_learnt_the_conditions_stay(self) -> None:
        ready = {"type": "Ready", "status": "True", "reason": "Succeeded"}
        known = manifest(status={"conditions": [ready, {"type": CANARY, "status": "True"}]})
        told = metrics()
        told.note(Report((concluded(Unreadable(known, PLATFORM, "away")),), decided=False), 0.5)
        labels = {"kind": "VpDeployment", "condition": "Ready", "status": "True"}
        assert told.registry.get_sample_value("vpsync_resource_condition", labels) == 1
        assert CANARY not in generate_latest(told.registry).decode()

    def test_owners_pauses_and_drift_are_counted_by_kind(self) -> None:
        value = noted(stopped(Reason.NotOwned), stopped(Reason.Paused), stopped(Reason.Drifted))
        for name in ("owner_mismatch", "paused_resources", "drifted_resources"):
            assert value(name, kind="VpDeployment") == 1
            assert value(name, kind="VpSavepoint") == 0

    def test_drift_that_is_put_back_was_there(self) -> None:
        change = replace(changed(ORDERS), cause=Cause.DRIFT)
        for result in (concluded(change), Result(change, Applied(change, observed(ORDERS)), ())):
            assert noted(result)("drifted_resources", kind="VpDeployment") == 1
        assert noted(concluded(changed(ORDERS)))("drifted_resources", kind="VpDeployment") == 0

    def test_what_is_no_more_is_0_and_what_was_never_is_not_told(self) -> None:
        told = metrics()
        told.note(Report((in_order("SUSPENDED"),)), 0.5)
        told.note(Report(), 0.5)
        labels = {"kind": "VpDeployment", "state": "SUSPENDED"}
        assert told.registry.get_sample_value("vpsync_resources", labels) == 0
        labels = {"kind": "VpDeployment", "state": "FINISHED"}
        assert told.registry.get_sample_value("vpsync_resources", labels) is None


class TestStates:
    @pytest.mark.parametrize("state", ["RUNNING", "SUSPENDED", "FAILED"])
    def test_are_those_of_vvp(self, state: str) -> None:
        assert state in STATES
        assert noted(in_order(state))("resources", kind="VpDeployment", state=state) == 1
        assert noted(in_order(state))("jobs", state=state) == 1

    def test_one_that_vvp_does_not_document_is_other(self) -> None:
        value = noted(in_order(CANARY))
        assert value("resources", kind="VpDeployment", state="other") == 1
        assert value("jobs", state="other") == 1

    def test_without_a_state_it_is_there_or_not(self) -> None:
        target = manifest("VpDeploymentTarget", "others")
        assert state_of(concluded(decided(target, snapshot(observed(target))))) == "present"
        assert state_of(concluded(changed(target))) == "absent"
        assert state_of(concluded(Unreadable(target, PLATFORM, "away"))) == "unknown"

    def test_a_job_that_keeps_failing_is_told_apart_from_one_that_runs(self) -> None:
        running = {"conditions": [{"type": "JobFailing", "status": "True"}]}
        value = noted(in_order(), in_order(edits={"/status/running": running}))
        assert (value("jobs", state="RUNNING"), value("jobs", state="failing")) == (1, 1)


class TestPasses:
    def test_a_success_is_a_pass_that_read_and_wrote_all(self) -> None:
        now = [1000.0]
        told = metrics(wall_clock=lambda: now[0])

        def value(name: str) -> float | None:
            return told.registry.get_sample_value(f"vpsync_{name}")

        seconds = ("last_pass_timestamp_seconds", "last_success_timestamp_seconds")
        assert [value(name) for name in seconds] == [None, None], "unknown is not long ago"
        failures: list[Report | None] = [
            None, Report(decided=False), Report(errors=("a list failed",)), Report(interrupted=True),
            Report(errors=("a token is refused", "a list failed"), refused=1),
        ]  # fmt: skip
        for number, report in enumerate(failures, start=1):
            told.note(report, 0.5)
            assert value("consecutive_failures") == number
        assert [value(name) for name in seconds] == [1000.0, None]
        told.note(Report((stopped(Reason.NotOwned),), tripped=("a brake",)), 0.5)
        told.note(Report(errors=("a token is refused",), refused=1), 0.5)
        assert value("consecutive_failures") == 0
        now[0] = 2000.0
        told.note(None, 0.5)
        assert [value(name) for name in seconds] == [2000.0, 1000.0]
        assert value("pass_duration_seconds_count") == 8

    def test_a_pass_that_learnt_nothing_leaves_the_gauges_as_they_were(self) -> None:
        told = metrics()
        told.note(Report((stopped(Reason.StateLoss),)), 0.5)
        told.note(None, 0.5)
        labels = {"kind": "VpDeployment", "condition": "Stalled", "reason": "StateLoss"}
        assert told.registry.get_sample_value("vpsync_resource_reason", labels) == 1

    def test_each_stage_lasts_until_the_next_one_or_the_end_of_the_pass(self) -> None:
        told = metrics()
        for stage in (Stage.READ, Stage.PLAN, Stage.READ):
            told.enter(stage)
        told.note(Report(), 0.5)
        told.note(None, 0.5)
        name = "vpsync_pass_stage_duration_seconds_count"
        counted = {
            stage: told.registry.get_sample_value(name, {"stage": stage.value}) for stage in Stage
        }
        assert counted == dict.fromkeys(Stage) | {Stage.READ: 2, Stage.PLAN: 1}


class TestRequests:
    def test_each_counts_with_its_target_method_and_status(self) -> None:
        told = metrics()

        def value(name: str, **labels: str) -> float | None:
            return told.registry.get_sample_value(f"vpsync_http_{name}", labels)

        told.begin("vvp")
        told.begin("vvp")
        assert value("requests_in_flight", target="vvp") == 2
        told.observe(Exchange("vvp", "GET", 200, 0.02))
        told.observe(Exchange("vvp", "GET", 0, 30.0))
        assert value("requests_in_flight", target="vvp") == 0
        assert value("requests_total", target="vvp", method="GET", code="200") == 1
        assert value("requests_total", target="vvp", method="GET", code="none") == 1
        assert value("request_duration_seconds_sum", target="vvp", method="GET") == 30.02

    @pytest.mark.parametrize("target", TARGETS)
    def test_writes_are_told_apart_and_stand_still_at_0(self, target: str) -> None:
        told = metrics()
        told.observe(Exchange(target, "GET", 200, 0.02))
        told.observe(Exchange(target, "PATCH", 500, 0.02))
        counted = {
            verb: told.registry.get_sample_value(
                "vpsync_writes_total", {"target": target, "verb": verb}
            )
            for verb in ("POST", "PATCH", "PUT", "DELETE", "GET")
        }
        assert counted == {"POST": 0, "PATCH": 1, "PUT": 0, "DELETE": 0, "GET": None}

    def test_a_server_cannot_make_labels_by_its_statuses(self) -> None:
        told = metrics()
        for status in range(100, 1000):
            told.observe(Exchange("vvp", "GET", status, 0.02))
        text = generate_latest(told.registry).decode()
        assert text.count("vpsync_http_requests_total{") < 80
        assert 'code="9xx"' in text


class TestLeader:
    def test_is_absent_until_there_is_an_election(self) -> None:
        told = metrics()
        told.note(Report(), 0.5)
        assert "vpsync_leader{" not in generate_latest(told.registry).decode()
        for leading in (True, False):
            told.lead("vpsync-default", leading=leading)
            labels = {"lease": "vpsync-default"}
            assert told.registry.get_sample_value("vpsync_leader", labels) == leading

    def test_who_lost_the_lease_leaves_the_counting_to_its_holder(self) -> None:
        told = metrics()
        told.note(Report((stopped(Reason.StateLoss),), errors=("a list failed",)), 0.5)
        told.lead("vpsync-default", leading=False)
        labels = {"kind": "VpDeployment", "condition": "Stalled", "reason": "StateLoss"}
        assert told.registry.get_sample_value("vpsync_resource_reason", labels) == 0
        assert told.registry.get_sample_value("vpsync_consecutive_failures") == 0
        assert told.registry.get_sample_value("vpsync_last_pass_timestamp_seconds") is None
        told.note(Report(), 0.5)
        told.lead("vpsync-default", leading=False)
        assert told.registry.get_sample_value("vpsync_last_success_timestamp_seconds") is None


class TestAllOfThem:
    def text(self) -> str:
        told = metrics()
        told.begin("vvp")
        told.observe(Exchange("vvp", "GET", 200, 0.1))
        told.enter(Stage.READ)
        told.lead("vpsync-default", leading=True)
        told.note(Report(tuple(result for result, _ in RESULT_TABLE)), 0.5)
        return generate_latest(told.registry).decode()

    def test_are_those_of_the_list_with_its_types_and_labels(self) -> None:
        found = {one.name: one for one in text_string_to_metric_families(self.text())}
        assert set(found) == {one.name.removesuffix("_total") for one in FAMILIES}
        for family in FAMILIES:
            told = found[family.name.removesuffix("_total")]
            assert (told.type, told.documentation) == (family.type, family.help)
            assert told.samples
            for sample in told.samples:
                assert set(sample.labels) - {"le"} == set(family.labels)

    def test_name_no_resource_and_no_word_of_a_server(self) -> None:
        text = self.text()
        for word in (ORDERS.key.name, ORDERS.key.namespace, "reset", "is wrong", "missing"):
            assert f'"{word}"' not in text

    def test_are_as_many_for_a_thousand_resources_as_for_one(self) -> None:
        def series(*results: Result) -> int:
            told = metrics()
            told.note(Report(results), 0.5)
            lines = generate_latest(told.registry).decode().splitlines()
            return sum(not line.startswith("#") for line in lines)

        one, others = stopped(Reason.NotOwned), manifest(name="another")
        many = [concluded(Blocked(others, Reason.NotOwned, str(n))) for n in range(1000)]
        assert series(one) == series(one, *many) < 400

    def test_job_states_are_all_told_from_the_start(self) -> None:
        told = metrics()
        for state in JOB_STATES:
            assert told.registry.get_sample_value("vpsync_jobs", {"state": state}) == 0
