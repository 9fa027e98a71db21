"""The CronJob on a real node, from the files and the overlays as they are shipped."""

from __future__ import annotations

import pytest

from cluster.real.pods import ROOT, TEAM, Pods

PASSES = 6
"""Enough for a savepoint of a deployment of a target of a namespace, each a pass after the other."""


def test_passes_of_the_shipped_cronjob_make_a_team_ready_and_complete(pods: Pods) -> None:
    pods.apply("-f", ROOT / "k8s/cronjob.yaml")
    pods.apply_team()
    for number in range(PASSES):
        job = pods.run_cronjob(f"pass-{number}")
        assert (job.condition, job.code) == ("Complete", 0), job.log
        ready = {
            one["metadata"]["name"]: pods.conditions(one["kind"], one["metadata"]["name"])["Ready"]
            for one in pods.get_all("vpdeployments,vpsavepoints", "-n", TEAM)
        }
        if set(ready.values()) == {"True/Succeeded"}:
            break
        pods.vvp.settle()
    assert set(ready.values()) == {"True/Succeeded"}, ready
    assert len(ready) == 4


@pytest.mark.parametrize("name", ["cronjob.yaml", "namespaced.yaml"])
def test_what_is_applied_again_is_unchanged(name: str, pods: Pods) -> None:
    pods.team_namespace("flink")
    pods.apply("-f", ROOT / "k8s" / name)
    again = pods.apply("-f", ROOT / "k8s" / name).splitlines()
    assert {line.rpartition(" ")[2] for line in again} == {"unchanged"}, again


@pytest.mark.parametrize("source", [("-k", "overlays/namespaced"), ("-f", "namespaced.yaml")])
def test_a_team_s_own_cronjob_acts_in_its_namespaces_alone(
    source: tuple[str, str], pods: Pods
) -> None:
    pods.team_namespace("flink")
    pods.vvp.call("POST", "/namespaces/v1/namespaces", {"name": "namespaces/flink"})
    flag, path = source
    pods.apply(flag, ROOT / "k8s" / path)
    for place, name in (("flink", "ours"), ("flink", "foreign"), ("default", "elsewhere")):
        pods.apply_target(name, place, vvp_namespace="other" if name == "foreign" else "flink")
    job = pods.run_cronjob("first", "flink")
    assert (job.condition, job.code) == ("Failed", 3), job.log
    kind = "vpdeploymenttarget"
    assert pods.conditions(kind, "ours", "flink")["Ready"] == "True/Succeeded"
    assert pods.conditions(kind, "foreign", "flink")["Ready"] == "False/NotPermitted"
    assert pods.conditions(kind, "elsewhere", "default") == {}
