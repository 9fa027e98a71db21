"""Runs that share the work do it once, whatever they are counted by, and also while resources move."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from passes.scenario import manifest
from passes.world import CONSENT, World, applied_to
from vpsync.planning.policy import Shard

PLACES = ("analytics", "orders", "team-a", "team-b", "team-c")
"""Of three shards each has one of these."""

CONFIRMED = {"metadata": {"annotations": CONSENT}}


@contextmanager
def fleet() -> Iterator[World]:
    with World() as world:
        for place in PLACES:
            named = {"metadata": {"name": place}}
            inside = {"spec": {"metadata": {"namespace": place, "name": "jobs"}}}
            world.create(manifest({"namespace": named}))
            world.create(manifest({"target": {**named, **inside}}))
            job = {"metadata": {"name": place}, "spec": {"metadata": {"namespace": place}}}
            world.create(manifest({"deployment": job}))
        yield world


def by(world: World, shard: Shard) -> dict[str, int]:
    """One pass of a shard; how much it reports of each sort."""
    world.settings = replace(world.settings, scope=replace(world.settings.scope, shard=shard))
    return dict(world.run().counts)


def round_of(world: World, count: int) -> None:
    for index in range(count):
        by(world, Shard(index, count))
    world.sandbox.settle()


@pytest.mark.parametrize("count", [2, 3, 5])
def test_every_object_is_made_once_and_then_all_is_quiet(count: int) -> None:
    with fleet() as world:
        for _ in range(6):
            round_of(world, count)
        created = applied_to(world, "POST")
        assert {place.split("/")[0] for place in created} >= {"deployments", "deployment-targets"}
        assert set(created.values()) == {1}
        mark = world.mark()
        round_of(world, count)
        assert world.writes(mark) == []
        told = {
            f"{one['kind']}/{one['metadata']['name']}": {
                c["type"]: c["status"] for c in one["status"]["conditions"]
            }
            for one in world.kubernetes.all()
        }
        assert len(told) == 3 * len(PLACES)
        assert {name: told[name] for name in told if told[name].get("Ready") != "True"} == {}


def test_a_shard_does_and_reports_only_its_own() -> None:
    with fleet() as world:
        shares = [by(world, Shard(index, 3)) for index in range(3)]
        told = [sum(share.values()) for share in shares]
        assert sum(told) == 3 * len(PLACES)
        assert all(count % 3 == 0 and count for count in told)


def test_another_count_takes_over_what_is_there() -> None:
    with fleet() as world:
        for _ in range(6):
            round_of(world, 3)
        mark = world.mark()
        round_of(world, 5)
        assert world.writes(mark) == []


def test_a_resource_that_moves_to_another_shard_is_there_once_and_gone_from_its_old_place() -> None:
    with fleet() as world:
        for _ in range(6):
            round_of(world, 3)
        moved = {"spec": {"metadata": {"namespace": "analytics", "name": "moved"}}}
        world.edit("VpDeployment", "team-b", {**CONFIRMED, **moved})
        for _ in range(8):
            round_of(world, 3)
        assert applied_to(world, "POST")["deployments/analytics/moved"] == 1
        assert applied_to(world, "DELETE") == {"deployments/team-b/team-b": 1}
        mark = world.mark()
        round_of(world, 3)
        assert world.writes(mark) == []


def test_what_is_deleted_goes_by_the_shard_that_has_it() -> None:
    with fleet() as world:
        for _ in range(6):
            round_of(world, 3)
        world.delete("VpDeployment", "team-a", confirmed=True)
        for _ in range(6):
            round_of(world, 3)
        assert applied_to(world, "DELETE") == {"deployments/team-a/team-a": 1}
        assert len(world.kubernetes.all()) == 3 * len(PLACES) - 1
