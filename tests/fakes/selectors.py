"""Kubernetes label selectors."""

from __future__ import annotations

import re
from collections.abc import Mapping

_TERM = re.compile(r"(?:[^,(]|\([^)]*\))+")
_SET = re.compile(r"(\S+)\s+(in|notin)\s+\(([^)]*)\)")
_EQUALS = re.compile(r"([^\s!=]+)\s*(==|=|!=)\s*(\S*)")


def matches(selector: str, labels: Mapping[str, str]) -> bool:
    """Whether the labels satisfy every term of the selector; ``ValueError`` when it is none."""
    if _TERM.sub("", selector).strip(", "):
        raise ValueError(f"unable to parse: {selector!r}")
    return all(_holds(term.strip(), labels) for term in _TERM.findall(selector))


def _holds(term: str, labels: Mapping[str, str]) -> bool:
    if found := _SET.fullmatch(term):
        key, operator, listed = found.groups()
        inside = labels.get(key) in [value.strip() for value in listed.split(",")]
        return inside if operator == "in" else not inside
    if found := _EQUALS.fullmatch(term):
        key, operator, value = found.groups()
        return (labels.get(key) == value) is (operator != "!=")
    if re.fullmatch(r"!?[\w./-]+", term):
        return (term.lstrip("!") in labels) is not term.startswith("!")
    raise ValueError(f"unable to parse requirement: {term!r}")
