"""The Helm charts on a real API server: every object is valid, pods are admitted, releases come and go."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from chart.helm import CHART, MATRIX, Document, Helm, pod

from .apiserver.binaries import BinariesError, find_binaries, find_helm
from .apiserver.server import ApiServer

NAMESPACES = ("vpsync", "team-a", "team-b", "monitoring")
RESTRICTED = "pod-security.kubernetes.io/enforce=restricted"
MONITORS = ("ServiceMonitor", "PrometheusRule")
ONE = {
    "apiVersion": "ververicaplatform.fintechstudios.com/v1beta1",
    "kind": "VpDeploymentTarget",
    "metadata": {"name": "jobs"},
    "spec": {"spec": {"kubernetes": {"namespace": "flink"}}},
}
OVER_THE_MATRIX = pytest.mark.parametrize("values", MATRIX, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def cluster() -> Iterator[ApiServer]:
    """An API server of its own, because CRDs come and go; with the namespaces that values name."""
    with ApiServer(find_binaries()) as server:
        for name in NAMESPACES:
            server.create_namespace(name)
        server.kubectl("label", "namespace", "vpsync", RESTRICTED)
        documents = {"apiVersion": "v1", "kind": "List", "items": [*map(_monitor, MONITORS)]}
        server.kubectl("create", "-f", "-", input=json.dumps(documents))
        server.kubectl("wait", "--for=condition=Established", "--timeout=30s", "crd", "--all")
        yield server


@pytest.fixture(scope="module")
def helm(cluster: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Helm:
    """helm as the admin. ``.ci/run`` fails where there is none, so there these tests are not skipped."""
    try:
        program = find_helm()
    except BinariesError as error:
        pytest.skip(str(error))
    return Helm(program, tmp_path_factory.mktemp("helm"), cluster.admin_kubeconfig)


def _monitor(kind: str) -> Document:
    """A stand-in for a CRD of the Prometheus operator: of its group and names, with any spec."""
    plural, group = f"{kind.lower()}s", "monitoring.coreos.com"
    schema = {
        "type": "object",
        "properties": {
            "spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        },
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "versions": [
                {"name": "v1", "served": True, "storage": True,
                 "schema": {"openAPIV3Schema": schema}}
            ],
        },
    }  # fmt: skip


def _tried(cluster: ApiServer, documents: list[Document], *flags: str) -> str:
    """What the API server says against documents that it is asked to create, strictly, and not to keep."""
    # One by one: a List is held against the schemas by kubectl, and by the server not at all.
    text = "\n---\n".join(map(json.dumps, documents))
    done = cluster.kubectl("create", "--dry-run=server", "--validate=strict", "-f", "-", *flags,
                           input=text, check=False)  # fmt: skip
    assert (done.returncode != 0) == bool(done.stderr)
    return done.stderr


@OVER_THE_MATRIX
def test_every_object_is_valid_to_the_letter(values: Path, cluster: ApiServer, helm: Helm) -> None:
    documents = helm.render(values)
    assert _tried(cluster, documents) == ""
    [main] = [one for one in documents if one["kind"] in ("Deployment", "CronJob")]
    main["spec"]["replica"] = 1
    assert 'unknown field "spec.replica"' in _tried(cluster, documents), "so that it was asked"


@OVER_THE_MATRIX
def test_pods_are_admitted_to_a_restricted_namespace(
    values: Path, cluster: ApiServer, helm: Helm
) -> None:
    template = pod(helm.render(values))
    metadata = {**template["metadata"], "name": "pass", "namespace": "vpsync"}
    document = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}
    assert _tried(cluster, [document]) == ""
    del document["spec"]["securityContext"]["runAsNonRoot"]
    assert "violates PodSecurity" in _tried(cluster, [document]), "so that the profile was asked"


@OVER_THE_MATRIX
def test_the_notes_say_which_commands_come_next(
    values: Path, cluster: ApiServer, helm: Helm
) -> None:
    done = helm.run("install", "vpsync", str(CHART), "--namespace", "vpsync", "--values",
                    str(values), "--dry-run=server")  # fmt: skip
    notes = done.stdout.partition("NOTES:")[2]
    [main] = [one for one in helm.render(values) if one["kind"] in ("Deployment", "CronJob")]
    assert f"{main['kind'].lower()}/{main['metadata']['name']}" in notes
    assert "helm upgrade --install vpsync-crds" in notes
    assert "<no value>" not in notes
    unlimited = "-A" in notes.split()
    assert unlimited != ("namespaced" in values.stem)
