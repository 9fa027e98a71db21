"""The way in: what VVP holds is exported, applied to a cluster, and adopted without a change."""

from __future__ import annotations

import json

from vvp_objects import ODD, deployment, fill, made

from .harness import World


def _fleet(world: World) -> None:
    """A VVP that nobody has kept in Git so far."""
    fill(world.sandbox)
    for name, patch in ODD.items():
        made(world.sandbox, "deployments", deployment(name, patch))
    bindings = [{"role": "owner", "members": ["group:analysts"]}]
    world.by_hand("/namespaces/v1/namespaces",
                  {"name": "namespaces/analytics", "roleBindings": bindings})  # fmt: skip
    world.sandbox.settle()
    identity = world.vvp("plain")["metadata"]["id"]
    made(world.sandbox, "savepoints", {"metadata": {"deploymentId": identity}})
    world.sandbox.settle()


def test_an_exported_fleet_is_adopted_by_a_cluster_and_no_job_notices(world: World) -> None:
    # A run that sees one namespace takes VVP namespaces over only where no other may hold them.
    world.environment["VPSYNC_ADMIN_NAMESPACE"] = world.namespace
    _fleet(world)
    before = {name: world.vvp(name) for name in ODD}
    mark, requests = world.apiserver.audit_mark(), len(world.sandbox.requests)
    run = world.vpsync("export", "--vvp-url", world.vvp_url)
    assert (run.code, run.err) == (0, "")
    assert {one.method for one in world.sandbox.requests[requests:]} == {"GET"}
    assert world.writes(mark) == []

    world.apiserver.kubectl("apply", "-n", world.namespace, "-f", "-", input=run.out)
    preview = world.diff()
    assert {change[0] for change in preview.changes} == {"adopt"}
    assert [change["fields"] for change in preview.report["changes"] if change["fields"]] == []
    with world.carried_out() as sent:
        world.sync()
    world.assert_quiet()
    assert {method for method, _ in sent} <= {"PATCH", "PUT"}, (
        "nothing was made, above all no savepoint"
    )
    for name, held in before.items():
        after = world.vvp(name)
        assert (after["spec"], after["status"]) == (held["spec"], held["status"]), name
        assert world.jobs(name) <= 1

    again = world.vpsync("export", "--vvp-url", world.vvp_url, "-o", "json")
    homes = {one["metadata"].get("namespace") for one in json.loads(again.out)["items"]
             if one["kind"] in ("VpDeployment", "VpDeploymentTarget")}  # fmt: skip
    assert homes == {world.namespace}, "what is ours goes by the name of its resource"
