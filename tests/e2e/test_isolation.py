"""A failure stays in its place: one broken and one refused resource among ten do not stop the rest."""

from __future__ import annotations

from vpsync.sandbox import LoggedRequest

from .admin import GROUP
from .harness import World
from .manifests import Document, deployment, target
from .oracles import kstatus

WORDS = "Deployment 'refused' is refused: quota of department 7 is used up."
SCHEMA_WORDS = "/spec/spec/template/spec/parallelism: must be at least 1"
GOOD = [f"good-{number}" for number in range(7)]


def _refused(template: Document | None = None) -> Document:
    return deployment("refused", state="CANCELLED", template=template)


def _is_refused(request: LoggedRequest) -> bool:
    """What VVP will not have: the deployment ``refused``, but for its parallelism 1."""
    if request.method not in ("POST", "PATCH") or not isinstance(request.body, dict):
        return False
    inner = request.body.get("spec", {}).get("template", {}).get("spec", {})
    named: bool = request.body["metadata"].get("name") == "refused"
    return named and inner.get("parallelism") != 1


def _attempts(world: World) -> int:
    """How often the refused deployment was sent."""
    return sum(
        1
        for one in world.sandbox.mutations()
        if (one.body or {}).get("metadata", {}).get("name") == "refused"
    )


def _warnings(world: World, name: str) -> list[tuple[str, str]]:
    return [(reason, text) for kind, reason, text in world.events_about(name) if kind == "Warning"]


def test_one_invalid_and_one_rejected_among_ten_do_not_stop_the_other_eight(world: World) -> None:
    world.sandbox.reject(_is_refused, WORDS)
    world.apply(
        target(),
        *(deployment(name, state="CANCELLED") for name in GOOD),
        deployment("invalid", template={"parallelism": 0}),
        _refused(),
    )
    run = world.sync(code=3)
    ready = {one["metadata"]["name"] for one in world.resources() if kstatus(one) == "Current"}
    assert ready == {"jobs", *GOOD}

    assert world.told("vpdeployments", "invalid", "Stalled") == (
        "True",
        "InvalidSpec",
        SCHEMA_WORDS,
    )
    assert _warnings(world, "invalid") == [("InvalidSpec", SCHEMA_WORDS)]
    [invalid] = run.report["invalid"]
    assert (invalid["name"], invalid["problems"][0]["message"]) == ("invalid", "must be at least 1")

    status, reason, text = world.told("vpdeployments", "refused", "Stalled")
    assert (status, reason) == ("True", "Rejected")
    assert WORDS in text
    [(reason, text)] = _warnings(world, "refused")
    assert reason == "Rejected"
    assert WORDS in text
    assert run.blocked("refused")[0] == "Rejected"
    assert run.report["summary"]["inSync"] == 8
    for name in ("invalid", "refused"):
        resource = world.get("vpdeployments", name)
        assert kstatus(resource) == "Failed"
        assert world.told("vpdeployments", name, "Ready")[0] == "False"
        assert world.told("vpdeployments", name, "Synced")[0] == "False"
    assert world.sandbox.deployment("default", "invalid") is None

    # Not sent again until the resource or the request annotation changes, and then once.
    assert _attempts(world) == 1
    world.assert_quiet(code=3)
    world.annotate("vpdeployments", "refused", reconcile_requested_at="today")
    world.sync(code=3)
    assert _attempts(world) == 2
    assert world.get("vpdeployments", "refused")["status"]["lastHandled"] == {
        "reconcile-requested-at": "today"
    }
    world.apply(_refused({"parallelism": 2}))
    world.sync(code=3)
    assert _attempts(world) == 3
    world.assert_quiet(1, code=3)
    fixed = {"spec": {"spec": {"template": {"spec": {"parallelism": 1}}}}}
    for name in ("refused", "invalid"):
        world.admin.patch("vpdeployments", world.namespace, name, fixed)
    world.sync()
    assert _attempts(world) == 4
    assert {kstatus(one) for one in world.resources()} == {"Current"}


def test_a_rejected_change_of_a_running_job_is_told_and_leaves_the_job_alone(world: World) -> None:
    world.apply(target(), deployment("orders"), deployment("other"))
    world.sync()
    path = world.vvp("orders")["metadata"]["id"]
    world.sandbox.reject(lambda one: one.method == "PATCH" and path in one.path, WORDS, times=1)
    for name in ("orders", "other"):
        world.apply(deployment(name, template={"parallelism": 4}))
    world.reconcile(code=3)
    world.sandbox.settle()
    world.sync(code=3)
    assert world.vvp("other")["spec"]["template"]["spec"]["parallelism"] == 4
    assert world.vvp("orders")["spec"]["template"]["spec"]["parallelism"] == 1
    assert world.jobs("orders") == 1
    resource = world.get("vpdeployments", "orders")
    assert resource["status"]["state"] == "RUNNING", "the status still shows the job"
    assert WORDS in world.told("vpdeployments", "orders", "Stalled")[2]
    world.annotate("vpdeployments", "orders", reconcile_requested_at="1")
    world.sync()
    assert world.vvp("orders")["spec"]["template"]["spec"]["parallelism"] == 4


def test_the_table_tells_each_resource_in_a_line_of_words(world: World) -> None:
    world.sandbox.reject(_is_refused, WORDS)
    world.apply(target(), deployment("invalid", template={"parallelism": 0}), _refused())
    run = world.vpsync("reconcile", "--once", *world.flags)
    assert run.code == 3
    lines = run.out.splitlines()
    assert (
        lines[-1]
        == "Applied: 1 created, 0 changed, 0 adopted, 0 deleted, 0 in sync, 1 failed, 1 invalid."
    )
    assert any(line.startswith("created") and "VpDeploymentTarget" in line for line in lines)
    assert any(line.startswith("failed") and "/refused" in line for line in lines)
    assert any(line.startswith("invalid") and SCHEMA_WORDS in line for line in lines)
    words = " ".join(run.out.split())
    assert "quota of department 7 is used up" in words
    assert GROUP not in run.out
    assert run.err == ""
