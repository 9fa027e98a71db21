"""SIGTERM ends a pass and a loop in good order; a loop follows its cluster and its VVP."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from vpsync.sandbox import Hang, on
from vpsync.sandbox.faults import Fault

from .harness import Run, World
from .manifests import deployment, target
from .oracles import condition

NAMES = [f"job-{number}" for number in range(6)]
PATIENCE_SECONDS = 30


def _eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "not within the time limit"
        time.sleep(0.05)


def _end(world: World, process: subprocess.Popen[str], *signals: int) -> Run:
    for number in signals:
        process.send_signal(number)
    out, err = process.communicate(timeout=60)
    return world.ended(process.returncode, out, err)


def _creations(world: World) -> list[str]:
    """The deployments that VVP was asked to create, in order."""
    return [
        one.body["metadata"]["name"]
        for one in world.sandbox.mutations()
        if one.method == "POST" and one.path.endswith("/deployments")
    ]


def test_sigterm_ends_a_pass_after_the_request_under_way_and_writes_down_what_was_done(
    world: World,
) -> None:
    world.apply(target(), *(deployment(name, state="CANCELLED") for name in NAMES))
    slow = world.sandbox.faults.add(Fault(on("POST", "/deployments$"), Hang(1.0), None))
    process = world.start("reconcile", "--once", "--concurrency", "1", *world.flags, "-o", "json")
    _eventually(lambda: world.sandbox.faults.hits(slow) == 2)
    run = _end(world, process, signal.SIGTERM)
    assert run.code == 143
    done = _creations(world)
    assert done == NAMES[:2], "what was begun is finished, and nothing new is begun"
    report = run.report
    assert not report["complete"]
    outcomes = {one["name"]: one["outcome"] for one in report["changes"]}
    assert outcomes == {
        "jobs": "applied", **{name: "applied" if name in done else "skipped" for name in NAMES}
    }  # fmt: skip
    for one in world.list("vpdeployments"):
        name = one["metadata"]["name"]
        assert bool(condition(one, "Ready")) == (name in done)
        assert one["status"].get("id") == (
            world.vvp(name)["metadata"]["id"] if name in done else None
        )
    world.sandbox.faults.clear()
    world.sync()
    assert sorted(_creations(world)) == NAMES, "nothing is doubled"
    world.assert_quiet(1)


def test_sigint_is_130_and_a_second_signal_ends_at_once(world: World) -> None:
    world.apply(target())
    slow = world.sandbox.faults.add(Fault(on("GET", ""), Hang(30), None))
    process = world.start("reconcile", "--once", *world.flags)
    _eventually(lambda: world.sandbox.faults.hits(slow) > 0)
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    run = _end(world, process, signal.SIGINT)
    assert run.code == 130
    assert time.monotonic() - started < 10
    assert world.sandbox.mutations() == []


@dataclass
class _Loop:
    """A running loop and what it has told so far."""

    process: subprocess.Popen[str]
    lines: list[str]

    @property
    def told(self) -> str:
        return "".join(self.lines)


@contextmanager
def _loop(world: World) -> Iterator[_Loop]:
    process = world.start(
        "reconcile", "--loop", "--interval", "0.2s", "--interval-jitter-percent", "0", *world.flags
    )
    lines: list[str] = []
    streams = (process.stdout, process.stderr)
    readers = [threading.Thread(target=lines.extend, args=(stream,)) for stream in streams]
    with process:
        for reader in readers:
            reader.start()
        try:
            yield _Loop(process, lines)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=30) == 0
        finally:
            process.kill()
            for reader in readers:
                reader.join()
    world.ended(process.returncode, "".join(lines), "")


def test_a_loop_follows_edits_survives_an_outage_and_ends_with_0(world: World) -> None:
    world.apply(target(), deployment("orders"))
    with _loop(world) as loop:
        _eventually(lambda: world.told("vpdeployments", "orders")[0] == "True")
        world.apply(deployment("orders", template={"parallelism": 3}))
        _eventually(lambda: world.vvp("orders")["spec"]["template"]["spec"]["parallelism"] == 3)
        _eventually(lambda: world.jobs("orders") == 2)
        _eventually(lambda: "Applied: 0 created, 1 changed, " in loop.told)

        world.vvp_down()
        world.apply(deployment("late", state="CANCELLED"))
        _eventually(lambda: "no connection" in loop.told)
        world.vvp_up()
        _eventually(lambda: world.told("vpdeployments", "late")[0] == "True")
        _eventually(lambda: world.told("vpdeployments", "orders")[0] == "True")
    assert "/late" in loop.told
    assert _creations(world) == ["orders", "late"]
    world.sync()
    world.assert_quiet(1)


def test_a_loop_survives_an_api_server_that_is_away(world: World) -> None:
    world.apply(target())
    with _loop(world):
        _eventually(lambda: world.told("vpdeploymenttargets", "jobs")[0] == "True")
        world.apiserver.restart()
        world.apply(deployment("late", state="CANCELLED"))
        _eventually(lambda: world.told("vpdeployments", "late")[0] == "True")
