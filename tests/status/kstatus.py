"""kstatus, as Flux and ``kubectl`` wait with it: what a status says to everybody else.

The rules are those of sigs.k8s.io/cli-utils, "pkg/kstatus": generation, then ``Reconciling`` and
``Stalled``, then ``Ready``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vpsync.model.resource import Manifest


def kstatus(resource: Manifest, status: Mapping[str, Any]) -> str:
    """``Current``, ``InProgress``, ``Failed`` or ``Terminating``."""
    if resource.deleting:
        return "Terminating"
    if status.get("observedGeneration") != resource.generation:
        return "InProgress"
    told = {condition["type"]: condition["status"] for condition in status.get("conditions") or []}
    if told.get("Stalled") == "True":
        return "Failed"
    if told.get("Reconciling") == "True":
        return "InProgress"
    return "Current" if told.get("Ready", "True") == "True" else "InProgress"
