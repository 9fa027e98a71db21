"""What is told of fields that VVP was sent and holds in a form of its own, or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterable

from vpsync.model.change import FieldChange
from vpsync.model.json import Json
from vpsync.model.phrases import listed
from vpsync.redact.fields import redacted_sides
from vpsync.redact.text import quoted

VALUE_LIMIT = 80
"""Characters of a value in a sentence."""

MOST = 5
"""Fields that a sentence names."""


def unkept_text(unkept: Iterable[FieldChange]) -> str:
    """What VVP has instead of what was declared, to follow its name: "has 5 in /spec/x"; empty for none.

    What VVP hides when it is read it holds all the same, so nothing is told of that.
    """
    shown = [item for item in unkept if not _is_hidden(item.before)]
    absent = [item.pointer for item in shown if item.before is None]
    others = [_instead(item) for item in shown if item.before is not None]
    parts = [f"has {listed(others, MOST)}"] if others else []
    if absent:
        hint = "is that spelled right, and does this VVP know it?"
        parts.append(f"does not keep {listed(absent, MOST)}: {hint}")
    return " and ".join(parts)


def _instead(item: FieldChange) -> str:
    """What VVP has in the place of what was declared; of a secret only that it is something else."""
    before, _, hides = redacted_sides(item)
    if hides:
        return f"another value in {item.pointer} (not shown: it may hold a secret)"
    text = json.dumps(before, sort_keys=True, ensure_ascii=False)
    return f"{quoted(text, VALUE_LIMIT)} in {item.pointer}"


def _is_hidden(value: Json) -> bool:
    """Whether VVP shows stars instead of a value, as from 2.5.4 on for sensitive configuration keys."""
    return isinstance(value, str) and len(value) > 2 and not value.strip("*")
