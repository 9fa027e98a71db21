"""VVP or the API server is away or talks nonsense: nothing is done, nothing is lost, one line says why."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from vpsync.sandbox import CutBody, Garbage, Hang, HtmlPage, Redirect, Reshape, Respond, on
from vpsync.sandbox.actions import Action
from vpsync.sandbox.faults import Fault

from .apiserver.process import free_ports
from .harness import FINALIZER, GROUP, ROOT, Run, World
from .manifests import deployment, namespace, target

DEPLOYMENTS = "vpdeployments"

# What VVP, or something before it, answers to everything; and what the one line has to say.
OUTAGES: dict[str, tuple[Action, str]] = {
    "a login page with status 200": (HtmlPage(), "content type 'text/html'"),
    "500": (Respond(500, {"message": "The database is gone."}), "500: The database is gone."),
    "502 with a page": (
        Respond(502, "<html>Bad gateway</html>", content_type="text/html"),
        ": 502",
    ),
    "a list that is cut": (CutBody(60), "the connection broke in the middle of the answer"),
    "broken JSON": (Garbage(), "broken JSON"),
    "JSON of another shape": (Reshape({"results": []}), "not what VVP's API promises"),
    "a list that holds no objects": (Reshape({"items": ["x"], "namespaces": ["x"]}), "no"),
    "null": (Reshape(None), "not what VVP's API promises"),
    "a redirect": (Redirect("https://login.example.com/"), "a redirect, status 302"),
}


@contextmanager
def _everything(world: World, action: Action, path: str = "") -> Iterator[None]:
    fault = world.sandbox.faults.add(Fault(on("*", path), action, None))
    yield
    world.sandbox.faults.remove(fault)


def _errors(run: Run) -> list[str]:
    """The lines that say what went wrong."""
    lines = [*run.out.splitlines(), *run.err.splitlines()]
    return [line for line in lines if line.startswith(("error: ", "vpsync: "))]


def _prepare(world: World) -> None:
    """A job that runs, and three things to do: a creation, a change and a deletion."""
    world.apply(target(), deployment("orders"), deployment("going", state="CANCELLED"))
    world.sync()
    world.apply(deployment("fresh"), deployment("orders", metadata={"labels": {"team": "x"}}))
    world.delete(DEPLOYMENTS, "going")


def _assert_work_is_done_once(world: World) -> None:
    with world.carried_out() as done:
        world.sync()
    assert sorted(what[0] for what in done.elements()) == ["DELETE", "PATCH", "POST"]
    assert world.vvp("orders")["metadata"]["labels"] == {"team": "x"}
    assert world.vvp("fresh")["status"]["state"] == "RUNNING"
    assert world.sandbox.deployment("default", "going") is None
    assert world.jobs("orders") == 1


def test_whatever_vvp_answers_nothing_is_done_and_one_line_says_why(world: World) -> None:
    _prepare(world)
    mark, before = world.apiserver.audit_mark(), len(world.sandbox.mutations())
    for name, (action, words) in OUTAGES.items():
        with _everything(world, action):
            run = world.vpsync("reconcile", "--once", *world.flags)
        assert run.code == 5, (name, run)
        errors = _errors(run)
        assert errors, name
        assert all(words in line and len(line) < 300 for line in errors), (name, errors)
        assert "Sign in" not in run.out + run.err, "a body of unknown origin is never shown"
    assert world.sandbox.mutations()[before:] == []
    assert world.writes(mark) == [], "no status, no event, no finalizer"
    assert FINALIZER in world.get(DEPLOYMENTS, "going")["metadata"]["finalizers"]
    _assert_work_is_done_once(world)


def test_vvp_that_does_not_listen_is_5_and_nothing_is_written(world: World) -> None:
    _prepare(world)
    mark = world.apiserver.audit_mark()
    world.vvp_down()
    run = world.vpsync("reconcile", "--once", *world.flags)
    assert run.code == 5
    assert all("no connection" in line for line in _errors(run))
    assert _errors(run)
    assert world.vpsync("diff", "--exit-code", *world.flags).code == 5
    world.vvp_up()
    with _everything(world, Hang(30, deliver=False)):
        run = world.vpsync("reconcile", "--once", "--vvp-request-timeout", "0.2s", *world.flags)
    assert run.code == 5
    assert all("within" in line for line in _errors(run)), run.out
    assert world.writes(mark) == []
    _assert_work_is_done_once(world)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_is_a_stop_that_statuses_tell(world: World, status: int) -> None:
    _prepare(world)
    before = len(world.sandbox.mutations())
    with _everything(world, Respond(status, {"message": "Who are you?"})):
        run = world.vpsync("reconcile", "--once", *world.flags)
    assert run.code == 5
    assert world.sandbox.mutations()[before:] == []
    expected = {"jobs": "True", "orders": "True", "fresh": "Unknown", "going": "True"}
    for plural in ("vpdeploymenttargets", DEPLOYMENTS):
        for one in world.list(plural):
            name = one["metadata"]["name"]
            assert world.told(plural, name, "Ready")[0] == expected[name], "as it was"
            assert world.told(plural, name, "Synced")[:2] == ("Unknown", "Unauthorized")
            kind, reason, text = world.told(plural, name, "Stalled")
            assert (kind, reason) == ("True", "Unauthorized")
            assert "Who are you?" in text
    assert FINALIZER in world.get(DEPLOYMENTS, "going")["metadata"]["finalizers"]
    assert FINALIZER not in world.get(DEPLOYMENTS, "fresh")["metadata"].get("finalizers", [])
    _assert_work_is_done_once(world)


def test_one_vvp_namespace_that_fails_is_3_and_the_others_go_on(world: World) -> None:
    world.apply(namespace("broken"), namespace("locked"))
    world.sync()
    world.apply(
        target(), deployment("here"),
        target("b-jobs", vvp="broken"), deployment("there", vvp="broken"),
        target("l-jobs", vvp="locked"),
    )  # fmt: skip
    with (
        _everything(world, Respond(500), "/v1/namespaces/broken/deployments"),
        _everything(world, Respond(401), "/v1/namespaces/locked/"),
    ):
        run = world.reconcile(code=3)
        assert set(run.changes) == {
            ("create", "VpDeploymentTarget", "jobs"),
            ("create", "VpDeploymentTarget", "b-jobs"),
            ("create", "VpDeployment", "here"),
        }
        assert run.blocked("there")[0] == "PlatformUnreadable"
        assert run.blocked("l-jobs")[0] == "Unauthorized"
        assert len(run.report["errors"]) == 2
        assert not run.report["complete"]
    assert world.get(DEPLOYMENTS, "there")["status"] == {"observedGeneration": -1}
    assert world.told("vpdeploymenttargets", "l-jobs", "Stalled")[1] == "Unauthorized"


def test_a_vvp_namespace_that_could_not_be_read_is_not_passed_over_in_silence(world: World) -> None:
    world.apply(namespace("orders"), target(), deployment("orders"))
    with _everything(world, Respond(500), "^/namespaces/v1/"), world.carried_out() as done:
        run = world.reconcile(code=3)
    assert run.blocked("orders")[0] == "PlatformUnreadable"
    assert set(done) == {("POST", "deployment-targets/jobs"), ("POST", "deployments/orders")}
    world.sync()


def test_a_failed_write_is_told_and_made_good_by_the_next_pass(world: World) -> None:
    world.apply(target(), deployment("orders"), deployment("other"))
    world.sandbox.faults.add(Fault(on("POST", "/deployments$"), Respond(503, {"message": "Busy."})))
    run = world.reconcile(code=3)
    outcomes = sorted((one["kind"], one["outcome"]) for one in run.report["changes"])
    assert outcomes == [
        ("VpDeployment", "applied"), ("VpDeployment", "failed"), ("VpDeploymentTarget", "applied")
    ]  # fmt: skip
    [failed] = [one["name"] for one in run.report["changes"] if one["outcome"] == "failed"]
    status, reason, text = world.told(DEPLOYMENTS, failed, "Reconciling")
    assert (status, reason) == ("True", "RetryNextPass")
    assert "503: Busy." in text
    with world.carried_out() as done:
        world.sync()
    assert done == {("POST", f"deployments/{failed}"): 1}
    world.assert_quiet(1)


def _kubeconfig_to(path: Path, world: World, server: str) -> Path:
    config = json.loads(world.kubeconfig.read_text())
    config["clusters"][0]["cluster"]["server"] = server
    path.write_text(json.dumps(config))
    return path


def test_an_api_server_that_cannot_be_reached_is_5_and_a_missing_kubeconfig_2(
    world: World, tmp_path: Path
) -> None:
    before = len(world.sandbox.requests)
    [port] = free_ports(1)
    closed = _kubeconfig_to(tmp_path / "closed.json", world, f"https://127.0.0.1:{port}")
    run = world.vpsync(
        "reconcile", "--once", "--kubeconfig", str(closed), "--vvp-url", world.vvp_url
    )
    assert (run.code, run.out) == (5, "")
    [line] = _errors(run)
    assert line == (
        f"vpsync: the Kubernetes API server does not answer at https://127.0.0.1:{port} "
        "(no connection: connection refused)"
    )

    missing = tmp_path / "missing.json"
    run = world.vpsync(
        "reconcile", "--once", "--kubeconfig", str(missing), "--vvp-url", world.vvp_url
    )
    assert (run.code, run.out) == (2, "")
    [line] = _errors(run)
    assert "there is no such file" in line

    world.environment["KUBECONFIG"] = str(tmp_path / "broken.json")
    for content in ("{]", "[]", '{"clusters": 3}'):
        (tmp_path / "broken.json").write_text(content)
        run = world.vpsync("reconcile", "--once", "--vvp-url", world.vvp_url)
        assert (run.code, run.out) == (2, "")
        [line] = _errors(run)
        assert line.startswith("vpsync: the kubeconfig cannot be used: ")

    wrong = json.loads(world.kubeconfig.read_text())
    wrong["users"][0]["user"]["token"] = "nobody"
    (tmp_path / "wrong.json").write_text(json.dumps(wrong))
    run = world.vpsync("reconcile", "--once", "--kubeconfig", str(tmp_path / "wrong.json"))
    assert run.code == 5
    assert "does not accept the credentials" in _errors(run)[0]
    assert world.sandbox.requests[before:] == [], "VVP is not asked about a cluster that is unknown"


def test_a_restart_of_the_api_server_in_the_middle_doubles_and_loses_nothing(world: World) -> None:
    world.apply(target(), deployment("one"), deployment("two"))
    # The answer to the first creation comes while the API server is away.
    fault = world.sandbox.faults.add(Fault(on("POST", "/deployments$"), Hang(6.0), None))
    process = world.start("reconcile", "--once", *world.flags, "-o", "json")
    deadline = time.monotonic() + 30
    while not world.sandbox.faults.hits(fault) and time.monotonic() < deadline:
        time.sleep(0.02)
    told: list[str] = []
    world.apiserver.restart(meanwhile=lambda: told.extend(process.communicate(timeout=60)))
    run = world.ended(process.returncode, *told)
    assert run.code == 3
    assert any("its status was not written" in line for line in run.report["errors"])
    world.sandbox.faults.clear()
    world.sync()
    posts = [one for one in world.sandbox.mutations() if one.applied and one.method == "POST"]
    assert len(posts) == 3, "two deployments and their target, each once"
    world.assert_quiet(1)


def test_a_missing_crd_is_told_and_the_other_kinds_go_on(world: World) -> None:
    world.apply(target(), deployment("orders"))
    crds = str(ROOT / "k8s" / "crds.yaml")
    world.apiserver.kubectl("delete", "crd", f"vpsavepoints.{GROUP}")
    try:
        run = world.reconcile(code=3)
        [error] = run.report["errors"]
        assert "vpsavepoints" in error
        assert "are the CRDs installed?" in error
        assert {change[2] for change in run.changes} == {"jobs", "orders"}
    finally:
        world.apiserver.kubectl("apply", "-f", crds)
        world.apiserver.wait_for_crds("-f", crds)
    world.sync()
