"""Tenancy: what a Kubernetes namespace may have in VVP is for the run's settings to say."""

from __future__ import annotations

import pytest

from builders import blocked, changed, going, manifest, observed, snapshot
from vpsync.model.change import Action
from vpsync.model.reasons import Reason
from vpsync.planning.policy import Tenancy

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
