"""A decoded custom resource as a :class:`Manifest`, whichever source it came from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from vpsync.kinds.leftovers import has_parked_fields, meant
from vpsync.model.bounds import beyond_bounds, holds
from vpsync.model.finding import Finding
from vpsync.model.json import Json, JsonObject, pointer
from vpsync.model.phrases import did_you_mean
from vpsync.model.resource import Manifest, ResourceKey
from vpsync.source.strangers import HELM, looks_like_helm

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""kubectl's copy of a manifest: large, of no use here, and known to leak secrets into diffs."""

_MEMBERS = ("apiVersion", "kind", "metadata", "spec", "status")
_SEALED = "ENC[AES256_GCM,"
"""What SOPS puts in place of a value (https://getsops.io)."""
_LONGEST_NAME = 253
_STATUS_TYPES: Mapping[str, type] = {
    "attempts": int,
    "conditions": list,
    "failure": dict,
    "intent": dict,
    "job": dict,
    "lastEventIds": list,
    "lastHandled": dict,
    "observedGeneration": int,
    "running": dict,
    "savepoint": dict,
}
"""What a pass builds on in a status. Our CRDs hold to it; others in their place may not."""


def read_manifest(
    document: JsonObject, origin: str, default_namespace: str = ""
) -> tuple[Manifest, list[Finding]]:
    """The manifest in a document of ours, and why it must not be used where that is so.

    Of a document beyond the bounds only what keeps them by itself is looked at any further.
    """
    findings = [Finding("", text)] if (text := beyond_bounds(document)) else []
    if findings:
        document = _within_bounds(document)
    for key in list(_parked_beyond(document)):
        path = pointer(("metadata", "annotations", key))
        findings.append(Finding(path, "holds a parked field that is too large or too deep"))
        document = _without_annotation(document, key)
    findings += encrypted_values(document)
    return manifest_from(document, origin, default_namespace), findings


def manifest_from(document: JsonObject, origin: str, default_namespace: str = "") -> Manifest:
    """The manifest in a document for which :func:`~vpsync.source.strangers.is_ours` holds.

    Never fails: members of a wrong type are left empty here and told by :func:`shape_findings`.
    """
    metadata = _map(document.get("metadata"))
    annotations = _texts(metadata.get("annotations"))
    kind = str(document["kind"])
    namespace = str(metadata.get("namespace") or default_namespace)
    generation = metadata.get("generation")
    return Manifest(
        key=ResourceKey(kind, _named(namespace), _named(str(metadata.get("name") or ""))),
        spec=meant(kind, _map(document.get("spec")), annotations),
        labels=_texts(metadata.get("labels")),
        annotations=annotations,
        status=_status(document.get("status")) if origin == "cluster" else {},
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


def shape_findings(document: JsonObject) -> list[Finding]:
    """What is wrong with the metadata and the frame of a document read from a file.

    An API server has checked these for a resource in a cluster.
    """
    metadata = document.get("metadata")
    findings = list(_frame_findings(document))
    if not isinstance(metadata, Mapping):
        return [*findings, Finding("/metadata", "is required and must be a map")]
    findings += _name_findings(metadata)
    for member in ("labels", "annotations"):
        value = metadata.get(member)
        if value is not None and not isinstance(value, Mapping):
            findings.append(Finding(f"/metadata/{member}", "must be a map of strings"))
        for key, text in _map(value).items():
            if not isinstance(text, str):
                rule = "must be a string; put it in quotes"
                findings.append(Finding(pointer(("metadata", member, key)), rule))
    if not isinstance(document.get("spec"), Mapping):
        findings.append(Finding("/spec", "is required and must be a map"))
    return findings


def _frame_findings(document: JsonObject) -> Iterator[Finding]:
    """Members beside the five that a resource has, and templates that nobody has rendered."""
    for key in document:
        if key == "sops":
            text = "this manifest is encrypted with SOPS; decrypt it first, as in sops decrypt FILE"
            yield Finding("/sops", text)
        elif key not in _MEMBERS:
            text = f"is not a known field{did_you_mean(key, _MEMBERS)}"
            yield Finding(pointer((key,)), text)
    if holds(document, "{{"):
        for path, text in _texts_in(document, ""):
            if looks_like_helm(text):
                yield Finding(path, HELM)


def _name_findings(metadata: JsonObject) -> Iterator[Finding]:
    if not isinstance(metadata.get("name"), str) or not metadata["name"]:
        yield Finding("/metadata/name", "is required and must be a string")
    if not isinstance(metadata.get("namespace", ""), (str, type(None))):
        yield Finding("/metadata/namespace", "must be a string")


def encrypted_values(document: JsonObject) -> list[Finding]:
    """The values that SOPS has encrypted and nobody has decrypted: VVP would take them for the secret."""
    spec = document.get("spec")
    if not holds(spec, _SEALED):
        return []
    text = "is encrypted with SOPS; decrypt it first, as in sops decrypt FILE | vpsync validate -"
    return [Finding(path, text) for path, value in _texts_in(spec, "/spec") if _SEALED in value]


def _texts_in(value: Json, path: str) -> Iterator[tuple[str, str]]:
    """Every text with its JSON pointer."""
    if isinstance(value, str):
        yield path, value
    members = value.items() if isinstance(value, dict) else enumerate(_list(value))
    for key, member in members:
        yield from _texts_in(member, path + pointer((str(key),)))


def _within_bounds(document: JsonObject) -> JsonObject:
    """The parts of a document that keep the bounds by themselves; enough to tell which one it is."""
    metadata, spec = _map(document.get("metadata")), _map(document.get("spec"))
    kept = {key: value for key, value in metadata.items() if not beyond_bounds({key: value})}
    inner = {"metadata": spec.get("metadata")}
    status = document.get("status")
    return {
        "apiVersion": document["apiVersion"],
        "kind": document["kind"],
        "metadata": kept,
        "spec": {} if beyond_bounds(inner) else inner,
        "status": None if beyond_bounds(status) else status,
    }


def _parked_beyond(document: JsonObject) -> Iterator[str]:
    """The annotations with parked fields that cannot be decoded within the bounds."""
    annotations = _texts(_map(document.get("metadata")).get("annotations"))
    for key in annotations if has_parked_fields(annotations) else ():
        if not has_parked_fields({key: ""}):
            continue
        try:
            value = json.loads(annotations[key])
        except RecursionError:
            yield key
        except ValueError:
            continue
        else:
            # It goes five levels into the spec.
            if beyond_bounds([[[[[[value]]]]]]):
                yield key


def _without_annotation(document: JsonObject, key: str) -> JsonObject:
    metadata = _map(document["metadata"])
    annotations = {name: text for name, text in metadata["annotations"].items() if name != key}
    return {**document, "metadata": {**metadata, "annotations": annotations}}


def _named(name: str) -> str:
    """A name, cut where it is longer than any can be: it stands in every message about a resource."""
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _map(value: Json) -> JsonObject:
    return value if isinstance(value, Mapping) else {}


def _status(value: Json) -> JsonObject:
    """The status without members that cannot be vpsync's: it was never seen with them."""
    return {
        key: member
        for key, member in _map(value).items()
        if isinstance(member, _STATUS_TYPES.get(key, object))
    }


def _texts(value: Json) -> dict[str, str]:
    return {
        str(key): text
        for key, text in _map(value).items()
        if isinstance(text, str) and key != LAST_APPLIED
    }
