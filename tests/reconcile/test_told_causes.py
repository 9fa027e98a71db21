"""What a pass says about why a job is stopped or started: who did it, and who asked for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from passes.scenario import manifest
from passes.world import World
from vpsync.model.resource import annotation

PLACES = ("cluster", "files")


@pytest.fixture(params=PLACES)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    return World(tmp_path if request.param == "files" else None)


def running(world: World) -> None:
    for name in ("target", "deployment"):
        world.create(manifest(name))
    world.settle()


def asked(world: World, value: str) -> None:
    notes = {annotation("reconcile-requested-at"): value}
    world.edit("VpDeployment", "orders", {"metadata": {"annotations": notes}})


def reasons(world: World) -> list[str]:
    """Why something was sent, pass by pass, until there is nothing to do."""
    told = []
    for _ in range(8):
        told += [change.reason for change in world.run().changes if change.fields]
    return told


def test_a_retry_that_was_asked_for_is_told_as_that(world: World) -> None:
    with world:
        running(world)
        world.sandbox.script_state("default", "orders", "FAILED", "bucket not reachable")
        asked(world, "1")
        assert reasons(world) == [
            "another attempt was asked for",
            "the failed job was cancelled, and is started again",
        ]


def test_a_failed_job_whose_manifest_changed_is_told_as_that(world: World) -> None:
    with world:
        running(world)
        world.sandbox.script_state("default", "orders", "FAILED", "bucket not reachable")
        more = {"spec": {"template": {"spec": {"parallelism": 3}}}}
        world.edit("VpDeployment", "orders", {"spec": more})
        assert reasons(world) == [
            "the resource changed",
            "the failed job was cancelled, and is started again",
        ]


@pytest.mark.parametrize("watched", [True, False])
def test_a_job_that_somebody_stopped_is_told_as_that(world: World, watched: bool) -> None:
    """Also where a pass saw VVP at work on it, and where an earlier retry is history."""
    with world:
        running(world)
        world.sandbox.script_state("default", "orders", "FAILED", "bucket not reachable")
        asked(world, "1")
        world.settle()
        world.sandbox.edit_deployment("default", "orders", {"spec": {"state": "CANCELLED"}})
        if not watched:
            world.sandbox.settle()
        assert reasons(world) == ["was stopped in VVP"]


def test_why_vvp_gave_a_job_up_stands_in_the_condition() -> None:
    """From the pass on that sees it, in the words of VVP, and what to do about it behind them."""
    with World() as world:
        running(world)
        world.sandbox.script_state("default", "orders", "FAILED", "bucket s3://x not reachable.")
        for _ in range(3):
            world.run()
            found = world.find("VpDeployment", "orders")
            assert found is not None
            told = {c["type"]: c["message"] for c in found["status"]["conditions"]}
            for name in ("Ready", "Stalled"):
                assert told[name].startswith(
                    "the job failed and VVP gave up: bucket s3://x not reachable; change the manifest, or "
                    "start it again: kubectl annotate"
                )
        mark = world.mark()
        world.run()
        assert world.writes(mark) == []


def test_a_stack_trace_leaves_room_for_the_advice() -> None:
    with World() as world:
        running(world)
        world.sandbox.script_state("default", "orders", "FAILED", "at line 1\n" * 5000)
        world.run()
        found = world.find("VpDeployment", "orders")
        assert found is not None
        [ready] = [c["message"] for c in found["status"]["conditions"] if c["type"] == "Ready"]
        assert "at line 1 at line 1" in ready
        assert ready.endswith('="$(date -Is)"')
        assert len(ready) < 1500
