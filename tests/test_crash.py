"""A crash at every single write: the end is that of a run in which nothing went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from passes.crash import Crash, Mode, Trap
from passes.scenario import manifest
from passes.world import World, applied_to
from vpsync.sandbox import SandboxOptions
from vpsync.settings import Settings

NAMES = ("namespace", "target", "deployment", "savepoint")
EDITS: dict[tuple[str, str], dict[str, Any]] = {
    ("VpNamespace", "analytics"): {"spec": {"roleBindings": []}},
    ("VpDeployment", "orders"): {
        "spec": {
            "metadata": {"labels": {"team": None}},
            "spec": {"template": {"spec": {"parallelism": 3}}},
        }
    },
}
GRACE = 130.0
"""Seconds after which a savepoint request cannot be under way any more, and some."""

State = dict[str, Any]


def settle(world: World, trap: Trap) -> None:
    """Runs until all is quiet; a process that dies is followed by another, some time later."""
    for _ in range(25):
        mark, sprung = world.mark(), trap.sprung
        try:
            report = world.run()
        except Crash:
            trap.revive()
            world.clock.advance(GRACE)
            continue
        if trap.sprung != sprung:
            world.clock.advance(GRACE)
        elif not world.writes(mark) and report.settled:
            return
    raise AssertionError("never quiet")


def whole_life(world: World, trap: Trap) -> Iterator[State]:
    """Creation, change and deletion of all kinds; what there is after each."""
    for name in NAMES:
        world.create(manifest(name))
    settle(world, trap)
    yield state(world)
    for (kind, name), patch in EDITS.items():
        world.edit(kind, name, patch)
    settle(world, trap)
    yield state(world)
    for document in world.kubernetes.all():
        world.delete(document["kind"], document["metadata"]["name"])
    settle(world, trap)
    yield state(world)


def state(world: World) -> State:
    """What VVP holds, and what the resources say."""
    return {
        "vvp": _without_ours(world.sandbox.snapshot()),
        "creates": applied_to(world, "POST"),
        "deletes": applied_to(world, "DELETE"),
        "resources": {
            f"{document['kind']}/{document['metadata']['name']}": {
                "finalizers": document["metadata"].get("finalizers"),
                "state": document["status"].get("state"),
                "conditions": sorted(
                    (c["type"], c["status"], c["reason"]) for c in document["status"]["conditions"]
                ),
                "intent": document["status"].get("intent"),
            }
            for document in world.kubernetes.all()
        },
    }


def _without_ours(value: Any) -> Any:
    """Without marker and record, which name UIDs."""
    if isinstance(value, dict):
        return {k: _without_ours(v) for k, v in value.items() if "fintechstudios" not in k}
    return [_without_ours(item) for item in value] if isinstance(value, list) else value


def new_world() -> World:
    """VVP is quick, so that there are few passes; every write is there all the same."""
    return World(
        options=SandboxOptions(polls_per_transition=0, polls_until_namespace_gone=0),
        settings=Settings(concurrency=1),
    )


@pytest.fixture(scope="module")
def undisturbed() -> tuple[list[State], int]:
    """The states and the number of writes of a run without a crash."""
    with new_world() as world:
        trap = Trap(world)
        return list(whole_life(world, trap)), trap.seen


@pytest.mark.parametrize("mode", Mode, ids=lambda mode: mode.name.lower())
def test_a_crash_at_any_write_changes_nothing_in_the_end(
    mode: Mode, undisturbed: tuple[list[State], int]
) -> None:
    states, writes = undisturbed
    for number in range(1, writes + 1):
        with new_world() as world:
            trap = Trap(world, number, mode)
            try:
                for found, wanted in zip(whole_life(world, trap), states, strict=True):
                    assert found == wanted
                    if trap.sprung:
                        # Nothing is left of the crash: from here on all goes as it went without.
                        break
            except AssertionError as error:
                raise AssertionError(f"write {number}, {trap.sprung}: {error}") from error
            assert trap.sprung, f"there is no write {number}"


def test_the_run_that_all_are_compared_with_does_what_it_should(
    undisturbed: tuple[list[State], int],
) -> None:
    states, writes = undisturbed
    assert writes > 30
    everything = ["VpDeployment/orders", "VpDeploymentTarget/jobs", "VpNamespace/analytics",
                  "VpSavepoint/before-upgrade"]  # fmt: skip
    assert [sorted(found["resources"]) for found in states] == [everything, everything, []]
    creates = {
        "namespaces/analytics": 1,
        "deployment-targets/default/jobs": 1,
        "deployments/default/orders": 1,
        "savepoints/default/orders": 1,
    }
    deletes = {place: 1 for place in creates if not place.startswith("savepoints")}
    assert [found["creates"] for found in states] == [creates, creates, creates]
    assert [found["deletes"] for found in states] == [{}, {}, deletes]
    assert states[1]["vvp"]["default"]["deployments"]["orders"]["state"] == "RUNNING"
    assert list(states[2]["vvp"]) == ["default"]
    assert states[2]["vvp"]["default"]["deployments"] == {}
