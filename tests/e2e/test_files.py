"""Manifests from files: the same pass without any cluster, and in turns with one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from .harness import ROOT, Run, World
from .manifests import Document, deployment, note, savepoint, target

EXAMPLES = ROOT / "examples"


@pytest.fixture
def files(world: World) -> World:
    """A world whose vpsync has a kubeconfig that leads nowhere."""
    world.environment["KUBECONFIG"] = "/nonexistent/kubeconfig"
    return world


def _written(path: Path, *documents: Document) -> str:
    path.write_text(yaml.safe_dump_all(documents), encoding="utf-8")
    return str(path)


def _run(world: World, *arguments: str, code: int = 0, stdin: str | None = None) -> Run:
    run = world.vpsync(*arguments, "--vvp-url", world.vvp_url, "-o", "json", stdin=stdin)
    assert run.code == code, run
    return run


def _reconcile(world: World, *arguments: str, code: int = 0, stdin: str | None = None) -> Run:
    return _run(world, "reconcile", "--once", *arguments, code=code, stdin=stdin)


def _sync(world: World, *arguments: str) -> None:
    """Passes until one finds nothing to do and nothing to wait for."""
    for _ in range(6):
        report = _reconcile(world, *arguments).report
        if not report["changes"] and not report["blocked"]:
            return
        world.sandbox.settle()
    raise AssertionError("not in sync")


def _assert_quiet(world: World, *arguments: str, passes: int = 3) -> None:
    before = len(world.sandbox.mutations())
    for _ in range(passes):
        assert _reconcile(world, *arguments).report["changes"] == []
    assert world.sandbox.mutations()[before:] == []
    assert _run(world, "diff", "--exit-code", *arguments).report["changes"] == []


def test_all_examples_come_to_rest_and_no_cluster_is_touched(files: World) -> None:
    mark = files.apiserver.audit_mark()
    given = ("-f", str(EXAMPLES))
    with files.carried_out() as done:
        run = files.vpsync("reconcile", "--once", "--wait", *given, "--vvp-url", files.vvp_url)
    assert run.code == 0, run
    assert run.out.splitlines()[-1].startswith(
        "Applied: 12 created, 0 changed, 0 adopted, 0 deleted, "
    )
    created = [count for (method, _), count in done.items() if method == "POST"]
    assert created == [1] * 12, "each once"
    _assert_quiet(files, *given)
    taken = [
        one for one in files.sandbox.mutations() if one.applied and one.path.endswith("/savepoints")
    ]
    assert len(taken) == 2, "each savepoint once"
    assert [one for one in files.apiserver.audit_since(mark) if "vpsync" in one.user] == []


def test_stdin_lists_and_many_documents_are_read_and_other_kinds_left_out(
    files: World, tmp_path: Path
) -> None:
    stream = "\n---\n".join(
        json.dumps(document) for document in (target(), {"apiVersion": "v1", "kind": "ConfigMap"})
    )
    listed = {"apiVersion": "v1", "kind": "List", "items": [deployment("one", state="CANCELLED")]}
    (tmp_path / "deep").mkdir()
    _written(tmp_path / "deep" / "list.yml", listed, {"kind": "Secret"})
    _written(tmp_path / "two.yaml", deployment("two", state="CANCELLED"))
    (tmp_path / "notes.txt").write_text("{ not yaml", encoding="utf-8")
    run = _reconcile(files, "-f", "-", "-f", str(tmp_path), stdin=stream)
    assert [change[2] for change in run.changes] == ["jobs", "one", "two"]
    assert {change["namespace"] for change in run.report["changes"]} == {"default"}


def test_a_file_that_cannot_be_read_is_told_and_the_others_are_done(
    files: World, tmp_path: Path
) -> None:
    good = _written(tmp_path / "good.yaml", target())
    bad = tmp_path / "bad.yaml"
    bad.write_text("spec: [", encoding="utf-8")
    invalid = _written(tmp_path / "invalid.yaml", deployment("broken", template={"parallelism": 0}))
    run = _reconcile(files, "-f", good, "-f", str(bad), "-f", invalid, code=3)
    assert run.changes == [("create", "VpDeploymentTarget", "jobs")]
    [error] = run.report["errors"]
    assert error.startswith(f"{bad}: line ")
    [problem] = run.report["invalid"]
    assert problem["problems"][0]["path"] == "/spec/spec/template/spec/parallelism"
    run = files.vpsync("reconcile", "--once", "-f", str(tmp_path / "missing"))
    assert (run.code, run.out) == (2, "")
    assert run.err == f"vpsync: {tmp_path}/missing: there is no such file or directory\n"


def test_files_change_remove_and_put_back_as_a_cluster_does(files: World, tmp_path: Path) -> None:
    def declared(**template: object) -> tuple[str, ...]:
        place = _written(
            tmp_path / "all.yaml", target(), deployment("orders", template=dict(template))
        )
        return ("-f", place)

    _sync(files, *declared(parallelism=2, flinkConfiguration={"a": "1", "b": "2"}))
    files.sandbox.edit_deployment("default", "orders", {"metadata": {"labels": {"ops": "x"}}})
    _sync(files, *declared(parallelism=2, flinkConfiguration={"a": "0"}))
    held = files.vvp("orders")
    configuration = held["spec"]["template"]["spec"]["flinkConfiguration"]
    assert (configuration["a"], "b" in configuration) == ("0", False)
    assert held["metadata"]["labels"] == {"ops": "x"}
    files.sandbox.edit_deployment(
        "default", "orders", {"spec": {"template": {"spec": {"parallelism": 9}}}}
    )
    files.sandbox.settle()
    given = declared(parallelism=2, flinkConfiguration={"a": "0"})
    _sync(files, *given)
    assert files.vvp("orders")["spec"]["template"]["spec"]["parallelism"] == 2
    _assert_quiet(files, *given, passes=1)


def test_files_and_a_cluster_recognise_each_others_objects(
    make_world: Callable[..., World], tmp_path: Path
) -> None:
    world = make_world()
    documents = [target(), deployment("orders"), savepoint("once", "orders")]
    world.apply(*documents)
    world.sync()
    marker = _marker(world)
    assert marker["uid"]
    given = ("-f", _written(tmp_path / "all.yaml", *documents), "-n", world.namespace)
    _assert_quiet(world, *given, passes=1)
    stranger = _run(world, "diff", *given[:2], "-n", "elsewhere", code=3)
    assert stranger.blocked("orders")[0] == "NotOwned"

    documents[1] = deployment("orders", template={"parallelism": 2})
    _written(tmp_path / "all.yaml", *documents)
    _sync(world, *given)
    assert _marker(world)["uid"] == marker["uid"], "a file knows no UID and changes none"
    world.apply(*documents)
    with world.carried_out() as done:
        world.sync()
    assert not done
    world.assert_quiet(1)
    posts = [one for one in world.sandbox.mutations() if one.path.endswith("/savepoints")]
    assert len(posts) == 1


def _marker(world: World) -> dict[str, object]:
    text = world.vvp("orders")["metadata"]["annotations"][note("owner")]
    marker: dict[str, object] = json.loads(text)
    del marker["sum"], marker["generation"]
    return marker
