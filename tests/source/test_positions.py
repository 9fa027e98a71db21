"""Where fields are written, in block style, flow style and JSON."""

from __future__ import annotations

import json

import pytest

from vpsync.source.documents import documents
from vpsync.source.events import Position
from vpsync.source.positions import place_in, positions

BLOCK = """\
# A comment.
a:
  b: 1
  "c/d~e":
    - x
    -   y: 2
        z: 3
f: [1, {g: 2}]
"""
PLACES = {
    "": (2, 1),
    "/a": (2, 1),
    "/a/b": (3, 3),
    "/a/c~1d~0e": (4, 3),
    "/a/c~1d~0e/0": (5, 7),
    "/a/c~1d~0e/1": (6, 9),
    "/a/c~1d~0e/1/y": (6, 9),
    "/a/c~1d~0e/1/z": (7, 9),
    "/f": (8, 1),
    "/f/0": (8, 5),
    "/f/1": (8, 8),
    "/f/1/g": (8, 9),
}


def place(text: str, path: str, number: int = 0) -> Position:
    return place_in(positions(text, {number})[number], path)


@pytest.mark.parametrize("path", PLACES)
def test_a_field_begins_at_its_key_and_an_item_at_itself(path: str) -> None:
    assert place(BLOCK, path) == PLACES[path]


@pytest.mark.parametrize(
    ("path", "around"), [("/a/missing", "/a"), ("/a/c~1d~0e/7/x", "/a/c~1d~0e"), ("/q/r/s", "")]
)
def test_what_is_missing_has_the_place_of_what_it_belongs_to(path: str, around: str) -> None:
    assert place(BLOCK, path) == PLACES[around]


@pytest.mark.parametrize(
    "text", ["base: &b {x: 1}\nuse: *b\n", "base: &b {x: 1}\nuse:\n  <<: *b\n"]
)
def test_what_an_alias_brings_in_has_the_place_where_it_is_used(text: str) -> None:
    assert place(text, "/use/x") == (2, 1)


@pytest.mark.parametrize("indent", [None, 2, "\t"])
def test_json_has_places_too(indent: str | int | None) -> None:
    text = json.dumps({"a": {"b": [1, {"c": 2}]}}, indent=indent)
    line, column = place(text, "/a/b/1/c")
    assert text.splitlines()[line - 1][column - 1 :].startswith('"c"')


def test_columns_count_characters() -> None:
    assert place("{ä: 1, b: 2}", "/b") == (1, 8)


def test_every_document_has_its_own() -> None:
    text = "a: 1\n---\n---\nb: 2\n"
    assert place(text, "/b", 2) == (4, 1)
    assert len(list(documents(text))) == len(positions(text, range(9))) == 3


def test_what_stands_before_a_fault_has_places() -> None:
    found = positions("a: 1\n---\nb: [\n", {0, 1})
    assert [place_in(places, "/a") for places in found.values()] == [(1, 1)]


def test_no_more_is_read_than_is_asked_for() -> None:
    """Behind the fault that ended the reading, nothing was bounded."""
    assert len(positions("a: 1\n---\n" + "[" * 10_000, {0})) == 1
