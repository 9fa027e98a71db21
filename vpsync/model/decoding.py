"""JSON text to values, so that one item of a list cannot spoil the others.

Python's decoder recurses: it gives up a whole list for one object that is nested a thousand levels deep.
Such a text is decoded again without recursion, and what lies deeper than anybody may use is left out;
what is left is still deep enough to break the bounds of :mod:`vpsync.model.bounds`.
"""

from __future__ import annotations

import json
import re

from vpsync.model.json import Json

DEEPEST = 200
"""Levels that are kept where a text has more than Python's decoder takes."""

_DECODER = json.JSONDecoder()
_TOKEN = re.compile(
    r"[ \t\n\r]*(?:([{}\[\],:\"])|(-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null))"
)


def decoded(text: str | bytes) -> Json:
    """The value of a JSON text; ValueError where it is none."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError:
        whole = text.decode("utf-8") if isinstance(text, bytes) else text
        return _Decoder(whole).value()


def _refuse(name: str) -> Json:
    """``NaN`` and ``Infinity`` are no JSON, although Python reads them."""
    raise ValueError(f"{name} is no JSON")


class _Decoder:
    """Decodes without recursion; open maps and lists lie on a stack."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._root: list[Json] = []
        self._open: list[list[Json] | dict[str, Json]] = [self._root]
        self._keys: list[str | None] = [None]

    def value(self) -> Json:
        """The value of the whole text."""
        while len(self._open) > 1 or not self._root:
            self._step()
        if self._text[self._at :].strip(" \t\n\r"):
            raise ValueError("something stands behind the value")
        return self._root[0]

    def _step(self) -> None:
        match = _TOKEN.match(self._text, self._at)
        if match is None:
            raise ValueError(f"no JSON at character {self._at}")
        self._at = match.end()
        sign, word = match.groups()
        if word is not None:
            self._put(json.loads(word))
        elif sign == '"':
            self._take_text()
        elif sign in "{[":
            self._start({} if sign == "{" else [])
        elif sign in "}]":
            self._end(dict if sign == "}" else list)

    def _take_text(self) -> None:
        text, self._at = _DECODER.raw_decode(self._text, self._at - 1)
        if isinstance(self._open[-1], dict) and self._keys[-1] is None:
            self._keys[-1] = text
        else:
            self._put(text)

    def _start(self, value: list[Json] | dict[str, Json]) -> None:
        self._put(value)
        self._open.append(value)
        self._keys.append(None)

    def _end(self, kind: type) -> None:
        if (
            len(self._open) == 1
            or not isinstance(self._open[-1], kind)
            or self._keys[-1] is not None
        ):
            raise ValueError(f"no JSON at character {self._at}")
        self._open.pop()
        self._keys.pop()

    def _put(self, value: Json) -> None:
        """A value goes into what is open around it, unless that lies too deep."""
        holder, key = self._open[-1], self._keys[-1]
        if isinstance(holder, dict):
            if key is None:
                raise ValueError(f"no JSON at character {self._at}")
            self._keys[-1] = None
            if len(self._open) <= DEEPEST:
                holder[key] = value
        elif len(self._open) <= DEEPEST:
            holder.append(value)
