"""The rights that a release of the chart gives itself: a pass needs all of them, and no other."""

from __future__ import annotations

import http.client
import signal
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chart.helm import CHART, URL, Document, Helm, container
from net.certificates import Certificates
from vpsync.sandbox import Sandbox

from .apiserver.binaries import BinariesError, find_binaries
from .apiserver.helm_binary import find_helm
from .apiserver.process import free_ports
from .apiserver.server import ApiServer
from .harness import World
from .test_rights import LATER, Removal, _fill, _grants

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
    with _released(name, CASES[name], cluster, helm) as release:
        release.play()
    _assert_exact(release)


def test_metrics_with_authentication_are_told_to_whom_the_chart_s_reader_is_bound(
    cluster: ApiServer, helm: Helm, tmp_path: Path
) -> None:
    name = "secure"
    secure = {"secure": {"enabled": True, "certificateSecret": "unused"}}
    certificates = Certificates(tmp_path)
    certificates.issued("metrics")
    [port] = free_ports(1)
    more = [f"--metrics-addr=127.0.0.1:{port}",
            f"--metrics-cert-file={tmp_path / 'metrics.pem'}",
            f"--metrics-key-file={tmp_path / 'metrics.key'}"]  # fmt: skip

    def ask() -> None:
        cluster.kubectl("create", "serviceaccount", "prometheus", "-n", name)
        token = cluster.service_account_token(name, "prometheus")
        assert _status(port, certificates.ca, token) == 403
        cluster.kubectl("create", "clusterrolebinding", "prometheus",
                        "--clusterrole=vpsync-metrics-reader",
                        f"--serviceaccount={name}:prometheus")  # fmt: skip
        _wait_until(lambda: _status(port, certificates.ca, token) == 200)

    with _released(name, {"metrics": secure, "watchNamespaces": [name]}, cluster, helm) as release:
        release.play(*more, meanwhile=ask)
    _assert_exact(release)


@dataclass
class Release:
    """A release, and the world that its pods would see."""

    world: World
    documents: list[Document]
    mark: int

    def play(self, *more: str, meanwhile: Callable[[], None] = lambda: None) -> None:
        """What its pods do, until every resource has a status and ``meanwhile`` is over."""
        world = self.world
        # A pod has its namespace from its account's files, and an address of its own.
        here = ["--kubeconfig", str(world.kubeconfig), "--vvp-url", world.vvp_url,
                "--lease-namespace", world.namespace]  # fmt: skip
        arguments = [*container(self.documents)["args"], *here]
        if "--once" in arguments:
            run = world.vpsync(*arguments, *more)
            assert run.code == 0, run.err
            return
        process = world.start(*arguments, "--interval=0.5s", "--metrics-addr=127.0.0.1:0", *more)
        try:
            _wait_until(lambda: process.poll() is not None or _all_told(world))
            assert process.poll() is None
            meanwhile()
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
            process.communicate()
        assert world.ended(process.returncode, out, err).code == 0


@contextmanager
def _released(
    name: str, values: Mapping[str, Any], cluster: ApiServer, helm: Helm
) -> Iterator[Release]:
    """A release in a namespace of its own, with a resource of each kind; gone afterwards."""
    whole = {**URL, **values}
    cluster.create_namespace(name)
    helm.install(whole, "vpsync", CHART, name)
    cluster.wait_for_crds("crd", "--all")
    token = cluster.service_account_token(name, "vpsync")
    with Sandbox() as sandbox:
        world = World(cluster, sandbox, name, cluster.kubeconfig_for(token))
        try:
            _fill(world)
            yield Release(world, helm.render(whole, namespace=name), cluster.audit_mark())
        finally:
            world.admin.wipe(name)
            helm.run("uninstall", "vpsync", "--namespace", name)


def _assert_exact(release: Release) -> None:
    """All that was asked was allowed, and all that is allowed was asked."""
    name, documents = release.world.namespace, release.documents
    account = f"system:serviceaccount:{name}:vpsync"
    entries = release.world.apiserver.audit_since(release.mark)
    asked = [one for one in entries if one.user == account]
    granted = {
        grant
        for document in documents
        for rule in document.get("rules", [])
        if "resources" in rule
        for grant in _grants([rule])
    }
    refused = {_right(one.verb, one.resource, one.subresource) for one in asked if one.code == 403}
    used = {_right(one.verb, one.resource, one.subresource) for one in asked if one.code != 403}
    everywhere = any(document["kind"] == "ClusterRole" and document["metadata"]["name"] == "vpsync"
                     for document in documents)  # fmt: skip
    assert refused == (set() if everywhere else {("get", "namespaces")})
    assert granted - used - LATER == set()


def _right(verb: str, resource: str, subresource: str) -> Removal:
    return verb, "/".join(filter(None, (resource, subresource)))


def _all_told(world: World) -> bool:
    resources: list[Document] = list(world.resources())
    return bool(resources) and all(one["status"].get("conditions") for one in resources)


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "not within the time limit"
        time.sleep(0.1)


def _status(port: int, ca: str, token: str) -> int:
    """How a request for the metrics is answered."""
    context = ssl.create_default_context(cafile=ca)
    with closing(http.client.HTTPSConnection("127.0.0.1", port, context=context)) as link:
        link.request("GET", "/metrics", headers={"Authorization": f"Bearer {token}"})
        return link.getresponse().status
