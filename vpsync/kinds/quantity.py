"""Kubernetes quantities, and the sizes that VVP understands.

Sources: Kubernetes API conventions, "Quantity"; VVP documentation, "Resources" (``cpu`` is a decimal
number; ``memory`` is a decimal with an optional suffix ``g`` or ``m`` in any case, powers of ten).
"""

from __future__ import annotations

import math
import re
from decimal import Decimal

from vpsync.kinds.values import same_value
from vpsync.model.json import Json, Path

_QUANTITY = re.compile(
    r"(?P<digits>[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?)(?P<unit>[A-Za-z]*)"
)

_CPU_SUFFIXES = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "": Decimal(1),
    "k": Decimal(1000),
}

_MEMORY_SUFFIXES = {
    "": Decimal(1),
    "k": Decimal(10) ** 3,
    "m": Decimal(10) ** 6,
    "g": Decimal(10) ** 9,
    "t": Decimal(10) ** 12,
    "ki": Decimal(2) ** 10,
    "mi": Decimal(2) ** 20,
    "gi": Decimal(2) ** 30,
    "ti": Decimal(2) ** 40,
}

_KUBERNETES_SUFFIXES = {
    **{
        suffix: Decimal(10) ** power
        for suffix, power in zip("numkMGTPE", (-9, -6, -3, 3, 6, 9, 12, 15, 18), strict=True)
    },
    **{f"{unit}i": Decimal(2) ** (10 * power) for power, unit in enumerate("KMGTPE", 1)},
    "": Decimal(1),
}

_OF_QUANTITIES = frozenset({"limits", "requests", "overhead", "capacity"})
_QUANTITIES = frozenset({"sizeLimit", "divisor"})
"""Where quantities stand in pod templates and volumes (Kubernetes API reference, "Pod")."""


def cpu_number(value: Json) -> float | int:
    """A CPU quantity (``"500m"``, ``"1.5"``, ``0.5``) as the number that VVP wants.

    ``ValueError`` when it is none.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueError("is not a CPU quantity")
    number = float(_scaled(str(value), _CPU_SUFFIXES))
    if not math.isfinite(number):
        raise ValueError("is not a quantity: it is too large")
    return int(number) if number.is_integer() else number


def memory_bytes(value: Json) -> Decimal | None:
    """A memory size in bytes; None when it cannot be read as one."""
    try:
        return _scaled(str(value).lower(), _MEMORY_SUFFIXES)
    except ValueError:
        return None


def _scaled(text: str, suffixes: dict[str, Decimal]) -> Decimal:
    match = _QUANTITY.fullmatch(text.strip())
    if match is None:
        raise ValueError("is not a quantity")
    if match["unit"] not in suffixes:
        raise ValueError(f"has the unknown unit {match['unit']!r}")
    return Decimal(match["digits"]) * suffixes[match["unit"]]


_FALSE_BY_DEFAULT = frozenset({
    "hostIPC", "hostNetwork", "hostPID", "optional", "privileged", "readOnly", "readOnlyRootFilesystem",
    "shareProcessNamespace", "stdin", "stdinOnce", "tty",
})  # fmt: skip
"""Members of pods that are false where they are absent (Kubernetes API reference, core/v1)."""


def same_in_pods(declared: Json, observed: Json, path: Path = ()) -> bool:
    """Whether two parts of a pod template mean the same: quantities count by their size, and false is
    what is absent where that is the default.

    Kubernetes' own client, into whose types VVP reads pod templates, writes them in canonical form.
    """
    if isinstance(declared, dict) and isinstance(observed, dict):
        keys = declared.keys() | observed.keys()
        return all(same_in_pods(declared.get(k), observed.get(k), (*path, k)) for k in keys)
    if isinstance(declared, list) and isinstance(observed, list):
        pairs = zip(declared, observed, strict=False)
        return len(declared) == len(observed) and all(same_in_pods(*pair, path) for pair in pairs)
    if path[-1:] and (path[-1] in _QUANTITIES or _OF_QUANTITIES.intersection(path[-2:-1])):
        size = kubernetes_quantity(declared)
        if size is not None and size == kubernetes_quantity(observed):
            return True
    if path[-1:] and path[-1] in _FALSE_BY_DEFAULT:
        return same_value(declared or False, observed or False)
    return same_value(declared, observed)


def kubernetes_quantity(value: Json) -> Decimal | None:
    """The number that a Kubernetes quantity stands for; None when it is none."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    try:
        return _scaled(str(value), _KUBERNETES_SUFFIXES)
    except ValueError:
        return None
