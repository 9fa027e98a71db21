"""The `labelSelector` of the deployment list.

The grammar is assumed to be that of Kubernetes (VVP documents the parameter, not its grammar):
`a=b`, `a==b`, `a!=b`, `a in (x,y)`, `a notin (x,y)`, `a`, `!a`, joined by commas.
"""

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from vpsync.sandbox.errors import bad_request

Selector: TypeAlias = Callable[[Mapping[str, str]], bool]
"""Tells whether a set of labels is selected."""

_COMMA = re.compile(r",(?![^(]*\))")
_SET = re.compile(r"([^\s!=(),]+)\s+(in|notin)\s*\(([^()]*)\)")
_EQUALITY = re.compile(r"([^\s!=(),]+)\s*(==|=|!=)\s*([^\s!=(),]*)")
_EXISTS = re.compile(r"(!?)\s*([^\s!=(),]+)")


def parse_selector(text: str) -> Selector:
    """The selector that `text` describes; a text outside the grammar is a 400."""
    terms = [_term(part.strip()) for part in _COMMA.split(text) if part.strip()]
    return lambda labels: all(term(labels) for term in terms)


def _term(text: str) -> Selector:
    if found := _SET.fullmatch(text):
        key, negated = found[1], found[2] == "notin"
        values = {value.strip() for value in found[3].split(",")}
        return lambda labels: (labels.get(key) in values) is not negated
    if found := _EQUALITY.fullmatch(text):
        key, negated, value = found[1], found[2] == "!=", found[3]
        return lambda labels: (labels.get(key) == value) is not negated
    if found := _EXISTS.fullmatch(text):
        key, negated = found[2], found[1] == "!"
        return lambda labels: (key in labels) is not negated
    raise bad_request(f"Invalid labelSelector: {text!r}")
