"""CPU and memory quantities, as Kubernetes writes them and VVP reads them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from vpsync.kinds.quantity import cpu_number, memory_bytes


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("500m", 0.5),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1),
        ("2", 2),
        ("+2", 2),
        (0.5, 0.5),
        (2, 2),
        (2.0, 2),
        ("100m", 0.1),
        ("333m", 0.333),
        ("1000m", 1),
        ("250000u", 0.25),
        ("250000000n", 0.25),
        ("0.1k", 100),
        ("1e1", 10),
        ("5e-1", 0.5),
        ("0", 0),
        (" 500m ", 0.5),
    ],
)
def test_a_cpu_quantity_is_the_number_that_vvp_wants(text: Any, number: float) -> None:
    assert cpu_number(text) == number


@pytest.mark.parametrize("text", ["1000m", "2", 2, 2.0, "1e1"])
def test_whole_cores_are_whole_numbers(text: Any) -> None:
    assert isinstance(cpu_number(text), int)


@pytest.mark.parametrize(
    "value",
    [
        "", "m", "one", "1 core", "1M", "1Ki", "500mm", "m500", "1.2.3", "1,5", "--1", "0x10", "1_000",
        "١", "NaN", "inf", "Infinity", "1e400", "1e999999999", True, False, None, [], {}, float("inf"),
    ],
)  # fmt: skip
def test_what_is_no_cpu_quantity_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^(is not|has)"):
        cpu_number(value)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1g", 10**9),
        ("1G", 10**9),
        ("1.5g", 15 * 10**8),
        ("1500m", 15 * 10**8),
        ("1500M", 15 * 10**8),
        ("1gi", 2**30),
        ("1Gi", 2**30),
        ("512Mi", 512 * 2**20),
        ("1k", 1000),
        ("1Ki", 1024),
        ("2t", 2 * 10**12),
        ("1Ti", 2**40),
        ("1073741824", 2**30),
        (1073741824, 2**30),
    ],
)
def test_memory_is_a_number_of_bytes(text: Any, size: int) -> None:
    assert memory_bytes(text) == Decimal(size)


@pytest.mark.parametrize(
    "value", ["", "g", "much", "1 gigabyte", "1gb", "1_0g", None, True, [], {}]
)
def test_what_is_no_memory_size_has_no_number_of_bytes(value: Any) -> None:
    assert memory_bytes(value) is None


@pytest.mark.parametrize("equal", [("1g", "1000m", "1000M", "1G", "1000000000"), ("1Gi", "1024Mi")])
def test_sizes_that_mean_the_same_are_equal(equal: tuple[str, ...]) -> None:
    assert len({memory_bytes(text) for text in equal}) == 1
