"""What older operators left in resources is read as it was meant."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from vpsync.kinds.leftovers import has_parked_fields, meant
from vpsync.model.json import value_at
from vpsync.model.resource import GROUP

PARKED_LABELS = f"{GROUP}/v1beta2.VpDeployment.pod-labels"
PARKED_START = f"{GROUP}/v1beta2.VpDeployment.start-from-savepoint"
PARKED_PATCHES = f"{GROUP}/v1beta2.VpDeploymentTarget.patch-set"
POD_LABELS = ("spec", "template", "spec", "kubernetes", "pods", "labels")


def with_resources(**resources: Any) -> dict[str, Any]:
    return {"spec": {"template": {"spec": {"resources": resources}}}}


@pytest.mark.parametrize("zero", ["0", 0, 0.0])
def test_a_cpu_of_zero_is_one_that_was_left_out(zero: Any) -> None:
    cleaned = meant("VpDeployment", with_resources(jobmanager={"cpu": zero, "memory": "1g"}), {})
    assert cleaned == with_resources(jobmanager={"memory": "1g"})


@pytest.mark.parametrize("kept", ["0.5", 0.5, "500m", "00", "0m", False])
def test_any_other_cpu_is_kept_as_it_stands(kept: Any) -> None:
    spec = with_resources(taskmanager={"cpu": kept})
    assert meant("VpDeployment", spec, {}) == spec


def test_a_cpu_of_zero_is_a_leftover_in_deployments_only() -> None:
    spec = with_resources(taskmanager={"cpu": "0"})
    assert meant("VpSavepoint", spec, {}) == spec


@pytest.mark.parametrize("resources", [None, "1g", ["1g"], {"jobmanager": None}, {"jobmanager": 1}])
def test_wiped_or_odd_resources_are_no_trouble(resources: Any) -> None:
    spec = {"spec": {"template": {"spec": {"resources": resources}}}}
    assert "template" in meant("VpDeployment", spec, {})["spec"]


def test_empty_location_and_id_of_a_savepoint_are_left_out() -> None:
    spec = {"deploymentName": "orders", "spec": {"savepointLocation": "", "flinkSavepointId": ""}}
    assert meant("VpSavepoint", spec, {}) == {"deploymentName": "orders", "spec": {}}


def test_empty_texts_of_other_kinds_are_kept() -> None:
    spec = {"spec": {"template": {"spec": {"logging": {"log4jLoggers": {"": ""}}}}}}
    assert meant("VpDeployment", spec, {}) == spec


def test_null_means_absent_at_every_depth() -> None:
    spec: dict[str, Any] = {
        "a": None,
        "b": {"c": None, "d": [{"e": None, "f": 1}]},
        "g": [],
        "h": {},
    }
    assert meant("VpDeployment", spec, {}) == {"b": {"d": [{"f": 1}]}, "g": [], "h": {}}


def test_false_zero_and_empty_values_are_kept() -> None:
    spec: dict[str, Any] = {"spec": {"a": False, "b": 0, "c": "", "d": [], "e": {}}}
    assert meant("VpDeploymentTarget", spec, {}) == spec


def test_parked_fields_come_back_where_the_spec_lacks_them() -> None:
    notes = {PARKED_LABELS: '{"app": "orders"}', PARKED_START: '{"kind": "LATEST"}'}
    cleaned = meant("VpDeployment", {"spec": {}}, notes)
    assert value_at(cleaned, POD_LABELS) == {"app": "orders"}
    assert value_at(cleaned, ("spec", "startFromSavepoint")) == {"kind": "LATEST"}


def test_a_parked_field_never_replaces_a_declared_one() -> None:
    spec = {"spec": {"startFromSavepoint": {"kind": "NONE"}}}
    assert meant("VpDeployment", spec, {PARKED_START: '{"kind": "LATEST"}'}) == spec


def test_a_parked_field_is_put_beside_what_is_declared() -> None:
    spec = {"spec": {"template": {"spec": {"parallelism": 2}}}}
    cleaned = meant("VpDeployment", spec, {PARKED_LABELS: '{"app": "orders"}'})
    assert value_at(cleaned, ("spec", "template", "spec", "parallelism")) == 2
    assert value_at(cleaned, POD_LABELS) == {"app": "orders"}


def test_fields_parked_for_another_kind_stay_parked() -> None:
    assert meant("VpDeployment", {"spec": {}}, {PARKED_PATCHES: "[]"}) == {"spec": {}}


def test_patches_of_a_target_come_back() -> None:
    patches = [{"op": "add", "path": "/x", "value": 1}]
    cleaned = meant("VpDeploymentTarget", {"spec": {}}, {PARKED_PATCHES: json.dumps(patches)})
    assert cleaned == {"spec": {"deploymentPatchSet": patches}}


@pytest.mark.parametrize("text", ["", "{", "nonsense", "[" * 100_000], ids=lambda text: text[:3])
def test_a_parked_field_that_cannot_be_read_is_ignored(text: str) -> None:
    assert meant("VpDeployment", {"spec": {}}, {PARKED_START: text}) == {"spec": {}}


def test_a_parked_field_does_not_overwrite_what_stands_in_its_way() -> None:
    spec = {"spec": {"template": "odd"}}
    assert meant("VpDeployment", spec, {PARKED_LABELS: "{}"}) == spec


def test_other_annotations_fill_nothing() -> None:
    notes = {f"{GROUP}/v1beta2.VpDeployment.state": '"RUNNING"', f"{GROUP}/id": "x"}
    assert meant("VpDeployment", {"spec": {}}, notes) == {"spec": {}}


def test_parked_fields_are_recognised_by_their_annotations() -> None:
    assert has_parked_fields({PARKED_LABELS: "{}"})
    assert not has_parked_fields({f"{GROUP}/id": "x"})


def test_the_resource_itself_is_not_changed() -> None:
    spec = {**with_resources(jobmanager={"cpu": "0"}), "metadata": {"labels": None}}
    before = copy.deepcopy(spec)
    meant("VpDeployment", spec, {PARKED_LABELS: '{"app": "orders"}'})
    assert spec == before
