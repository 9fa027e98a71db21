"""The record of managed paths: paths and no values, intact or not believed."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import manifest, own_notes
from vpsync.model.json import Path, path_from_pointer, pointer
from vpsync.model.resource import GROUP
from vpsync.planning.ownership.managed_fields import (
    LIMIT,
    MANAGED,
    ManagedFields,
    is_current,
    managed_text,
    read_managed,
)
from vpsync.planning.ownership.marker import sealed

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
    assert managed_text([("spec", "state"), ("metadata", "labels", "team")]) == (
        '{"paths":{"/metadata/labels":["team"],"/spec":["state"]},"sum":"a2ec4464a04d","v":1}'
    )


def test_it_reads_back_as_written() -> None:
    assert read_managed(managed_text(PATHS)) == ManagedFields(frozenset(PATHS))
    assert read_managed(managed_text([])) == ManagedFields(frozenset())


KEPT: dict[Path, str] = {("spec", "a/b"): "0a1b2c3d4e5f:6a7b8c9d0e1f"}


def test_the_format_of_what_vvp_keeps_in_a_form_of_its_own_is_permanent() -> None:
    assert managed_text([("spec", "a/b")], KEPT) == (
        '{"kept":{"/spec/a~1b":"0a1b2c3d4e5f:6a7b8c9d0e1f"},'
        '"paths":{"/spec":["a/b"]},"sum":"a74811386663","v":1}'
    )
    text = managed_text(PATHS, KEPT)
    assert read_managed(text) == ManagedFields(frozenset(PATHS), kept=KEPT)


def test_a_record_is_current_only_with_the_forms_that_there_are() -> None:
    record = read_managed(managed_text(PATHS, KEPT))
    assert is_current(record, frozenset(PATHS), KEPT)
    assert not is_current(record, frozenset(PATHS))
    assert not is_current(read_managed(managed_text(PATHS)), frozenset(PATHS), KEPT)


@pytest.mark.parametrize("kept", [[], {"/spec": 5}, {"spec": "a:b"}])
def test_a_record_with_odd_forms_is_not_believed(kept: Any) -> None:
    assert read_managed(sealed({"v": 1, "paths": {}, "kept": kept})) is None


@pytest.mark.parametrize("order", list(permutations(PATHS[:4])))
def test_equal_sets_of_paths_give_equal_texts(order: tuple[Path, ...]) -> None:
    assert managed_text(order) == managed_text(PATHS[:4])


def test_it_holds_paths_and_never_values() -> None:
    resource = manifest(edits={"/spec/template/spec/flinkConfiguration/key": "CANARY-VALUE"})
    assert "CANARY-VALUE" not in own_notes(resource)[MANAGED]


def test_paths_share_their_common_prefixes() -> None:
    prefix = ("spec", "template", "spec", "flinkConfiguration")
    text = managed_text([(*prefix, f"option.{number}") for number in range(500)])
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
        managed_text(PATHS).replace("state", "sta"),
        managed_text(PATHS).replace('"v":1', '"v":2'),
        json.dumps({"v": 1, "paths": {"/spec": ["state"]}}),
        sealed({"v": 1}),
        sealed({"v": 1, "paths": []}),
        sealed({"v": 1, "paths": {"spec": ["state"]}}),
        sealed({"v": 1, "paths": {"/spec": 5}}),
        sealed({"v": 1, "paths": {"/spec": None}}),
        sealed({"v": 1, "paths": {"/spec": "state"}}),
        sealed({"v": 1, "paths": {"/spec": [5]}}),
        sealed({"v": 1, "paths": {}, "below": "/spec"}),
        sealed({"v": 1, "paths": {}, "below": ["spec"]}),
        sealed({"v": 1, "paths": {}, "below": [""]}),
        sealed({"v": 1, "paths": {}, "below": None}),
    ],
    ids=lambda text: str(text)[:24],
)
def test_one_that_was_edited_says_nothing(text: str | None) -> None:
    assert read_managed(text) is None


@pytest.mark.parametrize("odd", [5, True, ["x"], {"v": 1}])
def test_one_that_is_no_text_says_nothing(odd: Any) -> None:
    assert read_managed(odd) is None


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_a_json_pointer_towards_users(path: Path) -> None:
    assert path_from_pointer(pointer(path)) == path


def test_json_pointers_are_those_of_the_standard() -> None:
    assert pointer(()) == ""
    assert pointer(("a/b", "c~d", "")) == "/a~1b/c~0d/"
    assert path_from_pointer("/a~1b/c~0d/~01") == ("a/b", "c~d", "~1")
    with pytest.raises(ValueError, match="must start with '/'"):
        path_from_pointer("spec")


CONFIGURATION: Path = ("spec", "template", "spec", "flinkConfiguration")
MANY = [(*CONFIGURATION, f"some.long.option.of.flink.{number}") for number in range(1000)]


class TestTooLong:
    def test_gives_way_in_its_largest_part_and_keeps_the_rest(self) -> None:
        text = managed_text([*MANY, *PATHS])
        assert len(text) <= LIMIT
        assert read_managed(text) == ManagedFields(frozenset(PATHS), frozenset({CONFIGURATION}))

    def test_has_a_permanent_format(self) -> None:
        text = managed_text([*MANY, ("spec", "state")])
        assert text == (
            '{"below":["/spec/template/spec/flinkConfiguration"],'
            '"paths":{"/spec":["state"]},"sum":"SUM","v":1}'
        ).replace("SUM", json.loads(text)["sum"])

    def test_is_the_record_of_what_it_was_made_of_and_of_nothing_else(self) -> None:
        declared = frozenset([*MANY, *PATHS])
        record = read_managed(managed_text(declared))
        assert is_current(record, declared)
        with_forms = read_managed(managed_text(declared, KEPT))
        assert with_forms is not None
        assert (with_forms.below, with_forms.kept) == (record and record.below, KEPT)
        assert is_current(with_forms, declared, KEPT)
        assert not is_current(record, declared - {PATHS[0]})
        assert not is_current(record, frozenset(PATHS))
        assert not is_current(None, declared)

    def test_fits_also_where_many_small_parts_make_it_so(self) -> None:
        paths = [("spec", "custom", f"part-{number}", "key") for number in range(3000)]
        text = managed_text([*paths, ("spec", "state")])
        assert len(text) <= LIMIT
        record = read_managed(text)
        assert record is not None
        assert ("spec", "state") in record.paths

    def test_fits_also_where_one_key_is_longer_than_the_whole(self) -> None:
        text = managed_text([("spec", "x" * 20_000), ("metadata", "labels", "y" * 20_000)])
        assert len(text) <= LIMIT
        assert read_managed(text) == ManagedFields(
            frozenset(), frozenset({("spec",), ("metadata", "labels")})
        )


def deep(keys: st.SearchStrategy[str]) -> st.SearchStrategy[frozenset[Path]]:
    """Sets of paths in which none lies below another, as the leaves of a document."""
    tops = st.sampled_from(["metadata", "spec"])
    paths = st.builds(lambda top, rest: (top, *rest), tops, st.lists(keys, min_size=1, max_size=5))
    return st.frozensets(paths, max_size=60).map(
        lambda found: frozenset(
            path for path in found if not any(path[:n] in found for n in range(1, len(path)))
        )
    )


LONG = st.text(min_size=1, max_size=4).map(lambda text: text * 400)


@given(deep(st.text(max_size=6) | LONG | st.sampled_from(["a/b", "a~b", "labels"])))
@settings(max_examples=200, deadline=None)
def test_it_fits_and_never_names_a_key_that_was_not_declared(declared: frozenset[Path]) -> None:
    text = managed_text(declared)
    record = read_managed(text)
    assert record is not None
    assert len(text) <= LIMIT
    assert record.paths <= declared
    assert all(record.may_hold(path) for path in declared)
    assert is_current(record, declared)
    if not record.below:
        assert record.paths == declared
    for prefix in record.below:
        assert any(path[: len(prefix)] == prefix for path in declared)
