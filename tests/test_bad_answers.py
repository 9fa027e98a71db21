"""A VVP that answers nonsense, or nothing: nothing is decided on the strength of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from passes.oracles import assert_all
from passes.scenario import manifest
from passes.world import World, text_of
from vpsync.model.exit_code import ExitCode
from vpsync.model.resource import GROUP
from vpsync.render.table import undecided
from vpsync.sandbox import (
    CloseConnection,
    CutBody,
    Fault,
    Garbage,
    HtmlPage,
    Redirect,
    Reshape,
    Respond,
    SandboxOptions,
    on,
)
from vpsync.sandbox.actions import Action

FINALIZERS = ["finalizers.fintechstudios.com"]

ANSWERS: dict[str, Action] = {
    "a login page with status 200": HtmlPage(),
    "status 500": Respond(500, {"message": "boom"}),
    "status 503 from a proxy": Respond(503, "<html>down</html>", content_type="text/html"),
    "status 429": Respond(429, {"message": "slow down"}, (("Retry-After", "1"),)),
    "status 404": Respond(404, {"message": "no such thing"}),
    "a list that is cut": CutBody(40),
    "JSON that is cut": Garbage(),
    "no answer": CloseConnection(deliver=False),
    "an empty body": Respond(200),
    "a redirect": Redirect("http://127.0.0.1:1/"),
    "another shape": Reshape({"kind": "Status"}),
    "a list": Reshape([]),
    "null": Reshape(None),
    "items that are no list": Reshape({"items": {}, "namespaces": {}}),
    "items that are no objects": Reshape({"items": [1], "namespaces": [1]}),
    "items without metadata": Reshape({"items": [{"spec": {}}], "namespaces": [{}]}),
    "items without an id": Reshape(
        {"items": [{"metadata": {"name": "orders"}}], "namespaces": [{"name": "orders"}]}
    ),
    "a number that is none": Respond(200, '{"items": [], "namespaces": [], "x": NaN}'),
}

REFUSALS: dict[str, Action] = {
    "status 401": Respond(401, {"message": "who are you?"}),
    "status 403": Respond(403, {"message": "not you"}),
}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """In sync, but for a deployment that is to be created and one that is to be deleted.

    The tests of this module share it, for none of them changes anything that the next one could
    notice; at the end it is well again and does all that was held up.
    """
    with World() as made:
        made.create(manifest("target"))
        made.create(manifest("deployment"))
        made.settle()
        made.create(manifest({"deployment": {"metadata": {"name": "fresh"}}}))
        made.delete("VpDeployment", "orders", confirmed=True)
        yield made
        made.settle()
        assert made.find("VpDeployment", "orders") is None
        creates = {
            "deployment-targets/default/jobs": 1,
            "deployments/default/orders": 1,
            "deployments/default/fresh": 1,
        }
        assert_all(made, creates, {"deployments/default/orders": 1})


@pytest.fixture(scope="module")
def platform() -> Iterator[World]:
    """A VVP namespace that is to be created and one that is to be deleted."""
    with World() as made:
        made.create(manifest("namespace"))
        made.settle()
        made.create(manifest({"namespace": {"metadata": {"name": "fresh"}}}))
        made.delete("VpNamespace", "analytics")
        yield made
        made.settle()
        assert made.find("VpNamespace", "analytics") is None
        creates = {"namespaces/analytics": 1, "namespaces/fresh": 1}
        assert_all(made, creates, {"namespaces/analytics": 1})


@contextmanager
def bad_day(world: World, method: str, path: str, answer: Action) -> Iterator[None]:
    """Gives requests another answer."""
    world.sandbox.faults.add(Fault(on(method, path), answer, times=None))
    try:
        yield
    finally:
        world.sandbox.faults.clear()


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_when_vvp_answers_nothing_but_nonsense_nothing_is_written_anywhere(
    world: World, answer: Action
) -> None:
    mark = world.mark()
    with bad_day(world, "*", ".", answer):
        assert world.exit_code() == ExitCode.UNREACHABLE
    assert world.writes(mark) == []
    held = world.find("VpDeployment", "orders")
    assert held is not None
    assert held["metadata"]["finalizers"] == FINALIZERS


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_a_bad_list_of_one_kind_leaves_that_kind_alone(world: World, answer: Action) -> None:
    mark = world.mark()
    with bad_day(world, "GET", "/deployments$", answer):
        assert world.exit_code() == ExitCode.PROBLEMS
    assert world.writes(mark) == []


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_a_bad_list_of_targets_creates_no_deployment_without_one(
    world: World, answer: Action
) -> None:
    mark = world.mark()
    with (
        bad_day(world, "PATCH", "/deployments/", CloseConnection(deliver=False)),
        bad_day(world, "GET", "/deployment-targets$", answer),
    ):
        assert world.exit_code() == ExitCode.PROBLEMS
    sent = [request.method for request in world.sandbox.mutations(mark[0])]
    assert sent == ["PATCH"], "the cancel of a deletion needs no target"


@pytest.mark.parametrize("name", sorted(set(ANSWERS) - {"status 404"}))
def test_a_bad_list_of_namespaces_neither_creates_nor_deletes_one(
    platform: World, name: str
) -> None:
    mark = platform.mark()
    with bad_day(platform, "GET", "^/namespaces/", ANSWERS[name]):
        assert platform.exit_code() == ExitCode.UNREACHABLE
    assert platform.writes(mark) == []


@pytest.mark.parametrize(
    ("path", "kind", "name"),
    [
        ("/deployments$", "VpDeployment", "orders"),
        ("/deployment-targets$", "VpDeploymentTarget", "jobs"),
        ("^/namespaces/v1/namespaces$", "VpNamespace", "analytics"),
    ],
)
def test_a_list_of_an_earlier_time_lets_no_finalizer_go(path: str, kind: str, name: str) -> None:
    """It lacks what came into being since; only VVP's 404 for the object itself proves it gone."""
    with World() as world:
        for short in ("namespace", "target", "deployment"):
            world.create(manifest(short))
        world.settle()
        before = {"items": [], "namespaces": [{"name": "namespaces/default"}]}
        world.delete(kind, name, confirmed=True)
        mark = world.mark()
        with bad_day(world, "GET", path, Reshape(before)):
            assert world.exit_code() != ExitCode.DONE
        assert world.sandbox.mutations(mark[0]) == []
        held = world.find(kind, name)
        assert held is not None
        assert held["metadata"]["finalizers"] == FINALIZERS


@pytest.mark.parametrize("status", [404, 501])
def test_what_looks_like_the_community_edition_proves_no_namespace_absent(status: int) -> None:
    with World() as world:
        world.create(manifest("namespace"))
        world.settle()
        world.delete("VpNamespace", "analytics")
        with bad_day(world, "GET", "^/namespaces/", Respond(status)):
            assert world.exit_code() == ExitCode.PROBLEMS
        held = world.find("VpNamespace", "analytics")
        assert held is not None
        assert held["metadata"]["finalizers"] == FINALIZERS
        assert conditions(world, "VpNamespace", "analytics")["Stalled"] == ("True", "Unsupported")
        world.settle()
        assert world.find("VpNamespace", "analytics") is None
        assert world.sandbox.namespace("analytics") is None


@pytest.mark.parametrize("answer", REFUSALS.values(), ids=REFUSALS)
def test_a_refused_token_is_a_stop_for_the_namespace_and_leaves_ready_as_it_was(
    answer: Action,
) -> None:
    with World() as world:
        world.create(manifest("target"))
        world.create(manifest("deployment"))
        world.settle()
        before = conditions(world, "VpDeployment", "orders")["Ready"]
        world.create(manifest({"deployment": {"metadata": {"name": "fresh"}}}))
        world.delete("VpDeployment", "orders", confirmed=True)
        world.sandbox.faults.add(Fault(on("*", "^/api/"), answer, times=None))
        mark = world.mark()
        assert world.exit_code() == ExitCode.UNREACHABLE
        assert world.sandbox.mutations(mark[0]) == []
        for name, ready in (("orders", before), ("fresh", ("Unknown", "Unauthorized"))):
            told = conditions(world, "VpDeployment", name)
            assert told["Ready"] == ready
            assert told["Synced"] == ("Unknown", "Unauthorized")
            assert told["Stalled"] == ("True", "Unauthorized")
        held = world.find("VpDeployment", "orders")
        assert held is not None
        assert held["metadata"]["finalizers"] == FINALIZERS
        mark = world.mark()
        world.run()
        assert world.writes(mark) == [], "it is said once"
        world.sandbox.faults.clear()
        world.settle()
        assert world.find("VpDeployment", "orders") is None
        assert conditions(world, "VpDeployment", "fresh")["Ready"] == ("True", "Succeeded")


def test_a_refusal_in_one_vvp_namespace_does_not_stop_another() -> None:
    with World(options=SandboxOptions(namespaces=("default", "other"))) as world:
        other = {"metadata": {"name": "other"}, "spec": {"metadata": {"namespace": "other"}}}
        world.create(manifest("target"))
        world.create(manifest({"target": other}))
        world.sandbox.faults.add(Fault(on("*", "/namespaces/other/"), REFUSALS["status 403"], None))
        assert world.exit_code() == ExitCode.PROBLEMS
        assert world.sandbox.target("default", "jobs") is not None
        assert world.sandbox.target("other", "other") is None


@pytest.mark.parametrize("in_cluster", [True, False], ids=["cluster", "files"])
def test_a_bad_answer_to_a_creation_creates_no_second_object(
    in_cluster: bool, tmp_path: Path
) -> None:
    with World(None if in_cluster else tmp_path) as world:
        world.create(manifest("target"))
        world.settle()
        creates = {"deployment-targets/default/jobs": 1}
        for number, answer in enumerate([*ANSWERS.values(), *REFUSALS.values()]):
            name = f"job-{number}"
            creates[f"deployments/default/{name}"] = 1
            world.create(manifest({"deployment": {"metadata": {"name": name}}}))
            world.sandbox.faults.add(Fault(on("POST", "/deployments$"), _delivered(answer)))
            assert world.exit_code() == ExitCode.PROBLEMS
        world.settle()
        assert_all(world, creates, {})


def test_an_unreachable_vvp_is_told_in_one_line_a_list(world: World) -> None:
    with bad_day(world, "*", ".", HtmlPage()):
        text = text_of(world.run())
    lines = [line for line in text.splitlines() if line.startswith("error: ")]
    assert len(lines) == 2
    assert all("text/html" in line for line in lines)
    assert "Sign in" not in text


def _delivered(answer: Action) -> Action:
    """The same answer, with the request carried out before it."""
    members: dict[str, Any] = {name: getattr(answer, name) for name in type(answer).__slots__}
    return type(answer)(**{**members, "deliver": True})


def conditions(world: World, kind: str, name: str) -> dict[str, tuple[str, str]]:
    found = world.find(kind, name)
    assert found is not None
    held = found["status"].get("conditions", [])
    return {condition["type"]: (condition["status"], condition["reason"]) for condition in held}


@pytest.mark.parametrize(
    "answer",
    [ANSWERS["no answer"], ANSWERS["status 500"], REFUSALS["status 401"]],
    ids=["away", "broken", "refusing"],
)
def test_nothing_decided_is_that_whatever_lies_around(answer: Action) -> None:
    refused = {"metadata": {"name": "odd", "annotations": {f"{GROUP}/drift": "sometimes"}}}
    with World() as made:
        made.create(manifest("target"))
        made.create(manifest("deployment"))
        made.create(manifest("savepoint"))
        made.settle()
        [savepoint] = made.kubernetes.all("vpsavepoints")
        assert savepoint["status"]["state"] == "COMPLETED"
        made.create(manifest({"deployment": refused}))
        made.sandbox.faults.add(Fault(on("*", "."), answer, times=None))
        report = made.run()
        assert report.exit_code is ExitCode.UNREACHABLE
        line = undecided(report)
        assert line.startswith(
            f"nothing could be decided, VVP at {made.sandbox.url} cannot be read"
        )
        assert "sometimes" not in line
        made.sandbox.faults.clear()
        made.settle()
