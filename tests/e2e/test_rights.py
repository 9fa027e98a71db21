"""Least rights: the shipped role is enough and nothing in it is idle; a preview needs to list only."""

from __future__ import annotations

import copy
import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from .admin import GROUP, PLURALS, Admin
from .apiserver.server import ApiServer
from .harness import ROOT, Run, World
from .manifests import deployment, namespace, savepoint, target, vvp_target

Rules = list[dict[str, list[str]]]
Removal = tuple[str, str]
"""A verb and a resource, the subresource behind a slash."""

CRONJOB = ROOT / "k8s" / "cronjob.yaml"
LATER = {("get", "namespaces"), ("patch", "events")}
"""Rights that a first pass in one namespace does not use: no Role can grant the look at ``kube-system``, and
only an event that recurs is patched."""


def _shipped(kind: str) -> dict[str, Any]:
    documents = yaml.safe_load_all(CRONJOB.read_text(encoding="utf-8"))
    [found] = [one for one in documents if one["kind"] == kind]
    document: dict[str, Any] = found
    return document


def _grants(rules: Rules) -> list[Removal]:
    return [(verb, name) for rule in rules for name in rule["resources"] for verb in rule["verbs"]]


def _without(rules: Rules, removal: Removal) -> Rules:
    """The rules but for one verb on one resource."""
    verb, resource = removal
    left: Rules = []
    for rule in rules:
        for name in rule["resources"]:
            verbs = [one for one in rule["verbs"] if (one, name) != (verb, resource)]
            if verbs:
                left.append({**rule, "resources": [name], "verbs": verbs})
    return left


def _limited(world: World, rules: Rules) -> World:
    """The world as a service account of its own sees it, which may do just this."""
    token = world.admin.service_account(world.namespace, "limited", rules)
    return replace(world, kubeconfig=world.apiserver.kubeconfig_for(token))


def _wait_for_rights(world: World, rules: Rules) -> None:
    """Rights take effect in the order in which they were given: the last ones are waited for."""
    verb, resource = _grants(rules)[-1]
    plural, _, part = resource.partition("/")
    world.apiserver.wait_until_allowed(
        world.kubeconfig, verb, f"{plural}.{rules[-1]['apiGroups'][0]}",
        f"--namespace={world.namespace}", f"--subresource={part}",
    )  # fmt: skip


def _fill(world: World) -> None:
    """One resource of each kind, for all of which there is something to do in the first pass."""
    world.by_hand("deployment-targets", vvp_target("old"))
    old = deployment("old", state="CANCELLED")["spec"]["spec"] | {"deploymentTargetName": "old"}
    world.by_hand("deployments", {"metadata": {"name": "old"}, "spec": old})
    for document in (
        namespace("team"), target(), deployment("orders"), savepoint("known", "old", location="s3://x/1"),
    ):  # fmt: skip
        world.admin.create(world.namespace, document)


def _refused(world: World, mark: int) -> dict[str, set[Removal]]:
    """What the API server refused to the service accounts, by their namespace."""
    refused: dict[str, set[Removal]] = {}
    for one in world.apiserver.audit_since(mark):
        if one.code == 403 and one.user.endswith(":limited"):
            resource = "/".join(filter(None, (one.resource, one.subresource)))
            refused.setdefault(one.namespace, set()).add((one.verb, resource))
    return refused


def test_the_shipped_role_is_enough_and_nothing_in_it_is_idle(
    apiserver: ApiServer, make_world: Callable[..., World]
) -> None:
    rules: Rules = _shipped("ClusterRole")["rules"]
    removals: list[Removal | None] = [None, *(one for one in _grants(rules) if one not in LATER)]
    names = [f"rights-{uuid.uuid4().hex[:12]}" for _ in removals]
    for name in names:
        Admin(apiserver).create_namespace(name)
    worlds = []
    for removal, name in zip(removals, names, strict=True):
        granted = _without(rules, removal) if removal else rules
        worlds.append(_limited(make_world(kubernetes_namespace=name), granted))
        _fill(worlds[-1])
    _wait_for_rights(worlds[-1], granted)
    mark = apiserver.audit_mark()

    def attempt(world: World) -> Run:
        return world.vpsync("reconcile", "--once", *world.flags, "-o", "json")

    with ThreadPoolExecutor(max_workers=2) as pool:
        runs = list(pool.map(attempt, worlds))
    refused = _refused(worlds[0], mark)
    for world, removal, run in zip(worlds, removals, runs, strict=True):
        if removal is None:
            assert (run.code, run.err) == (0, "")
            assert world.namespace not in refused
            continue
        assert refused[world.namespace] == {removal}, "asked for, and nothing beside it is missed"
        verb, resource = removal
        if resource == "events":
            assert run.code == 0, "an event that cannot be posted never fails a pass"
            assert "was not posted" in run.err
            continue
        assert run.code == 3, removal
        plural, _, part = resource.partition("/")
        _assert_degraded(world, run, verb, plural, part)


@pytest.mark.parametrize("missing", ["", "get", "list", "create", "update"])
def test_the_shipped_role_for_the_lease_is_enough_and_nothing_in_it_is_idle(
    world: World, missing: str
) -> None:
    role: Rules = _shipped("Role")["rules"]
    rules = [*_shipped("ClusterRole")["rules"], *_without(role, (missing, "leases"))]
    limited = _limited(world, rules)
    _wait_for_rights(limited, rules)
    flags = ("--enable-leader-election", "--lease-namespace", world.namespace)
    first = limited.vpsync("reconcile", "--once", *flags, *limited.flags)
    if missing in ("", "update"):
        assert first.code == 0
    if missing == "update":
        # It was there already, and nobody holds it.
        assert "could not release the Lease" in first.err
        first = limited.vpsync("reconcile", "--once", *flags, *limited.flags)
    assert first.code == (5 if missing else 0)
    assert ("the account may not " + missing in first.err) == bool(missing)


def _assert_degraded(world: World, run: Run, verb: str, plural: str, part: str) -> None:
    """The kind that lacks a right is told of, and VVP holds nothing that could not be claimed."""
    kind = next(one for one in ("VpNamespace", "VpDeploymentTarget", "VpDeployment", "VpSavepoint")
                if f"{one.lower()}s" == plural)  # fmt: skip
    report = run.report
    outcomes = {one["kind"]: one["outcome"] for one in report["changes"]}
    told = " ".join([*report["errors"], *(one["message"] for one in report["changes"])])
    assert "403" in told
    assert plural in told
    if verb == "list":
        assert kind not in outcomes
    elif part == "" and kind != "VpSavepoint":
        assert outcomes[kind] == "failed"
        assert "finalizers" not in next(iter(world.list(plural)))["metadata"]
    others = {other for other in PLURALS if other != plural}
    ready = {
        other for other in others for one in world.list(other) if one["status"].get("conditions")
    }
    assert ready >= others - {"vpdeployments" if plural == "vpdeploymenttargets" else ""}


def test_a_preview_needs_to_list_only_and_sends_nothing_that_writes(world: World) -> None:
    rules: Rules = [{"apiGroups": [GROUP], "resources": list(PLURALS), "verbs": ["list"]}]
    _fill(world)
    limited = _limited(world, rules)
    _wait_for_rights(limited, rules)
    mark, before = world.apiserver.audit_mark(), len(world.sandbox.requests)
    run = limited.diff()
    text = limited.vpsync("diff", *limited.flags)
    assert {change[1] for change in run.changes} == {
        "VpNamespace", "VpDeploymentTarget", "VpDeployment", "VpSavepoint"
    }  # fmt: skip
    assert (
        text.out.splitlines()[-1]
        == "Plan: 4 to create, 0 to change, 0 to adopt, 0 to delete, 0 in sync."
    )
    entries = [one for one in world.apiserver.audit_since(mark) if one.namespace == world.namespace]
    assert {(one.verb, one.code) for one in entries} == {("list", 200)}
    assert {one.method for one in world.sandbox.requests[before:]} == {"GET"}
    assert "startedAt" not in run.report
    assert limited.diff().out == run.out, "equal input gives equal bytes"
    assert limited.diff("--exit-code", code=1).changes == run.changes


def test_the_shipped_cronjob_runs_one_pass_at_a_time_within_its_time() -> None:
    spec = _shipped("CronJob")["spec"]
    job = spec["jobTemplate"]["spec"]
    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["startingDeadlineSeconds"] >= 10, "less never starts (Kubernetes: CronJob)"
    assert job["backoffLimit"] == 0
    pod = job["template"]["spec"]
    assert pod["restartPolicy"] == "Never"
    assert pod["serviceAccountName"] == _shipped("ServiceAccount")["metadata"]["name"]
    [container] = pod["containers"]
    assert {"reconcile", "--once", "--no-create-tokens"} <= set(container["args"])
    assert "--timeout=4m" in container["args"]
    assert 240 < job["activeDeadlineSeconds"] < 300, "ends by itself, and before the next one"
    # Nothing that is applied holds the tokens, so that applying it again cannot empty them.
    tokens = {"name": "vpsync-vvp-tokens", "optional": True}
    assert container["envFrom"] == [{"secretRef": tokens}]
    assert "Secret" not in {one["kind"] for one in yaml.safe_load_all(CRONJOB.read_text("utf-8"))}


def test_the_arguments_of_the_shipped_cronjob_are_a_pass(world: World) -> None:
    world.apply(target())
    [container] = _shipped("CronJob")["spec"]["jobTemplate"]["spec"]["template"]["spec"][
        "containers"
    ]
    arguments = [one for one in container["args"] if not one.startswith("--vvp-url=")]
    # In a pod the Lease is in the pod's namespace, which is where the account may write it.
    run = world.vpsync(*arguments, *world.flags, "--lease-namespace", "vpsync", "-o", "json")
    assert (run.code, run.changes) == (0, [("create", "VpDeploymentTarget", "jobs")])


def test_the_shipped_pod_fits_the_restricted_profile(apiserver: ApiServer, shipped: Path) -> None:
    template = _shipped("CronJob")["spec"]["jobTemplate"]["spec"]["template"]
    stored = json.loads(
        apiserver.kubectl("get", "cronjob", "vpsync", "-n", "vpsync", "-o", "json").stdout
    )
    assert (
        stored["spec"]["jobTemplate"]["spec"]["template"]["spec"]["serviceAccountName"] == "vpsync"
    )
    labels = _shipped("Namespace")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "pass"},
        "spec": template["spec"],
    }

    def admitted(document: dict[str, Any]) -> bool:
        done = apiserver.kubectl("create", "--dry-run=server", "-n", "vpsync", "-f", "-",
                                 input=json.dumps(document), check=False)  # fmt: skip
        assert done.returncode == 0 or "violates PodSecurity" in done.stderr
        return done.returncode == 0

    assert admitted(pod)
    for member in ("allowPrivilegeEscalation", "capabilities"):
        loose = copy.deepcopy(pod)
        del loose["spec"]["containers"][0]["securityContext"][member]
        assert not admitted(loose), "so that the profile was asked"
    context = template["spec"]["containers"][0]["securityContext"]
    assert context["readOnlyRootFilesystem"] is True
