"""A key is the text that kubectl makes of it, as sigs.k8s.io/yaml and Go write it."""

from __future__ import annotations

import pytest

from vpsync.source.documents import built_documents
from vpsync.source.keys import key
from vpsync.source.scalars import scalar

FLOAT = "tag:yaml.org,2002:float"


def key_of(text: str, tag: str | None = None) -> str:
    return key(text, scalar(text, tag, plain=True), tag)


@pytest.mark.parametrize(
    ("text", "name"),
    [("a", "a"), ("1", "1"), ("0777", "511"), ("0x10", "16"), ("yes", "true"), ("off", "false"),
     ("1.5", "1.5"), ("2023-05-04", "2023-05-04"), ("1:30", "1:30"), ("1_000", "1000"),
     ("1.0", "1"), ("1.10", "1.1"), ("1e3", "1000"), ("-.5", "-0.5"), ("-0.0", "-0")],
)  # fmt: skip
def test_a_key_is_the_text_that_kubectl_makes_of_it(text: str, name: str) -> None:
    assert key_of(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("100000.0", "100000"),
        ("1e6", "1e+06"),
        ("1234567.0", "1.234567e+06"),
        ("16777217.0", "1.6777216e+07"),
        ("0.0001", "0.0001"),
        ("0.00001", "1e-05"),
        ("0.1234567891", "0.12345679"),
        ("1.58203125", "1.5820312"),
        ("0.000244140625", "0.00024414063"),
        ("1.262177448353619e-29", "1.2621775e-29"),
        ("1e-50", "0"),
        ("18446744073709551616", "1.8446744e+19"),
    ],
)
def test_a_fraction_is_the_shortest_text_in_single_precision(text: str, name: str) -> None:
    assert key_of(text) == name


@pytest.mark.parametrize(
    "text", ["", "~", "null", "9223372036854775808", "0xffffffffffffffff", "1e39"]
)
def test_a_key_that_kubectl_has_no_text_for_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="put it in quotes"):
        key_of(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [("1", "1"), ("1.5", "1.5"), ("100000", "100000"), ("3032304", "3.032304e+06")],
)
def test_a_key_with_the_tag_of_a_float_is_a_fraction_however_it_is_written(
    text: str, name: str
) -> None:
    assert key_of(text, FLOAT) == name


@pytest.mark.parametrize(
    ("text", "told"), [("1.0", True), ("1.10", True), ("1e3", True), ("1.5", False), ("a", False)]
)
def test_a_fraction_that_does_not_stay_as_it_is_written_is_told(text: str, *, told: bool) -> None:
    [built] = built_documents(f"{text}: x\n")
    doubts = [one.text for one in built.doubts]
    assert doubts == (
        [f"kubectl and vpsync read the key {key_of(text)!r}, other readers a number"]
        if told
        else []
    )


def test_two_keys_that_become_one_are_refused_where_kubectl_takes_either() -> None:
    with pytest.raises(Exception, match="stands here twice"):
        list(built_documents("1.0: x\n1: y\n"))
