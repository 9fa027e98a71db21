"""What scalars of YAML mean: as kubectl reads them, and where other readers do not.

The values are what sigs.k8s.io/yaml 1.6 over go-yaml 2.4 and Kubernetes' JSON decoder made of these texts;
``tests/e2e/test_yaml.py`` asks a real API server about generated ones.
"""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from vpsync.source.scalars import doubt, scalar

TRUE = ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"]
FALSE = ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"]
NULL = ["", "~", "null", "Null", "NULL"]
NUMBERS: dict[str, int | float] = {
    "0": 0, "1": 1, "-1": -1, "+1": 1, "-0": 0, "00": 0, "0777": 511, "-0777": -511, "+010": 8, "0_7": 7,
    "0o17": 15, "0O17": 15, "0x10": 16, "0X1f": 31, "-0x10": -16, "+0x10": 16, "0b11": 3, "0B11": 3,
    "-0b11": -3, "0b-11": -3, "0b+11": 3, "0b_-1": -1,
    "1_000": 1000, "1__0": 10, "1_": 1, "-1_0": -10, "08": 8, "09.5": 9.5, "0_8": 8,
    "1e3": 1000, "1E3": 1000, "1.5e3": 1500, "1e+3": 1000, "1.e3": 1000, "0e0": 0, "1.0": 1, "1.10": 1.1,
    "1.": 1, ".5": 0.5, "-.5": -0.5, "+.5": 0.5, ".5_0": 0.5, "1_0.5": 10.5, "-0.0": 0, "0.1": 0.1,
    "1e-7": 1e-07, "1.5e-10": 1.5e-10, "1e20": 100000000000000000000, "1e21": 1e21, "1e22": 1e22,
    "9223372036854775807": 9223372036854775807, "-9223372036854775808": -9223372036854775808,
    "9223372036854775808": 9223372036854776000, "-9223372036854775809": -9223372036854776000,
    "18446744073709551615": 18446744073709552000, "18446744073709551616": 18446744073709552000,
    "0xffffffffffffffff": 18446744073709552000, "123456789012345678901234567890": 1.2345678901234568e29,
    "07777777777777777777777777": 7.777777777777778e24,
}  # fmt: skip
TEXTS = [
    "yEs", "tRUE", "nULL", "oN", "none", "NaN", "inf", "_1", "0b2", "0b", "0x", "0o8", "0x1p3", "1:30",
    "12:30:45", "2023-05-04", "2023-05-04T10:00:00Z", "1,000", "1.2.3", "500m", "1e", "1e+", "e3", ".e3",
    ".", "..", "._5", ".5_", "-", "--", "+", "=", "++1", "+-1", "0x1ffffffffffffffff", "١",
]  # fmt: skip
REFUSED = [
    ".inf",
    ".Inf",
    ".INF",
    "+.inf",
    "-.inf",
    "-.INF",
    ".nan",
    ".NaN",
    ".NAN",
    "1e999",
    "9" * 400,
]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((text, True) for text in TRUE),
        *((text, False) for text in FALSE),
        *((text, None) for text in NULL),
        *NUMBERS.items(),
        *((text, text) for text in TEXTS),
    ],
)
def test_a_plain_scalar_means_what_it_means_to_kubectl(text: str, value: Any) -> None:
    found = scalar(text, None, plain=True)
    assert (found, type(found)) == (value, type(value))
    assert scalar(text, None, plain=False) == text


@pytest.mark.parametrize("text", REFUSED)
def test_a_number_that_json_cannot_hold_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no number in JSON|too large"):
        scalar(text, None, plain=True)


@pytest.mark.parametrize(
    ("text", "tag", "value"),
    [
        ("1", "str", "1"),
        ("1", "int", 1),
        ("1", "float", 1),
        ("9223372036854775807", "float", 9223372036854776000),
        ("0x10", "int", 16),
        ("18446744073709551615", "int", 18446744073709552000),
        ("0b-11", "int", -3),
        ("yes", "bool", True),
        ("~", "null", None),
    ],
)
def test_a_tag_of_a_type_of_json_is_heeded(text: str, tag: str, value: Any) -> None:
    found = scalar(text, f"tag:yaml.org,2002:{tag}", plain=False)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("x", "int"),
        ("1.5", "int"),
        ("1", "bool"),
        ("1", "null"),
        ("3.0", "int"),
        ("1e3", "int"),
        ("08", "int"),
        ("18446744073709551616", "int"),
        ("+18446744073709551615", "int"),
        ("0b-2", "int"),
        ("9223372036854775808", "float"),
        ("0xffffffffffffffff", "float"),
    ],
)
def test_a_tag_that_does_not_fit_is_refused(text: str, tag: str) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        scalar(text, f"tag:yaml.org,2002:{tag}", plain=True)


class TestDoubt:
    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("yes", "kubectl and vpsync read true, YAML 1.2 reads text"),
            ("n", "kubectl and vpsync read false, YAML 1.2 reads text"),
            ("0777", "kubectl and vpsync read the number 511, YAML 1.2 reads the number 777"),
            ("0o17", "kubectl and vpsync read the number 15, YAML 1.1 reads text"),
            ("-0x10", "kubectl and vpsync read the number -16, YAML 1.2 reads text"),
            ("1_000", "kubectl and vpsync read the number 1000, YAML 1.2 reads text"),
            ("1e3", "kubectl and vpsync read the number 1000, YAML 1.1 reads text"),
            ("08", "kubectl and vpsync read the number 8, YAML 1.1 reads text"),
            ("1:30", "kubectl and vpsync read text, YAML 1.1 reads a number of base 60"),
            ("190:20:30.15", "kubectl and vpsync read text, YAML 1.1 reads a number of base 60"),
            ("2023-05-04", "kubectl and vpsync read text, YAML 1.1 reads a time"),
        ],
    )
    def test_says_who_reads_what(self, text: str, told: str) -> None:
        assert doubt(text) == told

    @pytest.mark.parametrize(
        "text", ["", "~", "true", "FALSE", "null", "0", "-1", "10", "1.5", "1.0", ".5", "0x10", "1.5e+3",
                 "1.15.2-stream1-scala_2.12", "s3://a/b", "500m", "1.2.3", "yEs", "on-call", "no_1"],
    )  # fmt: skip
    def test_is_none_where_all_agree(self, text: str) -> None:
        assert doubt(text) == ""

    @given(st.text("0123456789._-+exXoObyYnNTtFf:", min_size=1, max_size=8))
    @example("0_")
    def test_is_there_wherever_pyyaml_reads_something_else(self, text: str) -> None:
        """PyYAML is the reader of YAML 1.1 that is at hand; it knows neither ``y`` nor ``n``."""
        try:
            theirs = yaml.safe_load(f"a: {text}")["a"]
            ours = scalar(text, None, plain=True)
        except (yaml.YAMLError, ValueError, TypeError, KeyError):
            return
        if not isinstance(theirs, (dict, list)) and not _same(theirs, ours):
            assert doubt(text)


def _same(theirs: Any, ours: Any) -> bool:
    if isinstance(theirs, (datetime.date, str, bool)) or theirs is None:
        return (type(theirs), theirs) == (type(ours), ours)
    return isinstance(ours, (int, float)) and not isinstance(ours, bool) and theirs == ours
