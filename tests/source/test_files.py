"""Manifests from files, directories and standard input."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from vpsync.errors import SettingsError
from vpsync.model.resource import GROUP
from vpsync.source.files import Document, Files, LoadedManifests, read_files

API = f"{GROUP}/v1beta1"
TARGET = f"""\
apiVersion: {API}
kind: VpDeploymentTarget
metadata:
  name: jobs
spec:
  spec: {{kubernetes: {{namespace: flink}}}}
"""


def named(name: str, namespace: str = "") -> str:
    text = TARGET.replace("name: jobs", f"name: {name}")
    return text.replace("metadata:", f"metadata:\n  namespace: {namespace}") if namespace else text


def names(sourced: LoadedManifests) -> list[str]:
    return [manifest.key.name for manifest, _ in sourced.manifests]


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """Writes a file below the test's directory and gives its path."""

    def put(name: str, text: str | bytes) -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return put


class TestAFile:
    def test_gives_its_manifests_with_file_and_line(self, write: Any) -> None:
        path = write("jobs.yaml", f"{named('one')}---\n{named('two')}")
        sourced = read_files([path])
        assert names(sourced) == ["one", "two"]
        assert [manifest.origin for manifest, _ in sourced.manifests] == [f"{path}:1", f"{path}:8"]
        assert (sourced.errors, sourced.skipped) == ([], 0)
        assert [problems for _, problems in sourced.manifests] == [[], []]

    def test_may_be_json(self, write: Any) -> None:
        text = f'{{"apiVersion": "{API}", "kind": "VpNamespace", "metadata": {{"name": "a"}}, "spec": {{}}}}'
        assert names(read_files([write("a.json", text)])) == ["a"]

    @pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b""])
    def test_may_begin_with_a_byte_order_mark(self, write: Any, mark: bytes) -> None:
        path = write("a.yaml", mark + TARGET.encode())
        assert names(read_files([path])) == ["jobs"]

    @pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
    def test_may_have_any_line_ending(self, write: Any, ending: str) -> None:
        assert names(read_files([write("a.yaml", TARGET.replace("\n", ending))])) == ["jobs"]

    def test_need_not_be_named_like_a_manifest_when_it_is_named_itself(self, write: Any) -> None:
        assert names(read_files([write("manifest.txt", TARGET)])) == ["jobs"]

    @pytest.mark.parametrize("text", ["", "# nothing\n", "---\n---\n"])
    def test_may_be_empty(self, write: Any, text: str) -> None:
        assert read_files([write("a.yaml", text)]) == LoadedManifests()

    def test_that_does_not_exist_is_wrong_usage(self, tmp_path: Path) -> None:
        with pytest.raises(SettingsError, match=r"gone\.yaml: there is no such file or directory"):
            read_files([str(tmp_path / "gone.yaml")])


class TestOtherKinds:
    FOREIGN = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"

    def test_are_skipped_and_counted(self, write: Any) -> None:
        path = write("a.yaml", f"{self.FOREIGN}---\n{TARGET}---\n{self.FOREIGN}")
        sourced = read_files([path])
        assert (names(sourced), sourced.skipped, sourced.errors) == (["jobs"], 2, [])

    @pytest.mark.parametrize(
        "text",
        [
            f"apiVersion: {GROUP}.evil/v1beta1\nkind: Other\n",
            "a: 1\n",
            "{}",
            "apiVersion: v1\nkind: [VpDeployment]\n",
        ],
    )
    def test_are_what_has_neither_our_group_nor_one_of_our_kinds(
        self, write: Any, text: str
    ) -> None:
        sourced = read_files([write("a.yaml", text)])
        assert (sourced.manifests, sourced.skipped, sourced.errors) == ([], 1, [])

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            (f"apiVersion: {GROUP}.evil/v1beta1\nkind: VpDeployment\n", "/apiVersion: is not the"),
            ("apiVersion: v1beta1\nkind: VpDeployment\n", "/apiVersion: is not the group"),
            ("kind: VpDeployment\n", "/apiVersion: is not the group of VpDeployment; write"),
            (f"apiVersion: {API}\nkind: VpUnknown\n", "/kind: is not a known kind"),
            (f"apiVersion: {API}\nkind: vpdeployment\n", "/kind: is not a known kind"),
            (f"apiVersion: {API}\n", "/kind: is not a known kind"),
            (f"apiVersion: {API}\nkind: [VpDeployment]\n", "/kind: is not a known kind"),
            (f"apiVersion: {API}\nkind: {{a: b}}\n", "/kind: is not a known kind"),
        ],
    )
    def test_are_not_what_is_nearly_ours(self, write: Any, text: str, told: str) -> None:
        """To skip a mistyped kind would be to prune what it stands for."""
        path = write("a.yaml", f"{TARGET}---\n{text}")
        sourced = read_files([path])
        assert (names(sourced), sourced.skipped) == (["jobs"], 0)
        assert [error.startswith(f"{path}:8: {told}") for error in sourced.errors] == [True]

    def test_in_any_version_of_the_group_are_ours(self, write: Any) -> None:
        text = TARGET.replace("v1beta1", "v1beta9")
        [(manifest, _)] = read_files([write("a.yaml", text)]).manifests
        assert manifest.api_version == f"{GROUP}/v1beta9"

    @pytest.mark.parametrize("text", ["just text", "5", "- a\n- b\n", "true"])
    def test_what_is_no_map_is_an_error(self, write: Any, text: str) -> None:
        path = write("a.yaml", f"{TARGET}---\n{text}\n")
        sourced = read_files([path])
        assert names(sourced) == ["jobs"]
        assert sourced.errors == [f"{path}:8: a manifest must be a map"]


class TestAList:
    def wrapped(self, *texts: str) -> str:
        items = "".join(f"- {text.strip().replace(chr(10), chr(10) + '  ')}\n" for text in texts)
        return f"apiVersion: v1\nkind: List\nitems:\n{items}"

    def test_is_unwrapped(self, write: Any) -> None:
        text = self.wrapped(named("one"), TestOtherKinds.FOREIGN, named("two"))
        sourced = read_files([write("a.yaml", text)])
        assert (names(sourced), sourced.skipped) == (["one", "two"], 1)

    def test_in_a_list_is_unwrapped_too(self, write: Any) -> None:
        text = self.wrapped(self.wrapped(named("one")), named("two"))
        assert names(read_files([write("a.yaml", text)])) == ["one", "two"]

    def test_in_a_list_is_told_as_kubectl_refuses_it(self, write: Any) -> None:
        text = self.wrapped(self.wrapped(named("one")), named("two"))
        inner, outer = Files((write("a.yaml", text),)).decoded(write("a.yaml", text))
        assert isinstance(inner, Document)
        assert isinstance(outer, Document)
        assert [one.text for one in inner.doubts] == [
            "kubectl refuses a List within a List: put its items into the outer one"
        ]
        assert outer.doubts == ()

    @pytest.mark.parametrize("items", ["items: []", "items: null", "items: ~"])
    def test_may_be_empty(self, write: Any, items: str) -> None:
        text = f"apiVersion: v1\nkind: List\n{items}\n"
        assert read_files([write("a.yaml", text)]) == LoadedManifests()

    @pytest.mark.parametrize("items", ["5", "text", "{a: 1}", "true"])
    def test_with_items_that_are_no_list_is_an_error(self, write: Any, items: str) -> None:
        path = write("a.yaml", f"apiVersion: v1\nkind: List\nitems: {items}\n")
        sourced = read_files([path])
        assert sourced.errors == [f"{path}: line 1, column 1: the items of a List must be a list"]

    def test_with_an_item_that_is_no_map_is_an_error(self, write: Any) -> None:
        path = write("a.yaml", "apiVersion: v1\nkind: List\nitems: [5, null]\n")
        assert read_files([path]).errors == [f"{path}:1: a manifest must be a map"]

    @pytest.mark.parametrize(
        ("version", "kind"),
        [
            ("v1", "SecretList"),
            ("example.com/v1", "Things"),
            ("v2", "List"),
            ("meta.k8s.io/v1", "List"),
        ],
    )
    def test_of_another_kind_that_holds_a_resource_is_never_passed_over(
        self, write: Any, version: str, kind: str
    ) -> None:
        text = self.wrapped(named("one")).replace("v1\nkind: List", f"{version}\nkind: {kind}", 1)
        sourced = read_files([write("a.yaml", text)])
        assert not sourced.manifests
        assert "write apiVersion v1, kind List" in sourced.errors[0]


class TestADirectory:
    def test_is_read_recursively_in_the_order_of_names(self, write: Any, tmp_path: Path) -> None:
        for name in ("b.yaml", "a/z.yml", "a/b/c.json", "c.yaml"):
            write(name, named(name.replace("/", "-").replace(".", "-")))
        write(
            "a/b/c.json",
            f'{{"apiVersion": "{API}", "kind": "VpNamespace", "metadata": {{"name": "x"}}}}',
        )
        assert names(read_files([str(tmp_path)])) == ["x", "a-z-yml", "b-yaml", "c-yaml"]

    @pytest.mark.parametrize("name", ["a.txt", "a.yaml.bak", "yaml", "README.md", "a.toml"])
    def test_gives_only_what_is_named_like_a_manifest(
        self, write: Any, tmp_path: Path, name: str
    ) -> None:
        write(name, TARGET)
        assert read_files([str(tmp_path)]) == LoadedManifests()

    def test_may_be_empty(self, tmp_path: Path) -> None:
        assert read_files([str(tmp_path)]) == LoadedManifests()

    def test_that_is_named_like_a_manifest_is_entered(self, write: Any, tmp_path: Path) -> None:
        write("odd.yaml/a.yaml", TARGET)
        assert names(read_files([str(tmp_path)])) == ["jobs"]

    def test_with_one_broken_file_gives_the_others(self, write: Any, tmp_path: Path) -> None:
        broken = write("a.yaml", "a: [1\n")
        write("b.yaml", TARGET)
        sourced = read_files([str(tmp_path)])
        assert names(sourced) == ["jobs"]
        [error] = sourced.errors
        assert error.startswith(f"{broken}: line 2, column 1: ")


class TestStandardInput:
    def test_is_a_dash(self) -> None:
        sourced = read_files(["-"], read_stdin=TARGET.encode)
        assert names(sourced) == ["jobs"]
        assert sourced.manifests[0][0].origin == "stdin:1"

    def test_that_is_broken_is_told(self) -> None:
        assert read_files(["-"], read_stdin=lambda: b"a: [").errors[0].startswith("stdin: line ")

    def test_goes_together_with_files(self, write: Any) -> None:
        path = write("a.yaml", named("two"))
        assert names(read_files(["-", path], read_stdin=TARGET.encode)) == ["jobs", "two"]


class TestAnUnreadableFile:
    @pytest.mark.parametrize(
        "data", [b"\xff\xfe\x00", "ä".encode("latin-1"), TARGET.encode("utf-16")]
    )
    def test_that_is_no_text_is_told(self, write: Any, data: bytes) -> None:
        path = write("a.yaml", data)
        assert read_files([path]).errors == [f"{path}: is not UTF-8 text"]

    def test_that_the_system_refuses_is_told(self) -> None:
        def refuse() -> bytes:
            raise OSError(5, "Input/output error")

        assert read_files(["-"], read_stdin=refuse).errors == ["stdin: Input/output error"]

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_without_permission_is_told(self, write: Any) -> None:
        path = write("a.yaml", TARGET)
        Path(path).chmod(0)
        assert read_files([path]).errors == [f"{path}: Permission denied"]

    def test_gives_no_manifest_behind_its_fault(self, write: Any) -> None:
        path = write("a.yaml", f"{named('one')}---\na: !x 1\n---\n{named('two')}")
        sourced = read_files([path])
        assert names(sourced) == ["one"]
        assert len(sourced.errors) == 1


class TestNamespaces:
    def test_that_a_manifest_names_is_kept(self, write: Any) -> None:
        path = write("a.yaml", named("one", "theirs"))
        assert read_files([path], "ours").manifests[0][0].key.namespace == "theirs"

    def test_that_a_manifest_lacks_is_the_one_of_the_run(self, write: Any) -> None:
        path = write("a.yaml", TARGET)
        assert read_files([path], "ours").manifests[0][0].key.namespace == "ours"
        assert read_files([path]).manifests[0][0].key.namespace == "default"


class TestTwice:
    def test_the_same_resource_is_a_problem_of_the_second(self, write: Any) -> None:
        first, second = write("a.yaml", TARGET), write("b.yaml", TARGET)
        [(_, fine), (_, wrong)] = read_files([first, second]).manifests
        assert fine == []
        assert [problem.text for problem in wrong] == [
            f"VpDeploymentTarget default/jobs was already declared at {first}:1"
        ]

    def test_the_same_resource_in_two_versions_is_one_too(self, write: Any) -> None:
        other = TARGET.replace("v1beta1", "v1beta2")
        [(_, fine), (_, wrong)] = read_files([write("a.yaml", f"{TARGET}---\n{other}")]).manifests
        assert (len(fine), len(wrong)) == (0, 1)

    def test_the_same_name_in_two_kubernetes_namespaces_is_fine(self, write: Any) -> None:
        text = f"{named('one', 'a')}---\n{named('one', 'b')}"
        assert all(not problems for _, problems in read_files([write("a.yaml", text)]).manifests)


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    file = tmp_path / "target.yaml"
    file.write_text(
        f"apiVersion: {GROUP}/v1beta1\nkind: VpDeploymentTarget\nmetadata: {{name: jobs}}\nspec: {{}}\n"
    )
    found = read_files([str(file), str(tmp_path), f"{tmp_path}/../{tmp_path.name}/target.yaml"])
    assert [problems for _, problems in found.manifests] == [[]]


class TestTheNamespaceOfTheRun:
    def test_is_the_only_one_that_a_manifest_may_name(self, write: Any) -> None:
        path = write(
            "a.yaml", f"{named('one', 'theirs')}---\n{named('two', 'ours')}---\n{named('three')}"
        )
        found = [
            [str(problem) for problem in problems]
            for _, problems in read_files([path], "ours").manifests
        ]
        text = "is 'theirs', and -n is 'ours': use the same, or leave one of them out"
        assert found == [[f"/metadata/namespace: {text}"], [], []]

    def test_binds_nothing_where_it_is_not_given(self, write: Any) -> None:
        path = write("a.yaml", f"{named('one', 'a')}---\n{named('two')}")
        found = read_files([path]).manifests
        assert [(one.key.namespace, problems) for one, problems in found] == [
            ("a", []),
            ("default", []),
        ]


def test_a_list_without_items_is_an_error(write: Any) -> None:
    """A misspelt member must not read as an empty list."""
    path = write("a.yaml", "apiVersion: v1\nkind: List\nitem: []\n")
    assert read_files([path]).errors == [
        f"{path}: line 1, column 1: a List must have items, at least an empty list"
    ]


def test_of_very_many_errors_the_first_are_told_and_the_others_counted(write: Any) -> None:
    path = write("a.yaml", "--- 5\n" * 1_234)
    errors = read_files([path]).errors
    assert (len(errors), errors[-1]) == (101, "and 1,134 more that could not be read")
