"""Whether a resource may have what it asks for in VVP.

Everybody who may write a resource acts with our token, so what a Kubernetes namespace may have is for
the run's settings to say, and for nothing that the resource holds.
"""

from __future__ import annotations

from vpsync.kinds import BY_NAME
from vpsync.model.observed import PlatformKey
from vpsync.model.resource import Manifest
from vpsync.planning.policy import Tenancy


def refusal(manifest: Manifest, platform: PlatformKey, tenancy: Tenancy) -> str | None:
    """Why the resource may not have its VVP object; None when it may."""
    home = manifest.key.namespace
    kind = BY_NAME[manifest.key.kind]
    if kind.admin_only and tenancy.admin_namespaces is not None:
        if home not in tenancy.admin_namespaces:
            return f"{kind.name}s are accepted only from the namespaces given by --admin-namespace"
        return None
    allowed = tenancy.namespaces
    if allowed is not None and platform.namespace not in allowed.get(home, frozenset()):
        return f"--namespace-map does not give namespace {home!r} the VVP namespace {platform.namespace!r}"
    if kind.admin_only:
        return None
    runs_in = kind.runs_in(manifest)
    targets = tenancy.target_namespaces
    if runs_in is not None and targets is not None and runs_in not in targets:
        return f"--target-namespaces does not hold the Kubernetes namespace {runs_in!r}"
    return None
