"""Documents that are no manifests of ours: which may be passed over, and which are a mistake.

To skip a resource for a mistyped kind, or for being in a form that some other tool has yet to render,
would be to prune what it stands for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath

from vpsync.kinds import BY_NAME
from vpsync.model.finding import Finding
from vpsync.model.json import Json, JsonObject
from vpsync.model.phrases import did_you_mean
from vpsync.model.resource import GROUP
from vpsync.source.platform_objects import is_platform_object

_KUSTOMIZE = "kustomize.config.k8s.io/"
_ONLY_LISTS = frozenset({"apiVersion", "kind", "metadata", "resources", "bases", "components"})
"""Of a kustomization: what leaves the manifests beside it as they are."""
_TEMPLATE = re.compile(
    r"\{\{-?\s*(?:[.$]|(?:include|template|toYaml|tpl|if|range|with|define|end)\b)"
)
"""An action of a Helm template (https://helm.sh/docs/chart_template_guide/), as charts write them."""

HELM = "is a Helm template: render it first, as in helm template CHART | vpsync validate -"
PLATFORM_OBJECT = "is an object of VVP's own API; vpsync convert -f FILE makes a manifest of it"
PLATFORM_LIST = "holds objects of VVP's own API; vpsync convert -f FILE makes manifests of them"
KUSTOMIZE = "is not built here; use kustomize build DIR | vpsync validate -"


def is_ours(document: Json) -> bool:
    """Whether a decoded document is one of the custom resources that vpsync reconciles."""
    if not isinstance(document, Mapping):
        return False
    group = str(document.get("apiVersion") or "").partition("/")[0]
    kind = document.get("kind")
    return group == GROUP and isinstance(kind, str) and kind in BY_NAME


def is_list(document: JsonObject) -> bool:
    """Whether a document is the list that kubectl takes apart, whose version may be left out."""
    return document.get("kind") == "List" and document.get("apiVersion") in ("v1", "", None)


def misnamed(document: JsonObject, file: str = "") -> Finding | None:
    """What is wrong with a document that is not ours; None where it is just another kind's.

    ``file`` is the name of the file that it stands in.
    """
    version, kind = document.get("apiVersion"), document.get("kind")
    version, kind = (value if isinstance(value, str) else "" for value in (version, kind))
    if version.partition("/")[0] == GROUP and kind not in BY_NAME:
        return _unknown_kind(kind)
    if kind in BY_NAME:
        return Finding("/apiVersion", f"is not the group of {kind}; write {GROUP}/…")
    if is_kustomization(document, file) and not document.keys() <= _ONLY_LISTS:
        return Finding(
            "", f"this kustomization changes the manifests that it lists, and {KUSTOMIZE}"
        )
    items = document.get("items")
    if isinstance(items, list) and any(is_ours(item) for item in items):
        return Finding(
            "/kind", "holds resources of vpsync in its items; write apiVersion v1, kind List"
        )
    if is_platform_object(document):
        return Finding("", PLATFORM_OBJECT)
    return None


def no_map(document: Json) -> str:
    """What is wrong with a document that is a text, a number or a list."""
    return PLATFORM_LIST if is_platform_object(document) else "a manifest must be a map"


def is_kustomization(document: JsonObject, file: str = "") -> bool:
    """Whether a document is for kustomize, which allows it to say so by the file's name alone."""
    version, kind = str(document.get("apiVersion") or ""), document.get("kind")
    named = PurePath(file).stem.lower() == "kustomization"
    return version.startswith(_KUSTOMIZE) or (named and kind in (None, "Kustomization"))


def looks_like_helm(text: str) -> bool:
    """Whether a text holds an action of a Helm template."""
    return _TEMPLATE.search(text) is not None


def _unknown_kind(kind: str) -> Finding:
    if kind.endswith("List") and kind.removesuffix("List") in BY_NAME:
        return Finding(
            "/kind", f"{kind} is the API server's form of a list; write apiVersion v1, kind List"
        )
    meant = did_you_mean(kind[:100], BY_NAME) or f"; choose one of {', '.join(BY_NAME)}"
    return Finding("/kind", f"is not a known kind{meant}")
