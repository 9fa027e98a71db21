"""One item that Python's decoder cannot take does not spoil the list that it stands in."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vpsync.model.bounds import beyond_bounds
from vpsync.model.decoding import decoded

DEEP = {"maps": '{"a":' * 5000 + "1" + "}" * 5000, "lists": "[" * 5000 + "]" * 5000}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)  # fmt: skip


@pytest.mark.parametrize("deep", DEEP)
def test_an_item_nested_too_deep_is_cut_and_the_others_are_whole(deep: str) -> None:
    text = f'{{"items": [{{"a": "b"}}, {DEEP[deep]}, {{"c": [1, 2.5, true, null, "\\u00e4"]}}]}}'
    first, cut, last = decoded(text.encode())["items"]
    assert (first, last) == ({"a": "b"}, {"c": [1, 2.5, True, None, "ä"]})
    assert beyond_bounds(cut) == "is nested deeper than 64 levels"


@settings(deadline=None)
@given(VALUES)
def test_every_value_means_the_same_beside_a_deep_one(value: object) -> None:
    for indent in (None, 2):
        text = f"[{json.dumps(value, indent=indent)}, {DEEP['lists']}]"
        assert decoded(text)[0] == value


@pytest.mark.parametrize(
    "rest", ["]", "}", ",", " x", '"', "[", ": 1", "1", '{"a" 1}', '{1: 2}', '{"a":}', "]]]"]
)  # fmt: skip
def test_what_is_no_json_is_refused_beside_a_deep_one_too(rest: str) -> None:
    with pytest.raises(ValueError, match=r"JSON|Unterminated|behind"):
        decoded(f"{DEEP['lists']} {rest}")


@pytest.mark.parametrize("text", ["NaN", '{"a": Infinity}', "", "{", b"\xff"])
def test_what_is_no_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"JSON|Expecting|decode"):
        decoded(text)
