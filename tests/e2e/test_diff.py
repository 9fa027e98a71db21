"""A preview writes nothing, needs to read only, and a reviewed plan is what is carried out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from .admin import GROUP, PLURALS
from .harness import World
from .manifests import deployment, namespace, savepoint, target, vvp_target

READS = {"get", "list"}


@pytest.fixture
def reader(world: World) -> World:
    """The world, in which everything that can be done is to do, as one who may get and list only."""
    _live(world)
    rules = [{"apiGroups": [GROUP], "resources": list(PLURALS), "verbs": sorted(READS)}]
    token = world.admin.service_account(world.namespace, "limited", rules)
    limited = replace(world, kubeconfig=world.apiserver.kubeconfig_for(token), runs=[])
    for plural in PLURALS:
        world.apiserver.wait_until_allowed(
            limited.kubeconfig, "list", f"{plural}.{GROUP}", f"--namespace={world.namespace}"
        )
    return limited


def _live(world: World) -> None:
    """Resources to create, change, adopt and delete, drift, one that waits and one that is refused."""
    world.by_hand("deployment-targets", vvp_target())
    labelled = {"labels": {"team": "orders"}}
    world.apply(target(), deployment("changed"), deployment("going"))
    world.apply(deployment("drifted", metadata=labelled))
    world.sync()
    world.apply(
        deployment("changed", template={"parallelism": 2}),
        namespace("team"),
        target("there"),
        deployment("new"),
        deployment("waits", deploymentTargetName="missing"),
        savepoint("before", "drifted"),
    )
    world.by_hand("deployment-targets", vvp_target("there"))
    world.sandbox.edit_deployment("default", "drifted", {"metadata": {"labels": {"team": "x"}}})
    world.sandbox.settle()
    world.delete("vpdeployments", "going")


PREVIEWS: Sequence[tuple[str, ...]] = (
    ("diff", "-o", "json"),
    ("diff", "-o", "text"),
    ("diff", "-o", "yaml", "--quiet"),
    ("diff", "-o", "markdown"),
    ("reconcile", "--once", "--dry-run", "-o", "json"),
    ("reconcile", "--once", "--dry-run", "--wait", "--force", "--adopt", "always"),
)


def test_no_preview_sends_anything_that_writes_to_either_side(reader: World) -> None:
    mark, before = reader.apiserver.audit_mark(), len(reader.sandbox.requests)
    for call in PREVIEWS:
        run = reader.vpsync(*call, *reader.flags)
        assert run.code == 0, run
    asked = [one for one in reader.apiserver.audit_since(mark) if one.user.endswith(":limited")]
    # Which cluster it is: one who may not read that previews without.
    [*cluster] = [one for one in asked if one.name == "kube-system"]
    asked = [one for one in asked if one not in cluster]
    assert {(one.verb, one.resource) for one in cluster} <= {("get", "namespaces")}
    assert len(cluster) == len(PREVIEWS), "asked once a run"
    assert {one.verb for one in asked} <= READS
    assert not any(one.mutating for one in asked)
    assert {one.code for one in asked} == {200}, "nothing was asked for that is not permitted"
    assert len(asked) == len(PREVIEWS) * len(PLURALS), "one list a kind, and no more"
    requests = reader.sandbox.requests[before:]
    assert requests
    assert {one.method for one in requests} == {"GET"}


def test_a_dry_run_shows_what_diff_shows(reader: World) -> None:
    shown, dry = (reader.vpsync(*PREVIEWS[at], *reader.flags).out for at in (0, 4))
    assert shown == dry
    actions = [(one["action"], one["cause"], one["name"]) for one in json.loads(shown)["changes"]]
    assert actions == [
        ("create", "intent", "team"),
        ("adopt", "intent", "there"),
        ("update", "intent", "changed"),
        ("update", "drift", "drifted"),
        ("create", "intent", "new"),
        ("create", "intent", "before"),
        ("delete", "intent", "going"),
    ]


def test_a_plan_of_one_who_may_only_read_is_carried_out_by_another_exactly(
    world: World, reader: World, tmp_path: Path
) -> None:
    plan = tmp_path / "plan.json"
    reader.diff("--plan-out", str(plan))
    planned = json.loads(plan.read_text("utf-8"))
    with world.carried_out() as done:
        report = world.reconcile("--plan", str(plan)).report
    assert report["checksum"] == planned["checksum"]
    assert [one["outcome"] for one in report["changes"]] == ["applied"] * len(planned["changes"])
    assert sum(done.values()) == len(planned["changes"])


def test_a_plan_that_is_no_longer_true_changes_neither_side(
    world: World, reader: World, tmp_path: Path
) -> None:
    plan = tmp_path / "plan.json"
    reader.diff("--plan-out", str(plan))
    world.apply(deployment("changed", template={"parallelism": 3}))
    world.delete("vpdeployments", "new")
    mark, before = world.apiserver.audit_mark(), len(world.sandbox.mutations())
    report = world.reconcile("--plan", str(plan), code=4).report
    moved = [error.partition(": ")[2] for error in report["errors"]]
    assert moved[0].startswith("VpDeployment ")
    assert "/changed: " in moved[0]
    assert "/spec/template/spec/parallelism was 1 → 2 and is 1 → 3" in moved[0]
    assert "/new: create of " in moved[1]
    assert world.sandbox.mutations()[before:] == []
    assert world.writes(mark) == []


def test_a_deletion_alone_and_a_drift_alone_are_changes(world: World) -> None:
    world.apply(target(), deployment("orders", metadata={"labels": {"team": "orders"}}))
    world.sync()
    world.diff("--exit-code")
    world.sandbox.edit_deployment("default", "orders", {"metadata": {"labels": {"team": "x"}}})
    for arguments in ((), ("--drift", "warn")):
        world.diff(*arguments)
        world.diff("--exit-code", *arguments, code=1)
    world.diff("--exit-code", "--drift", "ignore")
    world.sync()
    world.delete("vpdeployments", "orders")
    world.diff()
    run = world.diff("--exit-code", code=1)
    assert [(action, name) for action, _, name in run.changes] == [("delete", "orders")]
    world.sync()


def test_files_are_compared_with_what_a_cluster_had_applied(world: World, tmp_path: Path) -> None:
    """A branch against what is there: markers that were written from the cluster are recognised."""
    documents = [namespace("team", ("owner", "user:a")), target(), deployment("orders")]
    world.apply(*documents)
    world.sync()
    branch = tmp_path / "branch.json"
    given = ("-f", str(branch), "-n", world.namespace, "--vvp-url", world.vvp_url)
    items = {"apiVersion": "v1", "kind": "List", "items": documents}
    branch.write_text(json.dumps(items), encoding="utf-8")
    mark = world.apiserver.audit_mark()
    same = world.vpsync("diff", "--exit-code", *given)
    assert (same.code, same.out) == (0, "No changes. 3 resources in sync.\n")
    items["items"] = [*documents[:2], deployment("orders", template={"parallelism": 4})]
    branch.write_text(json.dumps(items), encoding="utf-8")
    changed = world.vpsync("diff", "--exit-code", *given, "-o", "json")
    assert changed.code == 1
    [one] = changed.report["changes"]
    assert (one["action"], one["effect"]) == ("update", "restart-with-savepoint")
    assert [field["path"] for field in one["fields"]] == ["/spec/template/spec/parallelism"]
    assert [one for one in world.apiserver.audit_since(mark) if not one.internal] == []
