"""The JSON schemas of the `Vp*` kinds: where they are, and what they find wrong with a manifest.

There is one file per kind, ``schemas/<kind in lower case>.json``, in the 2020-12 draft of
JSON Schema (https://json-schema.org/draft/2020-12/json-schema-core), for the whole manifest.
Editors use the same files through yaml-language-server, and `vpsync.schema.crds` makes the CRDs
from them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator

from vpsync.model.finding import Finding
from vpsync.model.releases import Release

PACKAGE = Path(__file__).resolve().parent.parent


def schema_directory(package: Path = PACKAGE) -> Path:
    """The directory that holds the schemas.

    A wheel carries them inside the package; in a checkout, also when it is installed as
    editable, they lie beside it. Raises FileNotFoundError where there are none.
    """
    for candidate in (package / "schemas", package.parent / "schemas"):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"no schemas/ in or beside {package}: the installation is incomplete")


def load_schema(kind: str) -> dict[str, Any]:
    """The JSON schema of `kind`, such as ``VpDeployment``; a new dict at each call.

    Raises LookupError for a kind that has none.
    """
    path = schema_directory() / f"{kind.lower()}.json"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise LookupError(f"no schema for kind {kind!r}") from None
    schema: dict[str, Any] = json.loads(text)
    return schema


def combined(kinds: Iterable[str]) -> dict[str, Any]:
    """One schema for files of all `kinds`: each resource is judged by the schema of its kind."""
    choices = []
    for kind in kinds:
        schema = load_schema(kind)
        dialect = schema.pop("$schema")
        del schema["$id"], schema["x-vpsync-crd"]
        condition = {"required": ["kind"], "properties": {"kind": {"const": kind}}}
        choices.append({"if": condition, "then": schema})
    return {
        "$schema": dialect,
        "$id": "urn:vpsync:schema",
        "title": "Vp* resources",
        "allOf": choices,
    }


class SchemaSet:
    """The compiled schemas of some kinds; each is compiled when it is first needed.

    A valid manifest costs microseconds, as the compiled validator says only yes or no. What
    is wrong with an invalid one is then worded by `vpsync.schema.messages`, at leisure.
    """

    __slots__ = ("_closed", "_kinds", "_schemas", "_validators")

    def __init__(self, kinds: Iterable[str]) -> None:
        self._kinds = frozenset(kinds)
        self._schemas: dict[str, dict[str, Any]] = {}
        self._validators: dict[str, Draft202012Validator] = {}
        self._closed: dict[str, Draft202012Validator] = {}

    def findings(self, kind: str, manifest: Mapping[str, Any]) -> tuple[Finding, ...]:
        """All that the schema of `kind` finds wrong with `manifest`, sorted by path.

        `manifest` is the whole resource as plain JSON data; the answer is empty for a valid
        one. Raises LookupError for a kind that is not in the set.
        """
        if self._accepts(kind, manifest):
            return ()
        from vpsync.schema.messages import worded

        fallback = Finding("", f"does not satisfy the schema of {kind}")
        return worded(self._schemas[kind], manifest) or (fallback,)

    def unknown(self, kind: str, manifest: Mapping[str, Any]) -> Iterator[Finding]:
        """The fields of `manifest` that the schema of `kind` does not describe."""
        from vpsync.schema.unknown import unknown_fields

        self._validator(kind)
        return unknown_fields(self._schemas[kind], manifest)

    def doubts(self, kind: str, manifest: Mapping[str, Any]) -> tuple[Finding, ...]:
        """The unknown fields that resemble a known one, or have the name of one elsewhere."""
        if self._knows_all(kind, manifest):
            return ()
        return tuple(one for one in self.unknown(kind, manifest) if ";" in one.text)

    def outside_the_sets(self, kind: str, manifest: Mapping[str, Any]) -> Iterator[Finding]:
        """The values of `manifest` that are none of those which VVP documents as all there are."""
        from vpsync.schema.closed import outside_the_sets

        self._validator(kind)
        return outside_the_sets(self._schemas[kind], manifest)

    def releases(self, kind: str, manifest: Mapping[str, Any]) -> Iterator[tuple[str, Release]]:
        """Pointer and first release of each field of `manifest` that came after VVP 2.0."""
        from vpsync.schema.since import releases

        self._validator(kind)
        return releases(self._schemas[kind], manifest)

    def unknown_annotations(self, kind: str, annotations: Mapping[str, Any]) -> Iterator[Finding]:
        """The annotations with our prefix that mean nothing for `kind`."""
        from vpsync.schema.unknown import unknown_annotations

        self._validator(kind)
        return unknown_annotations(self._schemas[kind], annotations)

    def _knows_all(self, kind: str, manifest: Mapping[str, Any]) -> bool:
        """Whether every field of a manifest is a known one: found out in microseconds, without names."""
        if kind not in self._closed:
            from vpsync.schema.unknown import closed

            self._validator(kind)
            self._closed[kind] = Draft202012Validator(closed(self._schemas[kind]))
        try:
            return self._closed[kind].is_valid(manifest)
        except ValueError:
            return False

    def _accepts(self, kind: str, manifest: Mapping[str, Any]) -> bool:
        try:
            return self._validator(kind).is_valid(manifest)
        except ValueError:
            # Not JSON data: a key that is no string, a lone surrogate, a foreign type.
            return False

    def _validator(self, kind: str) -> Draft202012Validator:
        if kind not in self._kinds:
            raise LookupError(f"no schema for kind {kind!r}")
        if kind not in self._validators:
            self._schemas[kind] = load_schema(kind)
            self._validators[kind] = Draft202012Validator(self._schemas[kind])
        return self._validators[kind]
