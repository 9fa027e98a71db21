"""Objects in the form of VVP's own API, as they lie in files, as manifests; nobody is asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from vpsync.export.declare import Export, declared
from vpsync.export.names import assigned
from vpsync.export.owners import ObjectOwner
from vpsync.kinds import BY_NAME, KINDS, position
from vpsync.kinds.savepoint import DEPLOYMENT_ID
from vpsync.kinds.values import text_at
from vpsync.model.json import JsonObject
from vpsync.model.observed import Observed, PlatformKey, Snapshot
from vpsync.planning.ownership.marker import Ownership
from vpsync.source.files import Files
from vpsync.source.platform_objects import PLATFORM_KIND, namespace_name, platform_objects
from vpsync.source.walk import UnreadableFile

DEFAULT_NAMESPACE = "default"
"""VVP's own default."""


def convert(files: Files) -> Export:
    """A manifest for each VVP object in the files; SettingsError for a name that is not there.

    As with an export, what VVP sets itself and what may hold a secret is left out.
    """
    objects: list[Observed] = []
    refused: list[str] = []
    skipped = 0
    for document in (one for file in files.files() for one in files.decoded(file)):
        if isinstance(document, UnreadableFile):
            refused.append(str(document))
            continue
        values = list(platform_objects(document.value))
        skipped += not values
        for value in values:
            taken = _observed(value, len(objects))
            if isinstance(taken, Observed):
                objects.append(taken)
            else:
                refused.append(f"{document.origin}: {taken}")
    names: dict[str, str] = {}
    for kind in KINDS:
        of_kind = [one for one in objects if one.key.kind == kind.name]
        names |= assigned(of_kind, (), Snapshot())
    objects.sort(key=lambda one: position(one.key.kind))
    holder = ObjectOwner(Ownership.UNOWNED)
    manifests = (declared(one, holder, names[one.id], Snapshot()) for one in objects)
    return Export(tuple(manifests), tuple(refused), skipped)


def _observed(value: JsonObject, number: int) -> Observed | str:
    """The object as VVP would hold it, or why it is none that a manifest can stand for."""
    if (namespace := namespace_name(value)) is not None:
        return _named(PLATFORM_KIND, namespace, namespace, value, number)
    kind = str(value.get("kind") or "Deployment")
    metadata = value.get("metadata")
    metadata = metadata if isinstance(metadata, Mapping) else {}
    name, namespace = metadata.get("name"), str(metadata.get("namespace") or DEFAULT_NAMESPACE)
    vp_kind = BY_NAME.get(f"Vp{kind}")
    if vp_kind is None:
        return f"vpsync makes no manifest of a {kind[:60]}"
    if not vp_kind.named:
        if not text_at(value, DEPLOYMENT_ID):
            return f"the {kind} has no metadata.deploymentId, so the manifest would be of no deployment"
        identity = text_at(value, ("metadata", "id")) or _digest(value, number)
        return Observed(PlatformKey(vp_kind.name, namespace, ""), identity, value)
    if not isinstance(name, str) or not name:
        return f"the {kind} has no metadata.name, so the manifest would have no name"
    return _named(kind, namespace, name, value, number)


def _named(kind: str, namespace: str, name: str, value: JsonObject, number: int) -> Observed | str:
    vp_kind = BY_NAME[f"Vp{kind}"]
    if not vp_kind.name_rule.fullmatch(name):
        return (
            f"a manifest cannot name the {kind} {name[:100]!r}; create it anew under another name"
        )
    return Observed(PlatformKey(vp_kind.name, namespace, name), _digest(value, number), value)


def _digest(value: JsonObject, number: int) -> str:
    """Tells objects apart: as posted they have no id. It is the same wherever the file lies."""
    text = json.dumps([value, number], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
