"""The rules that the schemas set for manifests, and how a broken one is told."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest

from vpsync.kinds import KINDS
from vpsync.model.finding import Finding
from vpsync.model.json import pointer
from vpsync.schema.load import SchemaSet, load_schema, schema_directory
from vpsync.schema.messages import worded

GROUP = "ververicaplatform.fintechstudios.com"
NAMES = [kind.name for kind in KINDS]
UUID = "5d6f2a1e-6c0c-4d0e-8f8a-0f5f3ad3f0a1"
SCHEMAS = SchemaSet(NAMES)

SPECS: dict[str, dict[str, Any]] = {
    "VpNamespace": {"roleBindings": [{"role": "viewer", "members": ["system:authenticated"]}]},
    "VpDeploymentTarget": {"spec": {"kubernetes": {"namespace": "jobs"}}},
    "VpDeployment": {
        "spec": {"template": {"spec": {"artifact": {"kind": "JAR", "jarUri": "s3://jobs/one.jar"}}}}
    },
    "VpSavepoint": {"deploymentName": "one"},
}
"""The least that a manifest of each kind must say."""

REQUIRED = {
    "VpNamespace": {"/spec", "/spec/roleBindings/0/role"},
    "VpDeploymentTarget": {"/spec"},
    "VpDeployment": {
        "/spec",
        "/spec/spec",
        "/spec/spec/template",
        "/spec/spec/template/spec",
        "/spec/spec/template/spec/artifact",
        "/spec/spec/template/spec/artifact/kind",
        "/spec/spec/template/spec/kubernetes/pods/envVars/0/name",
    },
    "VpSavepoint": {"/spec"},
}
"""What no manifest may leave out, with the objects or list entries around it."""

METADATA = "/spec/metadata"
SPEC = "/spec/spec"
TEMPLATE = f"{SPEC}/template/spec"
RESOURCES = f"{TEMPLATE}/resources/taskmanager"


def manifest(kind: str, places: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The least manifest of a kind, with values put at some places (JSON pointers)."""
    document = {
        "apiVersion": f"{GROUP}/v1beta1",
        "kind": kind,
        "metadata": {"name": "one"},
        "spec": copy.deepcopy(SPECS[kind]),
    }
    for place, value in (places or {}).items():
        put(document, place, value)
    return document


def keys_of(place: str) -> list[str]:
    return [key.replace("~1", "/").replace("~0", "~") for key in place.split("/")[1:]]


def put(document: dict[str, Any], place: str, value: Any) -> None:
    *parents, last = keys_of(place)
    for key in parents:
        document = document.setdefault(key, {})
    document[last] = value


def findings(kind: str, places: Mapping[str, Any] | None = None) -> dict[str, str]:
    """What is wrong with the least manifest once the values are put in: message by path."""
    return {p.subject: p.text for p in SCHEMAS.findings(kind, manifest(kind, places))}


def accepts(kind: str, place: str, value: Any) -> bool:
    return findings(kind, {place: value}) == {}


def refuses(kind: str, place: str, value: Any) -> bool:
    """Whether the value, and nothing else, is a problem."""
    return set(findings(kind, {place: value})) == {place}


def nodes(schema: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """All nodes that describe a value, with where they are."""
    yield path, schema
    for name, child in schema.get("properties", {}).items():
        yield from nodes(child, f"{path}/{name}")
    if "items" in schema:
        yield from nodes(schema["items"], f"{path}/0")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from nodes(schema["additionalProperties"], f"{path}/*")


@pytest.mark.parametrize("kind", NAMES)
class TestEverySchema:
    def test_is_a_valid_schema_of_the_2020_draft(self, kind: str) -> None:
        jsonschema.Draft202012Validator.check_schema(load_schema(kind))

    def test_has_an_id_of_its_own(self, kind: str) -> None:
        assert load_schema(kind)["$id"] == f"urn:vpsync:schema:{kind.lower()}"

    def test_describes_every_field(self, kind: str) -> None:
        bare = [path for path, node in nodes(load_schema(kind)) if not node.get("description")]
        assert bare == []

    def test_refers_to_nothing_outside_or_inside(self, kind: str) -> None:
        assert "$ref" not in json.dumps(load_schema(kind))

    def test_accepts_the_least_manifest(self, kind: str) -> None:
        assert findings(kind) == {}

    def test_names_the_kinds_served_versions(self, kind: str) -> None:
        [versions] = [k.versions for k in KINDS if k.name == kind]
        allowed = load_schema(kind)["properties"]["apiVersion"]["enum"]
        assert allowed == [f"{GROUP}/{version}" for version in versions]

    @pytest.mark.parametrize("member", ["apiVersion", "kind", "metadata", "spec"])
    def test_needs_the_members_of_a_resource(self, kind: str, member: str) -> None:
        document = manifest(kind)
        del document[member]
        assert SCHEMAS.findings(kind, document) == (Finding(f"/{member}", "is required"),)

    def test_wants_its_own_kind_and_group(self, kind: str) -> None:
        assert findings(kind, {"/kind": "Pod"}) == {"/kind": f"must be {kind}"}
        assert refuses(kind, "/apiVersion", "apps/v1")

    def test_allows_unknown_fields_everywhere(self, kind: str) -> None:
        document = manifest(kind)
        for path, node in nodes(load_schema(kind)):
            if "object" in str(node.get("type")) and "0" not in path and "*" not in path:
                put(document, f"{path}/fieldOfNextYear", "x")
        unknown = [p.subject for p in SCHEMAS.findings(kind, document) if "Year" in p.subject]
        assert unknown == []

    def test_allows_null_for_whatever_may_be_left_out_of_the_spec(self, kind: str) -> None:
        spec = load_schema(kind)["properties"]["spec"]
        never_null = {
            path for path, node in nodes(spec, "/spec") if "null" not in node.get("type", ["null"])
        }
        assert never_null == REQUIRED[kind]

    def test_gives_no_limits_of_its_own_to_unknown_labels(self, kind: str) -> None:
        assert accepts(kind, "/metadata/labels", {"any/key": "any value"})

    @pytest.mark.parametrize("member", ["labels", "annotations"])
    def test_wants_strings_as_kubernetes_labels_and_annotations(
        self, kind: str, member: str
    ) -> None:
        place = f"/metadata/{member}/a"
        assert findings(kind, {place: True}) == {
            place: "must be a string, not a boolean: put it in quotes"
        }

    def test_wants_a_kubernetes_name(self, kind: str) -> None:
        assert "/metadata/name" in findings(kind, {"/metadata/name": "Not_A_Name"})

    def test_takes_the_status_of_a_resource_as_it_is(self, kind: str) -> None:
        status = {"state": "", "failure": {}, "lifecyclePhase": "UNRECOGNIZED"}
        assert accepts(kind, "/status", status)


def test_parts_that_kinds_share_say_the_same_in_each() -> None:
    def part(kind: str, *path: str) -> Any:
        node: Any = load_schema(kind)["properties"]
        for key in path:
            node = node["properties"][key] if "properties" in node else node[key]
        return node

    for shared in (["status", "conditions"], ["status", "lastHandled"]):
        assert len({json.dumps(part(kind, *shared)) for kind in NAMES}) == 1
    for shared in (["createdAt"], ["modifiedAt"], ["resourceVersion"], ["id"]):
        kinds = ["VpDeployment", "VpDeploymentTarget", "VpSavepoint"]
        parts = {json.dumps(part(kind, "spec", "metadata", *shared)) for kind in kinds}
        assert len(parts) == 1


class TestVvpNames:
    @pytest.mark.parametrize("name", ["a", "a-1", "0", "x" * 63])
    @pytest.mark.parametrize("kind", ["VpDeployment", "VpNamespace"])
    def test_short_names_are_63_lower_case_characters(self, kind: str, name: str) -> None:
        assert accepts(kind, f"{METADATA}/name", name)

    @pytest.mark.parametrize("name", ["", "A", "a_b", "a.b", "-a", "a-", "x" * 64, "a\n"])
    @pytest.mark.parametrize("kind", ["VpDeployment", "VpNamespace"])
    def test_other_short_names_are_refused(self, kind: str, name: str) -> None:
        assert refuses(kind, f"{METADATA}/name", name)

    @pytest.mark.parametrize("name", ["a", "A_b-C", "-", "x" * 250])
    def test_target_names_are_250_letters_digits_dashes_underscores(self, name: str) -> None:
        assert accepts("VpDeploymentTarget", f"{METADATA}/name", name)

    @pytest.mark.parametrize("name", ["", "a.b", "a b", "ä", "x" * 251, "a\n"])
    def test_other_target_names_are_refused(self, name: str) -> None:
        assert refuses("VpDeploymentTarget", f"{METADATA}/name", name)

    @pytest.mark.parametrize("kind", ["VpDeployment", "VpNamespace", "VpDeploymentTarget"])
    def test_a_name_shaped_like_a_uuid_is_refused(self, kind: str) -> None:
        assert "UUID" in findings(kind, {f"{METADATA}/name": UUID})[f"{METADATA}/name"]
        assert "UUID" in findings(kind, {"/metadata/name": UUID})["/metadata/name"]

    @pytest.mark.parametrize("kind", ["VpDeployment", "VpNamespace", "VpDeploymentTarget"])
    def test_the_kubernetes_name_must_fit_where_it_is_the_vvp_name(self, kind: str) -> None:
        dotted = {"/metadata/name": "one.v2"}
        assert "spec.metadata.name" in findings(kind, dotted)["/metadata/name"]
        assert findings(kind, {**dotted, f"{METADATA}/name": "one"}) == {}
        assert findings(kind, {**dotted, f"{METADATA}/name": None}).keys() == {"/metadata/name"}

    def test_a_savepoint_has_no_vvp_name(self) -> None:
        assert accepts("VpSavepoint", "/metadata/name", "orders.before-1.4.0")
        assert accepts("VpSavepoint", "/metadata/name", UUID)

    @pytest.mark.parametrize("kind", ["VpDeployment", "VpDeploymentTarget", "VpSavepoint"])
    def test_a_vvp_namespace_is_a_short_name(self, kind: str) -> None:
        assert accepts(kind, f"{METADATA}/namespace", "orders-2")
        assert refuses(kind, f"{METADATA}/namespace", "Orders")
        assert refuses(kind, f"{METADATA}/namespace", "namespaces/orders")


class TestVvpMetadata:
    @pytest.mark.parametrize("kind", ["VpDeployment", "VpDeploymentTarget", "VpSavepoint"])
    @pytest.mark.parametrize("member", ["labels", "annotations"])
    def test_labels_and_annotations_are_strings(self, kind: str, member: str) -> None:
        assert accepts(kind, f"{METADATA}/{member}", {"a": "", "b/c": "x", "d": None})
        assert refuses(kind, f"{METADATA}/{member}/a", 1)

    @pytest.mark.parametrize("kind", ["VpDeployment", "VpDeploymentTarget", "VpSavepoint"])
    @pytest.mark.parametrize(
        "key",
        [
            f"{GROUP}~1owner",
            f"{GROUP}~1managed",
            *(
                f"com.dataartisans.appmanager.controller.{name}"
                for name in (
                    "deployment.spec.version",
                    "deployment.transitioning",
                    "deployment.transitioning.since",
                    "references",
                    "sessioncluster.resources.acquired",
                )
            ),
        ],
    )
    def test_annotations_that_others_write_cannot_be_declared(self, kind: str, key: str) -> None:
        assert refuses(kind, f"{METADATA}/annotations/{key}", "x")
        assert refuses(kind, f"{METADATA}/annotations/{key.upper()}", "x")

    @pytest.mark.parametrize(
        "key",
        [
            f"{GROUP}~1owners",
            "comXdataartisans.a",
            "owner",
            "com.dataartisans.appmanager.controller.deployment.stop-with-drain",
            "com.dataartisans.appmanager.controller.references.mine",
        ],
    )
    def test_annotations_with_similar_names_can(self, key: str) -> None:
        assert accepts("VpDeployment", f"{METADATA}/annotations/{key}", "x")

    def test_what_vvp_sets_is_accepted(self) -> None:
        exported = {
            "id": UUID,
            "createdAt": "2023-05-04T10:00:00.221310Z",
            "modifiedAt": "2023-05-04T10:00:00Z",
            "resourceVersion": 9,
        }
        assert accepts("VpDeployment", METADATA, exported)

    def test_a_display_name_is_free_text(self) -> None:
        assert accepts("VpDeployment", f"{METADATA}/displayName", "Orders, per minute!")


class TestDeployment:
    @pytest.mark.parametrize("state", ["RUNNING", "SUSPENDED", "CANCELLED", "Running", "running"])
    def test_a_state_is_one_that_vvp_can_be_asked_for(self, state: str) -> None:
        assert accepts("VpDeployment", f"{SPEC}/state", state)

    @pytest.mark.parametrize("state", ["FAILED", "TRANSITIONING", "FINISHED", "CANCELED", "", 1])
    def test_other_states_are_refused(self, state: object) -> None:
        assert refuses("VpDeployment", f"{SPEC}/state", state)

    def test_a_wrong_state_is_answered_with_the_choice(self) -> None:
        told = findings("VpDeployment", {f"{SPEC}/state": "FAILED"})
        assert told == {f"{SPEC}/state": "must be one of RUNNING, SUSPENDED, CANCELLED"}

    def test_nearly_all_may_be_left_out_but_the_artifact(self) -> None:
        for place in (SPEC, f"{SPEC}/template", TEMPLATE, f"{TEMPLATE}/artifact"):
            assert findings("VpDeployment", {place: None}).keys() == {place}

    def test_an_artifact_needs_a_kind(self) -> None:
        place = f"{TEMPLATE}/artifact"
        told = findings("VpDeployment", {place: {"jarUri": "s3://a/b"}})
        assert told == {f"{place}/kind": "is required"}

    @pytest.mark.parametrize(
        ("kind", "member"),
        [
            ("JAR", "jarUri"),
            ("jar", "jarUri"),
            ("SQLSCRIPT", "sqlScript"),
            ("Sqlscript", "sqlScript"),
        ],
    )
    def test_a_known_artifact_needs_its_member(self, kind: str, member: str) -> None:
        place = f"{TEMPLATE}/artifact"
        assert findings("VpDeployment", {place: {"kind": kind}}) == {
            f"{place}/{member}": "is required"
        }
        assert findings("VpDeployment", {place: {"kind": kind, member: None}}) == {
            f"{place}/{member}": "is required and must not be null"
        }
        assert accepts("VpDeployment", place, {"kind": kind, member: "x"})

    def test_an_unknown_artifact_is_passed_on(self) -> None:
        artifact = {"kind": "PYTHON", "pythonArtifactUri": "s3://a/b.py", "entryModule": "b"}
        assert accepts("VpDeployment", f"{TEMPLATE}/artifact", artifact)

    @pytest.mark.parametrize(
        "place",
        [
            f"{SPEC}/maxJobCreationAttempts",
            f"{SPEC}/maxSavepointCreationAttempts",
            f"{TEMPLATE}/parallelism",
            f"{TEMPLATE}/numberOfTaskManagers",
        ],
    )
    def test_counts_are_whole_numbers_from_1(self, place: str) -> None:
        assert accepts("VpDeployment", place, 1)
        for wrong in (0, -1, 1.5, "1", True):
            assert refuses("VpDeployment", place, wrong)

    @pytest.mark.parametrize("cpu", [0.1, 1, 2.5, "1", "1.5", "500m", ".5", "1e1", "+1", "0", None])
    def test_cpu_is_a_number_or_a_quantity(self, cpu: object) -> None:
        assert accepts("VpDeployment", f"{RESOURCES}/cpu", cpu)

    @pytest.mark.parametrize("cpu", [0, 0.09, -1, "", "-1", "0.0", "0m", "1 core", "1Gi", True])
    def test_cpu_is_positive_and_at_least_a_tenth_of_a_core(self, cpu: object) -> None:
        assert refuses("VpDeployment", f"{RESOURCES}/cpu", cpu)

    @pytest.mark.parametrize("memory", ["1g", "2G", "1.5g", "500m", "1024M", "2Gi", "1024k", 1024])
    def test_memory_is_a_size(self, memory: object) -> None:
        assert accepts("VpDeployment", f"{RESOURCES}/memory", memory)

    @pytest.mark.parametrize("memory", ["", "g", "-1g", "0g", "1 g", "1x", 0, -1, 1.5, True])
    def test_memory_is_positive(self, memory: object) -> None:
        assert refuses("VpDeployment", f"{RESOURCES}/memory", memory)

    @pytest.mark.parametrize("value", ["a", "", 1, 0.5, True, None])
    def test_a_configuration_value_is_a_scalar(self, value: object) -> None:
        assert accepts("VpDeployment", f"{TEMPLATE}/flinkConfiguration/a.b", value)

    @pytest.mark.parametrize("value", [{"b": "c"}, ["a"]])
    def test_configuration_is_flat(self, value: object) -> None:
        assert refuses("VpDeployment", f"{TEMPLATE}/flinkConfiguration/a", value)

    @pytest.mark.parametrize("version", ["1.15", 1.15, 2])
    def test_a_flink_version_is_a_string_or_a_number(self, version: object) -> None:
        assert accepts("VpDeployment", f"{TEMPLATE}/artifact/flinkVersion", version)

    @pytest.mark.parametrize("where", ["/spec", SPEC])
    def test_a_target_is_named_by_name_or_id_in_either_place(self, where: str) -> None:
        assert accepts("VpDeployment", f"{where}/deploymentTargetName", "VVP_Jobs")
        assert accepts("VpDeployment", f"{where}/deploymentTargetId", UUID)
        assert refuses("VpDeployment", f"{where}/deploymentTargetId", "vvp-jobs")
        told = findings("VpDeployment", {f"{where}/deploymentTargetName": UUID})
        assert "deploymentTargetId" in told[f"{where}/deploymentTargetName"]

    def test_which_target_is_not_the_schemas_business(self) -> None:
        both = {"/spec/deploymentTargetName": "a", f"{SPEC}/sessionClusterName": "b"}
        assert findings("VpDeployment", both) == {}

    def test_fields_of_all_versions_of_vvp_are_known(self) -> None:
        pods = {
            "envVars": [{"name": "A", "value": "b"}, {"name": "C", "valueFrom": {"x": {}}}],
            "volumeMounts": [{"name": "v", "volume": {"emptyDir": {}}, "volumeMount": {}}],
            "securityContext": {"fsGroup": 1, "sysctls": [{"name": "a", "value": "b"}]},
        }
        places = {
            f"{SPEC}/startFromSavepoint": {"kind": "LATEST"},
            f"{SPEC}/jobFailureExpirationTime": "PT1H",
            f"{TEMPLATE}/kubernetes/pods": pods,
            f"{TEMPLATE}/kubernetes/jobManagerPodTemplate/spec/containers": [{"name": "a"}],
            f"{TEMPLATE}/logging": {"loggingProfile": "default", "log4jLoggers": {"": "INFO"}},
            f"{TEMPLATE}/artifact/additionalDependencies": ["s3://a/b.jar"],
        }
        assert findings("VpDeployment", places) == {}

    def test_what_the_go_operator_left_behind_is_valid(self) -> None:
        leftovers = {
            f"{SPEC}/upgradeStrategy": {},
            f"{TEMPLATE}/resources": {"jobmanager": {"cpu": "0", "memory": "1g"}},
            "/status": {"state": "RUNNING"},
            f"/metadata/annotations/{GROUP}~1v1beta2.VpDeployment.pod-labels": "null",
        }
        assert findings("VpDeployment", leftovers) == {}


class TestDeploymentTarget:
    def test_the_kubernetes_namespace_may_be_left_out(self) -> None:
        for kubernetes in (None, {}, {"namespace": None}):
            assert accepts("VpDeploymentTarget", f"{SPEC}/kubernetes", kubernetes)
        assert accepts("VpDeploymentTarget", SPEC, None)

    def test_the_kubernetes_namespace_has_a_kubernetes_name(self) -> None:
        assert refuses("VpDeploymentTarget", f"{SPEC}/kubernetes/namespace", "Jobs")

    def test_a_patch_set_is_a_list_of_json_patch_operations(self) -> None:
        patches = [{"op": "add", "path": "/spec/a", "value": {"any": ["json", 1]}}]
        assert accepts("VpDeploymentTarget", f"{SPEC}/deploymentPatchSet", patches)
        assert refuses("VpDeploymentTarget", f"{SPEC}/deploymentPatchSet", {})


class TestNamespace:
    def test_role_bindings_may_be_empty(self) -> None:
        assert accepts("VpNamespace", "/spec/roleBindings", [])
        assert accepts("VpNamespace", "/spec/roleBindings", None)

    def test_a_role_binding_needs_a_role(self) -> None:
        told = findings("VpNamespace", {"/spec/roleBindings": [{"members": ["group:a"]}]})
        assert told == {"/spec/roleBindings/0/role": "is required"}

    def test_members_are_strings(self) -> None:
        binding = {"role": "owner", "members": ["user:a@example.com", "", 1]}
        told = findings("VpNamespace", {"/spec/roleBindings": [binding]})
        assert set(told) == {f"/spec/roleBindings/0/members/{i}" for i in (1, 2)}


class TestSavepoint:
    def test_a_savepoint_names_its_deployment_by_name_or_id(self) -> None:
        for spec in ({"deploymentName": "one"}, {"metadata": {"deploymentId": UUID}}):
            assert accepts("VpSavepoint", "/spec", spec)

    @pytest.mark.parametrize("spec", [{}, {"deploymentName": None}, {"metadata": {}}])
    def test_a_savepoint_of_no_deployment_is_refused(self, spec: object) -> None:
        told = findings("VpSavepoint", {"/spec": spec})
        assert told == {
            "/spec": "must name the deployment, by deploymentName or by metadata.deploymentId"
        }

    def test_ids_are_uuids(self) -> None:
        assert accepts("VpSavepoint", f"{METADATA}/deploymentId", UUID.upper())
        assert refuses("VpSavepoint", f"{METADATA}/deploymentId", "one")
        assert accepts("VpSavepoint", f"{SPEC}/flinkSavepointId", UUID)
        assert refuses("VpSavepoint", f"{SPEC}/flinkSavepointId", "one")

    @pytest.mark.parametrize("location", ["s3://a/b", "file:/a/b", "wasbs://c@d.example.com/e"])
    def test_a_location_is_a_uri(self, location: str) -> None:
        assert accepts("VpSavepoint", f"{SPEC}/savepointLocation", location)

    @pytest.mark.parametrize("location", ["/a/b", "s3:", "s3://a b", " "])
    def test_what_is_no_uri_is_refused(self, location: str) -> None:
        assert refuses("VpSavepoint", f"{SPEC}/savepointLocation", location)

    def test_what_the_go_operator_left_behind_is_valid(self) -> None:
        assert accepts("VpSavepoint", SPEC, {"savepointLocation": "", "flinkSavepointId": ""})


class TestProblems:
    def test_all_are_told_and_sorted_by_path(self) -> None:
        places = {f"{SPEC}/state": "x", "/apiVersion": "x", f"{TEMPLATE}/parallelism": 0}
        told = SCHEMAS.findings("VpDeployment", manifest("VpDeployment", places))
        assert [p.subject for p in told] == [
            "/apiVersion",
            f"{SPEC}/state",
            f"{TEMPLATE}/parallelism",
        ]

    def test_paths_are_json_pointers(self) -> None:
        assert pointer(("a", 0, "b/c", "d~e", "")) == "/a/0/b~1c/d~0e/"
        assert refuses("VpDeployment", f"{METADATA}/annotations/example.com~1a~0b", 1)

    def test_values_are_never_repeated(self) -> None:
        canary = "c4n4ry"
        for kind in NAMES:
            for path, node in nodes(load_schema(kind)):
                place = path.replace("*", "key")
                if "/0" in path or node.get("properties"):
                    continue
                for wrong in (canary, [canary], {"x": canary}, f"{canary}\n", f"-{canary}"):
                    document = manifest(kind)
                    put(document, place or "/spec", wrong)
                    told = SCHEMAS.findings(kind, document)
                    assert canary not in str(told)

    def test_a_manifest_that_is_no_map_is_a_problem(self) -> None:
        [finding] = SCHEMAS.findings("VpDeployment", [])  # type: ignore[arg-type]
        assert finding == Finding("", "must be a map, not a list")

    @pytest.mark.parametrize(
        ("place", "key", "value"),
        [("/spec", 1, "a key that is no string"), (SPEC, "savepointLocation", "s3://\ud800")],
    )
    def test_data_that_is_not_json_is_a_problem(self, place: str, key: Any, value: str) -> None:
        document = manifest("VpSavepoint", {place: {"deploymentName": "one", key: value}})
        document["spec"]["deploymentName"] = "one"
        [finding] = SCHEMAS.findings("VpSavepoint", document)
        assert finding == Finding("", "does not satisfy the schema of VpSavepoint")

    def test_an_unknown_kind_is_a_lookup_error(self) -> None:
        with pytest.raises(LookupError, match="Pod"):
            SCHEMAS.findings("Pod", {})
        with pytest.raises(LookupError, match="Pod"):
            load_schema("Pod")

    def test_a_keyword_without_words_is_told_nevertheless(self) -> None:
        [finding] = worded({"properties": {"a": {"multipleOf": 2}}}, {"a": 3})
        assert finding == Finding("/a", "does not satisfy 'multipleOf' of the schema")

    @pytest.mark.parametrize("kind", NAMES)
    @pytest.mark.parametrize(
        "value", [None, "", "a", "A b", "a\n", UUID, 0, 1, -1, 0.05, 1.0, 10**30, True, [1], {}]
    )
    def test_the_deciding_and_the_wording_validator_agree(self, kind: str, value: Any) -> None:
        schema = load_schema(kind)
        deciding = jsonschema_rs.Draft202012Validator(schema)
        for path, _node in nodes(schema):
            if "/0" not in path and path not in ("", "/spec"):
                document = manifest(kind, {path.replace("*", "key"): value})
                assert deciding.is_valid(document) == (worded(schema, document) == ()), path


class TestWhereSchemasAre:
    def test_in_the_package_first_then_beside_it(self, tmp_path: Path) -> None:
        package = tmp_path / "vpsync"
        (tmp_path / "schemas").mkdir()
        assert schema_directory(package) == tmp_path / "schemas"
        (package / "schemas").mkdir(parents=True)
        assert schema_directory(package) == package / "schemas"

    def test_an_installation_without_schemas_says_so(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match="installation is incomplete"):
            schema_directory(tmp_path / "vpsync")

    def test_there_is_one_for_each_kind_and_no_other(self) -> None:
        files = {path.stem for path in schema_directory().glob("*.json")}
        assert files == {name.lower() for name in NAMES}


def test_valid_manifests_do_not_cost_the_import_of_the_wording() -> None:
    code = (
        "import json, sys; from vpsync.schema.load import SchemaSet; "
        "document = json.loads(sys.stdin.read()); "
        "assert not SchemaSet(['VpNamespace']).findings('VpNamespace', document); "
        "assert 'jsonschema' not in sys.modules"
    )
    document = json.dumps(manifest("VpNamespace"))
    subprocess.run([sys.executable, "-c", code], input=document, text=True, check=True)
