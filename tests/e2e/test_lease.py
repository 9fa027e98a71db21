"""One run writes at a time: the Lease on a real API server, under processes that are killed and stopped."""

from __future__ import annotations

import json
import signal
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from vpsync.sandbox import Hang, on
from vpsync.sandbox.faults import Fault

from .cable import Cable
from .harness import World
from .loops import Loop, eventually, loops
from .manifests import deployment, target

COUNTS = 15.0
"""Seconds that a Lease counts after it was renewed."""

RETRY = 2.4
"""Seconds between two looks of a standby, at most."""


@pytest.fixture
def owner() -> str:
    """An owner id, and so a Lease, of the test alone."""
    return f"e2e-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def flags(owner: str) -> tuple[str, ...]:
    return ("--enable-leader-election", "--lease-namespace", "vpsync", "--owner-id", owner)


def lease(world: World, owner: str) -> dict[str, Any]:
    path = f"/apis/coordination.k8s.io/v1/namespaces/vpsync/leases/vpsync-{owner}"
    document: dict[str, Any] = world.admin.request("GET", path)
    spec: dict[str, Any] = document["spec"]
    return spec


def created(world: World) -> list[str]:
    """The deployments that VVP was asked to create, in order."""
    return [
        one.body["metadata"]["name"]
        for one in world.sandbox.mutations()
        if one.method == "POST" and one.path.endswith("/deployments")
    ]


def ready(world: World, name: str) -> bool:
    return world.told("vpdeployments", name)[0] == "True"


def leader_and_standby(start: Callable[..., Loop]) -> tuple[Loop, Loop]:
    """Two loops, of which the first one works."""
    first = start()
    first.says("holding the Lease")
    second = start()
    second.says("standby: waiting for the Lease")
    return first, second


def test_the_lease_reads_as_those_of_other_controllers(
    world: World, owner: str, flags: tuple[str, ...]
) -> None:
    with loops(world, *flags) as start:
        leader = start()
        leader.says(f"holding the Lease vpsync/vpsync-{owner}")
        first = lease(world, owner)
        assert first["leaseDurationSeconds"] == COUNTS
        assert first["leaseTransitions"] == 0
        eventually(lambda: lease(world, owner)["renewTime"] > first["renewTime"])
        assert lease(world, owner)["acquireTime"] == first["acquireTime"]
        shown = world.apiserver.kubectl("get", "lease", "-n", "vpsync", f"vpsync-{owner}").stdout
        assert shown.split()[:3] == ["NAME", "HOLDER", "AGE"]
        assert first["holderIdentity"] in shown
        assert leader.end() == 0
    left = lease(world, owner)
    assert (left.get("holderIdentity") or "", left["leaseDurationSeconds"]) == ("", 1)


def test_a_standby_takes_over_from_a_leader_that_is_killed_and_nothing_is_written_twice(
    world: World, owner: str, flags: tuple[str, ...]
) -> None:
    names = [f"job-{number}" for number in range(4)]
    world.apply(target())
    with loops(world, *flags) as start:
        first, second = leader_and_standby(start)
        holder = lease(world, owner)["holderIdentity"]
        assert holder in second.told
        world.apply(*(deployment(name) for name in names))
        eventually(lambda: len(created(world)) >= 1)
        first.process.kill()
        killed = time.monotonic()
        second.says("holding the Lease", COUNTS + 2 * RETRY)
        took = time.monotonic() - killed
        eventually(lambda: all(ready(world, name) for name in names))
        assert COUNTS - 2 * RETRY < took < COUNTS + RETRY + 1, took
        print(f"taken over {took:.1f} s after the kill")
        assert second.told.count("standby: waiting for the Lease") == 1, "it says so once"
        found = lease(world, owner)
        assert found["leaseTransitions"] == 1
        assert found["holderIdentity"] != holder
    assert sorted(created(world)) == names


def test_a_leader_that_is_ended_gives_the_lease_up_at_once(
    world: World, owner: str, flags: tuple[str, ...]
) -> None:
    world.apply(target())
    with loops(world, *flags) as start:
        first, second = leader_and_standby(start)
        assert first.end(signal.SIGTERM) == 0
        assert second.says("holding the Lease") < RETRY + 1


def test_sigterm_lets_requests_under_way_end_writes_their_statuses_and_gives_the_lease_up(
    world: World, owner: str, flags: tuple[str, ...]
) -> None:
    names = [f"job-{number}" for number in range(6)]
    world.apply(target(), *(deployment(name, state="CANCELLED") for name in names))
    slow = world.sandbox.faults.add(Fault(on("POST", "/deployments$"), Hang(1.0), None))
    with loops(world, *flags) as start:
        first = start("--concurrency", "2")
        eventually(lambda: world.sandbox.faults.hits(slow) == 2)
        began = time.monotonic()
        assert first.end(signal.SIGTERM) == 0
        assert time.monotonic() - began < 5
        assert not lease(world, owner).get("holderIdentity")
    assert len(created(world)) == 2, "what was begun is done, and nothing new is begun"
    for name in names:
        status = world.get("vpdeployments", name)["status"]
        assert bool(status.get("id")) == (name in created(world))
    world.sandbox.faults.clear()
    world.sync("--owner-id", owner)
    assert sorted(created(world)) == names


def test_a_leader_that_was_stopped_for_long_writes_nothing_when_it_goes_on(
    world: World, owner: str, flags: tuple[str, ...]
) -> None:
    world.apply(target())
    with loops(world, *flags) as start:
        first, second = leader_and_standby(start)
        first.process.send_signal(signal.SIGSTOP)
        second.says("holding the Lease", COUNTS + 2 * RETRY)
        world.apply(deployment("orders"))
        eventually(lambda: ready(world, "orders"))
        first.process.send_signal(signal.SIGCONT)
        first.says("lost the Lease")
        world.apply(deployment("late"))
        eventually(lambda: ready(world, "late"))
        assert "standby" in first.told
        assert "/late" not in first.told
        assert "/late" in second.told
    assert created(world) == ["orders", "late"]


def test_one_pass_beside_a_loop_waits_says_who_holds_the_lease_and_ends_with_5(
    world: World, owner: str, flags: tuple[str, ...]
) -> None:
    world.apply(target())
    with loops(world, *flags) as start:
        first = start()
        first.says("Applied: 1 created")
        holder = lease(world, owner)["holderIdentity"]
        before = len(world.sandbox.requests)
        began = time.monotonic()
        run = world.vpsync(
            "reconcile", "--once", "--lease-timeout", "1s", *flags, *world.flags, "-o", "json"
        )
        assert 1 < time.monotonic() - began < 10
        assert run.code == 5
        place = f"vpsync/vpsync-{owner}"
        waiting, failed = run.err.splitlines()
        assert waiting == f"vpsync: waiting for the Lease {place}, which {holder} holds"
        assert failed.startswith(f"vpsync: {holder} holds the Lease {place}, and nothing was done;")
        assert json.loads(run.out)["complete"] is False
        reads = world.sandbox.requests[before:]
        assert all(one.method == "GET" for one in reads)
        _ends_and_lets_a_pass_go_on(world, first, flags)
    assert (lease(world, owner).get("holderIdentity") or "") == "", "a pass gives it up, too"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_wait_of_one_pass(
    world: World, flags: tuple[str, ...], number: int, code: int
) -> None:
    with loops(world, *flags) as start:
        start().says("holding the Lease")
        process = world.start("reconcile", "--once", "--lease-timeout", "5m", *flags, *world.flags)
        time.sleep(2.0)
        began = time.monotonic()
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
        assert time.monotonic() - began < 2
        assert world.ended(process.returncode, out, err).code == code
        standby = start()
        standby.says("standby")
        assert standby.end(number) == 0


def _ends_and_lets_a_pass_go_on(world: World, loop: Loop, flags: tuple[str, ...]) -> None:
    waits = world.start("reconcile", "--once", *flags, *world.flags, "-o", "json")
    time.sleep(1.0)
    assert waits.poll() is None
    assert loop.end() == 0
    out, err = waits.communicate(timeout=20)
    run = world.ended(waits.returncode, out, err)
    assert (run.code, run.changes) == (0, [])


def test_without_the_rights_it_is_said_which_are_missing(
    world: World, owner: str, flags: tuple[str, ...]
) -> None:
    run = world.vpsync(
        "reconcile", "--once", "--enable-leader-election", "--lease-namespace", "default",
        "--owner-id", owner, *world.flags,
    )  # fmt: skip
    assert run.code == 5
    assert run.err.splitlines()[-1] == (
        "vpsync: the account may not get leases.coordination.k8s.io in namespace default; "
        "--enable-leader-election needs get, list, create and update"
    )


def test_a_pass_whose_lease_is_taken_away_writes_nothing_more_to_either_side(
    world: World, owner: str, flags: tuple[str, ...]
) -> None:
    names = [f"job-{number}" for number in range(12)]
    world.apply(target(), *(deployment(name, state="CANCELLED") for name in names))
    slow = world.sandbox.faults.add(Fault(on("POST", "/deployments$"), Hang(0.8), None))
    process = world.start("reconcile", "--once", "--concurrency", "1", *flags, *world.flags)
    eventually(lambda: world.sandbox.faults.hits(slow) == 2)
    took = take(world, owner)
    out, err = process.communicate(timeout=30)
    run = world.ended(process.returncode, out, err)
    assert run.code == 3
    assert "vpsync: lost the Lease during the pass: somebody_else holds it" in run.err
    late = [one for one in world.writes(took) if one.verb == "patch"]
    done = created(world)
    assert len(done) < len(names) - 4
    named = {name for name in names if world.get("vpdeployments", name)["status"].get("id")}
    assert named == set(), "what was done is left to the holder to write down"
    assert len(late) <= 4, "within the two seconds in which the loss is noticed"
    world.sandbox.faults.clear()
    assert lease(world, owner)["holderIdentity"] == "somebody_else", "it is not ours to give up"


def take(world: World, owner: str) -> int:
    """Somebody else takes the Lease, against all rules; the mark from when on nobody else may write."""
    path = f"/apis/coordination.k8s.io/v1/namespaces/vpsync/leases/vpsync-{owner}"
    world.admin.request(
        "PATCH", path, {"spec": {"holderIdentity": "somebody_else"}}, "application/merge-patch+json"
    )
    return world.apiserver.audit_mark()


def test_a_leader_whose_network_is_cut_writes_nothing_and_comes_back_as_a_standby(
    world: World, owner: str, flags: tuple[str, ...], tmp_path: Path
) -> None:
    world.apply(target())
    kubeconfig = json.loads(world.kubeconfig.read_text())
    [cluster] = kubeconfig["clusters"]
    address, _, port = cluster["cluster"]["server"].rpartition(":")
    cables = [Cable(int(port)), Cable(int(world.vvp_url.rpartition(":")[2]))]
    cluster["cluster"]["server"] = f"{address}:{cables[0].port}"
    (tmp_path / "config").write_text(json.dumps(kubeconfig))
    by_cable = replace(world, kubeconfig=tmp_path / "config")
    by_cable.vvp_url = f"http://127.0.0.1:{cables[1].port}"
    with loops(by_cable, *flags) as far, loops(world, *flags) as near:
        first = far()
        first.says("holding the Lease")
        second = near()
        second.says("standby")
        for cable in cables:
            cable.pull()
        cut = time.monotonic()
        world.apply(deployment("orders"))
        second.says("holding the Lease", COUNTS + 2 * RETRY)
        print(f"taken over {time.monotonic() - cut:.1f} s after the cut")
        assert time.monotonic() - cut < COUNTS + RETRY + 1
        first.says("lost the Lease")
        eventually(lambda: ready(world, "orders"))
        for cable in cables:
            cable.plug_in()
        first.says("standby: waiting for the Lease")
        world.apply(deployment("late"))
        eventually(lambda: ready(world, "late"))
        assert "/late" not in first.told
        assert "/orders" not in first.told
    for cable in cables:
        cable.close()
    assert created(world) == ["orders", "late"]


def test_credentials_that_changed_in_the_kubeconfig_count_for_the_lease_too(
    world: World, flags: tuple[str, ...], tmp_path: Path
) -> None:
    bound = f"token-{uuid.uuid4().hex[:8]}"
    kubectl, serverside = world.apiserver.kubectl, ("-n", "vpsync")
    kubectl("create", "secret", "generic", bound, *serverside)
    token = kubectl(
        "create", "token", "vpsync", *serverside,
        "--bound-object-kind", "Secret", "--bound-object-name", bound,
    ).stdout.strip()  # fmt: skip
    valid, config = world.kubeconfig.read_bytes(), tmp_path / "kubeconfig"
    config.write_bytes(world.apiserver.kubeconfig_for(token).read_bytes())
    world.kubeconfig = config
    with loops(world, *flags) as start:
        leader, standby = leader_and_standby(start)
        beside = tmp_path / "beside"
        beside.write_bytes(valid)
        beside.replace(config)
        kubectl("delete", "secret", bound, *serverside)
        # The API server remembers for some seconds that a token was good.
        time.sleep(COUNTS + 12)
        assert "lost the Lease" not in leader.told, "it is renewed with what the file holds now"
        assert leader.end() == 0
        standby.says("holding the Lease")
