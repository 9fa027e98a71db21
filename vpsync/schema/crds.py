"""CustomResourceDefinitions, made from the JSON schemas.

The schemas say what vpsync accepts; a CRD says what the cluster stores, and that is more: all that
the CRDs of the Go operator let in, so that no stored object becomes unreadable or unwritable.
Below ``spec`` only types are left of a schema: no ``required``, ``enum``, ``pattern`` or
``minimum``; every value may be null; every object keeps fields that the schema does not know.
Values of more than one type are untyped.

What the form must be: structural schemas
(https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from vpsync.kinds.kind import Kind
from vpsync.model.resource import GROUP
from vpsync.schema.load import load_schema

Node = Mapping[str, Any]
Tree = dict[str, Any]

CRD_DATA = "x-vpsync-crd"
"""Member of a schema with what only its CRD needs: short names, categories, printer columns."""

KEEP_UNKNOWN = "x-kubernetes-preserve-unknown-fields"
INT_OR_STRING = "x-kubernetes-int-or-string"

LIMITS = ("enum", "format", "maxLength", "minLength", "minimum", "pattern", "required")
"""Validations that are copied where the whole list is Kubernetes' own, as ``status.conditions``."""

HEADER = "# Made by `{command}` from schemas/; change those instead.\n"


def crds(kinds: Iterable[Kind]) -> tuple[Tree, ...]:
    """The CRDs of some kinds, in their order."""
    return tuple(crd(kind) for kind in kinds)


def crd(kind: Kind) -> Tree:
    """The CustomResourceDefinition (apiextensions.k8s.io/v1) of a kind.

    The conversion is written out, so that applying it switches off a conversion webhook that an
    older operator has set up.
    """
    schema = load_schema(kind.name)
    data = schema[CRD_DATA]
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{kind.plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "names": {
                "kind": kind.name,
                "listKind": f"{kind.name}List",
                "plural": kind.plural,
                "singular": kind.name.lower(),
                "shortNames": data["shortNames"],
                "categories": data["categories"],
            },
            "scope": "Namespaced",
            "conversion": {"strategy": "None", "webhook": None},
            "versions": [
                _version(name, schema, storage=name == kind.versions[0]) for name in kind.versions
            ],
        },
    }


def to_yaml(documents: Iterable[Node], command: str = "vpsync crds") -> str:
    """The documents that a command makes as one YAML stream, without anchors, members in their order."""
    return HEADER.format(command=command) + "".join(
        "---\n" + yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=100)
        for document in documents
    )


class _Dumper(yaml.SafeDumper):
    """Writes a value that occurs twice twice, and lines as lines."""

    def ignore_aliases(self, data: object) -> bool:
        return True

    def represent_str(self, data: str) -> yaml.ScalarNode:
        """Text of several lines as a block."""
        style = "|" if "\n" in data else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style)


_Dumper.add_representer(str, _Dumper.represent_str)


def _version(name: str, schema: Node, *, storage: bool) -> Tree:
    return {
        "name": name,
        "served": True,
        "storage": storage,
        "subresources": {"status": {}},
        "additionalPrinterColumns": schema[CRD_DATA]["columns"],
        "schema": {"openAPIV3Schema": structural(schema)},
    }


def structural(schema: Node) -> Tree:
    """The structural schema (OpenAPI v3) of a whole resource.

    ``status`` has a default at the object and at its member: the API server applies the inner one
    only where the object is there.
    """
    properties = schema["properties"]
    return {
        "type": "object",
        "description": schema["description"],
        "properties": {
            "apiVersion": _text(properties["apiVersion"]),
            "kind": _text(properties["kind"]),
            "metadata": {"type": "object"},
            "spec": _spec(properties["spec"]),
            "status": _status(properties["status"]),
        },
    }


def _text(node: Node) -> Tree:
    return {"description": node["description"], "type": "string"}


def _spec(node: Node) -> Tree:
    """What users write: any type may be null, nothing is refused but a wrong type."""
    return {**_typed(node), "nullable": True, **_inner(node, _spec)}


def _status(node: Node) -> Tree:
    """What vpsync writes: as in the spec, with defaults; a null there takes the default."""
    if node.get("x-kubernetes-list-type") == "map":
        return _limited(node)
    rest = {"default": node["default"]} if "default" in node else {"nullable": True}
    return {**_typed(node), **rest, **_inner(node, _status)}


def _limited(node: Node) -> Tree:
    """A list of Kubernetes' own, with Kubernetes' own limits."""
    extensions = {key: node[key] for key in node if key.startswith("x-kubernetes-")}
    limits = {key: node[key] for key in LIMITS if key in node}
    return {**_typed(node), **extensions, **limits, **_inner(node, _limited)}


def _typed(node: Node) -> Tree:
    """Description and type; an object with known members keeps unknown ones."""
    return {"description": node["description"], **_type(node), **_keeping(node)}


def _type(node: Node) -> Tree:
    types = _types(node)
    if len(types) == 1:
        return {"type": types[0]}
    if set(types) == {"integer", "string"}:
        return {INT_OR_STRING: True}
    return {KEEP_UNKNOWN: True}


def _keeping(node: Node) -> Tree:
    is_map = "additionalProperties" in node and "properties" not in node
    return {KEEP_UNKNOWN: True} if _types(node) == ["object"] and not is_map else {}


def _types(node: Node) -> list[str]:
    types = node.get("type", [])
    names = [types] if isinstance(types, str) else types
    return [name for name in names if name != "null"]


def _inner(node: Node, convert: Any) -> Tree:
    """The members, items or values below a node, each converted."""
    if "properties" in node:
        return {"properties": {key: convert(value) for key, value in node["properties"].items()}}
    return {key: convert(node[key]) for key in ("items", "additionalProperties") if key in node}
