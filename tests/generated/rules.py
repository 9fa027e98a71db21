"""When VVP's object holds exactly what a manifest declares, told anew and independent of vpsync."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from generated.maximal import Path, Schema

_SERVER_SET = ("id", "createdAt", "modifiedAt", "resourceVersion", "jobId", "origin", "type")
WRITE_ONLY: frozenset[Path] = frozenset(
    {
        ("spec", "startFromSavepoint"),
        ("spec", "deploymentPatchSet"),
        ("spec", "flinkSavepointId"),
        *(("metadata", member) for member in _SERVER_SET),
    }
)
"""What a manifest may hold, and what VVP 2.x sets by itself or does not show."""
_MILLI = re.compile(r"(\+?[0-9.]+)([numk]?)")
_FACTORS = {"n": "1e-9", "u": "1e-6", "m": "1e-3", "k": "1e3", "": "1"}


def differences(declared: Any, held: Any, path: Path = ()) -> Iterator[str]:
    """Where VVP's object is not as declared; what is not declared may be anything."""
    if path in WRITE_ONLY or _counts_as_absent(declared, path):
        return
    if (pairs := _members(declared, held, path)) is not None:
        for key, one, other in pairs:
            yield from differences(one, other, (*path, key))
    elif not _equal(declared, held, path):
        yield f"{path}: declared {declared!r}, held {held!r}"


def _members(declared: Any, held: Any, path: Path) -> list[tuple[str | int, Any, Any]] | None:
    """What is compared member by member; None where the two are compared as a whole."""
    if isinstance(declared, dict) and isinstance(held, dict):
        return [(key, member, held.get(key)) for key, member in declared.items()]
    if path == ("roleBindings",) or not (isinstance(declared, list) and isinstance(held, list)):
        return None
    both = enumerate(zip(declared, held, strict=False))
    return [(n, *pair) for n, pair in both] if len(declared) == len(held) else None


def leftovers(
    before: Any, declared: Any, held: Any, schema: Schema, path: Path = ()
) -> Iterator[str]:
    """Keys of maps that were declared before, are declared no more, and are still held."""
    if not isinstance(before, dict) or not isinstance(held, dict):
        return
    now = declared if isinstance(declared, dict) else {}
    for key, member in before.items():
        child = schema.get("properties", {}).get(key)
        if child is None and now.get(key) is None and _says_something(held.get(key)):
            yield f"{path}: {key!r} is declared no more, and still held"
        elif child is not None:
            yield from leftovers(member, now.get(key), held.get(key), child, (*path, key))


def _says_something(value: Any) -> bool:
    """Whether it is more than null, or maps that hold nothing."""
    if isinstance(value, dict):
        return any(_says_something(member) for member in value.values())
    return value is not None and value != []


def _counts_as_absent(declared: Any, path: Path) -> bool:
    """Nulls, and what the older operator wrote for none: a CPU of zero, an empty location."""
    if declared is None or (path == ("spec", "savepointLocation") and declared == ""):
        return True
    return path[-1:] == ("cpu",) and declared in ("0", 0) and not isinstance(declared, bool)


def _equal(declared: Any, held: Any, path: Path) -> bool:
    if path == ("roleBindings",):
        return _who_may(declared) == _who_may(held)
    if isinstance(declared, dict):
        return not _says_something(declared)
    if path[-1:] == ("cpu",):
        return _cores(declared) == _cores(held)
    if path[-1:] in (("state",), ("kind",)):
        return str(declared).upper() == str(held).upper()
    if isinstance(held, str) and not isinstance(declared, str):
        return _as_text(declared) == held
    if declared == [] or declared == "":
        return held in (declared, None)
    return bool(declared == held)


def _who_may(bindings: Any) -> set[tuple[str, str]]:
    """Roles and members: their order and repetition mean nothing."""
    listed = [binding for binding in bindings or () if binding]
    return {(b["role"], member) for b in listed for member in b.get("members") or () if member}


def _cores(value: Any) -> float | None:
    """VVP's CPU is a floating-point number."""
    found = _MILLI.fullmatch(str(value))
    try:
        return float(Decimal(found[1]) * Decimal(_FACTORS[found[2]]) if found else str(value))
    except (ArithmeticError, ValueError):
        return None


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def declared_of(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What a manifest declares of VVP's object: metadata and spec, without extensions."""
    spec = manifest["spec"]
    if manifest["kind"] == "VpNamespace":
        return {key: member for key, member in spec.items() if key != "metadata"}
    declared = {member: spec.get(member) for member in ("metadata", "spec")}
    if manifest["kind"] == "VpSavepoint" and isinstance(declared["metadata"], dict):
        # VVP's savepoints have no labels.
        declared["metadata"] = {k: v for k, v in declared["metadata"].items() if k != "labels"}
    return declared
