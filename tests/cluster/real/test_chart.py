"""A release of the Helm chart on a real node, as a new user has it: it comes, changes, goes back and goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from cluster.real.pods import ROOT, TEAM, Pods
from e2e.apiserver.binaries import BinariesError
from e2e.apiserver.helm_binary import find_helm

KINDS = "vpnamespaces,vpdeploymenttargets,vpdeployments,vpsavepoints"
PATIENCE_SECONDS = 120
VALUES = ("--set=vvp.url=http://vvp.example.com", "--namespace=vpsync")

Helm = Callable[..., str]


@pytest.fixture
def helm(pods: Pods) -> Iterator[Helm]:
    """Runs helm as the administrator, in a namespace that takes only restricted pods."""
    try:
        program = find_helm()
    except BinariesError as error:
        pytest.skip(str(error))
    pods.team_namespace("vpsync")

    def run(*arguments: str) -> str:
        return pods.node.run(program, *arguments).stdout

    yield run
    if "vpsync" in run("list", "--short", "--namespace=vpsync").split():
        run("uninstall", "vpsync", "--namespace=vpsync", "--wait")


def test_a_release_makes_a_team_ready_and_comes_changes_goes_back_and_goes(
    pods: Pods, helm: Helm
) -> None:
    pods.apply_team()
    started = time.monotonic()
    helm("install", "vpsync", str(ROOT / "charts/vpsync"), *VALUES)
    first = _wait(lambda: any(_ready(pods)), started)
    rolled_out = pods.node.kubectl("rollout", "status", "deployment/vpsync", "-n", "vpsync",
                                   "--timeout=60s").stdout  # fmt: skip
    assert "successfully rolled out" in rolled_out
    every = _wait(lambda: _settled(pods), started)
    print(f"helm install to the first Ready {first:.1f} s, to every Ready {every:.1f} s")
    assert _replicas(pods) == 2
    examined = helm("test", "vpsync", "--namespace=vpsync", "--logs")
    assert "0 failures" in examined, examined

    helm("upgrade", "vpsync", str(ROOT / "charts/vpsync"), *VALUES, "--set=mode=cronjob")
    _wait(lambda: _replicas(pods) == 0)
    job = pods.run_cronjob("by-hand")
    assert (job.condition, job.code) == ("Complete", 0), job.log

    helm("rollback", "vpsync", "1", "--namespace=vpsync", "--wait")
    assert _replicas(pods) == 2

    helm("uninstall", "vpsync", "--namespace=vpsync", "--wait")
    _wait(lambda: _replicas(pods) == 0)
    assert len(_ready(pods)) == 6, "resources stay"


def _ready(pods: Pods) -> list[bool]:
    """Whether each resource of the team is ready."""
    return [
        pods.conditions(one["kind"], one["metadata"]["name"]).get("Ready", "").startswith("True/")
        for one in pods.get_all(KINDS, "-n", TEAM)
    ]


def _settled(pods: Pods) -> bool:
    pods.vvp.settle()
    return all(_ready(pods))


def _replicas(pods: Pods) -> int:
    """Pods of the loop that are there, whatever they do."""
    found = pods.get_all("pods", "-n", "vpsync", "-l", "app.kubernetes.io/name=vpsync")
    owners = [one["metadata"]["ownerReferences"][0]["kind"] for one in found]
    return owners.count("ReplicaSet")


def _wait(holds: Callable[[], bool], started: float | None = None) -> float:
    """Waits until something holds; the seconds since ``started``."""
    begin = time.monotonic() if started is None else started
    while not holds():
        assert time.monotonic() - begin < PATIENCE_SECONDS, "not within the time limit"
        time.sleep(0.2)
    return time.monotonic() - begin
