"""Several runs share the work of an owner id on a real API server, each by a Lease of its own."""

from __future__ import annotations

from .harness import World
from .loops import eventually, loops
from .manifests import Document, deployment, namespace, target
from .test_lease import created, flags, lease, owner, ready

__all__ = ["flags", "owner"]
"""Fixtures."""

PLACES = ("default", "team-a", "team-b")
"""Of three shards, the second, the first and the third."""


def jobs(place: str) -> Document:
    """The target ``jobs`` of a VVP namespace, by a resource of its own name."""
    document = target(f"jobs-{place}", vvp=place)
    document["spec"]["metadata"]["name"] = "jobs"
    return document


def test_three_shards_do_the_work_once_and_a_run_with_another_count_does_nothing(
    world: World, owner: str, flags: tuple[str, ...]
) -> None:
    world.apply(
        *(namespace(place) for place in PLACES[1:]),
        *(jobs(place) for place in PLACES),
        *(deployment(f"job-{place}", vvp=place) for place in PLACES),
    )
    with loops(world, *flags) as start:
        shards = [start("--shard", f"{index}/3") for index in range(3)]
        for index, one in enumerate(shards):
            one.says(f"holding the Lease vpsync/vpsync-{owner}-{index}")
        eventually(lambda: all(ready(world, f"job-{place}") for place in PLACES))
        wrong = start("--shard", "3/5")
        wrong.says("all runs with one owner id need the same count")
        alone = start()
        alone.says("and this run is the only one")
        late = world.reconcile(*flags, "--shard", "4/5", "--lease-timeout", "1s", code=5)
        assert "nothing was done: " in late.err
        assert sorted(created(world)) == sorted(f"job-{place}" for place in PLACES)
        for one in (alone, *shards):
            assert one.end() == 0
        wrong.says(f"holding the Lease vpsync/vpsync-{owner}-3")
        assert lease(world, owner).get("holderIdentity", "") in ("", None)
    assert sorted(created(world)) == sorted(f"job-{place}" for place in PLACES)
