"""Attacks of one tenant on another: by names, statuses, annotations, age and deletion, under a map."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from builders import (
    blocked,
    changed,
    decided,
    going,
    manifest,
    observed,
    planned,
    policy,
    savepoint,
    snapshot,
    with_savepoints,
)
from vpsync.model.change import Change
from vpsync.model.decision import Blocked, Finalized, Invalid
from vpsync.model.observed import Snapshot
from vpsync.model.options import Adopt
from vpsync.model.reasons import Reason
from vpsync.model.resource import FINALIZER, Manifest
from vpsync.planning.plan import declare
from vpsync.planning.policy import Tenancy
from vpsync.planning.queries import initial_query

from .attack import Attack, Bench

MAP = Tenancy(namespaces={"team": frozenset({"default"}), "mallory": frozenset({"playground"})})
ADMINS = Tenancy(namespaces=MAP.namespaces, admin_namespaces=frozenset({"platform"}))
TARGETS = Tenancy(target_namespaces=frozenset({"flink-jobs"}))
THEIRS = observed(manifest())
KNOWN = {"id": THEIRS.id, "namespace": "default", "observedGeneration": 1}


def _hers(kind: str = "VpDeployment", **members: Any) -> Manifest:
    return manifest(kind, namespace="mallory", **members)


REACHES: dict[str, Callable[[], Manifest]] = {
    "by-default-namespace": lambda: _hers(),
    "by-namespace": lambda: _hers(edits={"/metadata/namespace": "default"}),
    "by-status": lambda: _hers(edits={"/metadata/namespace": "playground"}, status=KNOWN),
    "by-adoption": lambda: _hers(notes={"adopt": THEIRS.id}),
    "by-deletion": lambda: going(namespace="mallory", status=KNOWN),
    "by-deletion-elsewhere": lambda: going(
        namespace="mallory", edits={"/metadata/namespace": "playground"}, status=KNOWN
    ),
    "by-target": lambda: _hers("VpDeploymentTarget"),
    "by-savepoint": lambda: _hers("VpSavepoint"),
    "by-age": lambda: _hers(created="1999-01-01T00:00:00Z"),
    "while-paused": lambda: _hers(notes={"paused": "true"}),
    "while-observing": lambda: _hers(notes={"management-policy": "Observe"}),
    "by-bad-annotation": lambda: _hers(notes={"paused": "yes"}),
    "by-vvp-namespace": lambda: _hers("VpNamespace", edits={"/metadata/name": "default"}),
    "from-nowhere": lambda: manifest(namespace="unmapped"),
    "from-no-namespace": lambda: manifest(namespace=""),
}


def _reaches_nothing(make: Callable[[], Manifest]) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        resource = make()
        desired, deleted, refused = declare([(resource, ())], MAP)
        assert len(refused) == 1
        query = initial_query(desired, deleted)
        assert query.collections == frozenset()
        plan = planned(resource, manifest(), vvp=snapshot(THEIRS), rules=policy(tenancy=MAP))
        [hers] = [one for one in plan.decisions if one.manifest.key == resource.key]
        assert isinstance(hers, (Blocked, Invalid)), hers
        assert not any(isinstance(one, Change) for one in plan.decisions)

    return held


def _takes_a_namespace(bench: Bench) -> None:
    held = observed(manifest("VpNamespace"))
    for notes in ({"adopt": "analytics"}, {"adopt": "analytics", "delete-contents": "true"}):
        taking = manifest("VpNamespace", notes=notes)
        assert blocked(taking, snapshot(held)).reason is Reason.NotOwned


def _admin_only(bench: Bench) -> None:
    for namespace in ("team", "mallory", ""):
        resource = manifest("VpNamespace", namespace=namespace)
        assert blocked(resource, tenancy=ADMINS).reason is Reason.NotPermitted
    mine = manifest("VpNamespace", namespace="platform")
    assert isinstance(decided(mine, tenancy=ADMINS), Change)


def _loses_as_the_older(bench: Bench) -> None:
    older = _hers(created="1999-01-01T00:00:00Z")
    plan = planned(older, manifest(), rules=policy(tenancy=MAP))
    assert [change.manifest.key.namespace for change in plan.changes] == ["team"]


def _makes_nothing_incomplete(bench: Bench) -> None:
    plan = planned(_hers(), manifest(), vvp=snapshot(THEIRS), rules=policy(tenancy=MAP))
    assert plan.tripped == ()


def _runs_in_kube_system(bench: Bench) -> None:
    for namespace in ("kube-system", "flink-jobs2", "FLINK-JOBS"):
        edits = {"/metadata/name": "fresh", "/spec/kubernetes/namespace": namespace}
        found = blocked(manifest("VpDeploymentTarget", edits=edits), tenancy=TARGETS)
        assert found.reason is Reason.NotPermitted


def _of_their_job(edits: dict[str, Any], notes: dict[str, str]) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        vvp = with_savepoints(savepoint(), deployment=THEIRS)
        resource = _hers("VpSavepoint", edits=edits, notes=notes)
        assert blocked(resource, vvp).reason is Reason.NotPermitted

    return held


def _deletes_their_data(bench: Bench) -> None:
    status = {"state": "COMPLETED", "deploymentId": THEIRS.id, "id": "sp-1"}
    resource = going(
        "VpSavepoint", namespace="mallory", notes={"deletion-policy": "Delete"},
        finalizers=(FINALIZER,), status=status,
    )  # fmt: skip
    decision = decided(resource, with_savepoints(savepoint(), deployment=THEIRS))
    assert isinstance(decision, Finalized)
    assert decision.left_alone


def _unowned_job(bench: Bench) -> None:
    nobodys = observed(manifest(), marked=False)
    vvp: Snapshot = with_savepoints(deployment=nobodys)
    found = blocked(_hers("VpSavepoint"), vvp, adopt=Adopt.NEVER)
    assert found.reason is Reason.NotPermitted


def _brakes(bench: Bench) -> None:
    """Ten changes of hers are held back; one of theirs is not."""
    several = [f"job-{number}" for number in range(10)]
    play = {"/metadata/namespace": "playground"}
    edit = {"/spec/template/spec/parallelism": 7}
    hers = [_hers(name=name, edits=play) for name in several]
    theirs = [manifest(name=f"calm-{number}") for number in range(10)]
    vvp = snapshot(
        *map(observed, hers + theirs),
        observed(manifest("VpDeploymentTarget", namespace="mallory", edits=play)),
        namespaces=("default", "playground"),
    )
    resources = [_hers(name=name, edits={**play, **edit}) for name in several]
    resources += [manifest(name="calm-0", edits=edit), *theirs[1:]]
    plan = planned(*resources, vvp=vvp, rules=policy(tenancy=MAP))
    assert [change.manifest.key.namespace for change in plan.changes] == ["team"]
    assert plan.tripped


def _file_names_another(bench: Bench) -> None:
    path = bench.directory / "a.yaml"
    path.write_text(
        "apiVersion: ververicaplatform.fintechstudios.com/v1beta1\nkind: VpDeploymentTarget\n"
        "metadata: {name: jobs, namespace: team}\nspec: {spec: {kubernetes: {namespace: flink}}}\n"
    )
    done = bench.vpsync("validate", str(path), "-n", "mallory")
    assert done.code == 3
    assert "'team'" in done.out + done.err


def _move_out(bench: Bench) -> None:
    """A resource that once lived in a VVP namespace which the map took away takes nothing along."""
    moved = manifest(
        edits={"/metadata/namespace": "default"}, status={**KNOWN, "namespace": "finance"}
    )
    found = blocked(moved, snapshot(THEIRS), tenancy=MAP)
    assert found.reason is Reason.NotPermitted


def _allowed(bench: Bench) -> None:
    assert changed(manifest(), tenancy=MAP).platform.namespace == "default"


ATTACKS = (
    *(
        Attack(
            f"tenant-{name}",
            f"A tenant reaches for another's job {name.replace('-', ' ')}: refused, and VVP is not asked.",
            _reaches_nothing(make),
        )
        for name, make in REACHES.items()
    ),
    Attack(
        "tenant-takes-a-vvp-namespace",
        "Without an admin namespace a tenant adopts a VVP namespace by annotation: refused.",
        _takes_a_namespace,
    ),
    Attack(
        "tenant-declares-a-vvp-namespace",
        "A VpNamespace comes from another than the admin namespace: refused.",
        _admin_only,
    ),
    Attack(
        "tenant-is-older",
        "A refused resource is the older claimant: the one that may have the job gets it.",
        _loses_as_the_older,
    ),
    Attack(
        "tenant-makes-a-plan-incomplete",
        "A refused resource stands beside others: no brake trips and nothing else is held up.",
        _makes_nothing_incomplete,
    ),
    Attack(
        "target-in-kube-system",
        "A target runs jobs in a Kubernetes namespace that is not listed: refused.",
        _runs_in_kube_system,
    ),
    Attack(
        "savepoint-of-their-job",
        "A tenant takes a savepoint of another's deployment: refused.",
        _of_their_job({}, {}),
    ),
    Attack(
        "savepoint-registered-on-their-job",
        "A tenant registers a snapshot on another's deployment: refused.",
        _of_their_job({"/spec/savepointLocation": "s3://x/1"}, {}),
    ),
    Attack(
        "savepoint-adopted-from-their-job",
        "A tenant adopts a savepoint of another's deployment: refused.",
        _of_their_job({}, {"adopt": "sp-1"}),
    ),
    Attack(
        "savepoint-deletes-their-data",
        "A tenant's status names another's savepoint, and the resource is deleted: the data stays.",
        _deletes_their_data,
    ),
    Attack(
        "savepoint-of-an-unowned-job",
        "A savepoint is asked of a deployment that nobody owns, with --adopt=never: refused.",
        _unowned_job,
    ),
    Attack(
        "tenant-trips-the-brakes",
        "A tenant changes everything at once: the other tenant's single update goes on.",
        _brakes,
    ),
    Attack(
        "file-names-another-namespace",
        "A file's own namespace is not the one of -n: an error, as in kubectl.",
        _file_names_another,
    ),
    Attack(
        "map-took-the-old-namespace",
        "A status names a VVP namespace that the map does not give: nothing is moved out of it.",
        _move_out,
    ),
    Attack(
        "tenant-stays-in-its-own",
        "The map gives a tenant its own VVP namespace: there, and there only, it has its job.",
        _allowed,
    ),
)
