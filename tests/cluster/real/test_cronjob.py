"""The CronJob on a real node, from the files and the overlays as they are shipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from cluster.real.pods import ROOT, SHIPPED_IMAGE, TEAM, Pods
from pages import blocks, page

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


def test_the_kustomization_of_the_documentation_sets_image_and_url(
    pods: Pods, tmp_path: Path
) -> None:
    [shown] = [one.text for one in blocks(page("gitops.md")) if "newName: " in one.text]
    (tmp_path / "vpsync").symlink_to(ROOT)
    text = shown.replace("https://vvp.example.com", "http://other.example.com")
    (tmp_path / "kustomization.yaml").write_text(text, encoding="utf-8")
    pods.node.tag(SHIPPED_IMAGE, "registry.example.com/vpsync:0.1.0")
    pods.apply("-k", tmp_path)
    pods.team_namespace("flink")
    pods.apply_target("jobs", "flink")
    job = pods.run_cronjob("first")
    assert (job.condition, job.code) == ("Complete", 0), job.log
    assert "http://other.example.com" in job.log
    [pod] = pods.get_all("pods", "-n", "vpsync")
    assert pod["spec"]["containers"][0]["image"] == "registry.example.com/vpsync:0.1.0"


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


def test_the_log_of_a_pod_has_a_line_for_each_resource(pods: Pods) -> None:
    pods.apply("-f", ROOT / "k8s/cronjob.yaml")
    pods.apply_team()
    lines = pods.run_cronjob("first").log.splitlines()
    [head] = [number for number, line in enumerate(lines) if line.startswith("ACTION ")]
    table, summary = lines[head + 1 : lines.index("", head)], lines[-1]
    assert [line.split()[0] for line in table] == ["created"] * 5 + ["waiting"]
    assert summary.startswith("Applied: 5 created")
    assert [line.rstrip() for line in lines] == lines


def test_a_stalled_resource_fails_a_job_unless_it_is_not_to(pods: Pods) -> None:
    pods.apply("-f", ROOT / "k8s/cronjob.yaml")
    pods.team_namespace("flink")
    pods.apply_target("jobs", "flink", vvp_namespace="NOT-A-NAME")
    job = pods.run_cronjob("first")
    assert (job.condition, job.code) == ("Failed", 3), job.log
    set_flag = (
        '[{"op": "add", "value": "--exit-zero-on-stalled",'
        ' "path": "/spec/jobTemplate/spec/template/spec/containers/0/args/-"}]'
    )
    pods.node.kubectl("patch", "cronjob", "vpsync", "-n", "vpsync", "--type=json", "-p", set_flag)
    job = pods.run_cronjob("second")
    assert (job.condition, job.code) == ("Complete", 0), job.log


def test_an_unknown_host_is_named(pods: Pods) -> None:
    pods.apply("-f", ROOT / "k8s/cronjob.yaml")
    pods.team_namespace("flink")
    pods.apply_target("jobs", "flink")
    pods.node.kubectl("set", "env", "cronjob/vpsync", "-n", "vpsync",
                      "VPSYNC_VVP_URL=http://vvp.nowhere.test")  # fmt: skip
    job = pods.run_cronjob("unknown")
    assert (job.condition, job.code) == ("Failed", 5), job.log
    assert "the host vvp.nowhere.test is unknown" in job.log


def test_without_crds_nothing_can_be_decided_and_the_way_out_is_told(pods: Pods) -> None:
    pods.apply("-f", ROOT / "k8s/cronjob.yaml")
    pods.node.kubectl("delete", "-f", ROOT / "k8s/crds.yaml")
    try:
        job = pods.run_cronjob("bare")
    finally:
        pods.node.kubectl("apply", "-f", ROOT / "k8s/crds.yaml")
        pods.node.kubectl("wait", "--for=condition=Established", "-f", ROOT / "k8s/crds.yaml")
    assert (job.condition, job.code) == ("Failed", 5), job.log
    assert "nothing could be decided" in job.log
    assert "vpsync crds | kubectl apply" in job.log
