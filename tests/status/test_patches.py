"""The status that a resource gets: lawful, complete, and written only when something changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from builders import (
    REMOVED,
    Edits,
    applied,
    at,
    changed,
    decided,
    going,
    identity_of,
    manifest,
    observed,
    savepoint,
    snapshot,
    status,
    with_savepoints,
)
from fakes.patches import merge
from render.cases import CASES, Case
from vpsync.errors import PlatformFault, PlatformRejected, PlatformUnreachable
from vpsync.kinds import KINDS
from vpsync.model.condition import HELD, without_times
from vpsync.model.decision import Blocked
from vpsync.model.observed import Observed, Snapshot
from vpsync.model.outcome import Applied, Failed, Result, Skipped
from vpsync.model.reasons import Reason
from vpsync.model.resource import Manifest
from vpsync.schema.load import load_schema
from vpsync.status.conditions import concluded, not_done
from vpsync.status.patches import SUMMARY_LIMIT, status_patch, summary

from .kstatus import kstatus

NOW, LATER = at(), at(60)
VALIDATORS = {
    kind.name: Draft202012Validator(
        load_schema(kind.name)["properties"]["status"], format_checker=FormatChecker()
    )
    for kind in KINDS
}


def name_of(case: Case) -> str:
    return case.name


def written(result: Result, vvp: Snapshot | None = None, now: str = NOW) -> dict[str, Any]:
    """The status after the pass; what it does not change stays."""
    patch = status_patch(result, vvp or snapshot(), now)
    after: dict[str, Any] = merge(result.manifest.status, patch)
    return after


def following(resource: Manifest, vvp: Snapshot, *passes: str) -> list[dict[str, Any]]:
    """The patches of passes over a VVP that does not move, each with its time."""
    patches = []
    for now in passes:
        patches.append(status_patch(concluded(decided(resource, vvp)), vvp, now))
        resource = replace(resource, status=merge(resource.status, patches[-1]))
    return patches


RAN = status(
    id="id-of-orders",
    namespace="default",
    hasRun=True,
    state="RUNNING",
    running={"jobId": "job-1"},
    job={"id": "job-1", "state": "STARTED"},
)
"""The status of a job that an earlier pass saw running."""


@pytest.mark.parametrize("case", CASES, ids=name_of)
class TestEveryStatus:
    def test_is_one_that_the_schema_lets_in(self, case: Case) -> None:
        errors = VALIDATORS[case.result.manifest.key.kind].iter_errors(written(case.result))
        assert [error.message for error in errors] == []

    def test_is_read_by_kstatus_as_it_is_meant(self, case: Case) -> None:
        after = written(case.result)
        if case.expected is None:
            assert after == case.result.manifest.status
        else:
            assert kstatus(case.result.manifest, after) == case.kstatus

    def test_has_ready_and_synced_always_and_the_others_only_while_true(self, case: Case) -> None:
        if case.expected is None:
            return
        told = {c["type"]: c["status"] for c in written(case.result)["conditions"]}
        assert {"Ready", "Synced"} <= set(told)
        assert {told[name] for name in ("Reconciling", "Stalled") if name in told} <= {"True"}


@pytest.mark.parametrize(
    "case", [case for case in CASES if not isinstance(case.result.outcome, Applied)], ids=name_of
)
def test_the_same_result_in_the_next_pass_writes_nothing(case: Case) -> None:
    told = replace(case.result.manifest, status=written(case.result))
    assert status_patch(with_manifest(case.result, told), snapshot(), LATER) == {}


def with_manifest(result: Result, resource: Manifest) -> Result:
    """The same result for the resource as the API server holds it now."""
    decision: Any = result.decision
    if hasattr(decision, "desired") and decision.desired is not None:
        decision = replace(decision, desired=replace(decision.desired, manifest=resource))
    if "manifest" in type(decision).__dataclass_fields__:
        decision = replace(decision, manifest=resource)
    outcome: Any = result.outcome
    return concluded(decision, replace(outcome, change=decision) if outcome else None)


class TestOnlyWhatChanged:
    RESOURCE = manifest()
    VVP = snapshot(observed(RESOURCE))

    def test_has_the_id_of_a_target_that_vvp_shows_by_its_name(self) -> None:
        there = observed(
            self.RESOURCE,
            {"/spec/deploymentTargetId": REMOVED, "/spec/deploymentTargetName": "jobs"},
        )
        vvp = snapshot(there)
        patch = status_patch(concluded(decided(self.RESOURCE, vvp)), vvp, NOW)
        assert patch["deploymentTargetId"] == "id-of-jobs"

    def test_is_everything_for_a_new_resource(self) -> None:
        patch = status_patch(concluded(decided(self.RESOURCE, self.VVP)), self.VVP, NOW)
        assert set(patch) == {
            "observedGeneration",
            "conditions",
            "summary",
            "id",
            "namespace",
            "resourceVersion",
            "state",
            "running",
            "deploymentTargetId",
            "hasRun",
        }
        assert patch["observedGeneration"] == 1
        assert patch["id"] == identity_of(self.RESOURCE)
        assert patch["hasRun"] is True

    @pytest.mark.parametrize("reason", [Reason.NotKept, Reason.UnknownField])
    def test_has_a_summary_that_is_not_green_over_a_typo(self, reason: Reason) -> None:
        noted = "of which the reason says more than the words"
        ready = {"type": "Ready", "status": "True", "reason": "Succeeded", "message": HELD}
        synced = {"type": "Synced", "status": "True", "reason": reason.name, "message": noted}
        assert summary([ready, synced]) == f"{reason}: {noted}"
        assert summary([ready, {**synced, "reason": "Succeeded"}]) == HELD

    def test_has_a_summary_that_fits_a_column_and_tells_the_worst(self) -> None:
        long = Result(decided(self.RESOURCE, self.VVP), None, not_done(Reason.Rejected, "no " * 99))
        patch = status_patch(long, self.VVP, NOW)
        assert patch["summary"].startswith("Rejected: no no ")
        assert len(patch["summary"]) == SUMMARY_LIMIT

    def test_is_nothing_when_nothing_moved(self) -> None:
        assert following(self.RESOURCE, self.VVP, NOW, LATER, at(120))[1:] == [{}, {}]

    def test_is_nothing_for_a_timestamp_alone(self) -> None:
        first, _ = following(self.RESOURCE, self.VVP, NOW, LATER)
        known = replace(self.RESOURCE, status=first)
        edits = {"/status/running/transitionTime": LATER}
        moved = snapshot(observed(self.RESOURCE, edits))
        assert status_patch(concluded(decided(known, moved)), moved, LATER) == {}

    @pytest.mark.parametrize("member", ["lastTransitionTime", "lastUpdateTime"])
    def test_is_nothing_for_a_timestamp_of_vvps_conditions(self, member: str) -> None:
        def view(moment: str) -> Snapshot:
            conditions = [{"type": "ClusterUnreachable", "status": "False", member: moment}]
            return snapshot(observed(self.RESOURCE, {"/status/running/conditions": conditions}))

        [first] = following(self.RESOURCE, view(NOW), NOW)
        known = replace(self.RESOURCE, status=first)
        assert status_patch(concluded(decided(known, view(LATER))), view(LATER), LATER) == {}

    def test_is_the_version_alone_when_only_that_moved(self) -> None:
        [first] = following(self.RESOURCE, self.VVP, NOW)
        known = replace(self.RESOURCE, status=first)
        moved = snapshot(observed(self.RESOURCE, {"/metadata/resourceVersion": 9}))
        patch = status_patch(concluded(decided(known, moved)), moved, LATER)
        assert patch == {"resourceVersion": 9}

    @pytest.mark.parametrize(
        ("state", "job"), [("FAILED", {"state": "STARTED"}), ("CANCELLED", {})]
    )
    def test_shows_the_state_of_what_nothing_is_decided_about(
        self, state: str, job: dict[str, str]
    ) -> None:
        resource = manifest(notes={"drift": "sometimes"}, status=RAN)
        other = observed(manifest(), {"/status": {"state": state}})
        after = written(concluded(decided(resource, snapshot(other))), snapshot(other))
        assert (after["state"], after.get("running")) == (state, None)
        # How it ended is read in the next pass, for which the job stays as it was.
        assert after["job"] == {"id": "job-1", **job}
        assert "Stalled" in {one["type"] for one in after["conditions"]}

    def test_remembers_a_run_of_what_nothing_is_decided_about(self) -> None:
        never = status(id="id-of-orders", namespace="default", hasRun=False, state="SUSPENDED")
        resource = manifest(notes={"drift": "sometimes"}, status=never)
        vvp = snapshot(observed(manifest(), {"/status": {"state": "RUNNING"}}))
        assert written(concluded(decided(resource, vvp)), vvp)["hasRun"] is True

    @pytest.mark.parametrize(
        "vvp", [snapshot(), Snapshot(namespaces=frozenset())], ids=["the job", "its VVP namespace"]
    )
    def test_shows_no_state_of_what_is_not_there(self, vvp: Snapshot) -> None:
        resource = manifest(notes={"drift": "sometimes"}, status=RAN)
        after = written(concluded(decided(resource, vvp)), vvp)
        assert not {"state", "running"} & after.keys()
        assert after["job"] == {"id": "job-1"}

    @pytest.mark.parametrize(
        "other",
        [observed(manifest(), marked=False), observed(manifest(uid="uid-of-another"))],
        ids=["an unmarked one", "another resource's"],
    )
    def test_shows_no_state_of_an_object_that_is_not_proved_ours(self, other: Observed) -> None:
        resource = manifest(notes={"drift": "sometimes"}, status=RAN)
        after = written(concluded(decided(resource, snapshot(other))), snapshot(other))
        assert "state" not in after

    def test_shows_no_state_of_what_another_resource_holds_now(self) -> None:
        resource = manifest(status=RAN)
        vvp = snapshot(observed(manifest(), owner="theirs"))
        assert "state" not in written(concluded(decided(resource, vvp)), vvp)

    def test_shows_no_state_from_a_namespace_that_is_not_permitted(self) -> None:
        refused = Blocked(manifest(status=RAN), Reason.NotPermitted, "not yours")
        after = written(concluded(refused), Snapshot())
        assert "state" not in after
        assert after["hasRun"] is True

    def test_keeps_the_state_where_vvp_was_not_asked(self) -> None:
        resource = manifest(notes={"drift": "sometimes"}, status=RAN)
        assert written(concluded(decided(resource, Snapshot())), Snapshot())["state"] == "RUNNING"

    def test_shows_the_state_again_of_what_is_there_again(self) -> None:
        gone = {key: value for key, value in RAN.items() if key not in ("state", "running")}
        resource = manifest(notes={"drift": "sometimes"}, status=gone)
        vvp = snapshot(observed(manifest(), {"/status": {"state": "CANCELLED"}}))
        assert written(concluded(decided(resource, vvp)), vvp)["state"] == "CANCELLED"

    def test_tells_why_a_job_failed_about_which_nothing_is_decided(self) -> None:
        resource = manifest(notes={"drift": "sometimes"}, status=RAN)
        other = observed(manifest(), {"/status": {"state": "FAILED"}})
        job = {
            "metadata": {"id": "job-2"},
            "status": {
                "state": "FAILED",
                "failure": {"reason": "Disk", "message": "no space left"},
            },
        }
        vvp = snapshot(other, newest_jobs={other.id: job})
        after = written(concluded(decided(resource, vvp)), vvp)
        assert after["job"]["id"] == "job-2"
        assert "no space left" in after["failure"]["message"]

    def test_keeps_the_state_where_vvp_could_not_be_read(self) -> None:
        resource = manifest(notes={"drift": "sometimes"}, status=RAN)
        vvp = Snapshot(failed={("VpDeployment", "default"): PlatformFault("no")})
        assert written(concluded(decided(resource, vvp)), vvp)["state"] == "RUNNING"

    def test_removes_the_job_that_runs_no_more(self) -> None:
        [first] = following(self.RESOURCE, self.VVP, NOW)
        known = replace(self.RESOURCE, status=first)
        ended = snapshot(observed(self.RESOURCE, {"/status": {"state": "FINISHED"}}))
        patch = status_patch(concluded(decided(known, ended)), ended, LATER)
        assert (patch["state"], patch["running"]) == ("FINISHED", None)
        assert "running" not in merge(known.status, patch)

    def test_moves_the_time_of_a_condition_only_with_its_status(self) -> None:
        [first] = following(self.RESOURCE, self.VVP, NOW)
        known = replace(self.RESOURCE, status=first)
        ended = snapshot(observed(self.RESOURCE, {"/status": {"state": "FINISHED"}}))
        patch = status_patch(concluded(decided(known, ended)), ended, LATER)
        assert {c["lastTransitionTime"] for c in patch["conditions"]} == {NOW}
        failed = snapshot(observed(self.RESOURCE, {"/status": {"state": "FAILED"}}))
        patch = status_patch(concluded(decided(known, failed)), failed, LATER)
        times = {c["type"]: c["lastTransitionTime"] for c in patch["conditions"]}
        assert times == {"Ready": LATER, "Synced": NOW, "Stalled": LATER}

    def test_keeps_the_conditions_of_others(self) -> None:
        theirs = {"type": "Healthy", "status": "True", "reason": "x", "message": ""}
        known = replace(self.RESOURCE, status={"conditions": [theirs]})
        patch = status_patch(concluded(decided(known, self.VVP)), self.VVP, NOW)
        assert patch["conditions"][-1] == theirs

    def test_moves_the_observed_generation_of_what_is_paused(self) -> None:
        paused = manifest(generation=5, status=status(), notes={"paused": "true"})
        patch = status_patch(concluded(decided(paused, self.VVP)), self.VVP, NOW)
        assert patch["observedGeneration"] == 5

    def test_never_writes_what_a_user_or_an_older_operator_put_there(self) -> None:
        known = replace(self.RESOURCE, status={**status(), "theirs": {"a": 1}})
        patch = status_patch(concluded(decided(known, self.VVP)), self.VVP, NOW)
        assert "theirs" not in patch


class TestTheJob:
    JOB: Mapping[str, Any] = {
        "metadata": {"id": "job-1"},
        "status": {
            "state": "STARTED",
            "started": {"flinkJobId": "f-1", "startedAt": at(-60), "more": "x"},
        },
    }
    FAILURE: Mapping[str, Any] = {"message": "OOM", "reason": "R", "failedAt": at(-30)}

    def after(self, held: Edits, read: Mapping[str, Any], /, **known: Any) -> dict[str, Any]:
        resource = manifest(status={**status(), **known})
        vvp = snapshot(observed(resource, held), jobs={"job-1": read})
        return written(concluded(decided(resource, vvp)), vvp)

    def test_is_shown(self) -> None:
        assert self.after({}, self.JOB)["job"] == {
            "id": "job-1",
            "state": "STARTED",
            "flinkJobId": "f-1",
            "startedAt": at(-60),
        }

    def test_that_failed_is_shown_with_vvps_own_words(self) -> None:
        job = {"status": {"state": "FAILED", "failure": self.FAILURE}}
        after = self.after({"/status": {"state": "FAILED"}}, job, job={"id": "job-1"})
        assert after["job"] == {"id": "job-1", "state": "FAILED", "failure": self.FAILURE}
        assert after["failure"] == self.FAILURE

    def test_that_failed_once_is_forgotten_when_the_deployment_runs_again(self) -> None:
        after = self.after({}, self.JOB, failure=self.FAILURE)
        assert "failure" not in after

    def test_that_failed_leaves_nothing_of_its_failure_to_the_next_one(self) -> None:
        failed = {"id": "job-0", "state": "FAILED", "failure": self.FAILURE}
        after = self.after({}, self.JOB, job=failed, failure=self.FAILURE)
        assert "failure" not in after["job"]
        assert "failure" not in after

    def test_that_failed_is_no_failure_of_a_deployment_that_moved_on(self) -> None:
        failed = {"id": "job-0", "state": "FAILED", "failure": self.FAILURE}
        resource = manifest(status={**status(), "job": failed, "failure": self.FAILURE})
        vvp = snapshot(observed(resource, {"/status": {"state": "CANCELLED"}}))
        after = written(concluded(decided(resource, vvp)), vvp)
        assert "failure" not in after
        assert after["job"] == failed

    def test_says_nothing_of_a_password(self) -> None:
        failure = {"message": "no route to jdbc://user:CANARY@db, password=CANARY"}
        job = {"status": {"state": "FAILED", "failure": failure}}
        after = self.after({"/status": {"state": "FAILED"}}, job, job={"id": "job-1"})
        assert "CANARY" not in str(after)

    def test_that_was_not_read_in_this_pass_stays(self) -> None:
        resource = manifest(status={**status(), "job": {"id": "job-0", "state": "STARTED"}})
        vvp = snapshot(observed(resource))
        assert written(concluded(decided(resource, vvp)), vvp)["job"]["id"] == "job-0"

    def test_shows_no_member_that_the_api_server_would_drop(self) -> None:
        running = {
            "jobId": "job-1",
            "transitionTime": at(-60),
            "added.in.vvp.9": {"a": 1},
            "conditions": [{"type": "A", "status": "True", "added": 1, "reason": None}],
        }
        after = self.after({"/status/running": running}, self.JOB)
        assert after["running"] == {
            "jobId": "job-1",
            "transitionTime": at(-60),
            "conditions": [{"type": "A", "status": "True"}],
        }


class TestHasRun:
    @pytest.mark.parametrize("state", ["RUNNING", "SUSPENDED", "FAILED", "FINISHED"])
    def test_is_set_by_a_state_that_follows_a_run(self, state: str) -> None:
        resource = manifest()
        vvp = snapshot(observed(resource, {"/status": {"state": state}}))
        assert written(concluded(decided(resource, vvp)), vvp)["hasRun"] is True

    def test_is_not_set_by_a_deployment_that_never_ran(self) -> None:
        resource = manifest(edits={"/spec/state": "CANCELLED"})
        vvp = snapshot(observed(resource))
        assert "hasRun" not in written(concluded(decided(resource, vvp)), vvp)

    def test_stays_for_ever(self) -> None:
        resource = manifest(edits={"/spec/state": "CANCELLED"}, status={"hasRun": True})
        vvp = snapshot(observed(resource))
        assert written(concluded(decided(resource, vvp)), vvp)["hasRun"] is True


class TestLastHandled:
    NOTES: Mapping[str, str] = {"reconcile-requested-at": "now", "confirm-state-loss": "yes"}
    VVP = snapshot(observed(manifest()))

    def handled(self, result: Result) -> Any:
        return written(result, self.VVP).get("lastHandled")

    def asking(self, **members: Any) -> Manifest:
        return manifest(notes=self.NOTES, **members)

    def test_echoes_what_was_looked_at(self) -> None:
        result = concluded(decided(self.asking(), self.VVP))
        assert self.handled(result) == self.NOTES

    def test_does_not_use_up_the_consent_to_lose_state_before_it_was_needed(self) -> None:
        blocked = decided(self.asking(edits={"/deploymentTargetName": "gone"}))
        assert self.handled(concluded(blocked)) is None
        change = changed(self.asking(status={"observedGeneration": 1, "hasRun": True}))
        lost = concluded(change, Failed(change, PlatformRejected("400")))
        assert self.handled(lost) == {"reconcile-requested-at": "now"}

    def test_uses_up_the_consent_when_the_object_is_there(self) -> None:
        asking = self.asking(status={"observedGeneration": 1, "hasRun": True})
        result = applied(asking, observed(asking))
        assert self.handled(result)["confirm-state-loss"] == "yes"

    @pytest.mark.parametrize("error", [PlatformFault("500"), PlatformUnreachable("no answer")])
    def test_does_not_echo_what_failed_and_is_tried_again(self, error: PlatformFault) -> None:
        change = changed(self.asking())
        assert self.handled(concluded(change, Failed(change, error))) is None

    def test_echoes_what_vvp_refused_so_that_it_is_not_sent_again(self) -> None:
        change = changed(self.asking())
        result = concluded(change, Failed(change, PlatformRejected("400")))
        assert self.handled(result)["reconcile-requested-at"] == "now"

    def test_does_not_echo_what_was_not_begun(self) -> None:
        change = changed(self.asking())
        skipped = concluded(change, Skipped(change, Reason.DependencyNotReady, "no target"))
        assert self.handled(skipped) is None

    def test_keeps_what_was_echoed_before(self) -> None:
        known = {"lastHandled": {"restart-requested-at": "then"}}
        result = concluded(decided(self.asking(status=known), self.VVP))
        assert self.handled(result) == {**self.NOTES, "restart-requested-at": "then"}


class TestASavepoint:
    def test_shows_state_location_and_job(self) -> None:
        resource = manifest("VpSavepoint", status={"id": "sp-1", "intent": {"nonce": "n"}})
        vvp = with_savepoints(savepoint())
        after = written(concluded(decided(resource, vvp)), vvp)
        assert without_times({**after, "conditions": None}) == {
            "observedGeneration": 1,
            "conditions": None,
            "summary": "completed at s3://savepoints/sp-1",
            "id": "sp-1",
            "state": "COMPLETED",
            "location": "s3://savepoints/sp-1",
            "deploymentId": "id-of-orders",
            "jobId": "job-1",
        }

    def test_forgets_the_intent_only_when_it_is_found(self) -> None:
        intent = {"nonce": "n", "deploymentId": "id-of-orders", "requested": at(-10)}
        resource = manifest("VpSavepoint", status={"intent": intent})
        vvp = with_savepoints()
        assert written(concluded(decided(resource, vvp)), vvp)["intent"] == intent

    def test_that_is_history_is_not_written_again(self) -> None:
        resource = manifest("VpSavepoint", status={"id": "sp-1"})
        vvp = with_savepoints(savepoint())
        settled = replace(resource, status=written(concluded(decided(resource, vvp)), vvp))
        pruned = snapshot()
        assert status_patch(concluded(decided(settled, pruned)), pruned, LATER) == {}


class TestAnObjectThatIsNotOurs:
    def test_gives_its_id_to_no_status(self) -> None:
        vvp = snapshot(observed(manifest(), owner="theirs"))
        patch = status_patch(concluded(decided(manifest(), vvp)), vvp, NOW)
        assert set(patch) == {"observedGeneration", "conditions", "summary"}

    def test_gives_nothing_to_a_status_that_knew_it_and_takes_the_state_away(self) -> None:
        vvp = snapshot(observed(manifest(), owner="theirs"))
        known = manifest(status=status(id="id-of-orders", state="RUNNING"))
        patch = status_patch(concluded(decided(known, vvp)), vvp, NOW)
        assert set(patch) == {"conditions", "summary", "state"}
        assert patch["state"] is None


def test_times_are_taken_out_at_every_depth() -> None:
    value = {
        "a": [{"lastTransitionTime": 1, "b": {"transitionTime": 2, "c": 3}}],
        "lastUpdateTime": 4,
    }
    assert without_times(value) == {"a": [{"b": {"c": 3}}]}


def test_a_deletion_shows_the_state_until_the_end() -> None:
    vvp = snapshot(observed(manifest(), {"/spec/state": "CANCELLED"}))
    after = written(concluded(decided(going(), vvp)), vvp)
    assert after["state"] == "RUNNING"
    assert after["id"] == "id-of-orders"


def test_a_status_that_vvp_lacks_is_no_state() -> None:
    vvp = snapshot(observed(manifest(), {"/status": REMOVED}))
    after = written(concluded(decided(manifest(), vvp)), vvp)
    assert {"state", "running"}.isdisjoint(after)


def test_a_stack_trace_of_vvp_fits_into_the_status_and_is_no_news_in_the_next_pass() -> None:
    trace = "java.lang.IllegalStateException: x\n" + "  at com.example.Orders.map(1)\n" * 20_000
    failing = [{"type": "JobFailing", "status": "True", "message": trace, "reason": "Failing"}]
    edits = {"/status/state": "RUNNING", "/status/running": {"jobId": "j", "conditions": failing}}
    resource = manifest(status=status())
    seen = snapshot(observed(resource, edits))
    patch = status_patch(concluded(decided(resource, seen)), seen, "2025-01-01T00:00:00Z")
    assert len(json.dumps(patch)) < 200_000
    again = replace(resource, status={**resource.status, **patch})
    later = snapshot(observed(again, edits))
    assert status_patch(concluded(decided(again, later)), later, "2025-01-02T00:00:00Z") == {}
