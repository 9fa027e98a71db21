"""What a new kind, a new module or a new reason must bring with it."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import vpsync.kinds
from passes.scenario import LIBRARY
from vpsync.kinds import BY_NAME, KINDS
from vpsync.kinds.kind import Kind
from vpsync.model.reasons import Reason, Weight
from vpsync.model.resource import GROUP
from vpsync.schema.load import load_schema

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "vpsync").rglob("*.py"))
OURS = [path for path in SOURCES if "sandbox" not in path.relative_to(ROOT).parts[:-1]]


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
class TestEveryKind:
    def test_has_a_schema_that_describes_spec_and_status(self, kind: Kind) -> None:
        properties = load_schema(kind.name)["properties"]
        assert {"spec", "status"} <= set(properties)

    def test_has_an_example_for_each_version(self, kind: Kind) -> None:
        found = {
            document["apiVersion"]
            for path in (ROOT / "examples").rglob("*.yaml")
            for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))
            if document["kind"] == kind.name
        }
        assert found == {f"{GROUP}/{version}" for version in kind.versions}

    def test_has_a_module_that_is_registered(self, kind: Kind) -> None:
        assert BY_NAME[kind.name] is kind
        assert type(kind).__module__.startswith("vpsync.kinds.")

    def test_has_a_test_of_its_own(self, kind: Kind) -> None:
        module = type(kind).__module__.rpartition(".")[2]
        assert (ROOT / "tests" / "kinds" / f"test_{module}.py").is_file()

    def test_is_listed_patched_and_told_by_the_shipped_rights(self, kind: Kind) -> None:
        rights = {
            (resource, verb)
            for rule in rules()
            if GROUP in rule["apiGroups"]
            for resource in rule["resources"]
            for verb in rule["verbs"]
        }
        needed = {(kind.plural, "list"), (kind.plural, "patch"), (f"{kind.plural}/status", "patch")}
        assert needed <= rights

    def test_takes_part_in_the_scenarios(self, kind: Kind) -> None:
        assert kind.name in {document["kind"] for document in LIBRARY.values()}

    def test_refers_only_to_kinds_before_it(self, kind: Kind) -> None:
        if kind.refers_to:
            assert KINDS.index(BY_NAME[kind.refers_to]) < KINDS.index(kind)


def rules() -> list[dict[str, Any]]:
    text = (ROOT / "k8s" / "cronjob.yaml").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = [
        rule
        for document in yaml.safe_load_all(text)
        if document["kind"] in ("ClusterRole", "Role")
        for rule in document["rules"]
    ]
    return found


def test_the_shipped_rights_are_no_more_than_what_is_used() -> None:
    plurals = {kind.plural for kind in KINDS}
    for rule in rules():
        assert "*" not in [*rule["apiGroups"], *rule["resources"], *rule["verbs"]]
        if rule["apiGroups"] == [GROUP]:
            assert {resource.partition("/")[0] for resource in rule["resources"]} == plurals
            assert set(rule["verbs"]) <= {"list", "patch"}
        elif rule["resources"] == ["namespaces"]:
            named = (rule["resources"], rule["resourceNames"], rule["verbs"])
            assert named == (["namespaces"], ["kube-system"], ["get"])
        elif rule["resources"] == ["leases"]:
            assert rule["apiGroups"] == ["coordination.k8s.io"]
            assert rule["verbs"] == ["get", "list", "create", "update"]
        else:
            assert rule["apiGroups"] == [""]
            assert (rule["resources"], rule["verbs"]) == (["events"], ["create", "patch"])


def test_every_kind_module_is_registered() -> None:
    """A class that nobody registered would never be listed."""
    directory = Path(str(vpsync.kinds.__file__)).parent
    declared = {
        node.name
        for path in directory.glob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
        if any(isinstance(base, ast.Name) and base.id == "Kind" for base in node.bases)
    }
    assert declared == {type(kind).__name__ for kind in KINDS}


NAMED_OUTSIDE = {
    "vpsync/model/observed.py": 1,
    "vpsync/planning/savepoints/triggers.py": 2,
    "vpsync/ververica/observe.py": 2,
}
"""Where a kind is named outside ``kinds/``, and how often; a comment or docstring there says why."""


def named_kinds(path: Path) -> int:
    """How often a module names a kind, by its instance or as text."""
    instances = {type(kind).__module__.rpartition(".")[2].upper() for kind in KINDS}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {kind.name for kind in KINDS}
    return sum(
        1
        for node in ast.walk(tree)
        if (isinstance(node, ast.Name) and node.id in instances)
        or (isinstance(node, ast.Constant) and node.value in names)
    )


def test_a_kind_decides_about_itself() -> None:
    """Outside ``kinds/``, no module asks which kind it has in hand."""
    found = {short(path): count for path in OURS if (count := named_kinds(path))}
    outside = {name: count for name, count in found.items() if "/kinds/" not in name}
    assert outside == NAMED_OUTSIDE


def test_every_schema_belongs_to_a_kind() -> None:
    assert {path.stem for path in (ROOT / "schemas").glob("*.json")} == {
        kind.name.lower() for kind in KINDS
    }


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.name)
class TestEveryReason:
    def test_has_a_name_that_kubernetes_takes_and_a_meaning_in_a_sentence(
        self, reason: Reason
    ) -> None:
        assert reason.name.isascii()
        assert reason.name.isalnum()
        assert reason.name[0].isupper()
        assert reason.meaning.endswith(".")

    def test_means_one_thing(self, reason: Reason) -> None:
        assert [r.meaning for r in Reason].count(reason.meaning) == 1
        assert reason.stalled is (reason.weight is Weight.STALLED)
        assert reason.waiting is (reason.weight is Weight.WAITING)
        assert not (reason.stalled and reason.waiting)


def undocumented(path: Path) -> Iterator[str]:
    """Module, classes and public functions without a docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if not ast.get_docstring(tree):
        yield "the module"
    yield from _undocumented(tree.body, "")


def _undocumented(body: list[ast.stmt], inside: str) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            name = f"{inside}{node.name}"
            if not ast.get_docstring(node):
                yield name
            if not node.name.startswith("_"):
                yield from _undocumented(node.body, f"{name}.")
        elif isinstance(node, ast.FunctionDef) and _must_say(node):
            yield f"{inside}{node.name}"


def _must_say(node: ast.FunctionDef) -> bool:
    return not node.name.startswith("_") and not ast.get_docstring(node)


@pytest.mark.parametrize("path", SOURCES, ids=short)
class TestEveryModule:
    def test_says_what_it_its_classes_and_its_functions_give(self, path: Path) -> None:
        assert list(undocumented(path)) == []

    def test_has_no_name_that_says_nothing(self, path: Path) -> None:
        assert path.stem not in {"utils", "util", "helpers", "helper", "common", "manager", "misc"}


def test_nine_modules_in_ten_have_at_most_250_lines_and_none_has_350() -> None:
    sizes = sorted(lines(path) for path in OURS)
    assert sizes[len(sizes) * 9 // 10] <= 250
    assert sizes[-1] < 350


def test_imports_point_down() -> None:
    """Layers, the two edges, the pure core and the sandbox, as ``setup.cfg`` draws them."""
    pytest.importorskip("importlinter")
    # In a process of its own: it configures logging, and so silences the loggers that are there.
    script = (
        "from importlinter.cli import lint_imports; import sys; sys.exit(lint_imports(sys.argv[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(ROOT / "setup.cfg")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
