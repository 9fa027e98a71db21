"""What a scalar of YAML means in JSON: a string, a number, true, false or null."""

from __future__ import annotations

import re
from math import isfinite

from vpsync.model.json import Json

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?")
_WORDS = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_STRING_TAGS = ("!", "tag:yaml.org,2002:str")


def scalar(text: str, tag: str | None, *, plain: bool) -> Json:
    """The value of a scalar; one in quotes is not ``plain``. ValueError for what JSON has no word for."""
    if tag in _STRING_TAGS or (tag is None and not plain):
        return text
    if tag and tag.rpartition(":")[2] not in ("int", "float", "bool", "null"):
        raise ValueError(f"the tag {tag} means nothing in JSON")
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "+-.0123456789":
        if len(text) < 400 and _INTEGER.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text):
            return finite(text)
    return text


def finite(text: str) -> float:
    """The number; ValueError for one that a float cannot hold."""
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"{text} is too large for a number")
    return number
