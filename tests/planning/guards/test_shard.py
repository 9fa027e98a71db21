"""Every resource is that of one shard: its VVP namespace's, and its old one's while it moves."""

from __future__ import annotations

import pytest

from builders import desired, manifest, status
from vpsync.model.decision import Invalid
from vpsync.planning.guards.shard import holds, of_shard, place_of
from vpsync.planning.policy import ALL, Shard

NAMESPACES = [f"team-{number}" for number in range(1000)]
KINDS = ["VpNamespace", "VpDeploymentTarget", "VpDeployment", "VpSavepoint"]


def shards(count: int) -> list[Shard]:
    return [Shard(index, count) for index in range(count)]


def in_namespace(kind: str, place: str) -> dict[str, object]:
    return {"/metadata/name" if kind == "VpNamespace" else "/metadata/namespace": place}


@pytest.mark.parametrize("count", [1, 2, 3, 5, 16])
def test_every_vvp_namespace_is_that_of_one_shard_and_none_has_all(count: int) -> None:
    shares = [sum(map(shard.has, NAMESPACES)) for shard in shards(count)]
    assert sum(shares) == len(NAMESPACES)
    assert all(0.6 < share * count / len(NAMESPACES) < 1.4 for share in shares)


def test_which_it_is_is_the_same_for_ever() -> None:
    found = {name: [s.index for s in shards(5) if s.has(name)] for name in ("default", "orders")}
    assert found == {"default": [4], "orders": [3]}


@pytest.mark.parametrize("count", [2, 3])
def test_a_vvp_namespace_and_all_that_is_in_it_are_one_shards(count: int) -> None:
    for place in NAMESPACES[:20]:
        resources = [manifest(kind, edits=in_namespace(kind, place)) for kind in KINDS]
        assert {place_of(one) for one in resources} == {place}
        assert len([s for s in shards(count) if all(holds(s, one) for one in resources)]) == 1


def test_a_resource_that_moves_is_its_old_namespaces_until_it_has_left() -> None:
    moving = manifest(
        edits={"/metadata/namespace": "new"}, status=status(id="id-of-orders", namespace="old")
    )
    assert place_of(moving) == "old"
    assert place_of(manifest(edits={"/metadata/namespace": "new"})) == "new"


@pytest.mark.parametrize("metadata", ["text", 7, ["list"], {"namespace": 7}, None])
def test_what_cannot_be_read_is_told_by_one_shard_all_the_same(metadata: object) -> None:
    odd = Invalid(manifest(edits={"/metadata": metadata}), ())
    told = [of_shard(shard, [], [], [odd])[2] for shard in shards(3)]
    assert sorted(map(len, told)) == [0, 0, 1]


def test_a_run_that_shares_with_nobody_has_all() -> None:
    resources = [desired(manifest(edits={"/metadata/namespace": name})) for name in NAMESPACES[:9]]
    assert of_shard(ALL, resources, [], [])[0] == resources
