"""Values hidden wherever they stand, and nothing else touched."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from vpsync.errors import PlatformRejected
from vpsync.redact.redactor import NOTHING, hiding

HIDE = hiding(["s3cret-token", "s3cret-token-of-another", "", "short"])


@dataclass(frozen=True, slots=True)
class Told:
    text: str
    members: tuple[str, ...] = ()
    size: int = field(init=False, default=0)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a s3cret-token b", "a *** b"),
        ("S3CRET-TOKEN", "***"),
        ("xs3cret-tokens3cret-token", "x******"),
        ("s3cret-token-of-another", "***"),
        (
            {"key s3cret-token": ["s3cret-token", 1, None, True]},
            {"key ***": ["***", 1, None, True]},
        ),
        (("s3cret-token",), ("***",)),
        (frozenset({"s3cret-token"}), frozenset({"***"})),
        (Told("s3cret-token", ("s3cret-token",)), Told("***", ("***",))),
    ],
    ids=repr,
)
def test_a_known_value_is_hidden_in_every_shape(value: Any, shown: Any) -> None:
    assert HIDE.value(value) == shown


@pytest.mark.parametrize(
    "value", ["short", "", 5, None, {"a": ["b"]}, ("x",), Told("clean"), Told], ids=repr
)
def test_what_is_clean_stays_the_very_same(value: Any) -> None:
    assert HIDE.value(value) is value
    assert NOTHING.value(value) is value


@pytest.mark.parametrize("before", ["", "a", "ab", "user:"])
def test_a_value_is_hidden_in_base64_and_in_urls(before: str) -> None:
    secret = "s3cret/token+with?all"
    hide = hiding([secret])
    for encode in (b64encode, urlsafe_b64encode):
        told = encode(f"{before}{secret}:x".encode()).decode()
        shown = hide.text(f"Basic {told}")
        assert "***" in shown
        assert len(shown) < len("Basic ") + len("***") + 8 + len(b64encode(before.encode()))
    assert hide.text(f"x={quote(secret, safe='')}") == "x=***"
    assert hide.text(f"x={quote_plus(secret)}") == "x=***"


def test_an_error_keeps_its_type_and_says_less() -> None:
    error = PlatformRejected("400: s3cret-token is wrong")
    assert HIDE.value(error) is error
    assert str(error) == "400: *** is wrong"


def test_the_causes_of_an_error_say_less_too() -> None:
    first, second = ValueError("s3cret-token"), PlatformRejected("s3cret-token")
    second.__cause__ = first
    HIDE.chain(second)
    assert (str(first), str(second)) == ("***", "***")


def test_without_a_secret_there_is_nothing_to_do() -> None:
    assert hiding(["", "a"]) == NOTHING
    assert NOTHING.text("s3cret-token") == "s3cret-token"
