"""Three shards of the chart on a real node do the work once: with one killed at it, and when they are five.

``VPSYNC_TEST_RESOURCES`` says how many resources there are, 3000 for a large fleet; without it a small one.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter

import pytest

from cluster.real.node import ADDRESS
from cluster.real.pods import ROOT, Pods, eventually
from cluster.real.test_chart import KINDS, VALUES, Helm, helm
from e2e.manifests import Document, deployment, namespace, target
from vpsync.planning.policy import Shard
from vpsync.sandbox import Fault, Hang, on

__all__ = ["helm"]
"""A fixture."""

RESOURCES = int(os.environ.get("VPSYNC_TEST_RESOURCES", "150"))
PLACES = [f"team-{number}" for number in range(max(15, RESOURCES // 100))]
"""VVP namespaces, each with a target and as many deployments as the others."""

FLEET = "fleet"
"""The Kubernetes namespace of all of them."""

CHUNK = 500
"""Resources that one kubectl is given, which has a time limit."""

PATIENCE_SECONDS = 60 + RESOURCES / 4


@pytest.mark.timeout(300 + RESOURCES)
def test_three_shards_do_the_work_once_though_one_is_killed_and_so_do_five(
    pods: Pods, helm: Helm
) -> None:
    chart = ("vpsync", str(ROOT / "charts/vpsync"), *VALUES)
    helm("install", *chart, "--set=loop.shards=3")
    rolled_out(pods)
    assert len(holders(pods, 3)) == 3

    # As slow as VVP may be: what a shard that is killed has under way is done, and it never hears of it.
    pods.vvp.faults.add(Fault(on("POST", "/deployments$"), Hang(0.3), None))
    pods.team_namespace(FLEET)
    fleet = [one for place in PLACES for one in team(place, RESOURCES // len(PLACES) - 2)]
    began = time.monotonic()
    create(pods, fleet)
    created = time.monotonic() - began
    theirs = [place for place in PLACES if Shard(1, 3).has(place)]
    share = (RESOURCES // len(PLACES) - 2) * len(theirs)
    eventually(lambda: deployments(pods, theirs) >= share // 4, PATIENCE_SECONDS)
    at_work = deployments(pods, theirs)
    [first] = [one for one in holders(pods, 3) if one.startswith("vpsync-1_")]
    # As with its node: at once, and without a word to anybody.
    pods.kill("vpsync-1", "vpsync")
    pods.node.kubectl("delete", "pod", "vpsync-1", "-n", "vpsync", "--grace-period=0", "--force")
    killed = time.monotonic()
    eventually(lambda: first not in holders(pods, 3) and len(holders(pods, 3)) == 3)
    back = time.monotonic() - killed
    assert at_work < share, "it was killed at work"
    eventually(lambda: len(pods.vvp.mutations()) >= len(fleet), PATIENCE_SECONDS)
    made = time.monotonic() - began
    eventually(lambda: settled(pods) == len(fleet), PATIENCE_SECONDS)
    every = time.monotonic() - began
    print(f"{len(fleet)} resources: applied in {created:.1f} s, all made after {made:.1f} s and "
          f"ready after {every:.1f} s; the shard "
          f"that was killed at {at_work} of its {share} deployments was back after {back:.1f} s")  # fmt: skip
    assert_each_was_made_once(pods, fleet)

    assert_a_wrong_count_does_nothing(pods)
    began = time.monotonic()
    helm("upgrade", *chart, "--set=loop.shards=5")
    rolled_out(pods)
    eventually(lambda: len(holders(pods, 5)) == 5)
    print(f"five shards in place of three after {time.monotonic() - began:.1f} s")
    assert_each_was_made_once(pods, fleet)
    more = [job("late", place) for place in PLACES]
    create(pods, more)
    eventually(lambda: settled(pods) == len(fleet) + len(more), PATIENCE_SECONDS)
    assert_each_was_made_once(pods, [*fleet, *more])


def assert_a_wrong_count_does_nothing(pods: Pods) -> None:
    """Neither pods of a number that there is not, nor a run that shares with more of its kind."""
    before = len(pods.vvp.mutations())
    pods.node.kubectl("scale", "statefulset/vpsync", "-n", "vpsync", "--replicas=5")
    eventually(lambda: [code(pods, f"vpsync-{index}") for index in (3, 4)] == [2, 2])
    run = pods.node.run(
        sys.executable, "-m", "vpsync", "reconcile", "--once", "--shard=3/5", "--no-create-tokens",
        "--enable-leader-election", "--lease-namespace=vpsync", "--lease-timeout=5s",
        f"--vvp-url=http://{ADDRESS}", check=False,
    )  # fmt: skip
    assert run.returncode == 5, run.stderr
    assert "all runs with one owner id need the same count" in run.stderr
    assert len(pods.vvp.mutations()) == before
    assert len(holders(pods, 3)) == 3, "the right ones go on"


def team(place: str, jobs: int) -> list[Document]:
    """All that is in one VVP namespace, and that itself."""
    found = target(f"jobs-{place}", vvp=place)
    found["spec"]["metadata"]["name"] = "jobs"
    return [namespace(place), found, *(job(str(number), place) for number in range(jobs))]


def job(name: str, place: str) -> Document:
    """A deployment of a VVP namespace, of which nothing is left to do once it is made."""
    return deployment(f"{place}-{name}", vvp=place, state="CANCELLED")


def create(pods: Pods, documents: list[Document]) -> None:
    """``kubectl create``, in the fleet's namespace, with which it goes."""
    for start in range(0, len(documents), CHUNK):
        pods.create_documents(FLEET, *documents[start : start + CHUNK])


def rolled_out(pods: Pods) -> None:
    """Waits until each pod is there and ready, of the newest count."""
    pods.node.kubectl("rollout", "status", "statefulset/vpsync", "-n", "vpsync", "--timeout=150s")


def holders(pods: Pods, count: int) -> set[str]:
    """Who holds the Leases of so many shards."""
    found = {
        lease["metadata"]["name"]: str(lease["spec"].get("holderIdentity") or "")
        for lease in pods.get_all("leases", "-n", "vpsync")
    }
    return {found.get(f"vpsync-default-{index}", "") for index in range(count)} - {""}


def deployments(pods: Pods, places: list[str]) -> int:
    """How many deployments of some VVP namespaces VVP was asked to make."""
    paths = {f"/api/v1/namespaces/{place}/deployments" for place in places}
    return sum(1 for one in pods.vvp.mutations() if one.path in paths)


def settled(pods: Pods) -> int:
    """How many resources are ready; asked seldom where there are many, because that is work."""
    time.sleep(1 + RESOURCES / 500)
    ready = ("Ready", "True")
    return sum(
        1
        for one in pods.get_all(KINDS, "-n", FLEET)
        if any((it["type"], it["status"]) == ready for it in one["status"].get("conditions", ()))
    )


def code(pods: Pods, name: str) -> int | None:
    """The code that a pod's container ended with, now or before it was started again."""
    for pod in pods.get_all("pods", "-n", "vpsync"):
        if pod["metadata"]["name"] == name:
            for status in pod["status"].get("containerStatuses", ()):
                for state in (status["state"], status["lastState"]):
                    if "terminated" in state:
                        return int(state["terminated"]["exitCode"])
    return None


def assert_each_was_made_once(pods: Pods, documents: list[Document]) -> None:
    """VVP has had one request for each resource, which made it, and none that changed anything else."""
    asked = Counter(
        (one.method, one.path, str(one.body.get("name") or one.body["metadata"].get("name")))
        for one in pods.vvp.mutations()
    )
    assert {method for method, _, _ in asked} == {"POST"}
    assert len(asked) == len(documents)
    assert [key for key, times in asked.items() if times > 1] == []
