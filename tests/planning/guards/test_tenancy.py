"""Tenancy: what a Kubernetes namespace may have in VVP is for the run's settings to say."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from builders import (
    blocked,
    changed,
    decided,
    going,
    manifest,
    observed,
    planned,
    policy,
    savepoint,
    snapshot,
    with_savepoints,
)
from vpsync.model.change import Action, Change
from vpsync.model.decision import Blocked, Decision, Finalized, InSync
from vpsync.model.observed import Observed, Snapshot
from vpsync.model.options import Adopt
from vpsync.model.reasons import Reason
from vpsync.model.resource import FINALIZER
from vpsync.planning.plan import declare
from vpsync.planning.policy import Tenancy
from vpsync.planning.queries import initial_query

MAP = Tenancy(namespaces={"team": frozenset({"default"})})


def test_a_mapped_vvp_namespace_is_permitted() -> None:
    assert changed(manifest(), tenancy=MAP).action is Action.CREATE


@pytest.mark.parametrize("namespace", ["other-team", "kube-system"])
def test_a_namespace_that_the_map_does_not_name_has_nothing(namespace: str) -> None:
    found = blocked(manifest(namespace=namespace), tenancy=MAP)
    assert found.reason is Reason.NotPermitted
    assert "--namespace-map" in found.message


def test_a_vvp_namespace_outside_the_map_is_denied() -> None:
    resource = manifest(edits={"/metadata/namespace": "finance"})
    assert blocked(resource, tenancy=MAP).reason is Reason.NotPermitted


def test_a_denied_resource_deletes_nothing_and_keeps_its_finalizer() -> None:
    resource = going(namespace="other-team")
    found = blocked(resource, snapshot(observed(resource)), tenancy=MAP)
    assert found.reason is Reason.NotPermitted


def test_vvp_namespaces_come_only_from_the_admin_namespace() -> None:
    rules = Tenancy(admin_namespaces=frozenset({"platform"}))
    assert blocked(manifest("VpNamespace"), tenancy=rules).reason is Reason.NotPermitted
    allowed = manifest("VpNamespace", namespace="platform")
    assert changed(allowed, tenancy=rules).action is Action.CREATE


def test_targets_run_jobs_only_in_the_given_namespaces() -> None:
    rules = Tenancy(target_namespaces=frozenset({"flink-jobs"}))
    new = {"/metadata/name": "fresh"}
    assert changed(manifest("VpDeploymentTarget", edits=new), tenancy=rules).action is Action.CREATE
    elsewhere = {**new, "/spec/kubernetes/namespace": "kube-system"}
    found = blocked(manifest("VpDeploymentTarget", edits=elsewhere), tenancy=rules)
    assert found.reason is Reason.NotPermitted


class TestVvpNamespaces:
    """Who declares one owns all that lives in it, so declaring it is no way around the map."""

    HELD = observed(manifest("VpNamespace"))

    def test_a_tenant_may_have_only_those_that_the_map_gives(self) -> None:
        rules = Tenancy(namespaces={"team": frozenset({"default"})})
        assert blocked(manifest("VpNamespace"), tenancy=rules).reason is Reason.NotPermitted
        rules = Tenancy(namespaces={"team": frozenset({"analytics"})})
        assert changed(manifest("VpNamespace"), tenancy=rules).action is Action.CREATE

    def test_the_annotation_adopts_none_without_an_admin_namespace(self) -> None:
        edits = {"/roleBindings": [{"role": "owner", "members": ["user:mallory"]}]}
        taking = manifest("VpNamespace", edits=edits, notes={"adopt": "analytics"})
        found = blocked(taking, snapshot(self.HELD))
        assert found.reason is Reason.NotOwned
        assert "--admin-namespace" in found.message
        rules = Tenancy(admin_namespaces=frozenset({"team"}))
        assert changed(taking, snapshot(self.HELD), tenancy=rules).action is Action.ADOPT

    def test_a_run_that_sees_only_some_resources_takes_none_over(self) -> None:
        found = blocked(manifest("VpNamespace"), snapshot(self.HELD), sees_all_claimants=False)
        assert found.reason is Reason.NotOwned
        assert "only some resources" in found.message
        assert isinstance(decided(manifest("VpNamespace"), snapshot(self.HELD)), (Change, InSync))


class TestWhatIsRefused:
    """It claims nothing, names nothing and asks VVP nothing."""

    RULES = policy(tenancy=Tenancy(namespaces={"team": frozenset({"default"})}))

    def test_does_not_win_as_the_older_one(self) -> None:
        older = manifest(namespace="other-team", created="2020-01-01T00:00:00Z")
        plan = planned(older, manifest(), rules=self.RULES)
        assert [change.manifest.key.namespace for change in plan.changes] == ["team"]

    def test_by_a_mistyped_annotation_does_not_win_either(self) -> None:
        older = manifest(
            namespace="team", name="first", created="2020-01-01T00:00:00Z",
            notes={"paused": "yes"}, edits={"/metadata/name": "orders"},
        )  # fmt: skip
        plan = planned(older, manifest(), rules=self.RULES)
        assert [change.manifest.key.name for change in plan.changes] == ["orders"]

    @pytest.mark.parametrize("reach", ["name", "status", "deletion"])
    def test_causes_no_request(self, reach: str) -> None:
        known = {"id": "id-of-orders", "namespace": "finance", "observedGeneration": 1}
        resource = {
            "name": manifest(edits={"/metadata/namespace": "finance"}),
            "status": manifest(status=known),
            "deletion": going(status=known),
        }[reach]
        desired, deleted, refused = declare([(resource, ())], self.RULES.tenancy)
        assert initial_query(desired, deleted).collections == frozenset()
        assert [item.reason for item in refused if isinstance(item, Blocked)] == [
            Reason.NotPermitted
        ]


class TestSavepoints:
    """They are for the namespace that holds the deployment."""

    THEIRS = observed(manifest(namespace="other-team"))

    def view(self, *found: Observed) -> Snapshot:
        return with_savepoints(*found, deployment=self.THEIRS)

    @pytest.mark.parametrize(
        "edits", [{}, {"/spec/savepointLocation": "s3://of/others"}], ids=["taken", "registered"]
    )
    def test_are_not_had_of_another_namespaces_deployment(self, edits: dict[str, str]) -> None:
        found = blocked(manifest("VpSavepoint", edits=edits), self.view())
        assert found.reason is Reason.NotPermitted
        assert "other-team/orders" in found.message

    def test_are_not_adopted_from_another_namespaces_deployment(self) -> None:
        taking = manifest("VpSavepoint", notes={"adopt": "sp-1"})
        assert blocked(taking, self.view(savepoint())).reason is Reason.NotPermitted

    def test_of_an_unowned_deployment_are_for_whoever_may_adopt_it(self) -> None:
        nobodys = observed(manifest(), marked=False)
        vvp = with_savepoints(deployment=nobodys)
        assert changed(manifest("VpSavepoint"), vvp).action is Action.CREATE
        assert (
            blocked(manifest("VpSavepoint"), vvp, adopt=Adopt.NEVER).reason is Reason.NotPermitted
        )

    def gone(self, status: Mapping[str, object], deployment: Observed, **notes: str) -> Decision:
        resource = going(
            "VpSavepoint", notes={"deletion-policy": "Delete", **notes},
            finalizers=(FINALIZER,), status={"state": "COMPLETED", "deploymentId": "id-of-orders", **status},
        )  # fmt: skip
        return decided(resource, with_savepoints(savepoint(), deployment=deployment))

    def test_that_were_adopted_are_never_deleted_with_their_data(self) -> None:
        mine = observed(manifest())
        taken = {"id": "sp-1"}
        assert isinstance(self.gone(taken, mine), Change)
        for decision in (
            self.gone({**taken, "adopted": True}, mine),
            self.gone(taken, mine, adopt="sp-1"),
        ):
            assert isinstance(decision, Finalized)
            assert decision.left_alone

    def test_of_another_namespaces_deployment_are_not_deleted_on_the_word_of_a_status(self) -> None:
        decision = self.gone({"id": "sp-1"}, self.THEIRS)
        assert isinstance(decision, Finalized)
        assert decision.left_alone
