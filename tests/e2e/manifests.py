"""Manifests of all four kinds, small and valid, as Python values."""

from __future__ import annotations

from typing import Any

from .admin import GROUP

Document = dict[str, Any]
Documents = list[Document]

CANARY = "canary-7f3a91c2d4"
"""A secret that every deployment declares; it must never be seen in anything that vpsync says."""

VVP_NAMESPACE = "default"


def note(name: str) -> str:
    """The full key of one of vpsync's annotations."""
    return f"{GROUP}/{name}"


def _resource(kind: str, name: str, spec: Document, version: str, notes: Document) -> Document:
    metadata: Document = {"name": name}
    if notes:
        metadata["annotations"] = {note(key): text for key, text in notes.items()}
    return {"apiVersion": f"{GROUP}/{version}", "kind": kind, "metadata": metadata, "spec": spec}


def namespace(name: str, *bindings: tuple[str, str], **notes: str) -> Document:
    """A VVP namespace; each binding is a role and one member."""
    roles = [{"role": role, "members": [member]} for role, member in bindings]
    return _resource("VpNamespace", name, {"roleBindings": roles}, "v1beta1", notes)


def target(
    name: str = "jobs", *, vvp: str = VVP_NAMESPACE, kubernetes: str = "flink", **metadata: Any
) -> Document:
    """A deployment target in the VVP namespace ``vvp``."""
    spec = {
        "metadata": {"namespace": vvp, **metadata},
        "spec": {"kubernetes": {"namespace": kubernetes}},
    }
    return _resource("VpDeploymentTarget", name, spec, "v1beta1", {})


def vvp_target(name: str = "jobs") -> Document:
    """The body of a VVP deployment target, equal to what :func:`target` declares."""
    return {"metadata": {"name": name}, "spec": {"kubernetes": {"namespace": "flink"}}}


def deployment(
    name: str,
    *,
    vvp: str = VVP_NAMESPACE,
    state: str | None = "RUNNING",
    template: Document | None = None,
    metadata: Document | None = None,
    notes: Document | None = None,
    version: str = "v1beta1",
    **spec: Any,
) -> Document:
    """A deployment on the target ``jobs``; ``template`` is merged into its template's spec."""
    flink = {"s3.secret-key": CANARY, **(template or {}).get("flinkConfiguration", {})}
    inner: Document = {
        "upgradeStrategy": {"kind": "STATEFUL"},
        "restoreStrategy": {"kind": "LATEST_STATE"},
        "template": {
            "spec": {
                "artifact": {"kind": "JAR", "jarUri": "s3://bucket/orders.jar"},
                **(template or {}),
                "flinkConfiguration": flink,
            }
        },
        **spec,
    }
    if state is not None:
        inner["state"] = state
    whole = {
        "deploymentTargetName": "jobs",
        "metadata": {"namespace": vvp, **(metadata or {})},
        "spec": inner,
    }
    return _resource("VpDeployment", name, whole, version, notes or {})


def savepoint(
    name: str,
    deployment_name: str | None = None,
    *,
    deployment_id: str | None = None,
    location: str | None = None,
    vvp: str = VVP_NAMESPACE,
    **notes: str,
) -> Document:
    """A savepoint of a deployment, which is named or given by its VVP id."""
    metadata: Document = {"namespace": vvp}
    spec: Document = {"metadata": metadata}
    if deployment_name is not None:
        spec["deploymentName"] = deployment_name
    if deployment_id is not None:
        metadata["deploymentId"] = deployment_id
    if location is not None:
        spec["spec"] = {"savepointLocation": location}
    return _resource("VpSavepoint", name, spec, "v1beta1", notes)
