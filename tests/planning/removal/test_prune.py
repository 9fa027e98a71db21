"""What has no manifest any more: known by its marker, and only where that is a file's."""

from __future__ import annotations

from builders import desired, manifest, note_at, observed, snapshot, target
from vpsync.model.resource import ResourceKey, annotation
from vpsync.planning.ownership.marker import OWNER, marker_for
from vpsync.planning.policy import ALL, Shard
from vpsync.planning.removal.prune import PruneResult, pruned_manifests, pruning

HERE = frozenset({"default"})
FILE = manifest(in_file=True, notes={"deletion-policy": "Suspend"})
MARKER = marker_for(FILE, "default/orders", "default").text()
SEEN = observed(FILE, {note_at(OWNER): MARKER})


def test_the_resource_is_rebuilt_from_the_marker_with_its_deletion_policy() -> None:
    [rebuilt] = pruned_manifests([], snapshot(SEEN), HERE, "default").manifests
    assert rebuilt.key == ResourceKey("VpDeployment", "team", "orders")
    assert rebuilt.deleting
    assert not rebuilt.in_cluster
    assert rebuilt.annotations == {annotation("deletion-policy"): "Suspend"}


def test_what_a_manifest_stands_for_is_not_gone() -> None:
    assert pruned_manifests([desired(FILE)], snapshot(SEEN), HERE, "default").manifests == ()


def test_what_a_resource_in_a_cluster_stands_for_is_only_told() -> None:
    found = pruned_manifests([], snapshot(observed(manifest())), HERE, "default")
    assert found.manifests == ()
    assert found.of_clusters == (SEEN.key, target().key)


def test_another_owner_and_another_vvp_namespace_are_left_alone() -> None:
    assert pruned_manifests([], snapshot(SEEN), HERE, "green") == PruneResult()
    assert pruned_manifests([], snapshot(SEEN), frozenset({"analytics"}), "default").manifests == ()


def test_what_nobody_marked_is_left_alone() -> None:
    bare = observed(FILE, {"/metadata/annotations": {}})
    assert pruned_manifests([], snapshot(bare), HERE, "default").manifests == ()


def test_the_places_are_those_of_the_manifests_and_those_asked_for() -> None:
    found = pruning([desired(FILE)], ("analytics",), ALL, is_whole=True)
    assert found.namespaces == {"default", "analytics"}


def test_a_shard_prunes_in_its_own_places_only() -> None:
    shares = [
        pruning([desired(FILE)], ("team-a", "team-b"), Shard(n, 3), is_whole=True).namespaces
        for n in range(3)
    ]
    assert sorted(name for share in shares for name in share) == ["default", "team-a", "team-b"]
    assert max(map(len, shares)) < 3


def test_nothing_is_pruned_where_a_manifest_may_be_missing() -> None:
    found = pruning([desired(FILE)], ("analytics",), ALL, is_whole=False)
    assert (found.namespaces, len(found.refusals)) == (frozenset(), 1)
