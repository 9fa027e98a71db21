"""Known secrets taken out of whatever is about to be shown, wherever they stand in it.

Redaction by path cannot know that a VVP quotes our token in the failure of a job, or that somebody
pasted it into a label. A run knows its own tokens, so they are hidden by their value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

from vpsync.model.credentials import MASK

LEAST = 6
"""Characters; a shorter value would take harmless words apart, and is no secret to anybody."""

Shown = TypeVar("Shown")


@dataclass(frozen=True, slots=True)
class Hiding:
    """Hides some values."""

    pattern: re.Pattern[str] | None = None
    """Finds them; None where there is nothing to hide."""

    def text(self, text: str) -> str:
        """The text without them."""
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


NOTHING = Hiding()
"""Hides nothing."""


def hiding(secrets: Iterable[str]) -> Hiding:
    """Hides these values, the longer ones first."""
    known = sorted({text for text in secrets if len(text) >= LEAST}, key=lambda s: (-len(s), s))
    # Without case: what VVP takes in any case, such as the kind of a strategy, is sent in capitals.
    pattern = re.compile("|".join(map(re.escape, known)), re.IGNORECASE) if known else None
    return Hiding(pattern)


def _differs(after: Iterable[Any], before: Iterable[Any]) -> bool:
    return any(one is not other for one, other in zip(after, before, strict=True))
