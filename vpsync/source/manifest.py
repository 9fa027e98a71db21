"""A decoded custom resource as a :class:`Manifest`, whichever source it came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from vpsync.kinds import BY_NAME
from vpsync.kinds.leftovers import meant
from vpsync.model.json import Json, JsonObject, pointer
from vpsync.model.phrases import did_you_mean
from vpsync.model.problem import Problem
from vpsync.model.resource import GROUP, Manifest, ResourceKey

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""kubectl's copy of a manifest: large, of no use here, and known to leak secrets into diffs."""


def is_ours(document: Json) -> bool:
    """Whether a decoded document is one of the custom resources that vpsync reconciles."""
    if not isinstance(document, Mapping):
        return False
    group = str(document.get("apiVersion") or "").partition("/")[0]
    kind = document.get("kind")
    return group == GROUP and isinstance(kind, str) and kind in BY_NAME


def misnamed(document: JsonObject) -> Problem | None:
    """What is wrong with a document that is nearly one of ours; None where it is another kind's.

    To skip a resource for a mistyped kind or group would be to prune what it stands for.
    """
    version, kind = str(document.get("apiVersion") or ""), document.get("kind")
    known = isinstance(kind, str) and kind in BY_NAME
    ours = version.partition("/")[0] == GROUP
    if ours and not known:
        meant = did_you_mean(str(kind), BY_NAME) or f"; choose of {', '.join(BY_NAME)}"
        return Problem("/kind", f"vpsync knows no such kind{meant}")
    if known and not ours:
        return Problem("/apiVersion", f"is not the group of {kind}; write {GROUP}/…")
    return None


def manifest_from(document: JsonObject, origin: str, default_namespace: str = "") -> Manifest:
    """The manifest in a document for which :func:`is_ours` holds.

    Never fails: members of a wrong type are left empty here and told by :func:`shape_problems`.
    """
    metadata = _map(document.get("metadata"))
    annotations = _texts(metadata.get("annotations"))
    kind = str(document["kind"])
    namespace = str(metadata.get("namespace") or default_namespace)
    generation = metadata.get("generation")
    return Manifest(
        key=ResourceKey(kind, namespace, str(metadata.get("name") or "")),
        spec=meant(kind, _map(document.get("spec")), annotations),
        labels=_texts(metadata.get("labels")),
        annotations=annotations,
        status=_map(document.get("status")) if origin == "cluster" else {},
        api_version=str(document["apiVersion"]),
        uid=str(metadata.get("uid") or "") if origin == "cluster" else "",
        generation=generation if isinstance(generation, int) and origin == "cluster" else 0,
        resource_version=str(metadata.get("resourceVersion") or ""),
        created=str(metadata.get("creationTimestamp") or "") if origin == "cluster" else "",
        deletion_requested=str(metadata.get("deletionTimestamp") or "")
        if origin == "cluster"
        else "",
        finalizers=tuple(str(item) for item in _list(metadata.get("finalizers"))),
        origin=origin,
    )


def document_of(manifest: Manifest) -> dict[str, Json]:
    """The document that a schema judges: the manifest as it was meant, without its status."""
    metadata = {
        "name": manifest.key.name,
        "namespace": manifest.key.namespace,
        "labels": dict(manifest.labels),
        "annotations": dict(manifest.annotations),
    }
    return {
        "apiVersion": manifest.api_version,
        "kind": manifest.key.kind,
        "metadata": metadata,
        "spec": manifest.spec,
    }


def shape_problems(document: JsonObject) -> list[Problem]:
    """What is wrong with the metadata and the frame of a document read from a file.

    An API server has checked these for a resource in a cluster.
    """
    metadata = document.get("metadata")
    if not isinstance(metadata, Mapping):
        return [Problem("/metadata", "is required and must be a map")]
    problems = list(_name_problems(metadata))
    for member in ("labels", "annotations"):
        value = metadata.get(member)
        if value is not None and not isinstance(value, Mapping):
            problems.append(Problem(f"/metadata/{member}", "must be a map of strings"))
        for key, text in _map(value).items():
            if not isinstance(text, str):
                rule = "must be a string; put it in quotes"
                problems.append(Problem(pointer(("metadata", member, key)), rule))
    if not isinstance(document.get("spec"), Mapping):
        problems.append(Problem("/spec", "is required and must be a map"))
    return problems


def _name_problems(metadata: JsonObject) -> Iterator[Problem]:
    if not isinstance(metadata.get("name"), str) or not metadata["name"]:
        yield Problem("/metadata/name", "is required and must be a string")
    if not isinstance(metadata.get("namespace", ""), (str, type(None))):
        yield Problem("/metadata/namespace", "must be a string")


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _map(value: Json) -> JsonObject:
    return value if isinstance(value, Mapping) else {}


def _texts(value: Json) -> dict[str, str]:
    return {
        str(key): text
        for key, text in _map(value).items()
        if isinstance(text, str) and key != LAST_APPLIED
    }
