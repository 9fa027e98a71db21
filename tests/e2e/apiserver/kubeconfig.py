"""Writes kubeconfig files."""

from __future__ import annotations

import base64
import json
from pathlib import Path


def write_kubeconfig(path: Path, *, url: str, ca_certificate: bytes, token: str) -> None:
    """Write to ``path`` a kubeconfig that needs no other file and only its owner can read.

    It is JSON, which every reader of YAML takes.
    """
    certificate = base64.b64encode(ca_certificate).decode("ascii")
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "e2e",
                "cluster": {"server": url, "certificate-authority-data": certificate},
            }
        ],
        "users": [{"name": "e2e", "user": {"token": token}}],
        "contexts": [{"name": "e2e", "context": {"cluster": "e2e", "user": "e2e"}}],
        "current-context": "e2e",
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(config, indent=2), encoding="utf-8")
