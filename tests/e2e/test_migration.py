"""Resources as the Go operator leaves them: taken over with a marker, and with nothing else."""

from __future__ import annotations

from typing import Any

from .harness import FINALIZER, World
from .manifests import Document, deployment, namespace, note, savepoint, target, vvp_target

STAMP = "2023-05-04T10:00:00Z"


def _left_behind(document: Document, status: Document | None = None, **notes: str) -> Document:
    """The resource with what the operator wrote on it."""
    metadata = document["metadata"]
    metadata["annotations"] = {note(key.replace("_", "-")): text for key, text in notes.items()}
    if document["kind"] != "VpSavepoint":
        metadata["finalizers"] = [FINALIZER]
    document["status"] = status or {}
    return document


def _store(world: World, *documents: Document) -> None:
    for document in documents:
        world.admin.create(world.namespace, document)
        if document["status"]:
            plural, name = f"{document['kind'].lower()}s", document["metadata"]["name"]
            patch = {"status": document["status"]}
            world.admin.patch(plural, world.namespace, name, patch, status=True)


def _old_vvp_object(world: World, document: Document, target_id: str) -> Document:
    """The VVP object that the operator made of a deployment: the target by its id, no marker."""
    spec = dict(document["spec"]["spec"])
    template = {**spec["template"]["spec"]}
    template.pop("resources", None)  # It never sent them on.
    spec |= {"deploymentTargetId": target_id, "template": {"spec": template}}
    metadata = {"name": document["metadata"]["name"], **document["spec"]["metadata"]}
    return world.by_hand("deployments", {"metadata": metadata, "spec": spec})


def _orders() -> Document:
    """With what the operator's typed structs made of an omitted CPU."""
    resources = {"jobmanager": {"cpu": "0", "memory": "1g"}, "taskmanager": {"cpu": "0"}}
    return deployment("orders", template={"resources": resources})


def _arrange(world: World) -> dict[str, Any]:
    """A namespace, a target, a job and two savepoints of the operator's time; ids by name."""
    bindings = [{"role": "owner", "members": ["group:leads"]}]
    world.by_hand(
        "/namespaces/v1/namespaces", {"name": "namespaces/team", "roleBindings": bindings}
    )
    jobs = world.by_hand("deployment-targets", vvp_target())
    target_id = jobs["metadata"]["id"]
    made = _old_vvp_object(world, _orders(), target_id)
    identity = made["metadata"]["id"]
    world.sandbox.settle()
    taken = [
        world.by_hand("savepoints", {"metadata": {"deploymentId": identity}}) for _ in range(2)
    ]
    done, started = (one["metadata"]["id"] for one in taken)
    world.sandbox.script_savepoint("default", done, "COMPLETED")
    running = world.vvp("orders")["status"]["running"]
    empty = {"savepointLocation": "", "flinkSavepointId": ""}
    ids = {"namespace": "default", "deployment_id": identity, "job_id": running["jobId"]}
    documents = [
        _left_behind(namespace("team", ("owner", "group:leads")),
                     {"lifecyclePhase": "LIFECYCLE_PHASE_ACTIVE"}),
        _left_behind(target(), id=target_id, namespace="default", resource_version="1"),
        _left_behind(_orders(), {"state": "RUNNING", "running": running}, id=identity,
                     namespace="default", resource_version="4", deployment_target_id=target_id,
                     last_event_timestamp=STAMP),
        _left_behind(savepoint("done", "orders"), {"state": "COMPLETED"}, id=done, **ids),
        _left_behind(savepoint("started", "orders"), {"state": "STARTED"}, id=started, **ids),
        _left_behind(savepoint("failed", "orders"), {"state": "FAILED"}, **ids),
    ]  # fmt: skip
    for document in documents[3:]:
        document["spec"]["spec"] = empty
    _store(world, *documents)
    return {"target": target_id, "orders": identity, "done": done, "started": started}


def test_the_first_pass_sends_adoptions_only(world: World) -> None:
    # A run that sees one namespace takes VVP namespaces over only where no other may hold them.
    world.environment["VPSYNC_ADMIN_NAMESPACE"] = world.namespace
    ids = _arrange(world)
    before = world.vvp("orders")
    planned = world.diff(code=3).changes
    mark = world.apiserver.audit_mark()
    with world.carried_out() as done:
        run = world.reconcile(code=3)
    assert set(run.changes) == set(planned) == {
        ("adopt", "VpDeploymentTarget", "jobs"), ("adopt", "VpDeployment", "orders")
    }  # fmt: skip
    assert done == {
        ("PUT", "deployment-targets/jobs"): 1,
        ("PATCH", f"deployments/{ids['orders']}"): 1,
    }
    for request in world.sandbox.mutations():
        written = request.body["metadata"]["annotations"]
        assert set(written) == {note("owner"), note("managed")}
        assert request.method == "PUT" or set(request.body) == {"metadata"}

    after = world.vvp("orders")
    assert (after["spec"], after["status"]) == (before["spec"], before["status"])
    assert world.jobs("orders") == 1, "no job was restarted"
    for entry in world.writes(mark):
        if entry.subresource == "status":
            values = entry.body["status"]
            assert all(
                values.get(key, "kept") is not None
                for key in ("state", "running", "lifecyclePhase")
            )
        elif isinstance(entry.body, list) and any(step["op"] != "test" for step in entry.body):
            raise AssertionError(f"a finalizer was touched: {entry.body}")
    orders = world.get("vpdeployments", "orders")
    assert orders["status"]["state"] == "RUNNING"
    assert orders["status"]["running"]["jobId"] == before["status"]["running"]["jobId"]
    assert orders["metadata"]["finalizers"] == [FINALIZER]
    assert orders["spec"] == _orders()["spec"], "also what the operator left in it"

    # Savepoints were taken long ago: none is taken again, whatever the operator saw of them.
    world.sync(code=3)
    assert not any(request.path.endswith("/savepoints") for request in world.sandbox.mutations())
    assert world.told("vpsavepoints", "done")[0] == "True"
    assert world.get("vpsavepoints", "started")["status"]["state"] == "COMPLETED"
    assert world.get("vpsavepoints", "started")["status"]["id"] == ids["started"]
    assert world.told("vpsavepoints", "failed", "Stalled")[0] == "True"
    for plural, name in (
        ("vpnamespaces", "team"),
        ("vpdeploymenttargets", "jobs"),
        ("vpdeployments", "orders"),
    ):
        assert world.told(plural, name)[0] == "True"
    world.assert_quiet(1, code=3)


def test_an_id_annotation_that_names_anothers_object_is_not_believed(world: World) -> None:
    ids = _arrange(world)
    strange = _old_vvp_object(world, deployment("strange", state="CANCELLED"), ids["target"])
    other = strange["metadata"]["id"]
    mine = _left_behind(deployment("mine", state="CANCELLED"), id=other, namespace="default",
                        deployment_target_id="00000000-0000-0000-0000-000000000000")  # fmt: skip
    going = _left_behind(deployment("going", state="CANCELLED"), id=other, namespace="default")
    _store(world, mine, going)
    world.delete("vpdeployments", "going")
    with world.carried_out() as done:
        world.reconcile(code=3)
        world.reconcile(code=3)
    assert ("POST", "deployments/mine") in done
    assert not any(other in what for _, what in done)
    assert not world.has("vpdeployments", "going")
    assert world.vvp("strange")["metadata"]["annotations"] == strange["metadata"]["annotations"]
    assert world.vvp("mine")["spec"]["deploymentTargetName"] == "jobs", "resolved anew"
    written = world.get("vpdeployments", "mine")["metadata"]["annotations"]
    assert written[note("id")] == world.vvp("mine")["metadata"]["id"] != other
