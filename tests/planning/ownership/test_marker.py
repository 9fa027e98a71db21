"""Whose a VVP object is: the marker on it, and the id in the resource's status."""

from __future__ import annotations

import json
from typing import Any

import pytest

from builders import Edits, identity_of, manifest, observed, own_notes
from vpsync.model.observed import Observed, PlatformKey
from vpsync.model.resource import GROUP, Manifest
from vpsync.planning.ownership.marker import (
    OWNER,
    Marker,
    Ownership,
    Proof,
    marker_for,
    ownership_of,
    read_marker,
    sealed,
    unsealed,
)

RESOURCE = manifest()
KNOWN = {"id": identity_of(RESOURCE), "observedGeneration": 1}
TEXT = own_notes(RESOURCE)[OWNER]


def marked_with(text: Any, edits: Edits | None = None, resource: Manifest = RESOURCE) -> Observed:
    return observed(
        resource, {f"/metadata/annotations/{OWNER.replace('/', '~1')}": text, **(edits or {})}
    )


def tampered(**members: Any) -> str:
    """The marker with members changed by hand, its checksum left as it was."""
    return json.dumps({**json.loads(TEXT), **members})


class TestFormat:
    def test_is_permanent(self) -> None:
        assert f"{GROUP}/owner" == OWNER
        marker = Marker("default", "team/orders", "u-1", "default/orders", 3)
        assert marker.text() == (
            '{"generation":3,"owner":"default","platform":"default/orders","resource":"team/orders",'
            '"sum":"de4dcd4478cf","uid":"u-1","v":1}'
        )

    def test_with_a_nonce_is_permanent_too(self) -> None:
        marker = Marker("default", "team/before", "u-1", "default", 1, "abc-1")
        assert json.loads(marker.text())["nonce"] == "abc-1"
        assert read_marker(marker.text()) == marker

    @pytest.mark.parametrize("in_file", [False, True])
    def test_reads_back_as_written(self, in_file: bool) -> None:
        marker = marker_for(manifest(in_file=in_file), "default/orders", "ours", "n")
        assert read_marker(marker.text()) == marker

    def test_holds_owner_resource_uid_object_and_generation(self) -> None:
        assert marker_for(manifest(generation=4), "default/orders", "ours") == Marker(
            owner="ours",
            resource="team/orders",
            uid="uid-of-orders",
            platform="default/orders",
            generation=4,
        )

    def test_tells_a_deployment_that_is_named_like_its_namespace_from_the_namespace(self) -> None:
        key = PlatformKey("VpDeployment", "orders", "orders")
        assert json.loads(marker_for(RESOURCE, str(key), "x").text())["platform"] == "orders/orders"

    def test_holds_other_scripts_in_ascii(self) -> None:
        assert sealed({"v": 1, "owner": "größe"}).isascii()

    @pytest.mark.parametrize(
        "text",
        [
            None,
            "",
            "nonsense",
            "[]",
            "5",
            "null",
            "{}",
            "[" * 100_000,
            tampered(owner="mallory"),
            tampered(resource="team/other"),
            tampered(generation=2),
            tampered(v=2),
            tampered(extra=1),
            tampered(sum=None),
            TEXT[:-1],
            json.dumps({key: value for key, value in json.loads(TEXT).items() if key != "sum"}),
            sealed({"v": 1}),
            sealed({**(unsealed(TEXT) or {}), "v": 2}),
            sealed({**(unsealed(TEXT) or {}), "owner": 5}),
            sealed({**(unsealed(TEXT) or {}), "uid": None}),
            sealed({**(unsealed(TEXT) or {}), "generation": "1"}),
            sealed({**(unsealed(TEXT) or {}), "nonce": 5}),
        ],
        ids=lambda text: str(text)[:20],
    )
    def test_that_was_edited_by_hand_is_none(self, text: str | None) -> None:
        assert read_marker(text) is None

    @pytest.mark.parametrize("odd", [5, True, ["x"], {"v": 1}])
    def test_that_is_no_text_is_none(self, odd: Any) -> None:
        assert read_marker(odd) is None

    def test_may_be_written_in_another_order_and_with_spaces(self) -> None:
        value = json.loads(TEXT)
        shuffled = json.dumps({key: value[key] for key in reversed(value)}, indent=1)
        assert read_marker(shuffled) == read_marker(TEXT)


OTHER_NAME = manifest("VpDeployment", "other")
OTHER_TEAM = manifest(namespace="elsewhere")
RESTORED = manifest(uid="another-uid")
FROM_FILE = manifest(in_file=True)

CLAIMS: list[Any] = [
    pytest.param(RESOURCE, observed(RESOURCE), Proof(Ownership.OURS, marked=True), id="our marker"),
    pytest.param(
        manifest(status=KNOWN),
        observed(RESOURCE),
        Proof(Ownership.OURS, marked=True),
        id="both proofs",
    ),
    pytest.param(
        manifest(status=KNOWN),
        observed(RESOURCE, marked=False),
        Proof(Ownership.OURS),
        id="no marker, but the id that only vpsync writes",
    ),
    pytest.param(
        RESOURCE, observed(RESOURCE, marked=False), Proof(Ownership.UNOWNED), id="neither: nobody's"
    ),
    pytest.param(
        manifest(notes={"id": identity_of(RESOURCE)}),
        observed(RESOURCE, marked=False),
        Proof(Ownership.UNOWNED),
        id="the Go operator's id annotation is untrusted input and proves nothing",
    ),
    pytest.param(
        manifest(in_file=True, status=KNOWN),
        observed(RESOURCE, marked=False),
        Proof(Ownership.UNOWNED),
        id="the status in a file proves nothing: anybody can write it",
    ),
    pytest.param(
        manifest(status={"id": "id-of-another"}),
        observed(RESOURCE, marked=False),
        Proof(Ownership.UNOWNED),
        id="the id of another object proves nothing",
    ),
    pytest.param(
        RESOURCE,
        observed(RESOURCE, owner="their-cluster"),
        Proof(Ownership.FOREIGN, "team/orders of owner 'their-cluster'"),
        id="another owner's marker",
    ),
    pytest.param(
        manifest(status=KNOWN),
        observed(RESOURCE, owner="their-cluster"),
        Proof(Ownership.FOREIGN, "team/orders of owner 'their-cluster'"),
        id="another owner's marker, even where the id was ours",
    ),
    pytest.param(
        RESOURCE,
        marked_with(marker_for(OTHER_TEAM, "default/orders", "default").text()),
        Proof(Ownership.FOREIGN, "elsewhere/orders"),
        id="another Kubernetes namespace's marker",
    ),
    pytest.param(
        manifest(status=KNOWN),
        marked_with(marker_for(OTHER_NAME, "default/orders", "default").text()),
        Proof(Ownership.FOREIGN, "team/other"),
        id="another resource's marker, even where the id was ours",
    ),
    pytest.param(
        RESOURCE,
        marked_with(marker_for(RESOURCE, "default/original", "default").text()),
        Proof(Ownership.UNOWNED),
        id="a copy made in the UI names the original, and is nobody's",
    ),
    pytest.param(
        RESOURCE,
        marked_with(marker_for(OTHER_NAME, "default/other", "their-cluster").text()),
        Proof(Ownership.UNOWNED),
        id="a copy of a foreign object is nobody's too",
    ),
    pytest.param(
        manifest(status=KNOWN),
        marked_with(marker_for(RESOURCE, "elsewhere/orders", "default").text()),
        Proof(Ownership.OURS),
        id="a marker for another object does not take away a known id",
    ),
    pytest.param(
        RESTORED,
        observed(RESOURCE),
        Proof(Ownership.UNOWNED, "team/orders with another UID"),
        id="another UID: a restored cluster, or another one; it is taken over only on request",
    ),
    pytest.param(
        manifest(uid="another-uid", status=KNOWN),
        observed(RESOURCE),
        Proof(Ownership.OURS),
        id="a restored cluster with its statuses knows the id",
    ),
    pytest.param(
        FROM_FILE,
        observed(RESOURCE),
        Proof(Ownership.OURS, marked=True),
        id="the UID counts only when both sides have one: a file has none",
    ),
    pytest.param(
        RESOURCE,
        observed(FROM_FILE),
        Proof(Ownership.OURS),
        id="the UID counts only when both sides have one: a file's marker has none",
    ),
    pytest.param(
        RESOURCE,
        marked_with(tampered(owner="mallory")),
        Proof(Ownership.FOREIGN, "a marker that cannot be read"),
        id="an edited marker may be anybody's: nobody takes the object",
    ),
    pytest.param(
        manifest(status=KNOWN),
        marked_with(tampered(owner="mallory")),
        Proof(Ownership.OURS),
        id="an edited marker does not take away a known id",
    ),
]


@pytest.mark.parametrize(("resource", "seen", "expected"), CLAIMS)
def test_who_holds_a_vvp_object(resource: Manifest, seen: Observed, expected: Proof) -> None:
    assert ownership_of(resource, seen, "default") == expected


@pytest.mark.parametrize("odd", [5, None, True, [], {}])
def test_an_annotation_that_is_no_text_makes_nobody_the_owner(odd: Any) -> None:
    assert ownership_of(RESOURCE, marked_with(odd), "default").ownership is not Ownership.OURS


def test_the_owner_id_tells_clusters_apart_that_share_a_vvp() -> None:
    seen = observed(RESOURCE, owner="blue")
    assert ownership_of(RESOURCE, seen, "blue").ownership is Ownership.OURS
    assert ownership_of(RESOURCE, seen, "green").ownership is Ownership.FOREIGN


def test_a_vvp_namespace_bears_no_marker_and_is_claimed_in_the_status() -> None:
    seen = observed(manifest("VpNamespace"))
    assert ownership_of(manifest("VpNamespace"), seen, "default") == Proof(Ownership.UNOWNED)
    known = manifest("VpNamespace", status={"id": "analytics"})
    assert ownership_of(known, seen, "default") == Proof(Ownership.OURS)


class TestTwoClusters:
    """The same manifests in two clusters under one owner id: neither takes the other's object."""

    HERE, THERE = "uid-of-this-cluster", "uid-of-that-cluster"

    def held_from(self, cluster: str, uid: str = RESOURCE.uid) -> Observed:
        writer = manifest(uid=uid)
        marker = marker_for(writer, str(observed(RESOURCE).key), "default", cluster=cluster)
        return marked_with(marker.text())

    def test_another_clusters_marker_is_not_ours_whatever_the_status_says(self) -> None:
        known = manifest(status={"id": observed(RESOURCE).id})
        for resource in (RESOURCE, known):
            proof = ownership_of(resource, self.held_from(self.THERE), "default", self.HERE)
            assert proof == Proof(Ownership.UNOWNED, "team/orders of another cluster")

    def test_ours_is_ours_also_where_a_marker_does_not_name_the_cluster(self) -> None:
        for cluster in ("", self.HERE):
            proof = ownership_of(RESOURCE, self.held_from(cluster), "default", self.HERE)
            assert proof == Proof(Ownership.OURS, marked=True)

    def test_a_resource_that_was_made_again_in_the_same_cluster_may_adopt(self) -> None:
        seen = self.held_from(self.HERE, "uid-of-the-deleted-one")
        proof = ownership_of(RESOURCE, seen, "default", self.HERE)
        assert proof == Proof(Ownership.UNOWNED, former="team/orders")

    def test_where_the_cluster_is_not_known_the_uid_tells(self) -> None:
        seen = self.held_from("", "uid-of-another")
        proof = ownership_of(RESOURCE, seen, "default")
        assert proof == Proof(Ownership.UNOWNED, "team/orders with another UID")

    def test_a_marker_of_the_first_release_is_read_as_it_is(self) -> None:
        marker = marker_for(RESOURCE, "default/orders", "default")
        assert "cluster" not in marker.text()
        assert read_marker(marker.text()) == marker
