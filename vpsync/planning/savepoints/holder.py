"""Whether a savepoint may be had of a deployment, and whether its data may go with the resource.

A savepoint reads a job's state, and its deletion removes it: both are for the Kubernetes namespace from
which the deployment is held, and for no other tenant of the same VVP namespace.
"""

from __future__ import annotations

from collections.abc import Mapping

from vpsync.model.observed import Observed, PlatformKey
from vpsync.model.options import Adopt
from vpsync.model.resource import Manifest
from vpsync.planning.ownership.marker import OWNER, read_marker
from vpsync.planning.policy import Policy


def not_held_from_here(
    manifest: Manifest, deployment: Observed, policy: Policy, homes: Mapping[PlatformKey, str]
) -> str:
    """Why the deployment is not for the resource's Kubernetes namespace; empty where it is.

    An unowned deployment is for whoever the run would let adopt it.
    """
    home = manifest.key.namespace
    holder, of_another_cluster = _elsewhere(manifest, deployment, policy)
    if not holder and homes.get(deployment.key, home) != home:
        holder = f"a resource of namespace {homes[deployment.key]!r}"
    name = f"deployment {deployment.key.name!r}"
    if of_another_cluster:
        return (
            f"{name} belongs to {holder}; give each cluster its own --owner-id, or take over the deployment "
            "first, if this cluster was restored from a backup"
        )
    if holder:
        return (
            f"{name} belongs to {holder}; declare the savepoint in the namespace of the resource "
            "that holds its deployment"
        )
    owned = deployment.key in homes or OWNER in deployment.annotations
    if not owned and policy.adopt is Adopt.NEVER:
        return f"{name} is not owned by anyone, and --adopt=never leaves it alone"
    return ""


def holder_elsewhere(manifest: Manifest, deployment: Observed, policy: Policy) -> str:
    """Whose the deployment is by its marker, where that is not from the resource's own namespace and cluster.

    A run that adopts whatever is another cluster's may have a savepoint of it, too.
    """
    return _elsewhere(manifest, deployment, policy)[0]


def _elsewhere(manifest: Manifest, deployment: Observed, policy: Policy) -> tuple[str, bool]:
    """Who holds the deployment elsewhere, in words, and whether that is the same owner in another cluster."""
    text = deployment.annotations.get(OWNER)
    if text is None:
        return "", False
    marker = read_marker(text)
    if marker is None:
        return "an owner whose marker cannot be read", False
    if marker.platform != str(deployment.key):
        # A copy made in the UI: nobody's.
        return "", False
    cluster = "" if policy.adopt is Adopt.ALWAYS else policy.cluster
    if holder := marker.foreign_holder(policy.owner_id, cluster):
        return holder, marker.owner == policy.owner_id
    is_at_home = marker.resource.partition("/")[0] == manifest.key.namespace
    return "" if is_at_home else marker.resource, False


def is_adopted(manifest: Manifest, savepoint: Observed) -> bool:
    """Whether somebody else made the savepoint, and the resource only follows it."""
    if savepoint.id in (manifest.note("adopt"), manifest.note("id")):
        return True
    status = manifest.status
    return bool(status.get("adopted")) and status.get("id") == savepoint.id
