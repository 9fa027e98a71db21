"""What an administrator does on the node: apply, run a job, look at resources and logs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cluster.real.node import Node
from vpsync.model.resource import GROUP
from vpsync.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[3]
SHIPPED_IMAGE = "example.com/vpsync:0.1.0"
"""The image in the shipped manifests."""

TEAM = "orders-team"
"""The Kubernetes namespace of ``examples/team``."""


def target(name: str, namespace: str, vvp_namespace: str) -> dict[str, Any]:
    """A deployment target, the smallest resource there is."""
    spec = {
        "metadata": {"namespace": vvp_namespace},
        "spec": {"kubernetes": {"namespace": "jobs"}},
    }
    return {
        "apiVersion": f"{GROUP}/v1beta1",
        "kind": "VpDeploymentTarget",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


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
    folder: Path
    """Where manifests are written that no file of the checkout has."""

    applied: list[tuple[str, ...]] = field(default_factory=list)

    def apply(self, *arguments: str | Path) -> str:
        """``kubectl apply`` of files, or of a folder's kustomization with ``-k``; what it said."""
        self.applied.append(tuple(map(str, arguments)))
        return self.node.kubectl("apply", *arguments).stdout

    def apply_team(self) -> None:
        """The resources of a small team, as the README applies them."""
        self.apply("-f", ROOT / "examples/team/namespace.yaml")
        self.apply("-f", ROOT / "examples/team")

    def team_namespace(self, name: str) -> None:
        """A Kubernetes namespace that takes only pods of the restricted profile."""
        labels = {"pod-security.kubernetes.io/enforce": "restricted"}
        self.apply_documents(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
        )

    def apply_target(self, name: str, namespace: str, vvp_namespace: str = "default") -> None:
        """A deployment target, the smallest resource there is."""
        self.apply_targets([name], namespace, vvp_namespace)

    def apply_targets(self, names: Iterable[str], namespace: str, vvp_namespace: str) -> None:
        """Deployment targets of one VVP namespace, all at a time."""
        self.apply_documents(*(target(name, namespace, vvp_namespace) for name in names))

    def apply_documents(self, *documents: dict[str, Any]) -> None:
        """``kubectl apply`` of documents that no file has."""
        path = self.folder / f"{len(self.applied)}.json"
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": documents})
        path.write_text(text, encoding="utf-8")
        self.apply("-f", path)

    def create_documents(self, namespace: str, *documents: dict[str, Any]) -> None:
        """``kubectl create`` of many documents in a namespace, with which they are deleted."""
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": documents})
        self.node.kubectl("create", "-n", namespace, "-f", "-", input=text)

    def wipe(self) -> None:
        """Deletes all that was applied: first what runs, so that nobody sets a finalizer again."""
        everywhere = ("--all", "--all-namespaces", "--cascade=foreground")
        self.node.kubectl("delete", "cronjobs,jobs,deployments,statefulsets", *everywhere)
        kinds = "vpnamespaces,vpdeploymenttargets,vpdeployments,vpsavepoints"
        held = [one for one in self.get_all(kinds) if one["metadata"].pop("finalizers", None)]
        if held:
            text = json.dumps({"apiVersion": "v1", "kind": "List", "items": held})
            self.node.kubectl("replace", "-f", "-", input=text)
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

    def kill(self, pod: str, namespace: str) -> None:
        """Kills what runs in a pod, with SIGKILL."""
        [container] = self.get("pod", pod, namespace)["status"]["containerStatuses"]
        self.node.kill(container["containerID"].removeprefix("containerd://"))

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


def eventually(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Waits until something holds; an ``AssertionError`` where it does not within this time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds:g} s"
        time.sleep(0.1)
