"""``kubectl apply -f k8s/cronjob.yaml``, as it is shipped, on a real node."""

from __future__ import annotations

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
