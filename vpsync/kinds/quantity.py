"""Kubernetes quantities, and the sizes that VVP understands.

Sources: Kubernetes API conventions, "Quantity"; VVP documentation, "Resources" (``cpu`` is a decimal
number; ``memory`` is a decimal with an optional suffix ``g`` or ``m`` in any case, powers of ten).
"""

from __future__ import annotations

import math
import re
from decimal import Decimal

from vpsync.model.json import Json

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
    found = _QUANTITY.fullmatch(text.strip())
    if found is None:
        raise ValueError("is not a quantity")
    if found["unit"] not in suffixes:
        raise ValueError(f"has the unknown unit {found['unit']!r}")
    return Decimal(found["digits"]) * suffixes[found["unit"]]
