"""VVP objects in files become manifests that stand for the same objects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from vpsync.export.convert import convert
from vpsync.export.declare import Export
from vpsync.kinds import KINDS
from vpsync.lint.check import validate
from vpsync.model.finding import Severity
from vpsync.model.resource import annotation
from vpsync.schema.load import SchemaSet
from vpsync.source.files import Files

CANARY = "hunter2-CANARY"


def deployment(**metadata: Any) -> dict[str, Any]:
    """As it is posted, by hand or by a client."""
    configuration = {"a": 1, "s3.secret-key": CANARY}
    template = {"artifact": {"kind": "JAR", "jarUri": "s3://a/b.jar"}, "parallelism": 2}
    return {
        "kind": "Deployment",
        "apiVersion": "v1",
        "metadata": {"name": "orders", **metadata},
        "spec": {
            "state": "RUNNING",
            "deploymentTargetName": "jobs",
            "template": {"spec": {**template, "flinkConfiguration": configuration}},
        },
    }


TARGET = {
    "kind": "DeploymentTarget", "apiVersion": "v1",
    "metadata": {"name": "jobs"}, "spec": {"kubernetes": {"namespace": "flink"}},
}  # fmt: skip


def converted(path: Path, *documents: Any) -> Export:
    path.write_text(yaml.safe_dump_all(documents))
    return convert(Files((str(path),)))


def test_a_manifest_keeps_name_namespace_and_fields_and_no_secret(tmp_path: Path) -> None:
    found = converted(tmp_path / "a.yaml", deployment(namespace="analytics", labels={"team": "a"}))
    [one] = found.manifests
    assert one.document["metadata"] == {"name": "orders"}
    spec = one.document["spec"]
    assert spec["metadata"] == {"namespace": "analytics", "labels": {"team": "a"}}
    assert spec["deploymentTargetName"] == "jobs"
    assert spec["spec"]["template"]["spec"]["flinkConfiguration"] == {"a": 1}
    assert one.left_out == ("/spec/template/spec/flinkConfiguration/s3.secret-key",)
    assert CANARY not in str(one.document)


def test_what_vvp_sets_itself_is_left_out(tmp_path: Path) -> None:
    answered = deployment(id="5d6f2a1e", createdAt="2024-01-01T00:00:00Z", resourceVersion=7)
    [one] = converted(tmp_path / "a.yaml", answered | {"status": {"state": "RUNNING"}}).manifests
    assert one.document["spec"]["metadata"] == {"namespace": "default"}
    assert "status" not in one.document


def test_the_manifests_are_in_order_and_valid(tmp_path: Path) -> None:
    listed = {"kind": "ResourceList", "apiVersion": "v1", "items": [deployment(), TARGET]}
    found = converted(tmp_path / "a.yaml", listed)
    documents = [one.document for one in found.manifests]
    assert [one["kind"] for one in documents] == ["VpDeploymentTarget", "VpDeployment"]
    path = tmp_path / "b.yaml"
    path.write_text(yaml.safe_dump_all(documents))
    schemas = SchemaSet(kind.name for kind in KINDS)
    assert validate([str(path)], schemas, strict=True).findings == ()


def test_an_object_without_a_kind_is_a_deployment(tmp_path: Path) -> None:
    bare = {key: deployment()[key] for key in ("metadata", "spec")}
    [one] = converted(tmp_path / "a.yaml", bare).manifests
    assert one.document["kind"] == "VpDeployment"


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({**TARGET, "kind": "SessionCluster"}, "vpsync makes no manifest of a SessionCluster"),
        ({**TARGET, "kind": "Savepoint"}, "the Savepoint has no metadata.deploymentId"),
        ({**TARGET, "metadata": {}}, "the DeploymentTarget has no metadata.name"),
        (deployment(name="Top Speed"), "a manifest cannot name the Deployment 'Top Speed'"),
    ],
)
def test_what_cannot_become_a_manifest_is_told(
    tmp_path: Path, document: dict[str, Any], told: str
) -> None:
    found = converted(tmp_path / "a.yaml", document, TARGET)
    assert len(found.manifests) == 1
    assert [told in text for text in found.refused] == [True]


def test_documents_of_another_form_are_counted(tmp_path: Path) -> None:
    found = converted(tmp_path / "a.yaml", {"kind": "ConfigMap", "apiVersion": "v1"}, TARGET)
    assert (len(found.manifests), found.passed_over, found.refused) == (1, 1, ())


NAMESPACE = {
    "name": "namespaces/analytics",
    "roleBindings": [{"role": "owner", "members": ["user:jo@example.com"]}],
}
SAVEPOINT: dict[str, Any] = {
    "kind": "Savepoint", "metadata": {"deploymentId": "5d6f2a1e-6c0c-4d0e-8f8a-0f5f3ad3f0a1"},
}  # fmt: skip
SNAPSHOT: dict[str, Any] = {
    "savepointLocation": "s3://a/savepoint-1",
    "flinkSavepointId": "5d6f2a1e-0000-4d0e-8f8a-0f5f3ad3f0a1",
}


@pytest.mark.parametrize(
    ("document", "kinds"),
    [
        (NAMESPACE, ["VpNamespace"]),
        (
            {
                **NAMESPACE,
                "createTime": "2024-01-01T00:00:00Z",
                "lifecyclePhase": "LIFECYCLE_PHASE_ACTIVE",
            },
            ["VpNamespace"],
        ),
        ({"namespace": NAMESPACE}, ["VpNamespace"]),
        ({"namespaces": [NAMESPACE, {"name": "namespaces/b"}]}, ["VpNamespace", "VpNamespace"]),
        ([deployment(), TARGET], ["VpDeploymentTarget", "VpDeployment"]),
        ({"kind": "DeploymentList", "items": [deployment()]}, ["VpDeployment"]),
        (SAVEPOINT, ["VpSavepoint"]),
        ({**SAVEPOINT, "spec": SNAPSHOT}, ["VpSavepoint"]),
        ({"kind": "SavepointList", "apiVersion": "v1", "items": [SAVEPOINT]}, ["VpSavepoint"]),
    ],
)
def test_every_form_of_vvp_s_apis_is_told_as_such_and_becomes_valid_manifests(
    tmp_path: Path, document: Any, kinds: list[str]
) -> None:
    schemas = SchemaSet(kind.name for kind in KINDS)
    found = converted(tmp_path / "a.yaml", document)
    [told] = validate([str(tmp_path / "a.yaml")], schemas).findings
    assert "vpsync convert -f FILE" in f"{told.text} {told.next_step}"
    [error] = Files((str(tmp_path / "a.yaml"),)).read().errors
    assert "vpsync convert -f FILE" in error
    documents = [one.document for one in found.manifests]
    assert [one["kind"] for one in documents] == kinds
    path = tmp_path / "b.yaml"
    path.write_text(yaml.safe_dump_all(documents))
    assert not [
        one for one in validate([str(path)], schemas).findings if one.severity is Severity.ERROR
    ]


def test_a_posted_snapshot_is_registered_and_one_that_vvp_has_is_followed(tmp_path: Path) -> None:
    posted = {**SAVEPOINT, "spec": SNAPSHOT}
    [one] = converted(tmp_path / "a.yaml", posted).manifests
    whose = {"namespace": "default", **SAVEPOINT["metadata"]}
    assert one.document["spec"] == {"metadata": whose, "spec": SNAPSHOT}
    answered = {**posted, "metadata": {**SAVEPOINT["metadata"], "id": SNAPSHOT["flinkSavepointId"]}}
    [one] = converted(tmp_path / "a.yaml", answered).manifests
    assert one.document["spec"] == {"metadata": whose}
    assert one.document["metadata"]["annotations"] == {
        annotation("adopt"): SNAPSHOT["flinkSavepointId"]
    }


def test_a_namespace_of_kubernetes_is_none_of_vvp(tmp_path: Path) -> None:
    kubernetes = {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "a"}}
    secret = {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "a"}}
    apps = {"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": "a"}, "spec": {}}
    path = tmp_path / "a.yaml"
    found = converted(
        path, kubernetes, secret, apps, {"name": "namespaces/a/b"}, {"namespace": "a"}
    )
    assert (found.manifests, found.refused, found.passed_over) == ((), (), 5)
    assert Files((str(path),)).read().errors == []
