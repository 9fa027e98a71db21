"""Writes k8s/cronjob.yaml and k8s/namespaced.yaml: what overlays make, in files for ``kubectl apply -f``.

``python -m docs.manifests`` asks the kubectl on the PATH, or that of ``KUBECTL``. The CronJob's file is
the base's files and the overlay's own as they stand, for their comments; the team's is what kustomize
makes, which has none. Each begins with what its kustomization says.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

K8S = Path(__file__).resolve().parents[1] / "k8s"
OVERLAYS = K8S / "overlays"
PARTS = (
    "base/namespace.yaml", "base/rights.yaml", "base/lease.yaml", "overlays/cronjob/cronjob.yaml",
)  # fmt: skip


def header(overlay: str) -> str:
    """What stands above an overlay's kustomization, as it is said of the one file."""
    text = (OVERLAYS / overlay / "kustomization.yaml").read_text(encoding="utf-8")
    comment = text[: text.index("apiVersion")]
    comment = comment.replace(
        f"kubectl apply -k k8s/overlays/{overlay}", f"kubectl apply -f k8s/{overlay}.yaml"
    )
    return comment.replace(
        f"k8s/{overlay}.yaml is the same in one file",
        f"k8s/overlays/{overlay} is the same for kustomize",
    )


def cronjob() -> str:
    """The text of k8s/cronjob.yaml."""
    parts = ((K8S / name).read_text(encoding="utf-8") for name in PARTS)
    return header("cronjob") + "---\n".join(parts)


def namespaced(kubectl: str) -> str:
    """The text of k8s/namespaced.yaml."""
    return header("namespaced") + built("namespaced", kubectl)


def built(overlay: str, kubectl: str) -> str:
    """What kustomize makes of an overlay."""
    return kustomized(OVERLAYS / overlay, kubectl)


def kustomized(folder: Path, kubectl: str) -> str:
    """What kustomize makes of a folder with a kustomization."""
    command = [kubectl, "kustomize", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def main() -> None:
    """Writes both files."""
    (K8S / "cronjob.yaml").write_text(cronjob(), encoding="utf-8")
    text = namespaced(os.environ.get("KUBECTL", "kubectl"))
    (K8S / "namespaced.yaml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
