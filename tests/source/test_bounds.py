"""One object beyond the bounds stops nothing and costs little, from files and from a cluster."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from vpsync.kinds import KINDS
from vpsync.lint.check import MAX_FINDINGS, validate
from vpsync.model.bounds import MAX_DEPTH, MAX_KEY, MAX_TEXT, MAX_VALUES, beyond_bounds
from vpsync.model.json import Json
from vpsync.model.resource import GROUP
from vpsync.render.lint import lint_as_text
from vpsync.schema.load import SchemaSet
from vpsync.source.cluster import read_cluster
from vpsync.source.events import MAX_DOCUMENTS
from vpsync.source.files import MAX_ERRORS, read_files
from vpsync.source.manifest import read_manifest

SCHEMAS = SchemaSet(kind.name for kind in KINDS)


def nested(levels: int, innermost: Json = 1) -> Json:
    for _ in range(levels):
        innermost = {"a": innermost}
    return innermost


def resource(**spec: Json) -> dict[str, Any]:
    return {
        "apiVersion": f"{GROUP}/v1beta2",
        "kind": "VpDeployment",
        "metadata": {"name": "orders", "namespace": "team", "uid": "u-1"},
        "spec": {"metadata": {"name": "orders-vvp"}, **spec},
        "status": {"id": "5d6f2a1e"},
    }


BEYOND = {
    "is nested deeper than 64 levels": nested(700),
    "has a key of 409,600 characters; at most 1,024 are allowed": {"k" * 409_600: 1},
    "has more than 50,000 values": [0] * (MAX_VALUES + 1),
    "is larger than 2 MiB": "x" * (MAX_TEXT + 1),
}


@pytest.mark.parametrize(
    "document",
    [{}, nested(MAX_DEPTH), {"k" * MAX_KEY: 1}, [0] * MAX_VALUES, "x" * MAX_TEXT, [[]] * 100, None],
)
def test_what_keeps_the_bounds_is_let_through(document: Json) -> None:
    assert beyond_bounds(document) == ""


@pytest.mark.parametrize("document", [nested(MAX_DEPTH + 1), nested(3000), [nested(65)] * 3])
def test_no_depth_beyond_the_bound_is_let_through(document: Json) -> None:
    assert beyond_bounds(document) == "is nested deeper than 64 levels"


@pytest.mark.parametrize("text", BEYOND)
def test_a_resource_beyond_a_bound_is_told_and_known_by_what_keeps_it(text: str) -> None:
    manifest, [problem] = read_manifest(resource(spec=BEYOND[text]), "cluster")
    assert (problem.subject, problem.text) == ("", text)
    assert (str(manifest.key), manifest.uid) == ("VpDeployment team/orders", "u-1")
    assert manifest.spec == {"metadata": {"name": "orders-vvp"}}
    assert manifest.status == {"id": "5d6f2a1e"}, "its deletion still knows what to delete"


@pytest.mark.parametrize("where", ["status", "metadata"])
def test_what_is_beyond_a_bound_elsewhere_is_told_as_well(where: str) -> None:
    document = resource()
    document[where] = {**document[where], "annotations": nested(700)}
    manifest, [problem] = read_manifest(document, "cluster")
    assert (manifest.key.name, problem.text) == ("orders", "is nested deeper than 64 levels")


@pytest.mark.parametrize("depth", [MAX_DEPTH, 700, 5000])
def test_a_parked_field_beyond_the_bounds_is_a_problem_of_its_resource(depth: int) -> None:
    key = f"{GROUP}/v1beta2.VpDeployment.pod-labels"
    document = resource(spec={})
    document["metadata"]["annotations"] = {key: '{"a":' * depth + "1" + "}" * depth, "b": "c"}
    manifest, [problem] = read_manifest(document, "cluster")
    assert problem.subject.endswith("pod-labels")
    assert manifest.annotations == {"b": "c"}


def test_one_object_beyond_the_bounds_leaves_the_others_of_a_list_as_they_are() -> None:
    documents = [resource(spec=nested(700)), resource(spec={})]
    sourced = read_cluster(lambda kind, namespace: documents, KINDS[:1], ())
    assert [len(problems) for _, problems in sourced.manifests] == [1, 0]
    assert sourced.errors == []


def test_one_object_beyond_the_bounds_leaves_the_others_of_a_file_as_they_are(
    tmp_path: Path,
) -> None:
    items = [resource(spec={"x": [0] * MAX_VALUES}), {**resource(), "metadata": {"name": "b"}}]
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    sourced = read_files([str(path)])
    assert [len(problems) for _, problems in sourced.manifests] == [1, 0]


class TestHostileFiles:
    MEMORY = 450 * 1024 * 1024

    def check(self, tmp_path: Path, text: str) -> str:
        """What validate says of a text, within memory; a pass says no more."""
        path = tmp_path / "a.yaml"
        path.write_text(text)
        tracemalloc.start(1)
        told = lint_as_text(validate([str(path)], SCHEMAS))
        errors = read_files([str(path)]).errors
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < self.MEMORY
        assert len(errors) <= MAX_ERRORS + 1
        assert sum(map(len, errors)) < 30_000
        assert max(map(len, told.splitlines())) < 1_000
        return told

    def test_of_nothing_but_separators_end_early(self, tmp_path: Path) -> None:
        told = self.check(tmp_path, "---\n" * (2 * MAX_DOCUMENTS))
        assert f"more than {MAX_DOCUMENTS:,} documents in one file" in told

    def test_with_very_many_bad_documents_are_told_by_a_count(self, tmp_path: Path) -> None:
        told = self.check(tmp_path, "--- 5\n" * 20_000)
        assert told.splitlines()[-2:] == [
            f"and {20_000 - MAX_FINDINGS:,} more",
            "Checked 0 resources in 1 file: 20000 errors.",
        ]

    @pytest.mark.parametrize("form", ["{0}: 1\n", '"{0}": 1\n', '{{"{0}": 1}}\n', "? {0}\n: 1\n"])
    def test_with_one_huge_key_are_told_without_it(self, tmp_path: Path, form: str) -> None:
        told = self.check(tmp_path, form.format("k" * 3_000_000))
        assert len(told) < 400

    @pytest.mark.parametrize(
        "text",
        ["a: !{0} 1\n", "a: *{0}\n", "a: !!int {0}\n", "apiVersion: v1\nkind: {0}\n",
         f"apiVersion: {GROUP}/v1beta1\nkind: {{0}}\n", "a: '{0}\n",
         f"apiVersion: {GROUP}/v1beta1\nkind: VpNamespace\nmetadata: {{{{name: {{0}}}}}}\nspec: {{{{}}}}\n"],
    )  # fmt: skip
    def test_repeat_no_huge_text(self, tmp_path: Path, text: str) -> None:
        assert len(self.check(tmp_path, text.format("9" * 300_000))) < 1_200
