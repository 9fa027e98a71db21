"""The published specifications: their operations, and validators for bodies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

Json = dict[str, Any]

HERE = Path(__file__).resolve().parent
VERSIONS = ("2.4.3", "2.6.2", "2.7.1")
FAMILIES = ("appmanager", "platform")
DIFFERENCES: Json = yaml.safe_load((HERE / "differences.yaml").read_text("utf-8"))


def folder() -> Path | None:
    """Where the specifications are: beside the checkout, or beside a folder that holds it."""
    places = (parent / "shared" / "reference" / "swagger" for parent in HERE.parents[2:])
    return next((place for place in places if place.is_dir()), None)


@dataclass(frozen=True)
class Operation:
    """One method on one path."""

    method: str
    path: str
    """With parameters in braces."""
    parameters: tuple[Json, ...]
    answers: Mapping[int, Json]
    """The schema of each status that is listed; empty where there is none."""
    yaml: bool
    """Whether YAML is taken and given beside JSON."""

    @property
    def name(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"

    @property
    def body(self) -> Json | None:
        """The schema of the request's body, if it takes one."""
        found = [own["schema"] for own in self.parameters if own["in"] == "body"]
        return found[0] if found else None

    def query(self) -> dict[str, Json]:
        """The parameters that go into the query, by name."""
        return {own["name"]: own for own in self.parameters if own["in"] == "query"}

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is one of this operation."""
        pattern = re.sub(r"\\\{.*?\\\}", "[^/:]+", re.escape(self.path))
        return method == self.method and re.fullmatch(pattern, path) is not None


@dataclass
class Specification:
    """One family of one version."""

    document: Json
    definitions: Json = field(default_factory=dict)
    """As JSON schema, with the known differences."""

    def __post_init__(self) -> None:
        """Adapts the definitions."""
        known = {own["definition"]: own for own in DIFFERENCES["schemas"]}
        for name, schema in self.document["definitions"].items():
            self.definitions[name] = _definition(schema, known.get(name, {}))

    def operations(self) -> Iterator[Operation]:
        """All operations, in their order."""
        speaks_yaml = "application/yaml" in self.document.get("consumes", ())
        for path, methods in self.document["paths"].items():
            for method, own in methods.items():
                answers = {int(code): it.get("schema", {}) for code, it in own["responses"].items()}
                parameters = tuple(own.get("parameters", ()))
                yield Operation(method.upper(), path, parameters, answers, speaks_yaml)

    def flaws(self, schema: Json, value: Any) -> list[str]:
        """What is wrong with a body, with the place of each flaw."""
        whole = {**_adapted(schema), "definitions": self.definitions}
        found = _validator(json.dumps(whole)).iter_errors(value)
        return [f"{'/'.join(map(str, own.instance_path))}: {own.message}" for own in found]


def listed(kind: str, name: str) -> bool:
    """Whether a list of the known differences has an operation, by its method and path."""
    return any(re.fullmatch(own["operations"], name) for own in DIFFERENCES[kind])


@cache
def load(family: str, version: str) -> Specification:
    """A specification; the folder must be there."""
    place = folder()
    assert place is not None
    text = (place / f"{family}-api-swagger-{version}.json").read_text("utf-8")
    return Specification(json.loads(text))


@cache
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads(schema), validate_formats=True)


def _definition(schema: Json, known: Json) -> Json:
    """The JSON schema of a definition, with what is known to be different about it."""
    if "is" in known:
        adapted: Json = known["is"]
        return adapted
    whole = {**schema, "properties": {**schema.get("properties", {}), **known.get("adds", {})}}
    return _adapted(whole if whole["properties"] else schema)


def _adapted(schema: Json) -> Json:
    """A schema that allows null, and no member that is not named."""
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    kind = schema.get("type", "object" if "properties" in schema else None)
    if kind is None:
        return {}
    result: Json = {"type": [kind, "null"]}
    if kind == "array":
        result["items"] = _adapted(schema.get("items", {}))
    elif "properties" in schema:
        result["properties"] = {key: _adapted(own) for key, own in schema["properties"].items()}
        result["additionalProperties"] = False
    elif "additionalProperties" in schema:
        result["additionalProperties"] = _adapted(schema["additionalProperties"])
    if "enum" in schema:
        result["enum"] = [*schema["enum"], None]
    if schema.get("format") in ("uuid", "date-time"):
        result["format"] = schema["format"]
    return result
