"""Which resources a pass is about, how it finds its cluster, and how it reads long lists."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from .harness import Run, World
from .manifests import Document, deployment, namespace, target

PAGE = 500


@pytest.fixture
def second(world: World) -> Iterator[str]:
    """Another Kubernetes namespace."""
    name = f"{world.namespace}-2"
    world.admin.create_namespace(name)
    yield name
    world.admin.wipe(name)


def _names(run: Run) -> set[str]:
    assert run.code == 0, run
    return {change[2] for change in run.changes}


def _labelled(document: Document, team: str) -> Document:
    document["metadata"]["labels"] = {"team": team}
    return document


def test_namespaces_labels_and_kinds_choose_the_resources(world: World, second: str) -> None:
    def diff(*arguments: str) -> set[str]:
        flags = ("--kubeconfig", str(world.kubeconfig), "--vvp-url", world.vvp_url, "-o", "json")
        return _names(world.vpsync("diff", *arguments, *flags))

    for document in (
        _labelled(target("a"), "red"), _labelled(target("b"), "blue"), namespace("team"),
        deployment("orders", deploymentTargetName="a"),
    ):  # fmt: skip
        document["spec"].pop("deploymentTargetName", None)
        world.admin.create(world.namespace, document)
    world.admin.create(second, target("c"))
    here = ("-n", world.namespace)
    assert diff(*here) == {"a", "b", "team", "orders"}
    assert diff(*here, "-n", second) == {"a", "b", "c", "team", "orders"}
    assert diff("-A") >= {"a", "b", "c", "team", "orders"}
    assert diff() >= {"a", "b", "c", "team", "orders"}
    assert diff(*here, "-l", "team=red") == {"a"}
    assert diff(*here, "--kinds", "VpNamespace,vpdeploymenttargets") == {"a", "b", "team"}
    for wrong in (("-A", *here), ("--kinds", "Pod"), ("--timeout", "soon"), ("--once",)):
        assert world.vpsync("diff", *wrong).code == 2
    assert world.vpsync("reconcile", *world.flags).code == 2
    assert world.vpsync("reconcile", "--once", "--loop", *world.flags).code == 2


def test_the_cluster_is_found_as_kubectl_finds_it(world: World, tmp_path: Path) -> None:
    world.apply(target())
    rest = ("--vvp-url", world.vvp_url, "-n", world.namespace, "-o", "json")
    world.environment["KUBECONFIG"] = str(world.kubeconfig)
    assert _names(world.vpsync("diff", *rest)) == {"jobs"}
    del world.environment["KUBECONFIG"]

    config = json.loads(world.kubeconfig.read_text())
    token = config["users"][0]["user"]["token"]
    credential = {
        "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": token}
    }  # fmt: skip
    program = f"print({json.dumps(json.dumps(credential))})"
    execute = {"apiVersion": "client.authentication.k8s.io/v1", "command": sys.executable,
               "args": ["-c", program], "interactiveMode": "Never"}  # fmt: skip
    config["users"] = [
        {"name": "e2e", "user": {"token": "nobody"}}, {"name": "plugin", "user": {"exec": execute}}
    ]  # fmt: skip
    config["contexts"].append({"name": "other", "context": {"cluster": "e2e", "user": "plugin"}})
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config))
    given = ("--kubeconfig", str(file), *rest)
    assert world.vpsync("diff", *given).code == 5, "the context that is current has no rights"
    assert _names(world.vpsync("diff", "--context", "other", *given)) == {"jobs"}
    assert world.vpsync("diff", "--context", "missing", *given).code == 2


def test_long_lists_are_read_page_by_page(world: World) -> None:
    count = PAGE + 1

    def create(number: int) -> None:
        world.admin.create(world.namespace, target(f"target-{number:03}"))

    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(create, range(count)))
    mark = world.apiserver.audit_mark()
    run = world.diff()
    assert len(run.changes) == count
    pages = [
        one.uri for one in world.apiserver.audit_since(mark)
        if one.resource == "vpdeploymenttargets" and one.user.endswith(":vpsync")
    ]  # fmt: skip
    assert len(pages) == 2
    assert all(f"limit={PAGE}" in uri for uri in pages)
    assert "continue=" in pages[1]
