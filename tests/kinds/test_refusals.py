"""What VVP documents that it refuses of a manifest that keeps its schema: told, and sent all the same."""

from __future__ import annotations

from typing import Any

import pytest

from builders import Edits, edited, manifest
from vpsync.kinds import BY_NAME
from vpsync.model.finding import Finding
from vpsync.schema.load import SchemaSet

TEMPLATE = "/spec/template/spec"
PODS = f"{TEMPLATE}/kubernetes/pods"


def told(kind: str, edits: Edits) -> list[Finding]:
    document = {"spec": manifest(kind, edits=edits).spec}
    return list(BY_NAME[kind].refusals(edited(document, {})))


def test_of_ordinary_resources_nothing_is_told() -> None:
    assert [told(kind, {}) for kind in BY_NAME] == [[] for _ in BY_NAME]


@pytest.mark.parametrize("group", ["jobmanager", "taskmanager"])
@pytest.mark.parametrize(
    ("member", "value", "words"),
    [
        ("memory", "2g", ""),
        ("memory", "1024M", ""),
        ("memory", "1.5G", ""),
        ("memory", "2000000000", ""),
        ("memory", 2000000000, ""),
        ("memory", None, ""),
        ("memory", "2Gi", "write 2148m"),
        ("memory", "2048Mi", "write 2148m"),
        ("memory", "4T", "write 4000000m"),
        ("memory", "1k", "the unit 'k'"),
        ("memory", "100m", "or more"),
        ("memory", "2048", "without a unit is bytes"),
        ("memory", 2048, "without a unit is bytes"),
        ("cpu", 1, ""),
        ("cpu", "100m", ""),
        ("cpu", "0", ""),
        ("cpu", None, ""),
        ("cpu", "50m", "0.05 cores"),
        ("cpu", "0.09", "at least 0.1"),
    ],
)
def test_amounts_and_units_of_resources(group: str, member: str, value: Any, words: str) -> None:
    found = told("VpDeployment", {f"{TEMPLATE}/resources/{group}/{member}": value})
    assert bool(found) == bool(words)
    for finding in found:
        assert finding.subject == f"/spec{TEMPLATE}/resources/{group}/{member}"
        assert words in finding.text


@pytest.mark.parametrize(("group", "fits"), [("jobmanager", True), ("taskmanager", False)])
def test_a_job_manager_may_have_less_memory_than_a_task_manager(group: str, fits: bool) -> None:
    assert (not told("VpDeployment", {f"{TEMPLATE}/resources/{group}/memory": "600m"})) is fits


@pytest.mark.parametrize("template", ["jobManagerPodTemplate", "taskManagerPodTemplate"])
def test_pods_beside_a_pod_template(template: str) -> None:
    place = f"{TEMPLATE}/kubernetes/{template}"
    alone = {place: {"spec": {"priorityClassName": "high"}}}
    assert told("VpDeployment", alone) == []
    assert told("VpDeployment", {**alone, PODS: {}}) == []
    [finding] = told("VpDeployment", {**alone, f"{PODS}/labels/team": "orders"})
    assert finding.subject == f"/spec{place}"


@pytest.mark.parametrize("upgrade", ["STATEFUL", "stateful", "STATELESS", "NONE"])
@pytest.mark.parametrize("restore", ["NONE", "none", "LATEST_STATE"])
def test_stateful_upgrades_that_restore_nothing(upgrade: str, restore: str) -> None:
    edits = {"/spec/upgradeStrategy/kind": upgrade, "/spec/restoreStrategy/kind": restore}
    expected = upgrade.upper() == "STATEFUL" and restore.upper() == "NONE"
    assert bool(told("VpDeployment", edits)) is expected


@pytest.mark.parametrize(
    ("role", "member", "places"),
    [
        ("owner", "user:jane@example.com", []),
        ("EDITOR", "system:authenticated", []),
        ("viewers", "group:leads", ["role"]),
        ("admin", "jane@example.com", ["role", "members/0"]),
        ("viewer", "user:", ["members/0"]),
    ],
)
def test_roles_and_members(role: str, member: str, places: list[str]) -> None:
    bindings = [{"role": "owner", "members": []}, {"role": role, "members": [member]}]
    resource = manifest("VpNamespace", edits={"/roleBindings": bindings})
    outside = SchemaSet(BY_NAME).outside_the_sets("VpNamespace", {"spec": resource.spec})
    found = [*outside, *told("VpNamespace", {"/roleBindings": bindings})]
    assert [finding.subject for finding in found] == [
        f"/spec/roleBindings/1/{place}" for place in places
    ]
