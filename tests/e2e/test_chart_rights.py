"""The rights that a release of the chart gives itself: a pass needs all of them, and no other."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from chart.helm import AWAITED, CHART, URL, Document, Helm, container
from vpsync.cli.reconcile import command
from vpsync.sandbox import Sandbox

from .apiserver.binaries import BinariesError, find_binaries
from .apiserver.helm_binary import find_helm
from .apiserver.server import ApiServer
from .harness import World
from .test_rights import LATER, Removal, _fill, _grants

KNOWN = {name for one in command.params if isinstance(one, click.Option) for name in one.opts}
NEEDS_A_FLAG = {
    "watch": "--events",
    "leases": "--enable-leader-election",
    "tokenreviews": "--metrics-secure",
    "subjectaccessreviews": "--metrics-secure",
}
"""Rights that nothing uses before the program has the flag that does, by their verb or resource."""
PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def cluster() -> Iterator[ApiServer]:
    """An API server of its own: a release may see all namespaces."""
    with ApiServer(find_binaries()) as server:
        yield server


@pytest.fixture
def helm(cluster: ApiServer, tmp_path: Path) -> Helm:
    """helm as the admin; ``.ci/run`` fails where there is none."""
    try:
        program = find_helm()
    except BinariesError as error:
        pytest.skip(str(error))
    return Helm(program, tmp_path, cluster.admin_kubeconfig)


CASES: dict[str, dict[str, Any]] = {
    "cronjob": {"mode": "cronjob"},
    "cronjob-of-one": {"mode": "cronjob", "watchNamespaces": ["cronjob-of-one"]},
    "loop": {},
    "loop-of-one": {"watchNamespaces": ["loop-of-one"]},
}


@pytest.mark.parametrize("name", CASES)
def test_the_rights_of_a_release_are_enough_and_none_is_idle(
    name: str, cluster: ApiServer, helm: Helm
) -> None:
    values = {**URL, **CASES[name]}
    documents = helm.render(values, namespace=name)
    cluster.create_namespace(name)
    helm.install(values, "vpsync", CHART, name)
    cluster.kubectl("wait", "--for=condition=Established", "--timeout=30s", "crd", "--all")
    token = cluster.service_account_token(name, "vpsync")
    with Sandbox() as sandbox:
        world = World(cluster, sandbox, name, cluster.kubeconfig_for(token))
        _fill(world)
        mark = cluster.audit_mark()
        _play(world, container(documents)["args"])
        world.admin.wipe(name)
    helm.run("uninstall", "vpsync", "--namespace", name)
    account = f"system:serviceaccount:{name}:vpsync"
    asked = [one for one in cluster.audit_since(mark) if one.user == account]
    granted = {grant for document in documents for grant in _grants(document.get("rules", []))}
    refused = {_right(one.verb, one.resource, one.subresource) for one in asked if one.code == 403}
    used = {_right(one.verb, one.resource, one.subresource) for one in asked if one.code < 300}
    assert refused == ({("get", "namespaces")} if "watchNamespaces" in values else set())
    assert {one for one in granted - used - LATER if not _awaited(one)} == set()


def _right(verb: str, resource: str, subresource: str) -> Removal:
    return verb, "/".join(filter(None, (resource, subresource)))


def _awaited(right: Removal) -> bool:
    """Whether the flag that uses a right is still to come."""
    flags = {NEEDS_A_FLAG[word] for word in right if word in NEEDS_A_FLAG}
    return bool(flags) and flags <= AWAITED - KNOWN


def _play(world: World, arguments: list[str]) -> None:
    """What the pods of a release do, until every resource has a status."""
    known = [one for one in arguments if one.partition("=")[0] not in AWAITED - KNOWN]
    here = ["--kubeconfig", str(world.kubeconfig), "--vvp-url", world.vvp_url]
    for flag, value in (("--lease-namespace", world.namespace), ("--metrics-addr", "127.0.0.1:0")):
        if flag in KNOWN and "--loop" in known:
            here += [flag, value]
    if "--once" in known:
        run = world.vpsync(*known, *here)
        assert run.code == 0, run.err
        return
    process = world.start(*known, *here, "--interval", "0.5s")
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not _all_told(world):
            assert process.poll() is None
            assert time.monotonic() < deadline, "not all have a status"
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    except BaseException:
        _end(process)
        raise
    assert world.ended(process.returncode, out, err).code == 0


def _all_told(world: World) -> bool:
    resources: list[Document] = list(world.resources())
    return bool(resources) and all(one["status"].get("conditions") for one in resources)


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()
