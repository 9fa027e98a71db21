"""Registers a made-up kind before anything else of vpsync is imported: a pytest plug-in.

It stands for a secret value of VVP: addressed by name, with a field that is secret and that VVP never
shows. What is here is all that a new kind brings with it: a class, a schema and its registration.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any, cast

import vpsync.kinds
from vpsync.kinds.kind import LONG_NAME, Address, Kind
from vpsync.kinds.readiness import Readiness
from vpsync.model.change import Effect
from vpsync.model.json import Json, JsonObject, KnownAfterApply, value_at
from vpsync.model.observed import Observed
from vpsync.model.resource import GROUP, Desired, Manifest
from vpsync.schema import load

VALUE = ("spec", "value")
STUMBLES = ("metadata", "labels", "stumbles")


class MadeUpKind(Kind):
    """A secret value."""

    name = "VpMadeUp"
    plural = "vpmadeups"
    noun = "made-up thing"
    level = 1
    collection = "secret-values"
    address = Address.NAME
    name_rule = LONG_NAME
    sensitive = (VALUE,)
    write_only = (VALUE,)

    # Where the label ``stumbles`` says so, it has a bug: what an odd value may find in any kind.

    def body(self, manifest: Manifest) -> dict[str, Json]:
        """As every kind's."""
        body = super().body(manifest)
        _stumble(body, "declaring")
        return body

    def creation_effect(self, body: JsonObject) -> Effect:
        """As every kind's."""
        _stumble(body, "planning")
        return super().creation_effect(body)

    def creation(self, desired: Desired) -> dict[str, Json]:
        """What no request can hold."""
        odd = value_at(desired.body, STUMBLES) == "applying"
        return {"spec": {"odd": KnownAfterApply(cast(Any, ([], "", "")))}} if odd else {}

    def judge(self, desired: Desired, observed: Observed) -> Readiness:
        """As every kind's."""
        _stumble(observed.body, "judging")
        return super().judge(desired, observed)


def _stumble(body: JsonObject, where: str) -> None:
    if value_at(body, STUMBLES) == where:
        raise KeyError("CANARY-words-of-an-error")


MADE_UP = MadeUpKind()


def register() -> None:
    """Adds the kind to the registry, and its schema to the schemas."""
    kinds = sorted((*vpsync.kinds.KINDS, MADE_UP), key=lambda kind: kind.level)
    vpsync.kinds.KINDS = tuple(kinds)
    vpsync.kinds.BY_NAME[MADE_UP.name] = MADE_UP
    directory = Path(tempfile.mkdtemp(prefix="vpsync-made-up-"))
    shutil.copytree(load.schema_directory(), directory, dirs_exist_ok=True)
    (directory / "vpmadeup.json").write_text(json.dumps(_schema()), encoding="utf-8")
    load.schema_directory = lambda package=directory: directory


def _schema() -> dict[str, object]:
    schema = load.load_schema("VpDeploymentTarget")
    schema["$id"] = "urn:vpsync:schema:vpmadeup"
    schema["title"] = MADE_UP.name
    for member in ("if", "else"):
        del schema[member]
    schema["x-vpsync-crd"]["shortNames"] = ["vpmu"]
    properties = schema["properties"]
    for member, text in (("kind", MADE_UP.name), ("apiVersion", f"{GROUP}/v1beta1")):
        properties[member] = {"description": member, "const": text}
    properties["spec"]["properties"]["spec"] = {
        "type": "object",
        "description": "What VVP keeps.",
        "properties": {
            "kind": {"type": "string", "description": "PLAIN is the only one."},
            "value": {"type": "string", "description": "The secret; VVP never shows it."},
        },
    }
    return schema


register()
