"""Data as YAML: nothing is folded, and no value is anything but text, to people and to pipelines."""

from __future__ import annotations

import sys

import yaml

from vpsync.model.json import Json
from vpsync.redact.output import is_hazardous, safe_yaml


def yaml_text(document: dict[str, Json]) -> str:
    """The document with its keys in their order."""
    text = yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=sys.maxsize
    )
    return safe_yaml(text)


class _Dumper(yaml.SafeDumper):
    """Puts into double quotes what the last filter writes by its number."""


def _string(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if is_hazardous(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _string)
