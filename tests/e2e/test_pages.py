"""The commands for a cluster that the pages show, typed as they stand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pages import blocks, page, sections
from vpsync.kinds import KINDS
from vpsync.sandbox import Sandbox

from .admin import Admin
from .apiserver.binaries import find_binaries
from .apiserver.server import ApiServer
from .harness import GROUP, ROOT

JAR = {"kind": "JAR", "jarUri": "s3://example-artifacts/job.jar"}
WEBHOOK = {
    "strategy": "Webhook",
    "webhook": {
        "conversionReviewVersions": ["v1"],
        "clientConfig": {"url": "https://webhook.example.com/convert"},
    },
}


class Terminal:
    """A shell of an admin, with kubectl and vpsync on the PATH, in a checkout of vpsync."""

    def __init__(self, server: ApiServer, vvp: Sandbox, folder: Path) -> None:
        self.server = server
        program = folder / "vpsync"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m vpsync "$@"\n', "utf-8")
        program.chmod(0o755)
        (folder / "kubectl").symlink_to(find_binaries().kubectl)
        self.environment = {
            "PATH": f"{folder}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "HOME": str(folder),
            "KUBECONFIG": str(server.admin_kubeconfig),
            "VPSYNC_VVP_URL": vvp.url,
        }

    def type(self, text: str) -> str:
        """What the commands print; none of them may fail."""
        done = subprocess.run(
            ["bash", "-e"], input=text, cwd=ROOT, env=self.environment,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
        return done.stdout

    def get(self, *what: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.server.kubectl("get", *what, "-o=json").stdout)
        return document


@pytest.fixture
def terminal(apiserver: ApiServer, shipped: Path, tmp_path: Path) -> Iterator[Terminal]:
    with Sandbox() as vvp:
        yield Terminal(apiserver, vvp, tmp_path)


def shown(name: str, heading: str) -> list[str]:
    """The blocks of commands in a section of a page."""
    text = sections(page(name), 2)[heading]
    return [block.text for block in blocks(text) if block.language == "console"]


def test_the_tour_of_the_readme_goes_from_an_empty_vvp_to_jobs_and_back(terminal: Terminal) -> None:
    sandbox, install, reconcile, change, delete = shown("../README.md", "Five minutes")
    assert sandbox == "vpsync sandbox\n"
    terminal.type(install)
    told = terminal.type(reconcile)
    assert "0 to change" in told
    assert "6 created" in told
    told = terminal.type(change)
    assert "/spec/template/spec/parallelism: 8 → 3" in told
    assert "1 changed" in told
    terminal.type(delete)
    left = terminal.get("vpdeployments", "-n", "orders-team")["items"]
    Admin(terminal.server).wipe("orders-team")
    assert left == []


def test_the_move_from_the_go_operator_and_back(terminal: Terminal, namespace: str) -> None:
    """Its CRDs with their webhook are stood for by ours with one; the operator by a deployment."""
    server = terminal.server
    server.kubectl("create", "deployment", "vp-k8s-operator", "--image=example.com/operator",
                   f"--namespace={namespace}")  # fmt: skip
    several = [f"{kind.plural}.{GROUP}" for kind in KINDS if len(kind.versions) > 1]
    for name in several:
        patch = json.dumps({"spec": {"conversion": WEBHOOK}})
        server.kubectl("patch", "crd", name, "--type=merge", f"--patch={patch}")

    for text in shown("migration.md", "The move"):
        # It goes on until somebody ends it.
        text = text.replace("vpsync get -w", "vpsync get")
        terminal.type(
            text.replace("<its namespace>", namespace).replace("<its CRD release>", "crds")
        )
    assert terminal.get("deployment", "vp-k8s-operator", "-n", namespace)["spec"]["replicas"] == 0
    for name in (f"{kind.plural}.{GROUP}" for kind in KINDS):
        crd = terminal.get("crd", name)
        assert crd["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
        assert crd["spec"]["conversion"] == {"strategy": "None"}

    for text in shown("migration.md", "Going back"):
        terminal.type(text)
    assert terminal.get("cronjob", "vpsync", "-n", "vpsync")["spec"]["suspend"] is True
    server.kubectl("apply", f"--filename={ROOT / 'k8s' / 'cronjob.yaml'}")


def test_argo_cd_is_given_the_health_of_every_kind(terminal: Terminal) -> None:
    terminal.server.kubectl("create", "namespace", "argocd", check=False)
    existing = ("create", "configmap", "argocd-cm", "--namespace=argocd", "--from-literal=url=x")
    terminal.server.kubectl(*existing, check=False)
    [text] = shown("gitops.md", "Argo CD")
    terminal.type(text)
    data = terminal.get("configmap", "argocd-cm", "-n", "argocd")["data"]
    assert data.pop("url") == "x", "what was there stays"
    assert set(data) == {f"resource.customizations.health.{GROUP}_{kind.name}" for kind in KINDS}
    assert len(set(data.values())) == 1


@pytest.mark.parametrize(
    ("name", "heading", "resource"),
    [
        ("annotations.md", "Requests", "orders"),
        ("conditions.md", "Runbook", "orders-enrichment"),
    ],
)
def test_a_request_is_made(terminal: Terminal, name: str, heading: str, resource: str) -> None:
    server = terminal.server
    server.kubectl("create", "namespace", "orders-team", check=False)
    spec = {"deploymentTargetName": "jobs", "spec": {"template": {"spec": {"artifact": JAR}}}}
    document = {
        "apiVersion": f"{GROUP}/v1beta2",
        "kind": "VpDeployment",
        "metadata": {"name": resource, "namespace": "orders-team"},
        "spec": spec,
    }
    server.kubectl("apply", "--filename=-", input=json.dumps(document))
    [text] = shown(name, heading)
    terminal.type(text)
    held = terminal.get("vpdeployment", resource, "-n", "orders-team")
    assert any(key.endswith("-requested-at") for key in held["metadata"]["annotations"])
    server.kubectl("delete", "vpdeployment", resource, "--namespace=orders-team")
