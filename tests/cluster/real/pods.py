"""What an administrator does on the node: apply, run a job, look at resources and logs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cluster.real.node import Node
from vpsync.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[3]
SHIPPED_IMAGE = "example.com/vpsync:0.1.0"
"""The image in the shipped manifests."""

TEAM = "orders-team"
"""The Kubernetes namespace of ``examples/team``."""


@dataclass(frozen=True, slots=True)
class Job:
    """How a job ended: its condition, ``Complete`` or ``Failed``, and what its pod printed."""

    condition: str
    code: int
    log: str


@dataclass
class Pods:
    """A node, a VVP, and what was applied to the one for the other."""

    node: Node
    vvp: Sandbox
    applied: list[tuple[str, ...]] = field(default_factory=list)

    def apply(self, *arguments: str | Path) -> str:
        """``kubectl apply`` of files, or of a folder's kustomization with ``-k``; what it said."""
        self.applied.append(tuple(map(str, arguments)))
        return self.node.kubectl("apply", *arguments).stdout

    def apply_team(self) -> None:
        """The resources of a small team, as the README applies them."""
        self.apply("-f", ROOT / "examples/team/namespace.yaml")
        self.apply("-f", ROOT / "examples/team")

    def wipe(self) -> None:
        """Deletes all that was applied; no finalizer holds it, for nobody is left to take it off."""
        kinds = "vpnamespaces,vpdeploymenttargets,vpdeployments,vpsavepoints"
        listed = self.get_all(kinds)
        for one in listed:
            name = one["metadata"]
            self.node.kubectl("patch", one["kind"], name["name"], "-n", name["namespace"], "--type",
                              "merge", "-p", '{"metadata": {"finalizers": null}}')  # fmt: skip
        for arguments in reversed(self.applied):
            self.node.kubectl("delete", "--ignore-not-found", *arguments)

    def get(self, kind: str, name: str, namespace: str) -> dict[str, Any]:
        """One object."""
        told = self.node.kubectl("get", kind, name, "-n", namespace, "-o", "json").stdout
        found: dict[str, Any] = json.loads(told)
        return found

    def get_all(self, kinds: str, *arguments: str) -> list[dict[str, Any]]:
        """Objects of all namespaces, or of those that the arguments choose."""
        where = arguments or ("--all-namespaces",)
        told = self.node.kubectl("get", kinds, *where, "-o", "json").stdout
        items: list[dict[str, Any]] = json.loads(told)["items"]
        return items

    def run_cronjob(self, job: str, namespace: str = "vpsync") -> Job:
        """One pass by hand: ``kubectl create job --from=cronjob/vpsync``, until it has ended."""
        self.node.kubectl("create", "job", job, "-n", namespace, "--from=cronjob/vpsync")
        self.node.kubectl("wait", f"job/{job}", "-n", namespace, "--timeout=120s",
                          "--for=jsonpath={.status.conditions[?(@.status=='True')].type}")  # fmt: skip
        return self.ended(job, namespace)

    def ended(self, job: str, namespace: str) -> Job:
        """How a job that has ended did."""
        conditions = self.get("job", job, namespace)["status"]["conditions"]
        [pod] = self.get_all("pods", "-n", namespace, "-l", f"job-name={job}")
        [container] = pod["status"]["containerStatuses"]
        log = self.node.kubectl("logs", pod["metadata"]["name"], "-n", namespace).stdout
        code = container["state"]["terminated"]["exitCode"]
        return Job(conditions[-1]["type"], code, log)

    def conditions(self, kind: str, name: str, namespace: str = TEAM) -> dict[str, str]:
        """Status and reason of each condition of a resource, such as ``True/Succeeded``."""
        status = self.get(kind, name, namespace).get("status", {})
        return {
            one["type"]: f"{one['status']}/{one['reason']}" for one in status.get("conditions", [])
        }
