"""Known secrets taken out of whatever is about to be shown, wherever they stand in it.

Redaction by path cannot know that a VVP quotes our token in the failure of a job, or that somebody
pasted it into a label. A run knows its own tokens, so they are hidden by their value.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus

from vpsync.redact.credentials import MASK

LEAST = 6
"""Characters; a shorter value would take harmless words apart, and is no secret to anybody."""

Shown = TypeVar("Shown")


@dataclass(frozen=True, slots=True)
class Redactor:
    """Hides the secrets that a run knows."""

    pattern: re.Pattern[str] | None = None
    """Finds them; None where there is nothing to hide."""

    def text(self, text: str) -> str:
        """The text with a mask in place of each secret."""
        if self.pattern is None or not self.pattern.search(text):
            return text
        return self.pattern.sub(MASK, text)

    def value(self, value: Shown) -> Shown:
        """The value without them: texts in maps, lists, dataclasses and errors; the same where clean."""
        return value if self.pattern is None else self._walked(value)

    def _walked(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            pairs = {self._walked(key): self._walked(member) for key, member in value.items()}
            return pairs if _differs(pairs.values(), value.values()) or pairs != value else value
        if isinstance(value, (list, tuple, frozenset)):
            members = [self._walked(member) for member in value]
            return type(value)(members) if _differs(members, value) else value
        if isinstance(value, BaseException):
            # An error is known by its type: it stays, and says less.
            value.args = self._walked(value.args)
            return value
        return self._in_dataclass(value)

    def _in_dataclass(self, value: Any) -> Any:
        if not is_dataclass(value) or isinstance(value, type):
            return value
        changed = {}
        for field in fields(value):
            before = getattr(value, field.name)
            if field.init and (after := self._walked(before)) is not before and after != before:
                changed[field.name] = after
        return replace(value, **changed) if changed else value

    def chain(self, error: BaseException | None) -> None:
        """Takes them out of an error and of those that led to it."""
        while error is not None:
            self.value(error)
            error = error.__cause__ or error.__context__


NOTHING = Redactor()
"""Knows no secret, and so hides nothing."""


def hiding(secrets: Iterable[str]) -> Redactor:
    """Hides these values in each of their forms, the longer ones first."""
    forms = {form for text in secrets if len(text) >= LEAST for form in _forms(text)}
    longest_first = sorted(forms, key=lambda form: (-len(form), form))
    # Without case: what VVP takes in any case, such as the kind of a strategy, is sent in capitals.
    pattern = (
        re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)
        if longest_first
        else None
    )
    return Redactor(pattern)


def _forms(text: str) -> Iterator[str]:
    """A value as it is, in a URL, inside of JSON, and in base64 wherever it begins there."""
    yield text
    for form in (quote(text, safe=""), quote_plus(text), json.dumps(text)[1:-1]):
        if form != text:
            yield form
    data = text.encode()
    for before in range(3):
        # Of a longer text in base64, only the characters that are the value's alone are known.
        form = b64encode(bytes(before) + data).decode()
        inner = form[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]
        if len(inner) >= LEAST:
            yield inner
            yield inner.replace("+", "-").replace("/", "_")


def _differs(after: Iterable[Any], before: Iterable[Any]) -> bool:
    return any(one is not other for one, other in zip(after, before, strict=True))
