"""The record of managed paths: paths and no values, intact or not believed."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest

from builders import manifest, own_notes
from vpsync.model.json import Path, path_from_pointer, pointer
from vpsync.model.resource import GROUP
from vpsync.planning.ownership import sealed
from vpsync.planning.record import MANAGED, read_record, record_text

PATHS: list[Path] = [
    ("spec", "state"),
    ("spec", "template", "spec", "parallelism"),
    ("metadata", "labels", "team"),
    ("metadata", "labels", "a/b~c"),
    ("spec", "template", "spec", "logging", "log4jLoggers", ""),
    ("roleBindings",),
]


def test_its_format_is_permanent() -> None:
    assert f"{GROUP}/managed" == MANAGED
    assert record_text([("spec", "state"), ("metadata", "labels", "team")]) == (
        '{"paths":{"/metadata/labels":["team"],"/spec":["state"]},"sum":"a2ec4464a04d","v":1}'
    )


def test_it_reads_back_as_written() -> None:
    assert read_record(record_text(PATHS)) == frozenset(PATHS)
    assert read_record(record_text([])) == frozenset()


@pytest.mark.parametrize("order", list(permutations(PATHS[:4])))
def test_equal_sets_of_paths_give_equal_texts(order: tuple[Path, ...]) -> None:
    assert record_text(order) == record_text(PATHS[:4])


def test_it_holds_paths_and_never_values() -> None:
    resource = manifest(edits={"/spec/template/spec/flinkConfiguration/key": "CANARY-VALUE"})
    assert "CANARY-VALUE" not in own_notes(resource)[MANAGED]


def test_paths_share_their_common_prefixes() -> None:
    prefix = ("spec", "template", "spec", "flinkConfiguration")
    text = record_text([(*prefix, f"option.{number}") for number in range(500)])
    assert len(text) < 16 * 1024
    assert text.count("flinkConfiguration") == 1


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "nonsense",
        "[]",
        "{}",
        "[" * 100_000,
        record_text(PATHS).replace("state", "sta"),
        record_text(PATHS).replace('"v":1', '"v":2'),
        json.dumps({"v": 1, "paths": {"/spec": ["state"]}}),
        sealed({"v": 1}),
        sealed({"v": 1, "paths": []}),
        sealed({"v": 1, "paths": {"spec": ["state"]}}),
        sealed({"v": 1, "paths": {"/spec": 5}}),
        sealed({"v": 1, "paths": {"/spec": None}}),
    ],
    ids=lambda text: str(text)[:24],
)
def test_one_that_was_edited_says_nothing(text: str | None) -> None:
    assert read_record(text) is None


@pytest.mark.parametrize("odd", [5, True, ["x"], {"v": 1}])
def test_one_that_is_no_text_says_nothing(odd: Any) -> None:
    assert read_record(odd) is None


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_a_json_pointer_towards_users(path: Path) -> None:
    assert path_from_pointer(pointer(path)) == path


def test_json_pointers_are_those_of_the_standard() -> None:
    assert pointer(()) == ""
    assert pointer(("a/b", "c~d", "")) == "/a~1b/c~0d/"
    assert path_from_pointer("/a~1b/c~0d/~01") == ("a/b", "c~d", "~1")
    with pytest.raises(ValueError, match="must start with '/'"):
        path_from_pointer("spec")
