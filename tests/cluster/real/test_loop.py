"""``kubectl apply -k k8s/overlays/loop`` on a real node: two pods, one writer, and a clean end."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from cluster.real.pods import ROOT, TEAM, Pods
from vpsync.sandbox import Fault, Hang, on

LEASE = "vpsync-default"


@pytest.fixture
def loop(pods: Pods) -> Pods:
    """The loop as it is shipped, with both pods ready."""
    pods.apply("-k", ROOT / "k8s/overlays/loop")
    pods.node.kubectl("rollout", "status", "-n", "vpsync", "deployment/vpsync", "--timeout=90s")
    return pods


def holder(pods: Pods) -> str:
    """The pod that has the Lease."""
    named = pods.get("lease", LEASE, "vpsync")["spec"]["holderIdentity"]
    return str(named).partition("_")[0]


def assert_each_was_made_once(pods: Pods) -> None:
    """Whether VVP has made each of the team's six objects once, whoever asked for it."""
    made = Counter(
        (one.path, str(one.body.get("name") or one.body["metadata"].get("name")))
        for one in pods.vvp.mutations()
        if one.method == "POST" and one.applied
    )
    assert len(made) == 6
    assert set(made.values()) == {1}, made


def test_two_pods_are_ready_and_the_one_with_the_lease_makes_a_team_ready(loop: Pods) -> None:
    names = {one["metadata"]["name"] for one in loop.get_all("pods", "-n", "vpsync")}
    assert len(names) == 2
    assert holder(loop) in names
    loop.apply_team()
    loop.node.kubectl("wait", "vpdeployments,vpsavepoints", "--all", "-n", TEAM,
                      "--for=condition=Ready", "--timeout=60s")  # fmt: skip
    assert_each_was_made_once(loop)
    budget = loop.get("poddisruptionbudget", "vpsync", "vpsync")["status"]
    assert (budget["currentHealthy"], budget["disruptionsAllowed"]) == (2, 1)


def test_a_pod_that_is_ended_gives_the_lease_up_and_the_other_goes_on(loop: Pods) -> None:
    first = holder(loop)
    loop.node.kubectl("delete", "pod", first, "-n", "vpsync", "--timeout=20s")
    loop.apply_team()
    loop.node.kubectl("wait", "vpdeployments", "--all", "-n", TEAM,
                      "--for=condition=Ready", "--timeout=60s")  # fmt: skip
    assert holder(loop) != first


def test_a_leader_that_is_killed_at_work_is_followed_and_nothing_is_made_twice(loop: Pods) -> None:
    first = holder(loop)
    # Killed while it is at the team's first objects.
    loop.vvp.faults.add(Fault(on("POST", "/deployment-targets$"), Hang(10)))
    loop.apply_team()
    asked = time.monotonic()
    while not loop.vvp.mutations() and time.monotonic() - asked < 20:
        time.sleep(0.05)
    loop.kill(first, "vpsync")
    loop.vvp.faults.clear()
    loop.node.kubectl("wait", "vpdeployments,vpsavepoints", "--all", "-n", TEAM,
                      "--for=condition=Ready", "--timeout=90s")  # fmt: skip
    print(f"ready {time.monotonic() - asked:.1f} s after the apply, with a leader killed")
    assert_each_was_made_once(loop)


def test_a_job_by_hand_waits_for_the_lease_of_the_loop_and_says_who_has_it(loop: Pods) -> None:
    loop.apply("-f", ROOT / "k8s/cronjob.yaml")
    job = loop.run_cronjob("by-hand")
    assert (job.condition, job.code) == ("Failed", 5), job.log
    assert holder(loop) in job.log


def test_the_metrics_are_found_by_the_name_of_the_service(loop: Pods) -> None:
    """The headless Service gives the addresses of both pods."""
    [slices] = loop.get_all("endpointslices", "-n", "vpsync")
    assert [len(one["addresses"]) for one in slices["endpoints"]] == [1, 1]
    for one in slices["endpoints"]:
        told = loop.node.run("curl", "-sf", f"http://{one['addresses'][0]}:8080/metrics").stdout
        assert "vpsync_build_info" in told
