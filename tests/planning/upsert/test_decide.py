"""Resources that are there to stay: creation, and what stands in its way."""

from __future__ import annotations

from typing import Any

import pytest

from builders import (
    NOW,
    REMOVED,
    blocked,
    changed,
    decided,
    in_sync,
    manifest,
    note_at,
    observed,
    own_notes,
    planned,
    sent,
    snapshot,
    status,
)
from vpsync.errors import PlatformFault, PlatformNotFound, PlatformUnauthorized, PlatformUnreachable
from vpsync.kinds import KINDS
from vpsync.model.change import Action, Cause, Effect, FieldChange, Verb
from vpsync.model.decision import Blocked, Unreadable
from vpsync.model.observed import PlatformKey, Snapshot
from vpsync.model.reasons import Reason
from vpsync.model.resource import Manifest
from vpsync.planning.ownership.forms import Forms, form
from vpsync.planning.ownership.managed_fields import MANAGED, managed_text, read_managed

FAULTS = [PlatformFault("500"), PlatformUnreachable("no answer")]


class TestCreation:
    def test_posts_what_is_declared_with_marker_and_record(self) -> None:
        change = changed(manifest())
        assert (change.action, change.verb, change.cause) == (
            Action.CREATE,
            Verb.POST,
            Cause.INTENT,
        )
        assert change.platform == PlatformKey("VpDeployment", "default", "orders")
        assert change.observed is None
        assert change.metadata == own_notes(manifest())
        assert change.patch() == {
            "metadata": {"labels": {"team": "orders"}, "annotations": own_notes(manifest())},
            "spec": {
                "state": "RUNNING",
                "deploymentTargetId": "id-of-jobs",
                "upgradeStrategy": {"kind": "STATEFUL"},
                "restoreStrategy": {"kind": "LATEST_STATE"},
                "template": {
                    "spec": {
                        "artifact": {"kind": "JAR", "jarUri": "s3://jobs/orders-1.jar"},
                        "parallelism": 2,
                        "flinkConfiguration": {"state.backend": "rocksdb"},
                    }
                },
            },
        }

    def test_lists_every_field_as_new(self) -> None:
        assert all(item.before is None for item in changed(manifest()).fields)

    @pytest.mark.parametrize(
        ("state", "effect"),
        [("RUNNING", Effect.START), ("CANCELLED", Effect.NONE), ("SUSPENDED", Effect.NONE)],
    )
    def test_tells_whether_a_job_starts(self, state: str, effect: Effect) -> None:
        assert changed(manifest(edits={"/spec/state": state})).effect is effect

    def test_starts_a_job_whose_state_is_left_to_vvp_and_does_not_record_it(self) -> None:
        change = changed(manifest(edits={"/spec/state": REMOVED}))
        assert sent(change)["/spec/state"] == "RUNNING"
        assert change.effect is Effect.START
        recorded = read_managed(change.metadata[MANAGED])
        assert recorded is not None
        assert ("spec", "state") not in recorded.paths
        assert ("spec", "upgradeStrategy", "kind") in recorded.paths

    def test_of_a_target_starts_nothing(self) -> None:
        change = changed(manifest("VpDeploymentTarget", "new"))
        assert (change.action, change.effect) == (Action.CREATE, Effect.NONE)
        assert sent(change) == {
            "/metadata/labels/team": "orders",
            "/spec/kubernetes/namespace": "flink-jobs",
        }

    def test_of_a_vvp_namespace_carries_no_annotations(self) -> None:
        change = changed(manifest("VpNamespace"))
        assert (change.action, change.metadata) == (Action.CREATE, {})
        assert change.patch() == {
            "roleBindings": [{"role": "owner", "members": ["group:platform"]}]
        }

    def test_sends_false_zero_and_empty_values(self) -> None:
        edits = {"/spec/a": False, "/spec/b": 0, "/spec/c": "", "/spec/d": []}
        fields = sent(changed(manifest(edits=edits)))
        assert {f"/spec/{key}": fields[f"/spec/{key}"] for key in "abcd"} == edits

    def test_is_not_tried_again_after_a_rejection(self) -> None:
        refused = status("False", "False", reason=Reason.Rejected)
        decision = blocked(manifest(status=refused))
        assert (decision.reason, decision.message) == (Reason.Rejected, "as it was")


class TestAbsenceMustBeProved:
    @pytest.mark.parametrize("error", FAULTS)
    @pytest.mark.parametrize("kind", ["VpDeployment", "VpDeploymentTarget"])
    def test_a_failed_list_creates_nothing(self, kind: str, error: PlatformFault) -> None:
        vvp = snapshot(failed={(kind, "default"): error})
        decision = decided(manifest(kind, "new"), vvp)
        assert isinstance(decision, Unreadable)
        assert decision.message == str(error)

    @pytest.mark.parametrize("error", FAULTS)
    def test_a_failed_list_of_namespaces_creates_no_namespace(self, error: PlatformFault) -> None:
        vvp = snapshot(namespaces=None, namespaces_failure=error)
        assert isinstance(decided(manifest("VpNamespace"), vvp), Unreadable)

    @pytest.mark.parametrize("kind", ["VpDeployment", "VpDeploymentTarget"])
    def test_a_list_that_nobody_asked_for_creates_nothing(self, kind: str) -> None:
        whole = snapshot()
        unasked = Snapshot(
            objects=whole.objects,
            listed=whole.listed - {(kind, "default")},
            namespaces=whole.namespaces,
        )
        decision = decided(manifest(kind, "new"), unasked)
        assert isinstance(decision, Unreadable)
        assert "was not listed" in decision.message

    def test_without_the_list_of_namespaces_a_whole_list_of_the_kind_is_proof_enough(self) -> None:
        vvp = snapshot(namespaces=None, namespaces_failure=PlatformFault("500"))
        assert changed(manifest(), vvp).action is Action.CREATE

    @pytest.mark.parametrize("kind", ["VpDeployment", "VpDeploymentTarget", "VpNamespace"])
    def test_a_refused_token_is_a_stop_and_never_an_empty_answer(self, kind: str) -> None:
        error = PlatformUnauthorized("GET: 403")
        vvp = snapshot(
            namespaces=None,
            failed={(name.name, "default"): error for name in KINDS},
            namespaces_failure=error,
        )
        decision = blocked(manifest(kind, "new"), vvp)
        assert (decision.reason, decision.message) == (Reason.Unauthorized, "GET: 403")

    def test_a_failure_stays_in_its_vvp_namespace(self) -> None:
        vvp = snapshot(
            namespaces=("default", "analytics"),
            failed={("VpDeploymentTarget", "analytics"): PlatformFault("500")},
        )
        there = manifest("VpDeploymentTarget", "new", {"/metadata/namespace": "analytics"})
        here = manifest("VpDeploymentTarget", "new-too")
        kinds = [type(item) for item in planned(there, here, vvp=vvp).decisions]
        assert kinds.count(Unreadable) == 1
        assert len(planned(there, here, vvp=vvp).changes) == 1


class TestTheVvpNamespace:
    PLACE = "analytics"

    def resource(self, kind: str = "VpDeploymentTarget") -> Manifest:
        return manifest(kind, "new", {"/metadata/namespace": self.PLACE})

    def test_that_is_absent_is_waited_for(self) -> None:
        assert blocked(self.resource()).reason is Reason.DependencyNotReady

    @pytest.mark.parametrize("kind", ["VpDeploymentTarget", "VpDeployment", "VpSavepoint"])
    def test_that_is_absent_is_told_with_both_ways_out(self, kind: str) -> None:
        assert blocked(self.resource(kind)).message == (
            "VVP has no namespace 'analytics'; declare a VpNamespace for it, or correct "
            "spec.metadata.namespace"
        )

    def test_that_is_absent_needs_no_list_of_what_it_holds(self) -> None:
        failed = {("VpDeploymentTarget", self.PLACE): PlatformNotFound("404")}
        assert blocked(self.resource(), snapshot(failed=failed)).reason is Reason.DependencyNotReady

    def test_that_this_plan_creates_counts_as_there_and_empty(self) -> None:
        plan = planned(self.resource(), manifest("VpNamespace"))
        assert [change.action for change in plan.changes] == [Action.CREATE, Action.CREATE]

    def test_that_this_plan_could_not_create_is_waited_for(self) -> None:
        refused = manifest("VpNamespace", status=status("False", "False", reason=Reason.Rejected))
        reasons = [
            item.reason
            for item in planned(self.resource(), refused).decisions
            if isinstance(item, Blocked)
        ]
        assert reasons == [Reason.Rejected, Reason.DependencyNotReady]

    def test_that_vvp_is_deleting_is_waited_for(self) -> None:
        ending = observed(
            manifest("VpNamespace"), {"/lifecyclePhase": "LIFECYCLE_PHASE_TERMINATING"}
        )
        for resource in (self.resource(), manifest("VpNamespace")):
            decision = blocked(resource, snapshot(ending))
            assert decision.reason is Reason.DependencyNotReady
            assert decision.message == "VVP is deleting its namespace 'analytics'"

    @pytest.mark.parametrize("failure", [None, PlatformNotFound("GET namespaces: 404")])
    def test_is_unsupported_in_the_community_edition(self, failure: PlatformFault | None) -> None:
        vvp = snapshot(namespaces=None, community=True, namespaces_failure=failure)
        assert blocked(manifest("VpNamespace"), vvp).reason is Reason.Unsupported

    def test_default_of_the_community_edition_is_used_without_a_list(self) -> None:
        vvp = snapshot(namespaces=None, community=True)
        assert changed(manifest(), vvp).action is Action.CREATE


class TestStateLoss:
    RAN = {"observedGeneration": 1, "hasRun": True, "id": "id-of-orders"}

    def test_a_deployment_that_ran_and_vanished_is_not_quietly_recreated(self) -> None:
        decision = blocked(manifest(status=self.RAN))
        assert decision.reason is Reason.StateLoss
        assert "confirm-state-loss" in decision.message

    def test_nor_is_one_whose_vvp_namespace_changed(self) -> None:
        moved = manifest(
            edits={"/metadata/namespace": "analytics", "/deploymentTargetName": "there"},
            status=self.RAN,
        )
        there = manifest("VpDeploymentTarget", "there", {"/metadata/namespace": "analytics"})
        vvp = snapshot(
            observed(manifest()),
            observed(there),
            namespaces=("default", "analytics"),
        )
        assert blocked(moved, vvp).reason is Reason.StateLoss

    def test_one_that_never_ran_is_created_anew(self) -> None:
        assert changed(manifest(status={"observedGeneration": 1})).action is Action.CREATE

    def test_one_without_state_to_lose_is_created_anew(self) -> None:
        edits = {"/spec/upgradeStrategy/kind": "STATELESS", "/spec/restoreStrategy/kind": "NONE"}
        assert changed(manifest(edits=edits, status=self.RAN)).action is Action.CREATE

    def test_a_new_value_of_the_annotation_confirms_it(self) -> None:
        resource = manifest(notes={"confirm-state-loss": "yes"}, status=self.RAN)
        assert changed(resource).action is Action.CREATE

    def test_a_value_that_was_acted_on_confirms_nothing_more(self) -> None:
        handled = {**self.RAN, "lastHandled": {"confirm-state-loss": "yes"}}
        used = manifest(notes={"confirm-state-loss": "yes"}, status=handled)
        assert blocked(used).reason is Reason.StateLoss
        again = manifest(notes={"confirm-state-loss": "again"}, status=handled)
        assert changed(again).action is Action.CREATE

    def test_one_run_may_confirm_it_for_all(self) -> None:
        assert changed(manifest(status=self.RAN), confirm_state_loss=True).action is Action.CREATE

    def test_a_file_remembers_nothing_so_a_manifest_from_one_is_created(self) -> None:
        assert changed(manifest(in_file=True)).action is Action.CREATE

    def test_a_target_has_no_state_to_lose(self) -> None:
        resource = manifest("VpDeploymentTarget", "new", status=self.RAN)
        assert changed(resource).action is Action.CREATE


class TestANameThatChanged:
    @pytest.mark.parametrize("kind", ["VpDeployment", "VpDeploymentTarget"])
    def test_is_immutable_and_nothing_is_created_beside_the_old_object(self, kind: str) -> None:
        before = manifest(kind, "first")
        renamed = manifest(
            kind, "first", {"/metadata/name": "second"}, status=status(id="id-of-first")
        )
        decision = blocked(renamed, snapshot(observed(before)))
        assert decision.reason is Reason.Immutable
        assert "'first'" in decision.message

    def test_of_a_vvp_namespace_is_immutable_too(self) -> None:
        renamed = manifest(
            "VpNamespace", "first", {"/metadata/name": "second"}, status=status(id="first")
        )
        vvp = snapshot(observed(manifest("VpNamespace", "first")))
        assert blocked(renamed, vvp).reason is Reason.Immutable

    def test_is_free_again_once_the_old_object_is_gone(self) -> None:
        renamed = manifest(
            "VpDeploymentTarget", "a", {"/metadata/name": "b"}, status=status(id="id-of-a")
        )
        assert changed(renamed).action is Action.CREATE


def test_a_name_that_two_vvp_objects_have_belongs_to_nobody() -> None:
    seen = observed(manifest())
    decision = blocked(manifest(), snapshot(seen, doubled=frozenset({seen.key})))
    assert decision.reason is Reason.NotOwned
    assert "more than one" in decision.message


def test_what_is_declared_and_held_is_in_sync() -> None:
    resource = manifest(status=status(id="id-of-orders"))
    decision = in_sync(resource, snapshot(observed(resource)))
    assert (decision.observed.id, decision.unkept) == ("id-of-orders", ())


def test_what_vvp_fills_in_from_its_defaults_is_no_difference() -> None:
    extra: dict[str, Any] = {
        "/spec/maxSavepointCreationAttempts": 4,
        "/spec/sessionClusterName": None,
        "/spec/template/spec/flinkConfiguration/taskmanager.memory": "1g",
        "/spec/template/spec/kubernetes": {"pods": {"labels": {"theirs": "yes"}}},
        "/metadata/labels/theirs": "yes",
        "/metadata/annotations/com.dataartisans.appmanager.controller.deployment.spec.version": "7",
    }
    in_sync(manifest(), snapshot(observed(manifest(), extra)))


def own_record(resource: Manifest, kept: Forms) -> str:
    """The record of what the resource declares, with what VVP keeps in forms of its own."""
    record = read_managed(own_notes(resource)[MANAGED])
    assert record is not None
    return managed_text(record.paths, kept)


def test_a_field_that_vvp_does_not_keep_is_told_and_not_sent_in_every_pass() -> None:
    path = ("spec", "paralelism")
    resource = manifest(edits={"/spec/paralelism": 3})
    record = own_record(resource, {path: form("id-of-orders", path, 3, None)})
    forgotten = {"/spec/paralelism": REMOVED, note_at(MANAGED): record}
    decision = in_sync(resource, snapshot(observed(resource, forgotten)))
    assert decision.unkept == (FieldChange(path, None, 3),)


def test_a_new_pass_that_is_asked_for_sends_what_vvp_did_not_keep_once_more() -> None:
    path = ("spec", "paralelism")
    asked = manifest(
        edits={"/spec/paralelism": 3},
        notes={"reconcile-requested-at": "now"},
        status=status(id="id-of-orders"),
    )
    record = own_record(asked, {path: form("id-of-orders", path, 3, None)})
    seen = observed(asked, {"/spec/paralelism": REMOVED, note_at(MANAGED): record})
    assert [item.path for item in changed(asked, snapshot(seen)).fields] == [path]


def test_a_form_that_vvp_no_longer_gives_a_value_goes_from_the_record() -> None:
    path = ("spec", "paralelism")
    resource = manifest(edits={"/spec/paralelism": 3})
    record = own_record(resource, {path: form("id-of-orders", path, 3, None)})
    change = changed(resource, snapshot(observed(resource, {note_at(MANAGED): record})))
    assert (change.cause, change.fields) == (Cause.RECORD, ())
    assert change.metadata[MANAGED] == own_record(resource, {})


def test_planning_reads_no_clock() -> None:
    assert decided(manifest(), now=0.0) == decided(manifest(), now=NOW)
