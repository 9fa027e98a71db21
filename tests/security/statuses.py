"""Attacks by whoever may write a status in his own namespace: what all tenants share stays as it is."""

from __future__ import annotations

from typing import Any

from builders import (
    changed,
    going,
    manifest,
    observed,
    planned,
    policy,
    savepoint,
    snapshot,
    status,
)
from passes.scenario import LIBRARY
from passes.world import World, text_of
from vpsync.model.change import Change
from vpsync.model.decision import Finalized
from vpsync.model.reasons import Reason
from vpsync.model.resource import FINALIZER, annotation
from vpsync.planning.policy import Tenancy
from vpsync.settings import Settings

from .attack import Attack, Bench

MAP = Tenancy(namespaces={"team": frozenset({"default"}), "mallory": frozenset({"playground"})})
PLAY = {"/metadata/namespace": "playground"}
PARALLELISM = "/spec/template/spec/parallelism"


def _asks_about_their_savepoints(bench: Bench) -> None:
    """Her status names their deployment: her VVP namespace, which has none of it, is asked about it."""
    with World(settings=Settings(concurrency=1, tenancy=MAP)) as world:
        world.sandbox.call("POST", "/namespaces/v1/namespaces", {"name": "namespaces/playground"})
        for name in ("target", "deployment", "savepoint"):
            world.create(LIBRARY[name])
            world.settle()
        theirs = world.find("VpSavepoint", "before-upgrade")
        assert theirs is not None
        source = theirs["status"]["deploymentId"]
        hers: dict[str, Any] = {
            **LIBRARY["savepoint"],
            "metadata": {"name": "mine", "namespace": "mallory", "finalizers": [FINALIZER]},
            "spec": {"deploymentName": "orders", "metadata": {"namespace": "playground"}},
        }
        world.kubernetes.create(hers)
        for forged in (
            {"state": "COMPLETED", "id": theirs["status"]["id"], "deploymentId": source},
            {"intent": {"nonce": "x", "deploymentId": source}},
        ):
            world.kubernetes.set_status("VpSavepoint", "mallory", "mine", forged)
            world.edit(
                "VpSavepoint", "before-upgrade", {"spec": {"metadata": {"labels": {"a": "b"}}}}
            )
            world.run()
            now = world.find("VpSavepoint", "before-upgrade")
            assert now is not None
            assert {"Gone"}.isdisjoint(c["reason"] for c in now["status"]["conditions"])
        asked = [one.path for one in world.sandbox.requests if "playground/savepoints" in one.path]
        assert asked, "the attack was not tried"


def _claims_their_savepoint(bench: Bench) -> None:
    """A status of hers names their savepoint; theirs goes with its data all the same."""
    known = {"state": "COMPLETED", "deploymentId": "id-of-orders", "id": "sp-1"}
    theirs = going(
        "VpSavepoint", notes={"deletion-policy": "Delete"}, finalizers=(FINALIZER,), status=known
    )
    vvp = snapshot(
        observed(manifest()),
        namespaces=("default", "playground"),
        savepoints={"id-of-orders": (savepoint(),)},
    )
    hers = manifest("VpSavepoint", namespace="mallory", edits=PLAY, status=known)
    for resources in ([theirs], [theirs, hers]):
        plan = planned(*resources, vvp=vvp, rules=policy(tenancy=MAP))
        [change] = [one for one in plan.decisions if one.manifest.key == theirs.key]
        assert isinstance(change, Change), change
    mine = manifest("VpSavepoint", name="other", status=known)
    plan = planned(theirs, mine, vvp=vvp, rules=policy(tenancy=MAP))
    [left] = [one for one in plan.decisions if one.manifest.key == theirs.key]
    assert isinstance(left, Finalized), "within a VVP namespace a claim counts"


def _says_that_vvp_restarts_jobs(bench: Bench) -> None:
    """Her status says that VVP restarts jobs for a marker: theirs is adopted all the same."""
    told = {"type": "Reconciling", "status": "True", "reason": Reason.RestartsForMarker.name}
    theirs, job = manifest(), observed(manifest(), marked=False)
    assert not changed(theirs, snapshot(job)).fields
    for notes, place in (({}, "playground"), ({"paused": "yes"}, "default"), ({}, "default")):
        hers = manifest(
            namespace="mallory", name="hers", notes=notes,
            edits={"/metadata/namespace": place}, status={"conditions": [told]},
        )  # fmt: skip
        plan = planned(
            theirs,
            hers,
            vvp=snapshot(job, namespaces=("default", "playground")),
            rules=policy(tenancy=MAP),
        )
        assert theirs.key in [change.key for change in plan.changes]
    own = manifest(name="own", status={"conditions": [told]})
    plan = planned(theirs, own, vvp=snapshot(job), rules=policy(tenancy=MAP))
    assert theirs.key not in [change.key for change in plan.changes], "what ours say counts"


def _takes_all_restarts(bench: Bench) -> None:
    """She restarts more jobs than a pass may, and her names come first: theirs is restarted, too."""
    shared = {**PLAY, "/deploymentTargetName": None, "/spec/sessionClusterName": "shared"}
    known = [status(id=f"id-of-a-{n}", namespace="playground") for n in range(5)]
    hers = [
        manifest(namespace="mallory", name=f"a-{n}", generation=2, status=one, edits=shared)
        for n, one in enumerate(known)
    ]
    theirs = manifest(name="z", namespace="team", generation=2, status=status(id="id-of-z"))
    vvp = snapshot(
        *(observed(one, {PARALLELISM: 9}) for one in (*hers, theirs)),
        namespaces=("default", "playground"),
    )
    plan = planned(*hers, theirs, vvp=vvp, rules=policy(tenancy=MAP, max_restarts=2))
    assert sorted(change.platform.namespace for change in plan.changes) == ["default", "playground"]


def _has_odd_types(bench: Bench) -> None:
    """Under CRDs that are not ours a status may hold anything: read as if it were not there."""
    odd: list[Any] = ["x", 5, {"a": 1}, [{"type": [], "reason": {}}]]
    members = ("lastHandled", "conditions", "intent", "savepoint", "job", "running", "failure",
               "lastEventIds", "attempts", "observedGeneration", "managed", "id", "state")  # fmt: skip
    with World(settings=Settings(concurrency=1)) as world:
        for name in ("target", "deployment", "savepoint"):
            world.create(LIBRARY[name])
            world.settle()
        notes = {annotation("savepoint-requested-at"): "x"}
        world.edit("VpDeployment", "orders", {"metadata": {"annotations": notes}})
        for number, member in enumerate(members):
            for at, value in enumerate(odd):
                for one in world.kubernetes.store.now.objects.values():
                    if one["kind"].startswith("Vp"):
                        one["status"] = {"id": "x", **(one.get("status") or {}), member: value}
                report = world.run(apply=False)
                assert "fault of vpsync" not in text_of(report), (member, value)
                assert len(report.results) >= 3, (number, at)


ATTACKS = (
    Attack(
        "status-under-other-crds",
        "A status holds texts where maps belong, as no CRD of ours lets in: no pass stumbles.",
        _has_odd_types,
    ),
    Attack(
        "status-names-their-deployment",
        "A savepoint's status names another tenant's deployment: what her own VVP namespace answers about "
        "it says nothing of theirs.",
        _asks_about_their_savepoints,
    ),
    Attack(
        "status-claims-their-savepoint",
        "A status in another VVP namespace names their savepoint: theirs is deleted as it is asked.",
        _claims_their_savepoint,
    ),
    Attack(
        "status-says-vvp-restarts-jobs",
        "A status says that VVP restarts jobs for a marker: under a map that holds nobody else's adoptions.",
        _says_that_vvp_restarts_jobs,
    ),
    Attack(
        "tenant-takes-all-restarts",
        "A tenant restarts more jobs than a pass may: VVP namespaces take turns.",
        _takes_all_restarts,
    ),
)
