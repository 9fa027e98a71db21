"""What a CRD lets in: its structural schema as a JSON schema, and the defaults of its status."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator, FormatChecker

from vpsync.kinds import KINDS
from vpsync.model.timestamps import seconds
from vpsync.schema.crds import crd

Node = Mapping[str, Any]

FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time")
def _is_timestamp(value: object) -> bool:
    return not isinstance(value, str) or seconds(value) is not None


@cache
def structural_schema(plural: str) -> Node:
    """The schema of the storage version; the versions of one kind have the same."""
    [kind] = [kind for kind in KINDS if kind.plural == plural]
    schema: Node = crd(kind)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return schema


@cache
def _validator(plural: str) -> Any:
    return Draft202012Validator(json_schema(structural_schema(plural)), format_checker=FORMATS)


@cache
def _quick_validator(plural: str) -> Any:
    return jsonschema_rs.Draft202012Validator(
        json_schema(structural_schema(plural)),
        formats={"date-time": _is_timestamp},
        validate_formats=True,
    )


def violations(plural: str, document: Node) -> list[str]:
    """Why an API server would refuse the document; empty when it takes it."""
    if _quick_validator(plural).is_valid(document):
        return _doubles(document)
    errors = _validator(plural).iter_errors(document)
    return [f"{error.json_path}: {error.message}" for error in errors] + _doubles(document)


def json_schema(node: Node) -> dict[str, Any]:
    """A structural schema in JSON schema's words."""
    schema = {
        key: node[key]
        for key in ("enum", "format", "maxLength", "minLength", "minimum", "pattern", "required")
        if key in node
    }
    if node.get("x-kubernetes-int-or-string"):
        schema["type"] = ["integer", "string"]
    elif "type" in node:
        schema["type"] = [node["type"]]
    if node.get("nullable") and "type" in schema:
        schema["type"].append("null")
    if "properties" in node:
        schema["properties"] = {k: json_schema(child) for k, child in node["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), Mapping):
            schema[key] = json_schema(node[key])
    return schema


def defaulted(node: Node, document: Any) -> Any:
    """The document with the defaults of its schema filled in, as on every read and write."""
    if isinstance(document, list) and "items" in node:
        return [defaulted(node["items"], item) for item in document]
    if not isinstance(document, dict):
        return document
    filled = dict(document)
    for key, child in node.get("properties", {}).items():
        if "default" in child and filled.get(key) is None:
            filled[key] = copy.deepcopy(child["default"])
        if key in filled:
            filled[key] = defaulted(child, filled[key])
    return filled


def _doubles(document: Node) -> list[str]:
    """Conditions are a list keyed by their type."""
    status = document.get("status") or {}
    conditions = status.get("conditions")
    listed = conditions if isinstance(conditions, list) else []
    types = [condition.get("type") for condition in listed if isinstance(condition, dict)]
    twice = sorted({str(name) for name in types if types.count(name) > 1})
    return [f"$.status.conditions: {name} stands there twice" for name in twice]
