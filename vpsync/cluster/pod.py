"""The service account of the pod that a run is in, where it is in one.

Kubernetes sets the variables and mounts the files in every container. The token is replaced while a
pod lives, so it is read for every request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vpsync.cluster.entries import Cluster, User

MOUNTED = Path("/var/run/secrets/kubernetes.io/serviceaccount")


@dataclass(frozen=True, slots=True)
class Pod:
    """What a pod knows of its cluster."""

    environment: Mapping[str, str]
    folder: Path = MOUNTED
    """Where the token and the certificate authority are."""

    @property
    def is_ours(self) -> bool:
        """Whether the run is in a pod that has a service account."""
        return "KUBERNETES_SERVICE_HOST" in self.environment and self._token.exists()

    @property
    def cluster(self) -> Cluster:
        """The API server of the pod's cluster."""
        host = self.environment["KUBERNETES_SERVICE_HOST"]
        port = self.environment.get("KUBERNETES_SERVICE_PORT") or "443"
        bracketed = f"[{host}]" if ":" in host else host
        return Cluster(f"https://{bracketed}:{port}", authority=self.folder / "ca.crt")

    @property
    def user(self) -> User:
        """The service account of the pod."""
        return User(token_file=self._token)

    @property
    def namespace(self) -> str:
        """The namespace of the pod; empty where it is not told."""
        try:
            return (self.folder / "namespace").read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            return ""

    @property
    def _token(self) -> Path:
        return self.folder / "token"
