"""Every way in which one field of a manifest can be other than it was."""

from __future__ import annotations

import copy
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generated.maximal import Path, Schema, places

LONG = "x" * 5000
TEXTS: Mapping[str, str] = {
    "long": LONG,
    "of 64 characters": "x" * 64,
    "Unicode": "Grüße 日本 🚀",
    "right to left": "a\u202eb\u2066c",
    "of two lines": "first\nsecond\t",
    "padded": " padded ",
    "markup": "[bold red]x[/] <b>y</b> `z` $(id)",
    "a number": "7",
    "a boolean": "true",
}
NUMBERS: Mapping[str, int | float] = {
    "zero": 0,
    "negative": -1,
    "a fraction": 1.5,
    "of 32 bits": 2**31,
    "of 64 bits": 2**63 - 1,
    "tiny": 0.001,
}
RETYPED: Mapping[str, Any] = {
    "a text": "text", "a whole number": 7, "a truth": False, "a list": ["text"], "a map": {"a": "b"},
}  # fmt: skip
KEYS: Mapping[str, str] = {
    "a Unicode key": "ключ/🚀", "a long key": "k" * 300, "an empty key": "", "a pointer": "a~1/b",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Variant:
    """One field changed in one way."""

    path: Path
    how: str
    value: Any
    """What stands there now; the field is gone where ``how`` is ``removed``."""

    def __str__(self) -> str:
        return f"{'/'.join(map(str, self.path))} {self.how}"

    @property
    def pointer(self) -> str:
        """The field as a JSON pointer into the manifest."""
        return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in self.path)

    def of(self, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """The manifest with that change."""
        changed: dict[str, Any] = copy.deepcopy(dict(manifest))
        place: Any = changed
        for key in self.path[:-1]:
            place = place[key]
        if self.how == "removed":
            del place[self.path[-1]]
        else:
            place[self.path[-1]] = self.value
        return changed


def variants(kind: str, version: str) -> Iterator[Variant]:
    """All of them, for the largest manifest of a kind."""
    for path, value, schema in places(kind, version):
        if len(path) > 1:
            for how, changed in _changes(value, schema):
                if how == "removed" or changed != value or type(changed) is not type(value):
                    yield Variant(path, how, changed)


def thinned(found: Iterable[Variant], each: int, seed: int) -> list[Variant]:
    """So many variants of each field, drawn by a seed: no field is left out."""
    chance, by_path = random.Random(seed), defaultdict[Path, list[Variant]](list)
    for variant in found:
        by_path[variant.path].append(variant)
    return [
        variant
        for of_one in by_path.values()
        for variant in chance.sample(of_one, min(each, len(of_one)))
    ]


def _changes(value: Any, schema: Schema) -> Iterator[tuple[str, Any]]:
    yield "removed", None
    yield "null", None
    yield "emptied", type(value)()
    for how, other in RETYPED.items():
        if type(other) is not type(value):
            yield f"now {how}", other
    if isinstance(value, str):
        yield from TEXTS.items()
        yield from ((f"now {how}", number) for how, number in NUMBERS.items())
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield from NUMBERS.items()
        if "minimum" in schema:
            yield "its least", schema["minimum"]
    elif isinstance(value, dict) and "additionalProperties" in schema:
        [member] = value.values()
        yield from ((f"with {how}", {**value, key: member}) for how, key in KEYS.items())
    elif isinstance(value, list):
        yield "doubled", [*value, *value]
        yield "with null", [*value, None]
