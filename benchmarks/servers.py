"""The two sides of a benchmark as processes of their own: the sandbox, and a real API server's requests."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from benchmarks.manifests import GROUP
from tests.e2e.apiserver.server import ApiServer

ROOT = Path(__file__).resolve().parents[1]
PLURALS = {
    "VpNamespace": "vpnamespaces",
    "VpDeploymentTarget": "vpdeploymenttargets",
    "VpDeployment": "vpdeployments",
    "VpSavepoint": "vpsavepoints",
}
NAMESPACE = "default"
"""The Kubernetes namespace of all resources, where there is no other."""

_LIMIT_SECONDS = 60
CONCURRENCY = 8
"""Requests side by side, of vpsync and of what prepares for it."""


class Vvp:
    """The sandbox in its own process; safe to share between threads."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lock = threading.Lock()
        assert process.stdout is not None
        self.url = process.stdout.readline().strip()

    def say(self, command: str) -> str:
        """Sends a line and returns the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            self._process.stdin.write(command + "\n")
            self._process.stdin.flush()
            return self._process.stdout.readline().strip()

    def freeze(self) -> None:
        """From now on it takes connections and answers nobody."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It answers again, and first what was asked meanwhile."""
        self._process.send_signal(signal.SIGCONT)


@contextmanager
def vvp(polls: int = 1) -> Iterator[Vvp]:
    """A new, empty sandbox, in which so many reads show a transition."""
    command = [sys.executable, str(ROOT / "benchmarks" / "vvp.py"), str(polls)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
    )
    try:
        yield Vvp(process)
    finally:
        process.send_signal(signal.SIGCONT)
        assert process.stdin is not None
        process.stdin.close()
        process.wait()


def environment(**more: str) -> dict[str, str]:
    """The environment of every process measured."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


@dataclass(frozen=True, slots=True)
class Cluster:
    """Requests to the API server as its administrator."""

    url: str
    token: str
    ca: bytes
    """The certificate of its authority, as PEM."""
    session: requests.Session
    namespace: str = NAMESPACE
    """The Kubernetes namespace of the resources."""

    def path(self, plural: str) -> str:
        """The address of the resources of one kind."""
        return f"{self.url}/apis/{GROUP}/v1beta1/namespaces/{self.namespace}/{plural}"

    def create(self, manifest: Mapping[str, Any]) -> None:
        """Stores a new resource."""
        address = self.path(PLURALS[manifest["kind"]])
        self.session.post(address, json=manifest, timeout=_LIMIT_SECONDS).raise_for_status()

    def patch(self, plural: str, name: str, patch: Mapping[str, Any]) -> None:
        """Changes a resource by a merge patch."""
        self.session.patch(
            f"{self.path(plural)}/{name}",
            data=json.dumps(patch),
            headers={"Content-Type": "application/merge-patch+json"},
            timeout=_LIMIT_SECONDS,
        ).raise_for_status()

    def delete(self, plural: str, name: str) -> None:
        """Asks for the deletion of a resource; its finalizers still hold it."""
        address = f"{self.path(plural)}/{name}"
        self.session.delete(address, timeout=_LIMIT_SECONDS).raise_for_status()

    def get(self, plural: str, name: str) -> dict[str, Any] | None:
        """A resource; None where there is none of that name."""
        return document_at(self.session, f"{self.path(plural)}/{name}", _LIMIT_SECONDS)

    def list(self, plural: str) -> list[dict[str, Any]]:
        """All resources of one kind."""
        answer = self.session.get(self.path(plural), timeout=2 * _LIMIT_SECONDS)
        answer.raise_for_status()
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


def document_at(
    session: requests.Session, address: str, limit_seconds: float
) -> dict[str, Any] | None:
    """What a server holds at an address; None where it has nothing there."""
    answer = session.get(address, timeout=limit_seconds)
    if answer.status_code == requests.codes.not_found:
        return None
    answer.raise_for_status()
    document: dict[str, Any] = answer.json()
    return document


def is_ready(resource: Mapping[str, Any]) -> bool:
    """Whether the status of a resource is of its present spec, and says that all is well."""
    status = resource.get("status") or {}
    if status.get("observedGeneration") != resource["metadata"]["generation"]:
        return False
    conditions = status.get("conditions") or []
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def cluster_of(server: ApiServer, namespace: str = NAMESPACE) -> Cluster:
    """The administrator's access to this API server; one thread's."""
    config = json.loads(server.admin_kubeconfig.read_text())
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    session = requests.Session()
    session.trust_env = False
    session.verify = False
    # A server that has just started asks to come again.
    again = Retry(connect=0, read=0, status=10, status_forcelist=(429, 503),
                  allowed_methods=None, backoff_factor=0.1)  # fmt: skip
    session.mount("https://", HTTPAdapter(max_retries=again))
    session.headers["Authorization"] = f"Bearer {user['token']}"
    requests.packages.urllib3.disable_warnings()  # type: ignore[attr-defined]
    ca = base64.b64decode(cluster["certificate-authority-data"])
    return Cluster(cluster["server"], user["token"], ca, session, namespace)


def create_resources(server: ApiServer, manifests: Iterable[Mapping[str, Any]]) -> None:
    """Stores new resources, several at a time."""
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        list(pool.map(cluster_of(server).create, manifests))


def install_crds(server: ApiServer) -> None:
    """Installs the shipped CRDs, and waits until they are served."""
    crds = str(ROOT / "k8s" / "crds.yaml")
    server.kubectl("apply", "-f", crds)
    server.kubectl("wait", "--for=condition=Established", "--timeout=60s", "-f", crds)
