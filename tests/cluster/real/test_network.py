"""Two pods with a Lease, and the network of the one that works is cut: nobody else can tell it to end."""

from __future__ import annotations

import time
from collections import Counter

from cluster.real.pods import Pods, eventually
from cluster.real.test_loop import holder, loop
from vpsync.sandbox import Fault, Hang, on

__all__ = ["loop"]
"""A fixture."""

METRICS, VVP = 8080, 80
"""The ports of the pods' probes, and of VVP."""

COUNTS, RETRY = 15.0, 2.4
"""Seconds that a Lease counts after it was renewed, and between two looks of a standby, at most."""

TARGETS = [f"jobs-{number}" for number in range(40)]


def test_a_leader_whose_network_is_cut_is_followed_in_time_and_writes_nothing_more(
    loop: Pods,
) -> None:
    first = holder(loop)
    pod = loop.get("pod", first, "vpsync")
    address = pod["status"]["podIP"]
    loop.team_namespace("flink")
    # Eight writes at a time: some are under way at any moment, and their answers are lost.
    loop.vvp.faults.add(Fault(on("POST", "/deployment-targets$"), Hang(0.5), None))
    loop.apply_targets(TARGETS, "flink", "default")
    eventually(lambda: len(loop.vvp.mutations()) >= len(TARGETS) // 4)
    with loop.node.cut_off(address, METRICS):
        cut = time.monotonic()
        eventually(lambda: holder(loop) != first)
        took = time.monotonic() - cut
        loop.node.kubectl("wait", "vpdeploymenttargets", "--all", "-n", "flink",
                          "--for=condition=Ready", "--timeout=60s")  # fmt: skip
        ready = time.monotonic() - cut
        assert 0 < len(made(loop)) <= len(TARGETS)
        eventually(lambda: "lost the Lease vpsync/vpsync-default" in log(loop, first))
        before = len(loop.vvp.mutations())
    print(f"followed {took:.1f} s after the network was cut, all is ready after {ready:.1f} s")
    assert took < COUNTS + 2 * RETRY
    second = holder(loop)
    with loop.node.counted(address, VVP) as sent:
        standby = f"standby: waiting for the Lease vpsync/vpsync-default, which {second}"
        eventually(lambda: standby in log(loop, first))
        time.sleep(COUNTS)
        assert sent() == 0, "a standby says nothing to VVP"
    assert len(loop.vvp.mutations()) == before
    assert made(loop) == Counter(TARGETS)
    assert holder(loop) == second
    [status] = loop.get("pod", first, "vpsync")["status"]["containerStatuses"]
    assert (status["restartCount"], status["ready"]) == (0, True), "it is the same process"


def made(pods: Pods) -> Counter[str]:
    """How often VVP was made to create each target."""
    return Counter(
        one.body["metadata"]["name"]
        for one in pods.vvp.mutations()
        if one.method == "POST" and one.applied
    )


def log(pods: Pods, pod: str) -> str:
    """What a pod has said."""
    return pods.node.kubectl("logs", pod, "-n", "vpsync").stdout
