"""What is special about VVP namespaces: role bindings are a set, and there is no marker."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from builders import REMOVED, changed, desired, manifest, observed, snapshot
from vpsync.kinds.kind import Update
from vpsync.kinds.namespace import NAMESPACE
from vpsync.model.observed import PlatformKey
from vpsync.model.options import Adopt
from vpsync.model.reasons import Reason
from vpsync.ververica.apply import request_body

PATH = ("roleBindings",)
BINDINGS = [
    {"role": "owner", "members": ["group:a", "user:b"]},
    {"role": "viewer", "members": ["system:authenticated"]},
    {"role": "editor", "members": ["user:c"]},
]


def test_it_stands_in_itself() -> None:
    expected = PlatformKey("VpNamespace", "analytics", "analytics")
    assert desired(manifest("VpNamespace")).platform == expected
    assert str(expected) == "analytics"


def test_its_bindings_are_replaced_as_a_whole() -> None:
    assert NAMESPACE.update is Update.REPLACE


@pytest.mark.parametrize("left_out", [REMOVED, None, []])
def test_bindings_that_are_left_out_are_cleared(left_out: Any) -> None:
    resource = manifest("VpNamespace", edits={"/roleBindings": left_out})
    assert desired(resource).body == {"roleBindings": []}


@pytest.mark.parametrize("order", list(permutations(BINDINGS)))
def test_the_order_of_bindings_means_nothing(order: tuple[Any, ...]) -> None:
    assert NAMESPACE.same(PATH, BINDINGS, list(order))


@pytest.mark.parametrize(
    "other",
    [
        [
            {"role": "owner", "members": ["user:b", "group:a"]},
            {"role": "viewer", "members": ["system:authenticated"]},
            {"role": "editor", "members": ["user:c"]},
        ],
        [
            {"role": "owner", "members": ["group:a"]},
            {"role": "owner", "members": ["user:b", "user:b"]},
            *BINDINGS[1:],
        ],
        [*BINDINGS, {"role": "editor", "members": []}, {"role": "viewer"}],
        [{"role": "OWNER", "members": ["group:a", "user:b"]}, *BINDINGS[1:]],
    ],
    ids=["order of members", "split by member", "bindings of nobody", "case of the role"],
)
def test_bindings_that_grant_the_same_are_no_difference(other: list[Any]) -> None:
    assert NAMESPACE.same(PATH, BINDINGS, other)
    assert NAMESPACE.same(PATH, other, BINDINGS)


@pytest.mark.parametrize(
    "other",
    [
        [],
        None,
        BINDINGS[:2],
        [{"role": "viewer", "members": ["group:a", "user:b"]}, *BINDINGS[1:]],
        [{"role": "owner", "members": ["GROUP:A", "user:b"]}, *BINDINGS[1:]],
        [*BINDINGS, {"role": "owner", "members": ["user:mallory"]}],
    ],
)
def test_bindings_that_grant_something_else_differ(other: Any) -> None:
    assert not NAMESPACE.same(PATH, BINDINGS, other)


@pytest.mark.parametrize(
    "odd", [None, "odd", 5, ["odd"], [None], [{"role": "owner", "members": 5}]]
)
def test_odd_bindings_in_vvp_grant_nothing(odd: Any) -> None:
    assert NAMESPACE.same(PATH, [], odd)


@pytest.mark.parametrize(
    ("phase", "ready", "reason"),
    [
        ("LIFECYCLE_PHASE_ACTIVE", "True", Reason.Succeeded),
        (None, "True", Reason.Succeeded),
        ("LIFECYCLE_PHASE_TERMINATING", "False", Reason.DependencyNotReady),
        ("LIFECYCLE_PHASE_INVALID", "Unknown", Reason.UnknownState),
    ],
)
def test_readiness_follows_from_the_phase(phase: Any, ready: str, reason: Reason) -> None:
    resource = manifest("VpNamespace")
    seen = observed(resource, {"/lifecyclePhase": phase})
    judgement = NAMESPACE.judge(desired(resource), seen)
    assert (judgement.ready, judgement.reason) == (ready, reason)


def test_status_claims_the_namespace_by_its_name() -> None:
    shown = NAMESPACE.status(observed(manifest("VpNamespace")))
    assert shown == {"id": "analytics", "lifecyclePhase": "LIFECYCLE_PHASE_ACTIVE"}
    assert set(shown) == set(NAMESPACE.status_keys())


def test_fields_that_no_schema_knows_pass_through_and_are_compared_as_they_are() -> None:
    resource = manifest("VpNamespace", edits={"/quota": {"cpu": 4}, "/lifecyclePhase": "X"})
    body = desired(resource).body
    assert {key: value for key, value in body.items() if key != "roleBindings"} == {
        "quota": {"cpu": 4}
    }
    assert NAMESPACE.same(("quota", "cpu"), 4, 4)
    assert not NAMESPACE.same(("quota", "cpu"), 4, 5)


def test_a_replacement_has_all_that_is_declared_and_not_only_what_changed() -> None:
    resource = manifest("VpNamespace", edits={"/quota": 4})
    change = changed(
        resource, snapshot(observed(resource, {"/roleBindings": []})), adopt=Adopt.ALWAYS
    )
    body = request_body(change, {})
    assert (body["quota"], bool(body["roleBindings"])) == (4, True)
