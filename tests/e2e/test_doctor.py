"""``doctor`` on a real cluster: what is in order, what is amiss, and nothing written but questions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import yaml

from vpsync.sandbox import PresetToken

from .admin import GROUP, PLURALS
from .apiserver.server import ApiServer
from .harness import ROOT, Run, World
from .manifests import CANARY, deployment, namespace, target

CRDS = "customresourcedefinitions.apiextensions.k8s.io"
READING = [{"apiGroups": [GROUP], "resources": list(PLURALS), "verbs": ["get", "list"]}]


def doctor(world: World, *arguments: str, code: int = 0) -> dict[str, tuple[str, str, str]]:
    """Level, text and next step of each check."""
    run = world.vpsync("doctor", *world.flags, "-o", "json", *arguments)
    assert run.code == code, run
    return told(run)


def told(run: Run) -> dict[str, tuple[str, str, str]]:
    return {
        one["check"]: (one["level"], one["message"], one["next"]) for one in run.report["checks"]
    }


def limited(world: World, rules: list[dict[str, list[str]]]) -> World:
    token = world.admin.service_account(world.namespace, "looker", rules)
    kubeconfig = world.apiserver.kubeconfig_for(token)
    world.apiserver.wait_until_allowed(
        kubeconfig, "list", f"vpsavepoints.{GROUP}", f"--namespace={world.namespace}"
    )
    return replace(world, kubeconfig=kubeconfig)


def as_admin(world: World) -> World:
    return replace(world, kubeconfig=world.apiserver.admin_kubeconfig)


def test_the_shipped_account_has_all_rights_that_a_pass_needs(world: World) -> None:
    world.apply(namespace("team"), target(), deployment("orders"))
    world.sync()
    mark, before = world.apiserver.audit_mark(), len(world.sandbox.requests)
    checks = doctor(world)
    assert {name: level for name, (level, _, _) in checks.items() if level != "ok"} == {
        "CRD VpNamespace": "warning", "CRD VpDeploymentTarget": "warning",
        "CRD VpDeployment": "warning", "CRD VpSavepoint": "warning",
        "old webhooks": "warning",
    }  # fmt: skip
    assert checks["rights on VpDeployment"][1] == f"list, patch, patch status in {world.namespace}"
    assert checks["cluster"][1].startswith("Kubernetes v1.")
    assert checks["clock of the cluster"][1] == "agrees with this machine's"
    assert "none of the 2" in checks["lost objects"][1]
    sent = [one for one in world.apiserver.audit_since(mark) if one.user.endswith(":vpsync:vpsync")]
    assert {(one.verb, one.resource) for one in sent if one.verb not in ("get", "list")} == {
        ("create", "selfsubjectaccessreviews")
    }
    assert {one.method for one in world.sandbox.requests[before:]} == {"GET"}


def test_an_account_that_may_only_look_is_told_what_it_lacks(world: World) -> None:
    checks = doctor(limited(world, READING), code=3)
    level, text, step = checks["rights on VpDeployment"]
    assert (level, text) == ("failure", f"may not patch or patch status in {world.namespace}")
    assert "k8s/cronjob.yaml" in step
    assert checks["rights on events"][1] == f"may not create or patch in {world.namespace}"
    assert checks["CRD VpDeployment"][:2] == (
        "warning",
        "serves v1beta1, v1beta2; not compared, as the account may not get CRDs",
    )
    assert checks["VVP"][0] == "ok"


LOOP = ("--enable-leader-election", "--shard", "0/2", "--events", "--lease-namespace")


def test_the_rules_that_an_account_is_told_give_it_what_a_loop_needs(world: World) -> None:
    looker = limited(world, READING)
    checks = doctor(looker, *LOOP, world.namespace, code=3)
    names = "vpsync-default-0, vpsync-default-1"
    level, text, _ = checks["rights on Leases"]
    assert level == "failure"
    assert text == f"may not list or create or get {names} or update {names} in {world.namespace}"
    level, text, _ = checks["rights to watch"]
    assert (level, text) == ("failure", f"may not watch {', '.join(PLURALS)} in {world.namespace}")
    for check, resource in (("rights on Leases", "leases"), ("rights to watch", PLURALS[0])):
        place, _, rule = checks[check][2].partition(": ")
        assert place.endswith(f" in {world.namespace}")
        added = [{"op": "add", "path": "/rules/-", "value": yaml.safe_load(rule)}]
        world.apiserver.kubectl("patch", "role", "looker", "-n", world.namespace, "--type=json",
                                "-p", json.dumps(added))  # fmt: skip
        verb, group = added[0]["value"]["verbs"][0], added[0]["value"]["apiGroups"][0]
        world.apiserver.wait_until_allowed(
            looker.kubeconfig, verb, f"{resource}.{group}", f"--namespace={world.namespace}"
        )
    checks = doctor(looker, *LOOP, world.namespace, code=3)
    assert {checks[name][0] for name in ("rights on Leases", "rights to watch")} == {"ok"}


def test_the_shipped_account_has_leases_in_its_own_namespace_alone(world: World) -> None:
    lease = ("--enable-leader-election", "--lease-namespace")
    assert doctor(world, *lease, "vpsync")["rights on Leases"][0] == "ok"
    level, text, _ = doctor(world, *lease, world.namespace, code=3)["rights on Leases"]
    assert (level, text.partition(" ")[0]) == ("failure", "may")


def test_crds_that_are_ours_are_seen_to_be_ours(world: World) -> None:
    checks = doctor(as_admin(world))
    assert checks["CRD VpDeployment"] == (
        "ok",
        "serves v1beta1, v1beta2, as this vpsync has it",
        "",
    )
    assert checks["CRD VpSavepoint"][0] == "ok"
    assert checks["old webhooks"] == ("ok", "none", "")


@pytest.fixture
def changed_crd(apiserver: ApiServer, shipped: Any) -> Iterator[Callable[[str], None]]:
    """Changes a CRD by a JSON patch, and puts it back afterwards."""

    def change(patch: str) -> None:
        apiserver.kubectl("patch", CRDS, f"vpsavepoints.{GROUP}", "--type=json", "-p", patch)

    yield change
    apiserver.kubectl("replace", "-f", str(ROOT / "k8s" / "crds.yaml"))
    apiserver.wait_for_crds("-f", str(ROOT / "k8s" / "crds.yaml"))


@pytest.mark.parametrize(
    ("patch", "level", "text"),
    [
        (
            {"op": "remove", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/spec"
                                     "/properties/deploymentName"},
            "warning", "serves v1beta1, but its schema is another version's",
        ),
        (
            {"op": "remove", "path": "/spec/versions/0/subresources"},
            "failure", "has no status subresource",
        ),
        (
            {"op": "add", "path": "/spec/conversion", "value": {"strategy": "Webhook", "webhook": {
                "conversionReviewVersions": ["v1"],
                "clientConfig": {"url": "https://old.example.com/convert"},
            }}},
            "failure", "an old conversion webhook is switched on",
        ),
    ],
    ids=["schema", "status", "conversion"],
)  # fmt: skip
def test_a_crd_that_departs_from_ours_is_told(
    world: World, changed_crd: Callable[[str], None], patch: Any, level: str, text: str
) -> None:
    changed_crd(json.dumps([patch]))
    checks = doctor(as_admin(world), code=3 if level == "failure" else 0)
    assert checks["CRD VpSavepoint"][:2] == (level, text)
    assert checks["CRD VpSavepoint"][2]


def test_leftovers_of_the_go_operator_are_found(world: World) -> None:
    parked = {f"{GROUP}/v1beta2.VpDeployment.pod-labels": "{}"}
    document = deployment("orders")
    document["metadata"]["annotations"] = parked
    world.admin.create(world.namespace, document)
    hook: dict[str, Any] = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": f"old-{world.namespace}"},
        "webhooks": [{
            "name": "v.old.example.com", "admissionReviewVersions": ["v1"], "sideEffects": "None",
            "failurePolicy": "Ignore", "clientConfig": {"url": "https://old.example.com/v"},
            "namespaceSelector": {"matchLabels": {"nobody": "has-this"}},
            "rules": [{"apiGroups": [GROUP], "apiVersions": ["*"], "operations": ["CREATE"],
                       "resources": ["*"]}],
        }],
    }  # fmt: skip
    world.apiserver.kubectl("create", "-f", "-", input=json.dumps(hook))
    try:
        checks = doctor(as_admin(world))
    finally:
        world.apiserver.kubectl(
            "delete", "validatingwebhookconfiguration", hook["metadata"]["name"]
        )
    assert checks["parked fields"][0] == "warning"
    assert f"{world.namespace}/orders" in checks["parked fields"][1]
    assert f"old-{world.namespace}" in checks["old webhooks"][1]
    assert "kubectl delete" in checks["old webhooks"][2]


def test_an_object_whose_resource_is_gone_is_found(world: World) -> None:
    world.apply(target(), deployment("orders"), deployment("billing"))
    world.sync()
    world.admin.wipe(world.namespace)
    world.apply(target(), deployment("billing"))
    level, text, step = doctor(world)["lost objects"]
    assert level == "warning"
    assert (
        text
        == f"1 of 3 have no resource in this cluster: Deployment default/orders of {world.namespace}/orders"
    )
    assert step


def test_a_marker_of_a_resource_that_was_made_again_is_found(world: World) -> None:
    world.apply(target(), deployment("orders"))
    world.sync()
    world.admin.wipe(world.namespace)
    world.apply(target(), deployment("orders"))
    level, text, step = doctor(world)["lost objects"]
    assert level == "warning"
    assert text.startswith("the markers of 2 of 2 name a resource of that name with another UID: ")
    assert "a pass adopts what is equal" in step
    run = world.vpsync("diff", *world.flags)
    said = f"its marker names an earlier {world.namespace}/orders, which is no longer there"
    assert said in " ".join(run.out.split())


def test_the_token_of_a_crashed_run_is_found_and_those_of_others_are_not(
    make_world: Callable[..., World],
) -> None:
    names = ("vpsync-default-0123abcd", "vpsync-other-0123abcd", "vpsync-default-mine", "ci")
    tokens = [PresetToken("default", name, "owner", f"s-{name}") for name in names]
    tokens.append(PresetToken("default", "mine", "owner", CANARY))
    world = make_world(auth=True, admin_token="admin", tokens=tokens)
    checks = doctor(world, code=0)
    assert checks["tokens of old runs"][:2] == ("ok", "none"), "it may be that of a run under way"
    run = world.vpsync("doctor", *world.flags, "-o", "json", "--vvp-namespace", "default")
    assert told(run)["token of default"] == ("ok", "owner", "")


def test_5_only_where_neither_side_answers(world: World) -> None:
    world.vvp_down()
    checks = doctor(world, code=3)
    assert checks["VVP"][0] == "failure"
    assert checks["cluster"][0] == "ok"
    dead = world.kubeconfig.read_text(encoding="utf-8").replace(
        world.apiserver.url, "https://127.0.0.1:9"
    )
    other = world.kubeconfig.with_suffix(".dead")
    other.write_text(dead, encoding="utf-8")
    world.kubeconfig = other
    assert doctor(world, code=5)["cluster"][0] == "failure"
    world.vvp_up()
    assert doctor(world, code=3)["VVP"][0] == "ok"
