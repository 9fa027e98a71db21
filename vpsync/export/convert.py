"""Objects in the form of VVP's own API, as they lie in files, as manifests; nobody is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from vpsync.export.declare import Export, declared
from vpsync.export.names import assigned
from vpsync.export.owners import ObjectOwner
from vpsync.kinds import BY_NAME, KINDS, position
from vpsync.model.json import Json, JsonObject
from vpsync.model.observed import Observed, PlatformKey, Snapshot
from vpsync.planning.ownership.marker import Ownership
from vpsync.source.files import Document, Files
from vpsync.source.strangers import is_platform_object
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
        found = list(_objects_in(document.value))
        skipped += not found
        for value in found:
            taken = _observed(value, document, len(objects))
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


def _objects_in(value: Json) -> Iterator[JsonObject]:
    """The VVP objects of a document: itself, or the items of a list as VVP answers it."""
    if not isinstance(value, Mapping) or not is_platform_object(value):
        return
    if isinstance(items := value.get("items"), list):
        yield from (item for item in items if isinstance(item, Mapping))
    else:
        yield value


def _observed(value: JsonObject, document: Document, number: int) -> Observed | str:
    """The object as VVP would hold it, or why it is none that a manifest can stand for."""
    kind = str(value.get("kind") or "Deployment")
    metadata = value.get("metadata")
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    known = BY_NAME.get(f"Vp{kind}")
    if known is None or known.taken_once:
        return f"vpsync makes no manifest of a {kind[:60]}"
    if not isinstance(name, str) or not name or not isinstance(metadata, Mapping):
        return f"the {kind} has no metadata.name, so the manifest would have no name"
    if not known.name_rule.fullmatch(name):
        return (
            f"a manifest cannot name the {kind} {name[:100]!r}; create it anew under another name"
        )
    namespace = str(metadata.get("namespace") or DEFAULT_NAMESPACE)
    # Objects are told apart by their place; as posted they have no id.
    identity = f"{document.origin}#{number}"
    return Observed(PlatformKey(known.name, namespace, name), identity, value)
