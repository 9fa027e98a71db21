"""``CONTRIBUTING.md`` tells the truth: journeys, recipe and words are those of the code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from vpsync.kinds import KINDS

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SOURCES = [path for path in (ROOT / "vpsync").rglob("*.py") if "sandbox" not in path.parts]

STEP = re.compile(r"^\d+\. `(vpsync/[\w/]+\.py)`: `([\w.]+)`", re.MULTILINE)


def section(title: str) -> str:
    """The text below a heading, up to the next one of its level."""
    _, _, rest = TEXT.partition(f"\n## {title}\n")
    assert rest, title
    return rest.partition("\n## ")[0]


JOURNEYS = dict(re.findall(r"\*\*(.+?)\*\*[^\n]*\n\n((?:\d+\. .*\n)+)", section("How it goes")))


class TestJourneys:
    def test_are_the_five_that_a_newcomer_asks_for(self) -> None:
        assert list(JOURNEYS) == [
            "A changed field",
            "A deletion",
            "A savepoint",
            "One HTTP request",
            "An exit code",
        ]

    @pytest.mark.parametrize("name", JOURNEYS)
    def test_have_at_most_a_dozen_steps(self, name: str) -> None:
        assert 4 <= len(JOURNEYS[name].splitlines()) <= 12

    @pytest.mark.parametrize("name", JOURNEYS)
    def test_name_functions_that_are_there(self, name: str) -> None:
        steps = STEP.findall(JOURNEYS[name])
        assert len(steps) == len(JOURNEYS[name].splitlines())
        for file, function in steps:
            tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
            assert function in defined(tree), f"{file} has no {function}"


def defined(tree: ast.Module) -> set[str]:
    """The functions of a module, methods with their class."""
    names = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{m.name}" for m in node.body if isinstance(m, ast.FunctionDef)}
    return names


USE_THEM_AS_EXAMPLES = re.compile(
    r"benchmarks/|tests/(?!builders\.py|generated/maximal\.py|kinds/test_kinds\.py|scenarios/library\.yaml)"
)
"""Files that name every kind and work without a new one."""


def names_every_kind(path: Path) -> bool:
    text = path.read_text(encoding="utf-8")
    return all(re.search(rf"\b({kind.name}|{kind.plural})\b", text) for kind in KINDS)


def test_the_recipe_of_a_kind_names_every_file_that_knows_all_kinds() -> None:
    found = {
        str(path.relative_to(ROOT))
        for folder in ("vpsync", "docs", "k8s", "benchmarks", "tests")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".yaml", ".json") and names_every_kind(path)
    }
    needed = {name for name in found if not USE_THEM_AS_EXAMPLES.match(name)}
    named = set(re.findall(r"[`> ]([\w./-]+\.(?:py|yaml))`", section("Adding a kind")))
    assert needed - {"docs/fields.py"} <= named
    assert all((ROOT / name).exists() for name in named)


class TestWords:
    CLASSES = [
        node.name
        for path in SOURCES
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]

    def test_no_class_name_stands_for_two_things(self) -> None:
        assert sorted(self.CLASSES) == sorted(set(self.CLASSES))

    def test_none_of_the_words_that_were_given_up_is_a_class(self) -> None:
        given_up = {
            "Teller", "Letter", "Released", "Gone", "Intent", "Claim", "Holding", "Claims",
            "Instructions", "Lists", "Details", "Unseen", "Sendable", "Held", "Record", "Level",
        }  # fmt: skip
        assert not given_up & set(self.CLASSES)
