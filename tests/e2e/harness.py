"""Runs vpsync as its users do, against the real API server and the sandbox, and asks the oracles."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vpsync.sandbox import Sandbox

from .apiserver.server import ApiServer

ROOT = Path(__file__).resolve().parents[2]
GROUP = "ververicaplatform.fintechstudios.com"
PLURALS = ("vpnamespaces", "vpdeploymenttargets", "vpdeployments", "vpsavepoints")


@dataclass
class Run:
    """One finished vpsync."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        """What ``-o json`` printed."""
        document: dict[str, Any] = json.loads(self.out)
        return document


@dataclass
class World:
    """A cluster, a VVP, and a vpsync that runs as the shipped service account."""

    apiserver: ApiServer
    sandbox: Sandbox
    namespace: str
    kubeconfig: Path
    environment: dict[str, str] = field(default_factory=dict)

    def vpsync(self, *arguments: str, stdin: str | None = None) -> Run:
        """Runs a command in a process of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "vpsync", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            env={**_clean_environment(), **self.environment},
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Run(done.returncode, done.stdout, done.stderr)

    def reconcile(self, *arguments: str, code: int = 0) -> Run:
        """One pass over this world's namespace, with the report as JSON."""
        return self._pass("reconcile", "--once", *arguments, code=code)

    def diff(self, *arguments: str, code: int = 0) -> Run:
        """A preview of this world's namespace, with the report as JSON."""
        return self._pass("diff", *arguments, code=code)

    def _pass(self, *arguments: str, code: int) -> Run:
        run = self.vpsync(
            *arguments, "--kubeconfig", str(self.kubeconfig), "--vvp-url", self.sandbox.url,
            "-n", self.namespace, "-o", "json",
        )  # fmt: skip
        assert run.code == code, (run.code, run.out, run.err)
        return run

    def settle(self, passes: int = 12) -> None:
        """Reconciles until a pass has nothing to do and nothing to wait for."""
        for _ in range(passes):
            run = self.reconcile()
            if not run.report["changes"] and not run.report["blocked"] and self._all_ready():
                return
        raise AssertionError(f"not settled after {passes} passes: {run.out}")

    def _all_ready(self) -> bool:
        resources = (item for plural in PLURALS for item in self.list(plural))
        return all(condition(item, "Ready")["status"] == "True" for item in resources)

    def apply(self, *documents: dict[str, Any]) -> None:
        """``kubectl apply``, as a user would, of manifests in this world's namespace."""
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(documents)})
        self.apiserver.kubectl("apply", "-n", self.namespace, "-f", "-", input=text)

    def get(self, plural: str, name: str) -> dict[str, Any]:
        """A resource as the cluster holds it."""
        done = self.apiserver.kubectl(
            "get", f"{plural}.{GROUP}", name, "-n", self.namespace, "-o", "json"
        )
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    def list(self, plural: str) -> list[dict[str, Any]]:
        """The resources of a kind."""
        done = self.apiserver.kubectl(
            "get", f"{plural}.{GROUP}", "-n", self.namespace, "-o", "json"
        )
        items: list[dict[str, Any]] = json.loads(done.stdout)["items"]
        return items

    def delete(self, plural: str, name: str) -> None:
        """Asks for a deletion and does not wait for it."""
        self.apiserver.kubectl(
            "delete", f"{plural}.{GROUP}", name, "-n", self.namespace, "--wait=false"
        )

    def events(self) -> list[dict[str, Any]]:
        """The events in this world's namespace."""
        done = self.apiserver.kubectl(
            "get", "events.events.k8s.io", "-n", self.namespace, "-o", "json"
        )
        items: list[dict[str, Any]] = json.loads(done.stdout)["items"]
        return items

    def assert_quiet(self, passes: int = 3) -> None:
        """Oracle: once matched, passes write nothing to either side and post no event."""
        mark, before = self.apiserver.audit_mark(), len(self.sandbox.mutations())
        for _ in range(passes):
            report = self.reconcile().report
            assert report["changes"] == []
        assert self.sandbox.mutations()[before:] == []
        writes = [entry for entry in self.apiserver.audit_since(mark) if entry.mutating]
        assert [entry for entry in writes if not entry.internal] == []
        assert self.diff("--exit-code").report["changes"] == []


def condition(resource: dict[str, Any], kind: str) -> dict[str, Any]:
    """A condition of a resource; empty where it has none."""
    conditions = resource.get("status", {}).get("conditions", [])
    return next((item for item in conditions if item["type"] == kind), {})


def _clean_environment() -> dict[str, str]:
    """The environment without anything that could steer vpsync."""
    kept = {"PATH", "HOME", "LANG", "PYTHONPATH", "VIRTUAL_ENV", "TMPDIR"}
    return {key: text for key, text in os.environ.items() if key in kept}
