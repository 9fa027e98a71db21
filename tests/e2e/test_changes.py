"""A changed resource: VVP follows exactly, keeps what others set there, and no spec is ever written."""

from __future__ import annotations

import copy
from typing import Any

from vpsync.sandbox import LoggedRequest

from .harness import World
from .manifests import Document, deployment, namespace, note, target

_OURS = {note("owner"), note("managed")}

# What a deployment declares beside its artifact: something of every type that can be taken back.
_LABELS = {"team": "orders", "tier": "gold"}
_TEMPLATE: Document = {
    "artifact": {
        "kind": "JAR",
        "jarUri": "s3://bucket/orders.jar",
        "additionalDependencies": ["s3://bucket/udf.jar"],
    },
    "parallelism": 2,
    "flinkConfiguration": {"state.backend": "rocksdb", "rest.retry.max-attempts": 3},
    "logging": {"log4jLoggers": {"": "INFO", "com.example": "DEBUG"}},
    "kubernetes": {"pods": {"labels": {"team": "orders"}}},
    "resources": {"taskmanager": {"cpu": "1.5", "memory": "2G"}},
}


def _orders(**changes: Any) -> Document:
    """The deployment ``orders`` with members of its template replaced."""
    template = {**copy.deepcopy(_TEMPLATE), **changes.pop("template", {})}
    labels = changes.pop("labels", _LABELS)
    return deployment("orders", template=template, metadata={"labels": labels}, **changes)


def _patches(world: World, since: int) -> list[Document]:
    """The bodies of the PATCH requests to VVP, without the marker and the record."""
    return [_plain(one) for one in world.sandbox.mutations(since) if one.method == "PATCH"]


def _plain(request: LoggedRequest) -> Document:
    body: Document = copy.deepcopy(request.body)
    notes = body.get("metadata", {}).get("annotations", {})
    for key in _OURS & notes.keys():
        del notes[key]
    if "annotations" in body.get("metadata", {}) and not notes:
        del body["metadata"]["annotations"]
    return {key: value for key, value in body.items() if value}


def _declared(body: Document) -> Document:
    """The part of a VVP deployment that people declare."""
    metadata = body["metadata"]
    return {"labels": metadata["labels"], "name": metadata.get("displayName"), "spec": body["spec"]}


def _last(world: World) -> int:
    return world.sandbox.requests[-1].number


def _changed(world: World, document: Document) -> list[Document]:
    """The patches that one pass sends after the resource was applied."""
    since = _last(world)
    world.apply(document)
    world.reconcile()
    world.sandbox.settle()
    return _patches(world, since)


def test_vvp_follows_each_change_exactly_and_back(world: World) -> None:
    world.apply(
        target(), _orders(restoreStrategy={"kind": "LATEST_STATE", "allowNonRestoredState": True})
    )
    world.sync()
    others = {
        "metadata": {"labels": {"ops": "night"}, "displayName": "Orders (ops)"},
        "spec": {
            "maxJobCreationAttempts": 7,
            "template": {"spec": {"flinkConfiguration": {"ops.key": "1"}}},
        },
    }
    world.sandbox.edit_deployment("default", "orders", others)
    world.sandbox.settle()
    with world.carried_out() as done:
        world.sync()
    assert not done
    before = _declared(world.vvp("orders"))

    assert _changed(world, _orders(
        labels={"team": "logistics"},
        restoreStrategy={"kind": "LATEST_STATE", "allowNonRestoredState": False},
        template={
            "artifact": {**_TEMPLATE["artifact"], "additionalDependencies": []},
            "flinkConfiguration": {"rest.retry.max-attempts": 0},
            "logging": {"log4jLoggers": {"": "INFO"}},
            "kubernetes": {},
        },
    )) == [{
        "metadata": {"labels": {"team": "logistics", "tier": None}},
        "spec": {
            "restoreStrategy": {"allowNonRestoredState": False},
            "template": {"spec": {
                "artifact": {"additionalDependencies": []},
                "flinkConfiguration": {"rest.retry.max-attempts": "0", "state.backend": None},
                "logging": {"log4jLoggers": {"com.example": None}},
                "kubernetes": {"pods": {"labels": {"team": None}}},
            }},
        },
    }]  # fmt: skip
    held = world.vvp("orders")
    assert held["metadata"]["labels"] == {"team": "logistics", "ops": "night"}
    assert held["spec"]["restoreStrategy"]["allowNonRestoredState"] is False
    configuration = held["spec"]["template"]["spec"]["flinkConfiguration"]
    assert "state.backend" not in configuration
    assert configuration["ops.key"] == "1"

    restored = _orders(restoreStrategy={"kind": "LATEST_STATE", "allowNonRestoredState": True})
    assert len(_changed(world, restored)) == 1
    assert _declared(world.vvp("orders")) == before, "A to B to A restores A"
    stored = world.get("vpdeployments", "orders")
    assert (stored["metadata"]["generation"], stored["spec"]) == (3, restored["spec"])
    world.sync()
    world.assert_quiet(1)


def test_a_structural_field_that_is_declared_no_more_keeps_its_value(world: World) -> None:
    world.apply(target(), _orders())
    world.sync()
    jobs = world.jobs("orders")
    without = _orders()
    del without["spec"]["spec"]["template"]["spec"]["parallelism"]
    del without["spec"]["spec"]["template"]["spec"]["resources"]
    assert _changed(world, without) == [{}], "only the record of what is declared is renewed"
    held = world.vvp("orders")["spec"]["template"]["spec"]
    assert (held["parallelism"], held["resources"]["taskmanager"]["cpu"]) == (2, 1.5)
    assert world.jobs("orders") == jobs
    world.sandbox.edit_deployment(
        "default", "orders", {"spec": {"template": {"spec": {"parallelism": 5}}}}
    )
    world.sandbox.settle()
    world.sync()
    assert world.vvp("orders")["spec"]["template"]["spec"]["parallelism"] == 5
    world.assert_quiet(1)


def test_cpu_is_a_quantity_and_only_its_meaning_counts(world: World) -> None:
    def resources(jobmanager: object, taskmanager: object) -> Document:
        return {
            "resources": {"jobmanager": {"cpu": jobmanager}, "taskmanager": {"cpu": taskmanager}}
        }

    world.apply(target(), deployment("orders", template=resources("500m", "1.5")))
    world.sync()
    held = world.vvp("orders")["spec"]["template"]["spec"]["resources"]
    assert (held["jobmanager"]["cpu"], held["taskmanager"]["cpu"]) == (0.5, 1.5)
    assert _changed(world, deployment("orders", template=resources(0.5, "1500m"))) == []
    assert _changed(world, deployment("orders", template=resources("0.75", 2))) == [{
        "spec": {"template": {"spec": {"resources": {
            "jobmanager": {"cpu": 0.75}, "taskmanager": {"cpu": 2},
        }}}}
    }]  # fmt: skip
    world.sync()
    assert world.get("vpdeployments", "orders")["status"]["observedGeneration"] == 3


def test_what_somebody_changed_in_vvp_is_put_back(world: World) -> None:
    world.apply(target(), _orders(), deployment("stopped"))
    world.sync()
    since = _last(world)
    by_hand = {
        "metadata": {"labels": {"tier": "lead"}},
        "spec": {"template": {"spec": {"parallelism": 9}}},
    }
    world.sandbox.edit_deployment("default", "orders", by_hand)
    world.sandbox.edit_deployment("default", "stopped", {"spec": {"state": "CANCELLED"}})
    world.sandbox.settle()
    changes = {one["name"]: one for one in world.reconcile().report["changes"]}
    assert {one["cause"] for one in changes.values()} == {"drift"}
    assert changes["orders"]["effect"] == "restart-with-savepoint"
    assert (changes["stopped"]["reason"], changes["stopped"]["effect"]) == (
        "was stopped in VVP",
        "start",
    )
    bodies = _patches(world, since)
    assert {"spec": {"state": "RUNNING"}} in bodies
    assert {
        "metadata": {"labels": {"tier": "gold"}},
        "spec": {"template": {"spec": {"parallelism": 2}}},
    } in bodies
    world.sandbox.settle()
    world.sync()
    assert world.vvp("stopped")["status"]["state"] == "RUNNING"
    [(kind, _, text)] = [e for e in world.events_about("stopped") if e[1] == "DriftCorrected"]
    assert kind == "Normal"
    assert "was stopped in VVP" in text
    world.assert_quiet(1)


def test_a_state_that_is_not_declared_is_set_once_and_is_vvps_from_then_on(world: World) -> None:
    world.apply(target(), deployment("free", state=None))
    world.sync()
    assert world.vvp("free")["status"]["state"] == "RUNNING"
    world.sandbox.edit_deployment("default", "free", {"spec": {"state": "CANCELLED"}})
    world.sandbox.settle()
    world.sync()
    assert world.vvp("free")["spec"]["state"] == "CANCELLED"
    assert world.told("vpdeployments", "free")[0] == "True"
    world.assert_quiet(1)
    assert _changed(world, deployment("free", state="RUNNING")) == [{"spec": {"state": "RUNNING"}}]
    assert world.vvp("free")["status"]["state"] == "RUNNING"
    assert _changed(world, deployment("free", state="CANCELLED")) == [
        {"spec": {"state": "CANCELLED"}}
    ]
    assert world.vvp("free")["status"]["state"] == "CANCELLED"


def test_role_bindings_are_sent_on_a_real_difference_only_and_can_be_cleared(world: World) -> None:
    def put(document: Document) -> list[Any]:
        since = _last(world)
        world.apply(document)
        world.reconcile()
        return [one.body["roleBindings"] for one in world.sandbox.mutations(since)]

    owner, editor = ("owner", "group:leads"), ("editor", "user:ci@example.com")
    world.apply(namespace("orders", owner, editor))
    world.sync()
    assert put(namespace("orders", editor, owner)) == [], "another order is no difference"
    assert put(namespace("orders", owner)) == [[{"role": "owner", "members": ["group:leads"]}]]
    assert put(namespace("orders")) == [[]]
    held = world.sandbox.namespace("orders")
    assert held is not None
    assert held["roleBindings"] == []
    world.sync()
    world.assert_quiet(1)


def test_a_changed_target_is_immutable_until_it_is_set_back(world: World) -> None:
    world.apply(target(labels={"stage": "old"}), deployment("orders"))
    world.sync()
    before = world.sandbox.target("default", "jobs")
    assert before is not None
    world.apply(target(kubernetes="elsewhere", labels={"stage": "new"}))
    with world.carried_out() as done:
        world.reconcile(code=3)
        world.reconcile(code=3)
    assert not done, "never changed, and never deleted and recreated under a running job"
    status, reason, text = world.told("vpdeploymenttargets", "jobs", "Stalled")
    assert (status, reason) == ("True", "Immutable")
    assert "/spec/kubernetes/namespace" in text
    assert world.told("vpdeploymenttargets", "jobs", "Synced")[0] == "False"
    assert world.told("vpdeployments", "orders")[0] == "True"
    world.apply(target(labels={"stage": "new"}))
    with world.carried_out() as done:
        world.reconcile()
    assert done == {("PUT", "deployment-targets/jobs"): 1}, "labels can be changed"
    after = world.sandbox.target("default", "jobs")
    assert after is not None
    assert after["metadata"]["labels"] == {"stage": "new"}
    assert (after["metadata"]["id"], after["spec"]) == (before["metadata"]["id"], before["spec"])
    world.sync()


def test_a_vvp_name_cannot_change(world: World) -> None:
    world.apply(target(), deployment("orders", state="CANCELLED"), namespace("team"))
    world.sync()
    renamed = [target(name="jobs"), deployment("orders", state="CANCELLED"), namespace("team")]
    for document in renamed:
        document["spec"].setdefault("metadata", {})["name"] = "renamed"
    world.apply(*renamed)
    with world.carried_out() as done:
        world.reconcile(code=3)
    assert not done, "no second object, and the first one is not given up"
    for plural, name in (
        ("vpdeploymenttargets", "jobs"),
        ("vpdeployments", "orders"),
        ("vpnamespaces", "team"),
    ):
        assert world.told(plural, name, "Stalled")[:2] == ("True", "Immutable")
