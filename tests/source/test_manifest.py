"""A decoded resource as a manifest, whichever source it came from."""

from __future__ import annotations

from typing import Any

import pytest

from builders import manifest
from vpsync.model.resource import FINALIZER, GROUP
from vpsync.source.manifest import document_of, manifest_from, shape_findings
from vpsync.source.strangers import is_ours

DOCUMENT: dict[str, Any] = {
    "apiVersion": f"{GROUP}/v1beta1",
    "kind": "VpDeployment",
    "metadata": {
        "name": "orders",
        "namespace": "team",
        "uid": "u-1",
        "generation": 3,
        "resourceVersion": "77",
        "creationTimestamp": "2025-01-01T00:00:00Z",
        "deletionTimestamp": "2025-06-01T00:00:00Z",
        "finalizers": [FINALIZER, "another"],
        "labels": {"a": "b"},
        "annotations": {f"{GROUP}/drift": "warn"},
    },
    "spec": {"deploymentTargetName": "jobs", "spec": {"state": "RUNNING"}},
    "status": {"id": "d-1", "observedGeneration": 2},
}


def with_member(path: str, value: Any) -> dict[str, Any]:
    """The document with one member replaced."""
    *parents, last = path.split(".")
    copy: dict[str, Any] = {**DOCUMENT, "metadata": dict(DOCUMENT["metadata"])}
    place = copy
    for key in parents:
        place = place[key]
    place[last] = value
    return copy


class TestFromACluster:
    def test_keeps_all_that_only_a_cluster_knows(self) -> None:
        found = manifest_from(DOCUMENT, "cluster")
        assert str(found.key) == "VpDeployment team/orders"
        assert (found.uid, found.generation, found.resource_version) == ("u-1", 3, "77")
        assert found.created == "2025-01-01T00:00:00Z"
        assert found.deleting
        assert found.finalizers == (FINALIZER, "another")
        assert found.status == {"id": "d-1", "observedGeneration": 2}
        assert found.note("drift") == "warn"
        assert found.labels == {"a": "b"}
        assert found.in_cluster

    def test_reads_what_older_operators_left(self) -> None:
        spec = {
            "spec": {"template": {"spec": {"resources": {"jobmanager": {"cpu": "0"}}}}, "x": None}
        }
        found = manifest_from(with_member("spec", spec), "cluster")
        assert found.spec == {"spec": {"template": {"spec": {"resources": {"jobmanager": {}}}}}}

    def test_leaves_out_kubectls_copy_of_the_manifest(self) -> None:
        notes = {"kubectl.kubernetes.io/last-applied-configuration": "CANARY", "a": "b"}
        found = manifest_from(with_member("metadata.annotations", notes), "cluster")
        assert found.annotations == {"a": "b"}


class TestFromAFile:
    FOUND = manifest_from(DOCUMENT, "orders.yaml:1")

    def test_believes_nothing_that_only_a_cluster_can_know(self) -> None:
        assert (self.FOUND.uid, self.FOUND.generation, self.FOUND.created) == ("", 0, "")
        assert self.FOUND.status == {}
        assert not self.FOUND.deleting
        assert not self.FOUND.in_cluster

    def test_keeps_what_its_author_wrote(self) -> None:
        assert str(self.FOUND.key) == "VpDeployment team/orders"
        assert self.FOUND.note("drift") == "warn"
        assert self.FOUND.origin == "orders.yaml:1"

    def test_takes_the_namespace_of_the_run_where_it_names_none(self) -> None:
        for absent in (None, ""):
            found = manifest_from(with_member("metadata.namespace", absent), "a.yaml:1", "ours")
            assert found.key.namespace == "ours"


ODD = [None, 5, 1.5, True, "odd", [], ["odd"], [None], {}, {"odd": 1}, {"odd": None}]


@pytest.mark.parametrize("origin", ["cluster", "a.yaml:1"])
@pytest.mark.parametrize(
    "path",
    [
        "metadata",
        "spec",
        "status",
        *(f"metadata.{member}" for member in DOCUMENT["metadata"]),
    ],
)
def test_a_member_of_a_wrong_type_never_fails(path: str, origin: str) -> None:
    for odd in ODD:
        document = with_member(path, odd)
        found = manifest_from(document, origin)
        shape_findings(document)
        assert isinstance(found.generation, int)
        assert all(isinstance(text, str) for text in found.annotations.values())
        assert all(isinstance(text, str) for text in (*found.finalizers, found.uid, found.created))


class TestTheShape:
    def findings(self, path: str, value: Any) -> list[str]:
        return [finding.subject for finding in shape_findings(with_member(path, value))]

    def test_of_a_sound_manifest_has_no_problem(self) -> None:
        assert shape_findings(DOCUMENT) == []

    @pytest.mark.parametrize("value", [None, "odd", 5, []])
    def test_needs_metadata(self, value: Any) -> None:
        assert self.findings("metadata", value) == ["/metadata"]

    @pytest.mark.parametrize("value", [None, "", 5, True, []])
    def test_needs_a_name(self, value: Any) -> None:
        assert self.findings("metadata.name", value) == ["/metadata/name"]

    @pytest.mark.parametrize("value", [5, True, []])
    def test_needs_a_namespace_that_is_text(self, value: Any) -> None:
        assert self.findings("metadata.namespace", value) == ["/metadata/namespace"]

    @pytest.mark.parametrize("value", [None, "odd", 5, []])
    def test_needs_a_spec(self, value: Any) -> None:
        assert self.findings("spec", value) == ["/spec"]

    @pytest.mark.parametrize("member", ["labels", "annotations"])
    def test_needs_maps_of_texts(self, member: str) -> None:
        assert self.findings(f"metadata.{member}", ["a"]) == [f"/metadata/{member}"]
        assert self.findings(f"metadata.{member}", {"a": 5}) == [f"/metadata/{member}/a"]
        assert self.findings(f"metadata.{member}", {"a/b": True}) == [f"/metadata/{member}/a~1b"]
        assert self.findings(f"metadata.{member}", None) == []

    def test_that_is_wrong_repeats_no_value(self) -> None:
        for finding in shape_findings(with_member("metadata.annotations", {"a": ["CANARY"]})):
            assert "CANARY" not in str(finding)


class TestOurs:
    def test_is_what_has_our_group_and_a_known_kind(self) -> None:
        assert is_ours(DOCUMENT)
        assert is_ours({**DOCUMENT, "apiVersion": f"{GROUP}/v9"})

    @pytest.mark.parametrize(
        "document",
        [
            None,
            5,
            "VpDeployment",
            [],
            {},
            {**DOCUMENT, "kind": "Deployment"},
            {**DOCUMENT, "kind": None},
            {**DOCUMENT, "kind": ["VpDeployment"]},
            {**DOCUMENT, "kind": {"VpDeployment": 1}},
            {**DOCUMENT, "apiVersion": "apps/v1"},
            {**DOCUMENT, "apiVersion": GROUP + "x/v1"},
            {**DOCUMENT, "apiVersion": None},
            {**DOCUMENT, "apiVersion": 5},
        ],
        ids=repr,
    )
    def test_is_nothing_else(self, document: Any) -> None:
        assert not is_ours(document)


def test_the_document_that_a_schema_judges_is_the_manifest_as_it_was_meant() -> None:
    found = manifest_from(DOCUMENT, "cluster")
    assert document_of(found) == {
        "apiVersion": f"{GROUP}/v1beta1",
        "kind": "VpDeployment",
        "metadata": {
            "name": "orders",
            "namespace": "team",
            "labels": {"a": "b"},
            "annotations": {f"{GROUP}/drift": "warn"},
        },
        "spec": {"deploymentTargetName": "jobs", "spec": {"state": "RUNNING"}},
    }
    assert document_of(manifest())["spec"] == manifest().spec
