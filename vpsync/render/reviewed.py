"""A plan that was written to a file, reviewed by somebody, and is to be carried out as it was.

Two plans are the same when they hold the same changes: same resource, VVP object, action, cause, effect,
method, released fields, and the same fields with the same values. Words for people do not count, nor do
versions that move by themselves. The seal covers the words too: nobody reviews another text than was made.

Values of sensitive fields are not in the file, and no plain digest of them is either: a digest of a short
secret gives it away to whoever tries all of them. With a key that only the runs have (``--plan-key-file``,
else one derived from the VVP token), both sides of such a field count by a keyed digest. Where the runs
have no key in common its place counts and, instead of its value, the generation of the resource and the
version of the VVP object: whoever changes the value moves one of them. A manifest from a file has no
generation; there a change with masked values is not carried out without a common key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from vpsync.errors import SettingsError
from vpsync.model.json import Json
from vpsync.model.phrases import listed

Document = Mapping[str, Any]

_WORDS = ("reason", "heldBy", "outcome", "message")
"""Members of a change that are for people."""

_BOUND = ("digest", "keyId")
"""Members of a sensitive field that stand for its value."""


def checksum(changes: Sequence[Document]) -> str:
    """Of the changes; equal exactly where two plans are the same."""
    return _sha256([_compared(change) for change in changes])


def seal(plan: Document) -> str:
    """Of all that the plan says, its words and its summary too, but for the seal itself."""
    return _sha256({name: value for name, value in plan.items() if name != "seal"})


def _sha256(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def read_plan(text: str, *, tool: str, format_version: str, owner_id: str) -> Document:
    """The plan in a file; :class:`SettingsError` where this run cannot carry it out."""
    try:
        plan = json.loads(text)
    except (ValueError, RecursionError):
        plan = None
    if not isinstance(plan, dict) or not isinstance(plan.get("changes"), list):
        raise SettingsError("is not a plan; write one with `vpsync diff --plan-out FILE`")
    for member, expected, what in (
        ("formatVersion", format_version, "has the format"),
        ("tool", tool, "was made by"),
        ("ownerId", owner_id, "was made with --owner-id"),
    ):
        if plan.get(member) != expected:
            difference = f"{what} {plan.get(member)!r}, this run has {expected!r}"
            raise SettingsError(f"{difference}; write a new plan")
    if plan.get("complete") is not True:
        raise SettingsError("is not complete: something could not be read; write a new plan")
    if not _is_whole(plan):
        raise SettingsError("was edited: its checksum does not match; write a new plan")
    return plan


def _is_whole(plan: Document) -> bool:
    try:
        keys = {_key(change) for change in plan["changes"]}
        # Whoever writes a plan can make its seal, too: what is told of a change has to be there.
        shown = [(_verb(change), [*map(_sides, change["fields"])]) for change in plan["changes"]]
        if len(keys) != len(shown) or checksum(plan["changes"]) != plan["checksum"]:
            return False
    except (AttributeError, KeyError, TypeError):
        return False
    return bool(seal(plan) == plan.get("seal"))


def moved(reviewed: Document, present: Document) -> tuple[str, ...]:
    """In what the present plan departs from the reviewed one, a line each; empty where in nothing."""
    before = {_key(change): change for change in reviewed["changes"]}
    now = {_key(change): change for change in present["changes"]}
    why = {_key(item): f"{item['reason']}: {item['message']}" for item in present["blocked"]}
    differences = [
        f"{key}: {_verb(before[key])} is no longer planned{f'; {why[key]}' if key in why else ''}"
        for key in before.keys() - now
    ]
    differences += [f"{key}: {_verb(now[key])} is not in the plan" for key in now.keys() - before]
    differences += [
        f"{key}: {difference}"
        for key in before.keys() & now
        if (difference := _difference(before[key], now[key]))
    ]
    if not differences and list(map(_key, reviewed["changes"])) != list(
        map(_key, present["changes"])
    ):
        differences = ["the changes are in another order"]
    return tuple(sorted(differences))


def _key(change: Document) -> str:
    return f"{change['kind']} {change['namespace']}/{change['name']}"


def _verb(change: Document) -> str:
    fields = [field["path"] for field in change["fields"]]
    return f"{change['action']}{' of ' if fields else ''}{listed(fields, 3)}"


def _difference(before: Document, now: Document) -> str:
    """How two changes of one resource differ; empty where they do not."""
    keys = _keys(before) | _keys(now)
    bound = None not in keys and len(keys) <= 1
    if not bound and before["generation"] is None:
        return (
            "it holds masked values, and the runs have no key in common that binds them: give both the "
            "same --plan-key-file, or the same VVP token"
        )
    old, new = (_compared(change, bound=bound) for change in (before, now))
    if old == new:
        return ""
    differences = [
        f"{name} was {_shown(old.get(name))} and is {_shown(new.get(name))}"
        for name in sorted(old.keys() | new.keys())
        if name not in ("fields", "platform") and old.get(name) != new.get(name)
    ]
    differences += [
        f"{name} in VVP was {_shown(old['platform'].get(name))} and is {_shown(new['platform'].get(name))}"
        for name in sorted(old["platform"].keys() | new["platform"].keys())
        if old["platform"].get(name) != new["platform"].get(name)
    ]
    return "; ".join(differences + _field_differences(old["fields"], new["fields"]))


def _field_differences(before: Sequence[Document], now: Sequence[Document]) -> list[str]:
    old = {field["path"]: field for field in before}
    new = {field["path"]: field for field in now}
    return [
        f"{path} holds another secret than the reviewed one"
        if _sides(old.get(path)) == _sides(new.get(path))
        else f"{path} was {_sides(old.get(path))} and is {_sides(new.get(path))}"
        for path in sorted(old.keys() | new.keys())
        if old.get(path) != new.get(path)
    ]


def _sides(field: Document | None) -> str:
    return f"{_shown(field['before'])} → {_shown(field['after'])}" if field else "in sync"


def _shown(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _keys(change: Document) -> set[str | None]:
    """Of the keys that bind the masked values; None stands for a value that none does."""
    return {field.get("keyId") for field in change["fields"] if field["sensitive"]}


def _compared(change: Document, *, bound: bool = True) -> dict[str, Any]:
    """The members that count; without ``bound``, masked values by their place only."""
    compared = {name: value for name, value in change.items() if name not in _WORDS}
    if not bound:
        compared["fields"] = [
            {name: value for name, value in field.items() if name not in _BOUND}
            for field in change["fields"]
        ]
    if bound and None not in _keys(change):
        # Nothing depends on these: what is sent is all there, as it is or by its digest.
        del compared["generation"]
        platform = change["platform"].items()
        compared["platform"] = {
            name: value for name, value in platform if name != "resourceVersion"
        }
    return compared
