"""The three-way comparison: declared now, declared before, observed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from vpsync.kinds import BY_NAME
from vpsync.model.change import FieldChange
from vpsync.model.json import Path, nested
from vpsync.planning.diff.fields import Difference, difference
from vpsync.planning.ownership.forms import form
from vpsync.planning.ownership.managed_fields import ManagedFields

CONFIGURATION: Path = ("spec", "template", "spec", "flinkConfiguration")
OPTION: Path = (*CONFIGURATION, "state.backend")
LABEL: Path = ("metadata", "labels", "team")
PARALLELISM: Path = ("spec", "template", "spec", "parallelism")
TOLERATIONS: Path = ("spec", "template", "spec", "kubernetes", "pods", "tolerations")
ENV: Path = ("spec", "template", "spec", "kubernetes", "pods", "envVars")


def compare(
    declared: dict[Path, Any], observed: dict[Path, Any], record: set[Path] | None = None
) -> Difference:
    before = None if record is None else ManagedFields(frozenset(record))
    deployment = BY_NAME["VpDeployment"]
    return difference(deployment, nested(declared), nested(observed), before)


def sent(found: Difference) -> dict[Path, tuple[Any, Any]]:
    return {change.path: (change.before, change.after) for change in found.fields}


TABLE: list[Any] = [
    pytest.param({OPTION: "a"}, None, {OPTION: "a"}, {}, id="declared and held: nothing"),
    pytest.param(
        {OPTION: "a"}, None, {OPTION: "b"}, {OPTION: ("b", "a")}, id="declared, held otherwise"
    ),
    pytest.param({OPTION: "a"}, None, {}, {OPTION: (None, "a")}, id="declared, not held"),
    pytest.param(
        {OPTION: "a"}, {OPTION}, {OPTION: "b"}, {OPTION: ("b", "a")}, id="declared always, drifted"
    ),
    pytest.param(
        {}, {OPTION}, {OPTION: "a"}, {OPTION: ("a", None)}, id="a key declared no more goes"
    ),
    pytest.param(
        {},
        {OPTION},
        {OPTION: "z"},
        {OPTION: ("z", None)},
        id="a key declared no more goes, drifted",
    ),
    pytest.param({}, {OPTION}, {}, {}, id="a key declared no more, gone already: nothing"),
    pytest.param(
        {}, {LABEL}, {LABEL: "a"}, {LABEL: ("a", None)}, id="a label declared no more goes"
    ),
    pytest.param({}, {PARALLELISM}, {PARALLELISM: 4}, {}, id="a structural field is released"),
    pytest.param({}, set(), {OPTION: "a"}, {}, id="never declared: left alone"),
    pytest.param({}, None, {OPTION: "a"}, {}, id="no record: nothing is removed"),
    pytest.param(
        {TOLERATIONS: []},
        None,
        {TOLERATIONS: [{"key": "a"}]},
        {TOLERATIONS: ([{"key": "a"}], [])},
        id="an emptied list is sent",
    ),
    pytest.param({TOLERATIONS: []}, None, {}, {}, id="an empty list that is absent: nothing"),
    pytest.param(
        {TOLERATIONS: [{"key": "a"}]},
        None,
        {TOLERATIONS: [{"key": "b"}, {"key": "a"}]},
        {TOLERATIONS: ([{"key": "b"}, {"key": "a"}], [{"key": "a"}])},
        id="lists are sent whole",
    ),
    pytest.param(
        {("spec", "x"): False}, None, {}, {("spec", "x"): (None, False)}, id="false is sent"
    ),
    pytest.param({PARALLELISM: 0}, None, {}, {PARALLELISM: (None, 0)}, id="zero is sent"),
    pytest.param(
        {("spec", "x"): ""}, None, {("spec", "x"): "a"}, {("spec", "x"): ("a", "")}, id="'' is sent"
    ),
    pytest.param(
        {PARALLELISM: 1}, None, {PARALLELISM: True}, {PARALLELISM: (True, 1)}, id="1 is not true"
    ),
    pytest.param(
        {ENV: [{"name": "a", "value": "b"}]},
        None,
        {ENV: [{"name": "a", "value": "b", "valueFrom": None}]},
        {},
        id="null members of list items are no difference",
    ),
]


@pytest.mark.parametrize(("declared", "record", "observed", "expected"), TABLE)
def test_what_is_sent(
    declared: dict[Path, Any],
    record: set[Path] | None,
    observed: dict[Path, Any],
    expected: dict[Path, tuple[Any, Any]],
) -> None:
    assert sent(compare(declared, observed, record)) == expected


def test_a_released_field_is_told() -> None:
    found = compare({}, {PARALLELISM: 4}, {PARALLELISM, OPTION})
    assert found.unmanaged == (PARALLELISM,)


def test_a_field_that_is_declared_again_is_neither_released_nor_removed() -> None:
    found = compare(
        {PARALLELISM: 4, OPTION: "a"}, {PARALLELISM: 4, OPTION: "a"}, {PARALLELISM, OPTION}
    )
    assert (found.fields, found.unmanaged) == ((), ())


def test_a_map_that_became_a_scalar_is_sent_and_its_keys_are_not_removed_apart() -> None:
    found = compare({CONFIGURATION: "all"}, {OPTION: "a"}, {OPTION})
    assert [change.path for change in found.fields] == [CONFIGURATION]


def test_a_scalar_that_became_a_map_is_sent_and_not_removed() -> None:
    found = compare({OPTION: "a"}, {CONFIGURATION: "all"}, {CONFIGURATION})
    assert [change.path for change in found.fields] == [OPTION]


def test_an_emptied_map_removes_what_was_declared_in_it_and_nothing_else() -> None:
    theirs = (*CONFIGURATION, "set.in.vvp")
    found = compare({}, {OPTION: "a", theirs: "b"}, {OPTION})
    assert sent(found) == {OPTION: ("a", None)}


def test_the_new_record_is_all_that_is_declared() -> None:
    found = compare({OPTION: "a", LABEL: "b"}, {OPTION: "a"}, {PARALLELISM})
    assert found.declared == {OPTION, LABEL}


def test_changes_stand_in_the_order_of_their_paths() -> None:
    found = compare({PARALLELISM: 1, LABEL: "b", OPTION: "a"}, {("spec", "z"): 1}, {LABEL})
    assert [change.path for change in found.fields] == [LABEL, OPTION, PARALLELISM]


def test_what_vvp_never_returns_is_not_sent_again() -> None:
    found = compare({("spec", "startFromSavepoint", "kind"): "NONE"}, {})
    assert found.fields == ()
    assert found.declared == {("spec", "startFromSavepoint", "kind")}


class TestAFieldThatVvpDoesNotKeep:
    MISSPELLED: Path = ("spec", "misspelled")

    def test_is_sent_once(self) -> None:
        found = compare({self.MISSPELLED: 1}, {}, {OPTION})
        assert sent(found) == {self.MISSPELLED: (None, 1)}
        assert found.unkept == ()

    @pytest.mark.parametrize("path", [MISSPELLED, PARALLELISM])
    @pytest.mark.parametrize("held", [None, 2])
    def test_is_not_sent_again_and_told(self, path: Path, held: int | None) -> None:
        found = self.compare({path: 1}, {path: held}, answered=(1, held))
        assert found.fields == ()
        assert found.unkept == (FieldChange(path, held, 1),)
        assert found.kept == {path: form("id-of-orders", path, 1, held)}

    @pytest.mark.parametrize("path", [MISSPELLED, PARALLELISM])
    def test_is_sent_again_where_vvp_did_not_answer_so(self, path: Path) -> None:
        found = compare({path: 1}, {}, {path})
        assert sent(found) == {path: (None, 1)}
        assert (found.unkept, found.kept) == ((), {})

    def test_is_sent_when_the_manifest_changes(self) -> None:
        found = self.compare({PARALLELISM: 3}, {PARALLELISM: 2}, answered=(1, 2))
        assert sent(found) == {PARALLELISM: (2, 3)}

    @pytest.mark.parametrize("drifted", [None, 5])
    def test_is_sent_when_vvp_changes(self, drifted: int | None) -> None:
        found = self.compare({PARALLELISM: 1}, {PARALLELISM: drifted}, answered=(1, 2))
        assert sent(found) == {PARALLELISM: (drifted, 1)}
        assert found.kept == {}

    def test_is_forgotten_once_vvp_keeps_it(self) -> None:
        found = self.compare({PARALLELISM: 1}, {PARALLELISM: 1}, answered=(1, None))
        assert (found.fields, found.unkept, found.kept) == ((), (), {})

    def test_of_another_object_proves_nothing(self) -> None:
        found = self.compare({PARALLELISM: 1}, {}, answered=(1, None), identity="another")
        assert sent(found) == {PARALLELISM: (None, 1)}

    def compare(
        self,
        declared: dict[Path, Any],
        observed: dict[Path, Any],
        answered: tuple[Any, Any],
        identity: str = "id-of-orders",
    ) -> Difference:
        """With a record of what VVP answered to a declared value at the one path that there is."""
        [path] = declared
        record = ManagedFields(
            frozenset(declared), kept={path: form("id-of-orders", path, *answered)}
        )
        held = nested({path: value for path, value in observed.items() if value is not None})
        return difference(BY_NAME["VpDeployment"], nested(declared), held, record, identity)


def test_from_a_to_b_to_a_restores_a() -> None:
    first: dict[Path, Any] = {OPTION: "a", LABEL: "x", PARALLELISM: 2}
    second: dict[Path, Any] = {(*CONFIGURATION, "other"): "b", PARALLELISM: 4}
    held = dict(first)
    for declared, before in ((second, first), (first, second)):
        found = compare(declared, held, set(before))
        for change in found.fields:
            if change.after is None:
                held.pop(change.path)
            else:
                held[change.path] = change.after
    assert held == first


class TestBelowACollapsedPrefix:
    """A record that was too long names a prefix, and no keys below it."""

    RECORD = ManagedFields(frozenset({PARALLELISM}), frozenset({CONFIGURATION}))

    def compare(self, declared: dict[Path, Any], observed: dict[Path, Any]) -> Difference:
        kind = BY_NAME["VpDeployment"]
        return difference(kind, nested(declared), nested(observed), self.RECORD)

    def test_nothing_is_removed_for_it_may_be_of_others(self) -> None:
        found = self.compare({PARALLELISM: 1}, {PARALLELISM: 1, OPTION: "theirs"})
        assert (found.fields, found.unmanaged) == ((), ())

    def test_what_is_declared_is_sent_as_ever(self) -> None:
        assert sent(self.compare({OPTION: "a"}, {OPTION: "b"})) == {OPTION: ("b", "a")}

    def test_a_field_that_vvp_does_not_keep_is_not_sent_again_and_again(self) -> None:
        path = (*CONFIGURATION, "misspelled")
        record = replace(self.RECORD, kept={path: form("", path, "a", None)})
        found = difference(BY_NAME["VpDeployment"], nested({path: "a"}), {}, record)
        assert (found.fields, found.unkept) == ((), (FieldChange(path, None, "a"),))
