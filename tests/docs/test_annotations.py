"""The page on annotations has all that the program reads, with the values that it takes."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from builders import manifest
from pages import code, page, rows, sections
from vpsync.kinds import KINDS
from vpsync.model.annotating import REQUESTS
from vpsync.model.resource import annotation
from vpsync.planning import options as instructions
from vpsync.planning.options import InvalidAnnotation, read_options
from vpsync.schema.load import load_schema

TEXT = page("annotations.md")
ROWS = rows(TEXT.split("## Requests")[0])
NAMES = {kind.name for kind in KINDS}
WRITTEN = ("id", "namespace")
VALUES = {value for row in ROWS for value in code(row["Values"])}


def kinds_of(row: dict[str, str]) -> set[str]:
    return NAMES if row["Kinds"] == "all" else set(row["Kinds"].split(", "))


def name_of(row: dict[str, str]) -> str:
    [name] = code(row["Annotation"])
    return name


IDS = [f"{name_of(row)} of {row['Kinds']}" for row in ROWS]


def takes(kind: str, name: str, value: str) -> bool:
    try:
        read_options(manifest(kind, notes={name: value}))
    except InvalidAnnotation:
        return False
    return True


def test_they_are_those_that_the_program_reads() -> None:
    tree = ast.parse(Path(instructions.__file__).read_text("utf-8"))
    read = {
        argument.value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        if getattr(call.func, "id", getattr(call.func, "attr", "")) in ("_read", "note")
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }
    assert read | set(REQUESTS) == {name_of(row) for row in ROWS}


@pytest.mark.parametrize("kind", sorted(NAMES))
def test_each_kind_has_those_that_its_schema_describes(kind: str) -> None:
    metadata = load_schema(kind)["properties"]["metadata"]["properties"]
    described = set(metadata["annotations"]["properties"])
    told = [annotation(name_of(row)) for row in ROWS if kind in kinds_of(row)]
    assert len(told) == len(set(told))
    assert described == set(told) | {annotation(name) for name in WRITTEN}
    assert set(map(annotation, WRITTEN)) <= {
        annotation(name)
        for row in rows(sections(TEXT, 2)["Written by vpsync"])
        for name in code(row["Annotation"])
    }


@pytest.mark.parametrize("row", ROWS, ids=IDS)
class TestEveryRow:
    def test_lists_the_values_that_are_taken_and_no_others(self, row: dict[str, str]) -> None:
        listed = set(code(row["Values"]))
        for kind in kinds_of(row):
            if listed:
                taken = {value for value in VALUES if takes(kind, name_of(row), value)}
                assert taken == listed
                assert not takes(kind, name_of(row), "no such value")

    def test_has_an_example_that_is_taken_and_does_something(self, row: dict[str, str]) -> None:
        [example] = code(row["Example"])
        value = example.strip('"')
        for kind in kinds_of(row):
            assert takes(kind, name_of(row), value)
            if name_of(row) not in REQUESTS:
                asked = read_options(manifest(kind, notes={name_of(row): value}))
                assert asked != read_options(manifest(kind))

    def test_has_the_default_that_is_meant_where_it_is_left_out(self, row: dict[str, str]) -> None:
        for value in set(code(row["Default"])) & set(code(row["Values"])):
            for kind in kinds_of(row):
                said = read_options(manifest(kind, notes={name_of(row): value}))
                assert said == read_options(manifest(kind))
