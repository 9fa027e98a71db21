"""What all kinds have in common: their order, their names, and what a manifest may be called."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from builders import SPECS, kind_named, manifest, platform_of
from vpsync.errors import InvalidManifest
from vpsync.kinds import BY_NAME, KINDS, level
from vpsync.kinds.values import same_json
from vpsync.model.finding import Finding
from vpsync.model.observed import PlatformKey
from vpsync.model.resource import Manifest

UUID = "0f9b1c3e-58d2-4b0d-9a57-2d5f2f0c9d11"
ALL = [kind.name for kind in KINDS]
NAMED = [name for name in ALL if name != "VpSavepoint"]


def findings(resource: Manifest) -> dict[str, str]:
    """What is wrong with a resource: message by path."""
    with pytest.raises(InvalidManifest) as caught:
        BY_NAME[resource.key.kind].declare(resource)
    return {finding.subject: finding.text for finding in caught.value.findings}


def test_kinds_stand_in_dependency_order() -> None:
    assert ALL == ["VpNamespace", "VpDeploymentTarget", "VpDeployment", "VpSavepoint"]
    for kind in KINDS:
        assert not kind.refers_to or level(kind.refers_to) < level(kind.name)


def test_every_kind_is_found_by_its_name() -> None:
    assert list(BY_NAME) == ALL
    assert [level(name) for name in ALL] == [0, 1, 2, 3]


def test_every_kind_has_an_example_among_the_builders() -> None:
    assert list(SPECS) == ALL


@pytest.mark.parametrize("name", ALL)
class TestEveryKind:
    def test_stores_v1beta1(self, name: str) -> None:
        assert kind_named(name).versions[0] == "v1beta1"

    def test_is_named_in_the_plural_in_lower_case(self, name: str) -> None:
        assert kind_named(name).plural == f"{name.lower()}s"

    def test_wants_the_vvp_object_of_its_platform_key(self, name: str) -> None:
        resource = manifest(name)
        assert kind_named(name).declare(resource).platform == platform_of(resource)

    def test_leaves_the_manifest_as_it_is(self, name: str) -> None:
        resource = manifest(name)
        before = copy.deepcopy(resource.spec)
        kind_named(name).declare(resource)
        assert resource.spec == before


@pytest.mark.parametrize("name", ALL[1:])
@pytest.mark.parametrize("odd", ["../default", "Default", "a_b", "x" * 64, "a/b"])
def test_a_vvp_namespace_must_be_a_name(name: str, odd: str) -> None:
    resource = manifest(name, edits={"/metadata/namespace": odd})
    assert list(findings(resource)) == ["/spec/metadata/namespace"]


@pytest.mark.parametrize("name", ALL[1:])
def test_the_vvp_namespace_is_the_default_one_unless_the_spec_picks_another(name: str) -> None:
    assert platform_of(manifest(name, namespace="somewhere")).namespace == "default"
    picked = manifest(name, edits={"/metadata/namespace": "analytics"})
    assert platform_of(picked).namespace == "analytics"


@pytest.mark.parametrize("name", NAMED)
class TestVvpNames:
    def test_is_the_kubernetes_name_by_default(self, name: str) -> None:
        assert platform_of(manifest(name, "billing")).name == "billing"

    def test_is_the_one_that_the_spec_gives(self, name: str) -> None:
        resource = manifest(name, "billing", {"/metadata/name": "invoices"})
        assert platform_of(resource).name == "invoices"

    @pytest.mark.parametrize("odd", [UUID, UUID.upper()])
    def test_must_not_be_shaped_like_a_uuid(self, name: str, odd: str) -> None:
        told = findings(manifest(name, "billing", {"/metadata/name": odd}))
        assert "/spec/metadata/name" in told
        if name == "VpDeploymentTarget" or odd.islower():
            assert "UUID" in told["/spec/metadata/name"]

    def test_is_complained_about_where_it_stands(self, name: str) -> None:
        assert "/metadata/name" in findings(manifest(name, UUID))

    @pytest.mark.parametrize(
        "odd", ["a/b", "..", "a b", "a?b", "a#b", "a%2fb", "ä", "a\n", "a:b", "a.b", "x" * 251]
    )
    def test_holds_nothing_that_steers_a_url(self, name: str, odd: str) -> None:
        assert "/spec/metadata/name" in findings(manifest(name, "x", {"/metadata/name": odd}))


@pytest.mark.parametrize("name", ["VpNamespace", "VpDeployment"])
@pytest.mark.parametrize("odd", ["Orders", "-orders", "orders-", "or_ders", "x" * 64])
def test_short_names_are_lower_case_and_at_most_63_characters(name: str, odd: str) -> None:
    assert "/spec/metadata/name" in findings(manifest(name, "x", {"/metadata/name": odd}))


@pytest.mark.parametrize("fine", ["a", "a-b", "0", "x" * 63])
@pytest.mark.parametrize("name", ["VpNamespace", "VpDeployment"])
def test_short_names_at_their_bounds_are_fine(name: str, fine: str) -> None:
    resource = manifest(name, "x", {"/metadata/name": fine})
    assert kind_named(name).declare(resource).platform.name == fine


@pytest.mark.parametrize("fine", ["VVP_Jobs", "-", "_", "x" * 250])
def test_names_of_targets_may_be_long_and_in_capitals(fine: str) -> None:
    resource = manifest("VpDeploymentTarget", "x", {"/metadata/name": fine})
    assert platform_of(resource).name == fine


def test_a_manifest_is_told_all_that_is_wrong_with_it() -> None:
    edits = {"/metadata/namespace": "A", "/metadata/name": "B", "/spec/sessionClusterName": "c"}
    told = findings(manifest(edits=edits))
    places = ["/spec/spec/sessionClusterName", "/spec/metadata/namespace", "/spec/metadata/name"]
    assert list(told) == places


def test_a_problem_is_told_with_its_place() -> None:
    assert str(Finding("/spec", "is required")) == "/spec: is required"
    assert str(Finding("", "is odd")) == "/: is odd"


def test_what_vvp_sets_itself_is_not_declared() -> None:
    served = {"id": "x", "createdAt": "x", "modifiedAt": "x", "resourceVersion": 9}
    resource = manifest(edits={f"/metadata/{key}": value for key, value in served.items()})
    assert kind_named("VpDeployment").declare(resource).body["metadata"] == {
        "labels": {"team": "orders"}
    }


def test_names_and_the_namespace_go_into_the_address_not_into_the_body() -> None:
    edits = {"/metadata/name": "a", "/metadata/namespace": "b", "/metadata/displayName": "C"}
    wanted = kind_named("VpDeployment").declare(manifest(edits=edits))
    assert wanted.platform == PlatformKey("VpDeployment", "b", "a")
    assert wanted.body["metadata"] == {"labels": {"team": "orders"}, "displayName": "C"}


SAME: list[tuple[Any, Any]] = [
    (None, None),
    (None, {}),
    (None, []),
    ({}, []),
    ({"a": None}, {}),
    ({"a": {"b": None}}, None),
    (1, 1.0),
    ("a", "a"),
    ([1, {"a": None}], [1, {}]),
    ({"a": 1, "b": []}, {"a": 1.0}),
]
DIFFERENT: list[tuple[Any, Any]] = [
    (None, False),
    (None, 0),
    (None, ""),
    (True, 1),
    (False, 0),
    ({"a": True}, {"a": 1}),
    ([True], [1]),
    ("1", 1),
    ("a", "A"),
    ([1, 2], [2, 1]),
    ([], [None, 1]),
    ({"a": 1}, {"a": 1, "b": 2}),
]


@pytest.mark.parametrize(("left", "right"), SAME)
def test_absent_null_and_empty_are_the_same(left: Any, right: Any) -> None:
    assert same_json(left, right)
    assert same_json(right, left)


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_values_that_differ_for_vvp_are_not_the_same(left: Any, right: Any) -> None:
    assert not same_json(left, right)
    assert not same_json(right, left)
