"""What is asked of VVP: lists, never one request per object."""

from __future__ import annotations

from typing import Any

import pytest

from builders import REMOVED, at, desired, going, manifest, observed, savepoint, snapshot, status
from vpsync.kinds.deployment import DEPLOYMENT
from vpsync.model.observed import Observed
from vpsync.model.reasons import Reason
from vpsync.model.resource import Desired, Manifest
from vpsync.planning.queries import DetailQuery, InitialQuery, detail_query, initial_query
from vpsync.planning.savepoints.write_ahead import (
    SavepointRequest,
    request_annotation,
    request_text,
)

TARGETS, DEPLOYMENTS = ("default", "VpDeploymentTarget"), ("default", "VpDeployment")
JOB = observed(manifest())


def asked(*resources: Manifest, deleted: tuple[Manifest, ...] = ()) -> InitialQuery:
    return initial_query([desired(item) for item in resources], deleted)


def seen_before(resource: Manifest, held: Observed, **members: Any) -> Desired:
    """The resource with the status that mirrors what VVP holds."""
    mirrored = {key: value for key, value in DEPLOYMENT.status(held).items() if value is not None}
    known = {**status(), **mirrored, "job": {"id": "job-1"}, **members}
    return desired(
        manifest(resource.key.kind, resource.key.name, status={k: v for k, v in known.items()})
    )


class TestLists:
    def test_are_one_for_each_kind_and_vvp_namespace(self) -> None:
        fleet = [
            manifest(name=f"job-{number}", edits={"/metadata/namespace": f"place-{number % 3}"})
            for number in range(300)
        ]
        found = asked(*fleet)
        assert len(found.collections) == 2 * 3
        assert found.contents == frozenset()

    def test_of_deployments_come_with_those_of_their_targets(self) -> None:
        assert asked(manifest()).collections == {DEPLOYMENTS, TARGETS}

    def test_of_deployments_on_a_session_cluster_need_no_targets(self) -> None:
        edits = {"/deploymentTargetName": REMOVED, "/spec/sessionClusterName": "shared"}
        assert asked(manifest(edits=edits)).collections == {DEPLOYMENTS}

    def test_of_targets_alone_need_nothing_else(self) -> None:
        assert asked(manifest("VpDeploymentTarget")).collections == {TARGETS}

    def test_of_vvp_namespaces_are_made_anyway(self) -> None:
        assert asked(manifest("VpNamespace")).collections == frozenset()

    def test_of_savepoints_are_made_by_deployment(self) -> None:
        assert asked(manifest("VpSavepoint")).collections == {DEPLOYMENTS}

    def test_are_not_needed_for_a_savepoint_that_is_history(self) -> None:
        done = manifest("VpSavepoint", status={"id": "sp-1", "state": "COMPLETED"})
        assert asked(done).collections == frozenset()

    @pytest.mark.parametrize("kind", ["VpDeployment", "VpDeploymentTarget"])
    def test_for_a_deletion_show_who_uses_a_target(self, kind: str) -> None:
        assert asked(deleted=(going(kind),)).collections == {DEPLOYMENTS, TARGETS}

    def test_for_the_deletion_of_a_vvp_namespace_show_all_that_it_holds(self) -> None:
        found = asked(deleted=(going("VpNamespace"),))
        assert found == InitialQuery(frozenset(), frozenset({"analytics"}))

    def test_are_not_made_for_what_no_vvp_object_can_be(self) -> None:
        odd = {"/metadata/namespace": "../.."}
        deleted = (going(edits=odd), going("VpSavepoint"), going("VpNamespace", name="Not-A-Name"))
        assert asked(deleted=deleted) == InitialQuery(frozenset(), frozenset())

    def test_of_nothing_are_none(self) -> None:
        assert asked() == InitialQuery(frozenset(), frozenset())


class TestSavepoints:
    def ask(self, resource: Manifest, *objects: Observed) -> frozenset[tuple[str, str]]:
        return detail_query([desired(resource)], snapshot(*(objects or (JOB,)))).savepoints

    def test_are_listed_for_the_deployment_of_an_open_one(self) -> None:
        assert self.ask(manifest("VpSavepoint")) == {("default", JOB.id)}

    def test_are_listed_once_for_many_open_ones(self) -> None:
        points = [desired(manifest("VpSavepoint", f"point-{number}")) for number in range(50)]
        assert detail_query(points, snapshot(JOB)).savepoints == {("default", JOB.id)}

    def test_are_listed_for_the_deployment_that_the_intent_names(self) -> None:
        intent = SavepointRequest("n-1", "id-of-the-first", "", at())
        resource = manifest("VpSavepoint", status={"intent": intent.as_json()})
        assert self.ask(resource) == {("default", "id-of-the-first")}

    def test_are_listed_for_the_named_deployment_where_the_intent_names_none(self) -> None:
        resource = manifest("VpSavepoint", status={"intent": {"nonce": "n-1"}})
        assert self.ask(resource) == {("default", JOB.id)}

    def test_are_listed_for_the_deployment_that_a_files_intent_names(self) -> None:
        resource = manifest("VpSavepoint", in_file=True)
        text = request_text(resource, SavepointRequest("n-1", "id-of-the-first", "", at()))
        place = "/metadata/annotations/" + request_annotation(resource).replace("/", "~1")
        assert self.ask(resource, observed(manifest(), {place: text})) == {
            ("default", "id-of-the-first")
        }

    def test_are_not_listed_for_a_deployment_that_is_not_there(self) -> None:
        assert self.ask(manifest("VpSavepoint", edits={"/deploymentName": "gone"})) == frozenset()

    @pytest.mark.parametrize(
        ("kind", "policy", "expected"),
        [
            ("VpDeployment", "Suspend", {("default", JOB.id)}),
            ("VpDeployment", "Delete", frozenset()),
            ("VpDeploymentTarget", "Suspend", frozenset()),
        ],
    )
    def test_are_listed_where_a_deletion_waits_for_the_savepoint_of_a_suspension(
        self, kind: str, policy: str, expected: frozenset[tuple[str, str]]
    ) -> None:
        suspended = {"/spec/state": "SUSPENDED", "/status/state": "SUSPENDED"}
        seen = observed(manifest(kind, name="orders"), suspended)
        resource = going(kind, name="orders", notes={"deletion-policy": policy})
        assert detail_query([], snapshot(seen), [resource]).savepoints == expected

    @staticmethod
    def history(**members: Any) -> Manifest:
        done = {"id": "sp-1", "state": "COMPLETED", "deploymentId": JOB.id, "observedGeneration": 1}
        told = {"conditions": [{"type": "Ready", "status": "True", "observedGeneration": 1}]}
        return manifest("VpSavepoint", status={**done, **told}, **members)

    def test_are_not_listed_for_one_that_is_history(self) -> None:
        assert self.ask(self.history()) == frozenset()

    def test_of_history_are_listed_when_it_is_time_to_look_again(self) -> None:
        wanted = [desired(self.history())]
        found = detail_query(wanted, snapshot(JOB), looks_again=True).savepoints
        assert found == {("default", JOB.id)}
        elsewhere = snapshot(JOB, namespaces=("other",))
        assert detail_query(wanted, elsewhere, looks_again=True).savepoints == frozenset()

    @pytest.mark.parametrize(
        "members", [{"generation": 2}, {"notes": {"reconcile-requested-at": "now"}}]
    )
    def test_of_history_are_listed_when_its_resource_changed(self, members: Any) -> None:
        assert self.ask(self.history(**members)) == {("default", JOB.id)}

    def test_of_history_are_listed_when_its_deployment_moved(self) -> None:
        quiet, moved = seen_before(manifest(), JOB), seen_before(manifest(), JOB, state="SUSPENDED")
        point = desired(self.history())
        assert detail_query([quiet, point], snapshot(JOB)).savepoints == frozenset()
        assert detail_query([moved, point], snapshot(JOB)).savepoints == {("default", JOB.id)}

    def test_that_vvp_lists_do_not_change_the_question(self) -> None:
        vvp = snapshot(JOB, savepoints={JOB.id: (savepoint(),)})
        assert detail_query([desired(manifest("VpSavepoint"))], vvp).savepoints == {
            ("default", JOB.id)
        }


class TestJobsAndEvents:
    def test_of_a_fleet_that_did_not_move_are_not_asked_for(self) -> None:
        fleet = [manifest(name=f"job-{number}") for number in range(200)]
        held = [observed(item) for item in fleet]
        wanted = [seen_before(item, seen) for item, seen in zip(fleet, held, strict=True)]
        assert detail_query(wanted, snapshot(*held)) == DetailQuery()

    def test_of_a_new_deployment_are(self) -> None:
        found = detail_query([desired(manifest())], snapshot(JOB))
        assert found.jobs == {("default", "job-1")}
        assert found.events == {("default", JOB.id)}

    @pytest.mark.parametrize(
        "known",
        [{"resourceVersion": 2}, {"state": "TRANSITIONING"}, {"running": None}, {"running": {}}],
    )
    def test_events_of_one_that_moved_are(self, known: dict[str, Any]) -> None:
        assert detail_query([seen_before(manifest(), JOB, **known)], snapshot(JOB)).events

    def test_a_timestamp_alone_is_no_move(self) -> None:
        later = {**JOB.body["status"]["running"], "transitionTime": at()}
        assert not detail_query([seen_before(manifest(), JOB, running=later)], snapshot(JOB)).events

    def test_a_job_is_read_when_it_is_another_one(self) -> None:
        wanted = seen_before(manifest(), JOB, job={"id": "job-0"})
        assert detail_query([wanted], snapshot(JOB)).jobs == {("default", "job-1")}

    @pytest.mark.parametrize("state", ["FAILED", "FINISHED"])
    def test_a_job_is_read_once_more_when_it_ended(self, state: str) -> None:
        ended = observed(manifest(), {"/status": {"state": state}})
        before = seen_before(manifest(), ended, state="RUNNING")
        assert detail_query([before], snapshot(ended)).jobs == {("default", "job-1")}
        after = seen_before(manifest(), ended)
        assert detail_query([after], snapshot(ended)).jobs == frozenset()

    def test_the_newest_is_asked_for_again_where_the_status_still_has_it_as_started(self) -> None:
        ended = observed(manifest(), {"/status": {"state": "FAILED"}})
        behind = seen_before(manifest(), ended, job={"id": "job-1", "state": "STARTED"})
        assert detail_query([behind], snapshot(ended)).newest_jobs == {("default", ended.id)}

    def test_of_an_invalid_resource_are_asked_for_where_its_job_ended(self) -> None:
        ended = observed(manifest(), {"/status": {"state": "FAILED"}})
        known = status(id=ended.id, namespace="default", state="RUNNING")
        place = {("default", ended.id)}
        vvp = snapshot(ended)
        assert detail_query([], vvp, invalid=[manifest(status=known)]).newest_jobs == place
        other = manifest(status=known, uid="uid-of-another")
        assert detail_query([], vvp, invalid=[other]).newest_jobs == frozenset()

    @pytest.mark.parametrize("state", ["FAILED", "FINISHED"])
    def test_the_newest_is_asked_for_once_where_one_ended_that_may_never_have_been_seen(
        self, state: str
    ) -> None:
        ended = observed(manifest(), {"/status": {"state": state}})
        before = seen_before(manifest(), ended, state="TRANSITIONING", job=None)
        assert detail_query([before], snapshot(ended)).newest_jobs == {("default", ended.id)}
        after = seen_before(manifest(), ended)
        assert detail_query([after], snapshot(ended)).newest_jobs == frozenset()

    def test_of_a_file_are_not_asked_for(self) -> None:
        wanted = desired(manifest(in_file=True))
        assert detail_query([wanted], snapshot(JOB)) == DetailQuery()

    def test_of_a_deployment_that_is_not_there_are_not_asked_for(self) -> None:
        assert detail_query([desired(manifest(name="gone"))], snapshot(JOB)) == DetailQuery()

    def test_of_a_foreign_deployment_are_not_asked_for_in_every_pass(self) -> None:
        refused = status("False", "False", reason=Reason.NotOwned)
        wanted = desired(manifest(status=refused))
        foreign = observed(manifest(), owner="theirs")
        assert detail_query([wanted], snapshot(foreign)) == DetailQuery()
