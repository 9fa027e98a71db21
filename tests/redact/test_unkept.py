"""What is told of fields that VVP holds in a form of its own."""

from __future__ import annotations

from typing import Any

import pytest

from vpsync.model.change import FieldChange
from vpsync.redact.unkept import unkept_text

OPTIONS = ("spec", "template", "spec", "flinkConfiguration")


def change(key: str, before: Any, after: Any, *, sensitive: bool = False) -> FieldChange:
    return FieldChange((*OPTIONS, key), before, after, sensitive)


def test_what_vvp_has_instead_is_shown() -> None:
    text = unkept_text([change("a", 5, 4), change("b", {"c": ["d"]}, "x")])
    where = "/spec/template/spec/flinkConfiguration"
    assert text == f'has 5 in {where}/a, {{"c": ["d"]}} in {where}/b'


def test_what_vvp_does_not_have_is_named() -> None:
    text = unkept_text([change("a", None, 4), change("b", 5, 4)])
    assert text.startswith("has 5 in ")
    assert " and does not keep /spec/template/spec/flinkConfiguration/a: " in text


@pytest.mark.parametrize(
    "found",
    [
        change("s3.secret-key", "CANARY-1", "CANARY-2"),
        change("url", "https://me:CANARY-1@example.com", "CANARY-2"),
        change("plain", "CANARY-1", "CANARY-2", sensitive=True),
    ],
)
def test_a_secret_is_never_shown(found: FieldChange) -> None:
    text = unkept_text([found])
    assert found.pointer in text
    assert "CANARY" not in text


def test_what_vvp_only_hides_is_not_told() -> None:
    assert unkept_text([change("s3.secret-key", "*****", "CANARY")]) == ""
    assert unkept_text([]) == ""


def test_long_values_and_many_fields_are_cut() -> None:
    assert len(unkept_text([change("a", "x" * 1000, "y")])) < 200
    assert unkept_text([change(str(n), n, -1) for n in range(9)]).endswith(" and 4 more")
