"""Manifests as YAML: the same members in the same order every time, and strings that stay strings."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

import yaml

from vpsync.export.declare import Exported
from vpsync.model.json import Json, JsonObject
from vpsync.redact.output import is_hazardous, safe_json, safe_yaml
from vpsync.redact.text import escaped
from vpsync.schema.load import load_schema

_READ_AS_SOMETHING_ELSE = re.compile(
    r"|[-+.0-9][-+.0-9_:a-fotxz ]*|[-+]?\.(inf|nan)|y|yes|n|no|true|false|on|off|null|~|=|<<",
    re.IGNORECASE,
)
"""Strings that one of the YAML versions in use reads as a number, a boolean, a date or null."""

_LINE_BREAKS = re.compile("[\r\x85\u2028\u2029]")
"""What YAML 1.1 takes for the end of a line and YAML 1.2 does not."""


class _Dumper(yaml.SafeDumper):
    """Writes a value that occurs twice twice, and lists indented as people write them."""

    def ignore_aliases(self, data: object) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)

    def check_simple_key(self) -> bool:
        """Also the empty string is written as ``"": value``: it is the root logger's name."""
        simple = bool(super().check_simple_key())
        return simple or getattr(self.event, "value", None) == ""


def _string(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None
    if is_hazardous(text) or _LINE_BREAKS.search(text) or _READ_AS_SOMETHING_ELSE.fullmatch(text):
        style = '"'
    elif "\n" in text:
        style = "|"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _string)


def yaml_text(exported: Exported) -> str:
    """One document, with a comment on what was left out."""
    body = yaml.dump(
        ordered(exported), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=sys.maxsize
    )
    return "".join(f"# {line}\n" for line in _comment(exported)) + safe_yaml(body)


def json_text(manifests: tuple[Exported, ...]) -> str:
    """All manifests as one ``List``."""
    items = [ordered(exported) for exported in manifests]
    document = {"apiVersion": "v1", "kind": "List", "items": items}
    return safe_json(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"


def ordered(exported: Exported) -> dict[str, Json]:
    """The manifest with its members in the order of its schema, those of maps by name."""
    document = exported.document
    schema = load_schema(str(document["kind"]))["properties"]["spec"]
    return {**document, "spec": _in_order(document["spec"], schema)}


def _in_order(value: Json, schema: JsonObject) -> Json:
    if isinstance(value, list):
        items = schema.get("items")
        return [_in_order(item, items if isinstance(items, dict) else {}) for item in value]
    if not isinstance(value, dict):
        return value
    properties: JsonObject = schema.get("properties") or {}
    order = {key: index for index, key in enumerate(properties)}
    keys = sorted(value, key=lambda key: (order.get(key, len(order)), key))
    return {key: _in_order(value[key], properties.get(key) or {}) for key in keys}


def _comment(exported: Exported) -> list[str]:
    if not exported.left_out:
        return []
    return [
        "Left out, as they may hold secrets, and so left to VVP, which keeps what it has:",
        *(f"  {escaped(path)}" for path in exported.left_out),
    ]
