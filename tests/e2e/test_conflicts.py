"""Others act while a pass runs: people who edit and delete, and a second vpsync."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from vpsync.sandbox import Hang, on
from vpsync.sandbox.faults import Fault

from .harness import FINALIZER, Run, World
from .manifests import deployment, savepoint, target

DEPLOYMENTS = "vpdeployments"
PATIENCE_SECONDS = 30


@contextmanager
def _meanwhile(world: World, path: str, passes: int = 1) -> Iterator[list[Run]]:
    """Runs the block while passes have read the cluster and VVP has not answered them yet."""
    runs: list[Run] = []
    held = world.sandbox.faults.add(Fault(on("GET", path), Hang(1.5), passes))
    arguments = ("reconcile", "--once", *world.flags, "-o", "json")
    processes = [world.start(*arguments) for _ in range(passes)]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while world.sandbox.faults.hits(held) < passes:
        assert time.monotonic() < deadline, "the passes did not come so far"
        time.sleep(0.02)
    yield runs
    for process in processes:
        out, err = process.communicate(timeout=60)
        runs.append(world.ended(process.returncode, out, err))


def test_an_edit_or_a_deletion_during_a_pass_is_left_to_the_next_one(world: World) -> None:
    world.apply(
        target(), *(deployment(name, state="CANCELLED") for name in ("same", "edited", "going"))
    )
    theirs = {"metadata": {"finalizers": ["example.com/theirs"]}}
    with _meanwhile(world, "/deployments$") as runs:
        world.admin.patch(DEPLOYMENTS, world.namespace, "edited", theirs)
        world.delete(DEPLOYMENTS, "going")
    [run] = runs
    outcomes = {one["name"]: one["outcome"] for one in run.report["changes"]}
    assert outcomes == {
        "jobs": "applied",
        "same": "applied",
        "edited": "skipped",
        "going": "skipped",
    }
    assert run.code == 0, "nobody has to mend anything"
    assert world.sandbox.deployment("default", "edited") is None, "no claim, so no creation"
    assert world.sandbox.deployment("default", "going") is None
    assert not world.has(DEPLOYMENTS, "going")
    world.sync()
    held = world.get(DEPLOYMENTS, "edited")["metadata"]["finalizers"]
    assert held == ["example.com/theirs", FINALIZER], "those of others stay"

    # Theirs goes first; ours is found wherever it stands by then.
    world.delete(DEPLOYMENTS, "edited")
    world.reconcile()
    with _meanwhile(world, "/deployments$"):
        world.admin.patch(
            DEPLOYMENTS, world.namespace, "edited", {"metadata": {"finalizers": [FINALIZER]}}
        )
    world.sync()
    assert not world.has(DEPLOYMENTS, "edited")


def test_an_edit_during_a_pass_is_not_taken_for_seen(world: World) -> None:
    world.apply(target(), deployment("orders"))
    world.sync()
    with _meanwhile(world, "/deployments$"):
        world.apply(deployment("orders", template={"parallelism": 2}))
    resource = world.get(DEPLOYMENTS, "orders")
    assert resource["status"]["observedGeneration"] < resource["metadata"]["generation"] == 2
    world.sync()
    assert world.vvp("orders")["spec"]["template"]["spec"]["parallelism"] == 2


def test_two_passes_at_a_time_take_a_savepoint_once(world: World) -> None:
    world.apply(target(), deployment("orders"))
    world.sync()
    world.apply(savepoint("once", "orders"))
    with _meanwhile(world, "/savepoints$", passes=2) as runs:
        pass
    assert sorted(run.code for run in runs) == [0, 0]
    posts = [one for one in world.sandbox.mutations() if one.path.endswith("/savepoints")]
    assert len(posts) == 1, "the intent of one of them was refused, for the resource had moved"
    world.sync()
    world.assert_quiet(1)


def test_two_passes_at_a_time_create_each_object_once(world: World) -> None:
    names = [f"job-{number}" for number in range(4)]
    world.apply(target(), *(deployment(name) for name in names))
    with world.carried_out() as done:
        with _meanwhile(world, "/deployments$", passes=2) as runs:
            pass
        world.sync()
    assert all(run.code in (0, 3) for run in runs)
    expected = {("POST", f"deployments/{name}"): 1 for name in names}
    assert done == {**expected, ("POST", "deployment-targets/jobs"): 1}
    for name in names:
        assert world.jobs(name) == 1
    world.assert_quiet(1)
