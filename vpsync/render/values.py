"""How the two sides of a field are put into text: secrets masked, long values cut, lists by line.

What stands here is plain text without colour or markup; the forms for people are made of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import unified_diff

from vpsync.model.change import FieldChange
from vpsync.model.json import Json, KnownAfterApply
from vpsync.redact.credentials import MASK
from vpsync.redact.fields import redacted_sides
from vpsync.redact.text import escaped

LONGEST = 240
"""Characters of a value on one line that are shown."""

LONGEST_LINE = 1000
"""Characters of one line of a value that has several."""

MOST_LINES = 80
"""Lines of one value, or of the difference between two, that are shown."""

KEPT = "is no longer declared and keeps its value"
"""What is said of an unmanaged field."""

ONLY_A_SECRET = " only a secret in it differs"
ONLY_LINE_ENDS = " only the ends of its lines differ"

_INLINE = 60
"""Characters up to which a list or map stands on one line."""

_CONTEXT = 24
"""Characters shown before the first difference of two values that are cut."""


@dataclass(frozen=True, slots=True)
class ShownField:
    """One field change as text. Either both sides are lines of their own, or ``lines`` has a diff."""

    sign: str
    """``+`` where VVP has nothing yet, ``-`` where it is removed, else ``~``."""
    pointer: str
    before: str = ""
    after: str = ""
    lines: tuple[str, ...] = ()
    """A unified diff without file names, where a side has more than one line."""


def shown_field(item: FieldChange) -> ShownField:
    """The field as it is shown to people."""
    before, after, hides = redacted_sides(item)
    sign = "+" if item.before is None else "-" if item.after is None else "~"
    pointer = escaped(item.pointer)
    old, new = _lines(before), _lines(after)
    if len(old) > 1 or len(new) > 1:
        # The secrets are taken out of both sides: where these are equal, nothing but secrets differs.
        unseen = ONLY_A_SECRET if hides and before == after else ONLY_LINE_ENDS
        return ShownField(sign, pointer, lines=_difference(old, new) or (unseen,))
    old_line, new_line = "".join(old), "".join(new)
    if sign == "~" and old_line == new_line and hides:
        return ShownField(sign, pointer, f"{old_line} (before)", f"{new_line} (after)")
    start = _shared(old_line, new_line) if sign == "~" else 0
    return ShownField(sign, pointer, _cut(old_line, start), _cut(new_line, start))


def _lines(value: Json) -> list[str]:
    """The value, a line at a time; none for what is absent."""
    if value is None:
        return []
    if isinstance(value, str) and "\n" in value.rstrip("\n"):
        return [escaped(line) for line in value.splitlines()]
    text = _inline(value)
    if isinstance(value, (list, dict)) and value and len(text) > _INLINE:
        members = value if isinstance(value, list) else [value]
        return [escaped(line) for member in members for line in _spread(member)]
    return [escaped(text)]


def _spread(member: Json) -> list[str]:
    """A member of a list: on one line where that is not too long."""
    text = _json(member)
    return [text] if len(text) <= 2 * _INLINE else _json(member, indent=2).splitlines()


def _inline(value: Json) -> str:
    if isinstance(value, KnownAfterApply):
        return repr(value)
    return value if isinstance(value, str) and _is_plain(value) else _json(value)


def _json(value: Json, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _is_plain(text: str) -> bool:
    """Whether a string cannot be taken for anything else when it stands without quotes."""
    if text == MASK:
        return True
    if not text or text != text.strip() or text[0] in "\"'([{":
        return False
    try:
        json.loads(text)
    except ValueError:
        return True
    return False


def _difference(old: list[str], new: list[str]) -> tuple[str, ...]:
    if not old or not new:
        sign = "+" if new else "-"
        return _some([f"{sign}{_cut(line, most=LONGEST_LINE)}" for line in old or new])
    # None where no line differs, for lines are compared without their ends.
    diff_lines = list(unified_diff(old, new, lineterm="", n=3))[2:]
    return _some([_cut(line, most=LONGEST_LINE) for line in diff_lines])


def _some(lines: list[str]) -> tuple[str, ...]:
    more = len(lines) - MOST_LINES
    if more <= 0:
        return tuple(lines)
    return (*lines[:MOST_LINES], f" … {more:,} more line{'s' if more > 1 else ''}")


def _shared(left: str, right: str) -> int:
    """Where to begin to show two values whose difference would otherwise be cut off."""
    if max(len(left), len(right)) <= LONGEST:
        return 0
    pairs = zip(left, right, strict=False)
    shorter = min(len(left), len(right))
    same = next((at for at, (one, other) in enumerate(pairs) if one != other), shorter)
    return max(0, same - _CONTEXT)


def _cut(text: str, start: int = 0, most: int = LONGEST) -> str:
    """The text from ``start`` on, and how much of it is not shown."""
    head = "…" if start else ""
    if len(text) - start <= most:
        return head + text[start:]
    more = len(text) - start - most
    return f"{head}{text[start : start + most]}… ({more:,} more characters)"
