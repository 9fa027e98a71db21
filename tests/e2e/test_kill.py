"""A vpsync that is killed at any moment doubles nothing and leaves nothing behind."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter

import pytest

from .harness import World
from .manifests import deployment, target
from .oracles import sent

RESOURCES = 200
KILLS = 50
CLEAN_PASSES = 5
PATIENCE_SECONDS = 60
POLL_SECONDS = 0.002


@pytest.mark.timeout(600)
def test_killed_fifty_times_while_it_creates_and_deletes_it_does_each_thing_once(
    world: World,
) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    names = [f"job-{number:03}" for number in range(RESOURCES - 1)]
    world.apply(target(), *(deployment(name) for name in names))
    for _ in range(KILLS // 2):
        _kill(world, chance)
    _finish(world)
    wanted = {("POST", f"deployments/{name}"): 1 for name in names}
    wanted["POST", "deployment-targets/jobs"] = 1
    assert _carried_out(world, "POST") == wanted
    assert sorted(world.sandbox.snapshot()["default"]["deployments"]) == names

    ids = {name: world.vvp(name)["metadata"]["id"] for name in names}
    for plural in ("vpdeployments", "vpdeploymenttargets"):
        world.delete(plural)
    for _ in range(KILLS - KILLS // 2):
        _kill(world, chance)
        world.sandbox.settle()
    _finish(world)
    gone = {("DELETE", f"deployments/{identity}"): 1 for identity in ids.values()}
    gone["DELETE", "deployment-targets/jobs"] = 1
    assert _carried_out(world, "DELETE") == gone
    assert _carried_out(world, "POST") == wanted
    assert list(world.resources()) == [], "no finalizer holds anything"
    left = world.sandbox.snapshot()["default"]
    assert (left["deployments"], left["targets"]) == ({}, {})


def _kill(world: World, chance: random.Random) -> None:
    """A pass that gets no further than to a random moment: after some writes to VVP, or some time."""
    writes = len(world.sandbox.mutations()) + chance.randrange(1, 16)
    seconds = chance.uniform(0.3, 2.5) if chance.random() < 0.3 else PATIENCE_SECONDS
    pause = chance.uniform(0.0, 0.05)
    process = world.start("reconcile", "--once", "--force", *world.flags)
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        if len(world.sandbox.mutations()) >= writes:
            time.sleep(pause)
            break
        time.sleep(POLL_SECONDS)
    process.kill()
    process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode in (0, -signal.SIGKILL)


def _finish(world: World) -> None:
    """Clean passes, few of them, until one has nothing to do and nothing to wait for."""
    for _ in range(CLEAN_PASSES):
        world.sandbox.settle()
        report = world.reconcile("--force").report
        if not report["changes"] and not report["blocked"]:
            world.assert_quiet(1)
            return
    raise AssertionError(f"not done after {CLEAN_PASSES} clean passes: {report['summary']}")


def _carried_out(world: World, method: str) -> Counter[tuple[str, str]]:
    """How often VVP carried out what, of one method."""
    everything = sent(world.sandbox.requests)
    return Counter({what: count for what, count in everything.items() if what[0] == method})
