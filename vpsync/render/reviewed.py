"""A plan that was written to a file, reviewed by somebody, and is to be carried out as it was.

Two plans are the same when they hold the same changes: same resource, VVP object, action, cause, effect,
method, released fields, and the same fields with the same values. Words for people do not count, nor do
versions that move by themselves.

Values of sensitive fields are not in the file, and no plain digest of them is either: a digest of a short
secret gives it away to whoever tries all of them. With a key that only the runs have, both sides of such a
field count by a keyed digest. Without one its place counts and, instead of its value, the generation of
the resource and the version of the VVP object: whoever changes the value moves one of them. A manifest
from a file has no generation; there, without a key, a secret that was changed between review and apply
cannot be told from the reviewed one.
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


def checksum(changes: Sequence[Document]) -> str:
    """Of the changes; equal exactly where two plans are the same."""
    compared = [_compared(change) for change in changes]
    text = json.dumps(compared, sort_keys=True, separators=(",", ":"))
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
            told = f"{what} {plan.get(member)!r}, this run has {expected!r}"
            raise SettingsError(f"{told}; write a new plan")
    if plan.get("complete") is not True:
        raise SettingsError("is not complete: something could not be read; write a new plan")
    if not _is_whole(plan):
        raise SettingsError("was edited: its checksum does not match; write a new plan")
    return plan


def _is_whole(plan: Document) -> bool:
    try:
        places = {_place(change) for change in plan["changes"]}
        return len(places) == len(plan["changes"]) and checksum(plan["changes"]) == plan["checksum"]
    except (AttributeError, KeyError, TypeError):
        return False


def moved(reviewed: Document, present: Document) -> tuple[str, ...]:
    """In what the present plan departs from the reviewed one, a line each; empty where in nothing."""
    before = {_place(change): change for change in reviewed["changes"]}
    now = {_place(change): change for change in present["changes"]}
    why = {_place(item): f"{item['reason']}: {item['message']}" for item in present["blocked"]}
    told = [
        f"{place}: {_verb(before[place])} is no longer planned{f'; {why[place]}' if place in why else ''}"
        for place in before.keys() - now
    ]
    told += [f"{place}: {_verb(now[place])} is not in the plan" for place in now.keys() - before]
    told += [
        f"{place}: {difference}"
        for place in before.keys() & now
        if (difference := _difference(before[place], now[place]))
    ]
    if not told and reviewed["checksum"] != present["checksum"]:
        told = ["the changes are in another order"]
    return tuple(sorted(told))


def _place(change: Document) -> str:
    return f"{change['kind']} {change['namespace']}/{change['name']}"


def _verb(change: Document) -> str:
    fields = [field["path"] for field in change["fields"]]
    return f"{change['action']}{' of ' if fields else ''}{listed(fields, 3)}"


def _difference(before: Document, now: Document) -> str:
    """How two changes of one resource differ; empty where they do not."""
    old, new = _compared(before), _compared(now)
    if old == new:
        return ""
    told = [
        f"{name} was {_shown(old.get(name))} and is {_shown(new.get(name))}"
        for name in sorted(old.keys() | new.keys())
        if name not in ("fields", "platform") and old.get(name) != new.get(name)
    ]
    told += [
        f"{name} in VVP was {_shown(old['platform'].get(name))} and is {_shown(new['platform'].get(name))}"
        for name in sorted(old["platform"].keys() | new["platform"].keys())
        if old["platform"].get(name) != new["platform"].get(name)
    ]
    return "; ".join(told + _field_differences(old["fields"], new["fields"]))


def _field_differences(before: Sequence[Document], now: Sequence[Document]) -> list[str]:
    old = {field["path"]: field for field in before}
    new = {field["path"]: field for field in now}
    return [
        f"{path} holds another secret than the reviewed one, or the plan had another key"
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


def _compared(change: Document) -> dict[str, Any]:
    """The members that count."""
    compared = {name: value for name, value in change.items() if name not in _WORDS}
    if not any(field["sensitive"] for field in change["fields"]):
        del compared["generation"]
        compared["platform"] = {
            name: value for name, value in change["platform"].items() if name != "resourceVersion"
        }
    return compared
