"""The CRDs follow the schemas, and let in whatever the Go operator's CRDs let in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from vpsync.kinds import KINDS
from vpsync.kinds.kind import Kind
from vpsync.schema.crds import crd, crds, to_yaml
from vpsync.schema.load import load_schema

SHIPPED = Path(__file__).resolve().parents[2] / "k8s" / "crds.yaml"

STRUCTURAL = {
    "additionalProperties", "default", "description", "enum", "format", "items", "maxLength",
    "minLength", "minimum", "nullable", "pattern", "properties", "required", "type",
    "x-kubernetes-int-or-string", "x-kubernetes-list-map-keys", "x-kubernetes-list-type",
    "x-kubernetes-preserve-unknown-fields",
}  # fmt: skip
"""The members of a structural schema that we use."""

LIMITS = {"enum", "maxLength", "minLength", "minimum", "maximum", "pattern", "required", "default"}

GO_COLUMNS = {
    "VpDeployment": {
        "Age", "State", "Flink-Version", "Flink-Image-Tag", "Flink-Image-Registry",
        "Flink-Image-Repository",
    },
    "VpDeploymentTarget": {"Namespace", "Age"},
    "VpNamespace": {"Age", "LifecyclePhase"},
    "VpSavepoint": {"Age", "State"},
}  # fmt: skip
"""Printer columns of the Go operator (its type files under api/)."""

Node = dict[str, Any]


def versions_of(kind: Kind) -> list[tuple[str, Node]]:
    return [
        (version["name"], version["schema"]["openAPIV3Schema"]["properties"])
        for version in crd(kind)["spec"]["versions"]
    ]


VERSIONS = [
    pytest.param(properties, id=f"{kind.name} {name}")
    for kind in KINDS
    for name, properties in versions_of(kind)
]


def walk(node: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    yield path, node
    for name, child in node.get("properties", {}).items():
        yield from walk(child, f"{path}/{name}")
    for key in ("items", "additionalProperties"):
        if key in node:
            yield from walk(node[key], f"{path}/*")


def in_conditions(path: str) -> bool:
    return path.startswith("/status/conditions")


def test_the_shipped_file_is_what_the_schemas_give() -> None:
    assert SHIPPED.read_text(encoding="utf-8") == to_yaml(crds(KINDS))


def test_the_shipped_file_reads_back_as_the_crds_without_anchors() -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    assert list(yaml.safe_load_all(text)) == list(crds(KINDS))
    assert "&id" not in text


def test_kubectl_apply_can_record_each_crd_in_its_annotation() -> None:
    assert all(len(json.dumps(document)) < 262_144 for document in crds(KINDS))


def test_building_crds_twice_gives_the_same_and_shares_nothing() -> None:
    first, second = crds(KINDS), crds(KINDS)
    assert first == second
    first[0]["spec"]["names"]["shortNames"].append("changed")
    assert first != second


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
class TestEveryCrd:
    def test_has_the_name_that_kubernetes_wants(self, kind: Kind) -> None:
        document = crd(kind)
        names = document["spec"]["names"]
        assert document["metadata"]["name"] == f"{kind.plural}.{document['spec']['group']}"
        assert names["plural"] == kind.plural
        assert names["singular"] == kind.name.lower()
        assert names["listKind"] == f"{kind.name}List"
        assert document["spec"]["scope"] == "Namespaced"

    def test_switches_a_conversion_webhook_off(self, kind: Kind) -> None:
        assert crd(kind)["spec"]["conversion"] == {"strategy": "None", "webhook": None}

    def test_serves_all_versions_and_stores_v1beta1(self, kind: Kind) -> None:
        versions = crd(kind)["spec"]["versions"]
        assert tuple(version["name"] for version in versions) == kind.versions
        assert all(version["served"] for version in versions)
        assert [v["name"] for v in versions if v["storage"]] == ["v1beta1"]

    def test_has_the_same_schema_in_all_versions_as_nothing_converts(self, kind: Kind) -> None:
        schemas = [properties for _name, properties in versions_of(kind)]
        assert all(schema == schemas[0] for schema in schemas)

    def test_has_a_status_subresource(self, kind: Kind) -> None:
        for version in crd(kind)["spec"]["versions"]:
            assert version["subresources"] == {"status": {}}

    def test_shows_the_columns_that_flux_has_and_more_only_to_who_asks(self, kind: Kind) -> None:
        for version in crd(kind)["spec"]["versions"]:
            columns = version["additionalPrinterColumns"]
            shown = [one["name"] for one in columns if not one.get("priority")]
            assert shown[:2] == ["Ready", "Status"]
            assert shown[-1] == "Age"
            assert len(shown) <= 4

    def test_has_the_go_operators_columns_and_ready_synced_and_age_last(self, kind: Kind) -> None:
        for version in crd(kind)["spec"]["versions"]:
            columns = [column["name"] for column in version["additionalPrinterColumns"]]
            assert GO_COLUMNS.get(kind.name, set()) | {"Ready", "Synced"} <= set(columns)
            assert columns[-1] == "Age"
            assert len(set(columns)) == len(columns)

    def test_has_short_names_of_its_own(self, kind: Kind) -> None:
        others = [k for k in KINDS if k is not kind]
        taken = {name for k in others for name in crd(k)["spec"]["names"]["shortNames"]}
        short_names = crd(kind)["spec"]["names"]["shortNames"]
        assert short_names
        assert not taken & set(short_names)

    def test_has_every_field_of_the_schema(self, kind: Kind) -> None:
        schema = load_schema(kind.name)["properties"]
        for _version, properties in versions_of(kind):
            for part in ("spec", "status"):
                declared = {path for path, _node in walk(schema[part]) if "*" not in path}
                assert {path for path, _ in walk(properties[part]) if "*" not in path} == declared


@pytest.mark.parametrize("properties", VERSIONS)
class TestEveryNode:
    def test_is_structural(self, properties: Node) -> None:
        for path, node in walk({"properties": properties}):
            assert set(node) <= STRUCTURAL, path
            assert "type" not in node or isinstance(node["type"], str), path
            assert not {"properties", "additionalProperties"} <= set(node), path

    def test_has_a_type_or_takes_anything(self, properties: Node) -> None:
        for part in ("spec", "status"):
            for path, node in walk(properties[part], f"/{part}"):
                anything = node.get("x-kubernetes-preserve-unknown-fields")
                assert node.get("type") or node.get("x-kubernetes-int-or-string") or anything, path

    def test_has_a_description(self, properties: Node) -> None:
        for name, node in properties.items():
            for path, inner in walk(node, f"/{name}"):
                assert inner.get("description") or path == "/metadata", path

    def test_keeps_unknown_fields_of_objects(self, properties: Node) -> None:
        for part in ("spec", "status"):
            for path, node in walk(properties[part], f"/{part}"):
                if node.get("type") == "object" and "additionalProperties" not in node:
                    assert node["x-kubernetes-preserve-unknown-fields"] is True, path

    def test_may_be_null_in_the_spec(self, properties: Node) -> None:
        assert all(node["nullable"] is True for _path, node in walk(properties["spec"]))

    def test_may_be_null_in_the_status_or_else_has_a_default(self, properties: Node) -> None:
        for path, node in walk(properties["status"], "/status"):
            if not in_conditions(path):
                assert node.get("nullable") is True or "default" in node, path

    def test_limits_nothing_but_types(self, properties: Node) -> None:
        assert not any(LIMITS & set(node) for _path, node in walk(properties["spec"]))
        for path, node in walk(properties["status"], "/status"):
            if not in_conditions(path):
                assert not (LIMITS - {"default"}) & set(node), path

    def test_of_the_status_defaults_to_an_unobserved_generation(self, properties: Node) -> None:
        status = properties["status"]
        assert status["default"] == {"observedGeneration": -1}
        assert status["properties"]["observedGeneration"]["default"] == -1

    def test_of_conditions_has_kubernetes_limits(self, properties: Node) -> None:
        conditions = properties["status"]["properties"]["conditions"]
        assert conditions["x-kubernetes-list-type"] == "map"
        assert conditions["x-kubernetes-list-map-keys"] == ["type"]
        entry = conditions["items"]
        assert set(entry["required"]) == {
            "type", "status", "reason", "message", "lastTransitionTime",
        }  # fmt: skip
        assert entry["properties"]["status"]["enum"] == ["True", "False", "Unknown"]
        assert entry["properties"]["message"]["maxLength"] == 32_768


def test_cpu_and_configuration_values_are_untyped() -> None:
    [deployment] = [kind for kind in KINDS if kind.name == "VpDeployment"]
    for _version, properties in versions_of(deployment):
        nodes = dict(walk(properties["spec"]))
        template = "/spec/template/spec"
        for path in (
            f"{template}/resources/jobmanager/cpu",
            f"{template}/resources/taskmanager/cpu",
            f"{template}/flinkConfiguration/*",
            f"{template}/artifact/flinkVersion",
        ):
            assert "type" not in nodes[path]
            assert nodes[path]["x-kubernetes-preserve-unknown-fields"] is True
        memory = nodes[f"{template}/resources/jobmanager/memory"]
        assert memory["x-kubernetes-int-or-string"] is True
