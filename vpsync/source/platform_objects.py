"""Documents in the form of VVP's own APIs, as curl, vvpctl and streaming-cli post them and VVP answers.

Objects of the Application Manager have a kind and a spec; of a deployment, clients often leave the kind
out. A namespace of the Platform API has neither: its name is ``namespaces/NAME``, and an answer wraps it
(the published specifications, ``Namespace`` and ``ListNamespacesResponse``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from vpsync.kinds import BY_NAME, KINDS
from vpsync.kinds.kind import Api
from vpsync.model.json import Json, JsonObject, value_at

PLATFORM_KIND = next(kind.name for kind in KINDS if kind.api is Api.PLATFORM).removeprefix("Vp")
"""The kind that stands for a namespace of the Platform API; Kubernetes has one of that name, too."""

_KINDS = (frozenset(kind.removeprefix("Vp") for kind in BY_NAME) - {PLATFORM_KIND}) | {
    "DeploymentDefaults", "SecretValue", "SessionCluster",
}  # fmt: skip
_NAMESPACE = re.compile(r"namespaces/([^/]+)")


def is_platform_object(document: Json) -> bool:
    """Whether a document is one object of VVP's own API, or a list of such as VVP answers it."""
    return next(platform_objects(document), None) is not None


def platform_objects(document: Json) -> Iterator[JsonObject]:
    """The VVP objects of a document: itself, or those that it wraps; none where it is of another form."""
    if isinstance(document, list):
        yield from _all_of(document)
    elif isinstance(document, Mapping) and document.get("apiVersion") in (None, "v1"):
        yield from _in_map(document)


def namespace_name(document: JsonObject) -> str | None:
    """The name of a namespace of the Platform API; None for any other document."""
    name = document.get("name")
    if document.get("kind") not in (None, PLATFORM_KIND) or "spec" in document:
        return None
    match = _NAMESPACE.fullmatch(name) if isinstance(name, str) else None
    return match[1] if match else None


def _in_map(document: JsonObject) -> Iterator[JsonObject]:
    if "kind" not in document and len(document) == 1 and "namespace" in document:
        yield from _all_of([document["namespace"]])
    elif "kind" not in document and isinstance(listed := document.get("namespaces"), list):
        yield from _all_of(listed)
    elif isinstance(items := document.get("items"), list) and document.get("kind") != "List":
        yield from _all_of(items)
    elif _is_object(document):
        yield document


def _all_of(documents: list[Json]) -> Iterator[JsonObject]:
    """The documents where each of them is a VVP object; a mixture is of another form."""
    objects = [one for one in documents if isinstance(one, Mapping) and _is_object(one)]
    if len(objects) == len(documents):
        yield from objects


def _is_object(document: JsonObject) -> bool:
    if document.get("apiVersion") not in (None, "v1"):
        return False
    if namespace_name(document) is not None:
        return True
    kind, inner = document.get("kind"), value_at(document, ("spec", "template", "spec"))
    if kind is None:
        return isinstance(inner, Mapping) and "artifact" in inner
    # A request for a savepoint needs no spec.
    return isinstance(kind, str) and kind in _KINDS
