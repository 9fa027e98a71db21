"""Kubernetes quantities in canonical form: `1000m` is `1`, `1024Mi` is `1Gi`, `0.5` is `500m`.

VVP reads pod templates and volumes into the types of the Kubernetes client (the specifications show
its `Quantity` of number and format), which writes quantities in this form whatever was sent.
"""

import re
from decimal import Decimal
from typing import Any

_QUANTITY = re.compile(
    r"([+-]?[0-9]+\.?[0-9]*|[+-]?\.[0-9]+)([eE][+-]?[0-9]+|[KMGTPE]i|[numkMGTPE])?"
)
_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_DECIMAL = {18: "E", 15: "P", 12: "T", 9: "G", 6: "M", 3: "k", 0: "", -3: "m", -6: "u", -9: "n"}
_MAPS = frozenset({"limits", "requests", "overhead", "capacity"})
_MEMBERS = frozenset({"sizeLimit", "divisor"})


def canonical(text: str) -> str:
    """The canonical form of a quantity; what is none comes back as it is."""
    found = _QUANTITY.fullmatch(text.strip())
    if found is None:
        return text
    number, suffix = Decimal(found[1]), found[2] or ""
    if suffix.endswith("i"):
        return _binary(number * 1024 ** _BINARY.index(suffix))
    if suffix[:1] in ("e", "E") and suffix[1:]:
        return _decimal(number.scaleb(int(suffix[1:])), exponent=True)
    power = next(power for power, known in _DECIMAL.items() if known == suffix)
    return _decimal(number.scaleb(power))


def canonical_quantities(value: Any) -> Any:
    """A copy of a part of a Kubernetes object with its quantities in canonical form."""
    if isinstance(value, list):
        return [canonical_quantities(own) for own in value]
    if not isinstance(value, dict):
        return value
    return {key: _member(key, own) for key, own in value.items()}


def _member(key: str, value: Any) -> Any:
    if key in _MAPS and isinstance(value, dict):
        return {name: _text(own) for name, own in value.items()}
    return _text(value) if key in _MEMBERS else canonical_quantities(value)


def _text(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return value
    return canonical(str(value))


def _binary(number: Decimal) -> str:
    if number != number.to_integral_value() or abs(number) < 1024:
        return _decimal(number)
    whole, power = int(number), 0
    while whole % 1024 == 0 and power < len(_BINARY) - 1:
        whole, power = whole // 1024, power + 1
    return f"{whole}{_BINARY[power]}"


def _decimal(number: Decimal, exponent: bool = False) -> str:
    if not number:
        return "0"
    for power, suffix in _DECIMAL.items():
        scaled = number.scaleb(-power)
        if scaled == scaled.to_integral_value():
            shown = f"e{power}" if exponent and power else suffix
            return f"{int(scaled)}{'' if exponent and not power else shown}"
    return f"{int(number.scaleb(9).to_integral_value('ROUND_UP'))}n"
