"""YAML is data: JSON's types, no surprises, and nothing that makes a small file large."""

from __future__ import annotations

import time
from typing import Any

import pytest

from vpsync.model.bounds import MAX_DEPTH
from vpsync.model.json import Json
from vpsync.source.documents import MAX_BYTES, built_documents, documents
from vpsync.source.events import MAX_ALIASES, UnreadableDocument


def read(text: str) -> Json:
    """The one document of a text."""
    [(_, document)] = documents(text)
    return document


def refusal(text: str) -> str:
    """Why a text cannot be read."""
    with pytest.raises(UnreadableDocument) as caught:
        list(documents(text))
    return str(caught.value)


SCALARS: list[tuple[str, Any]] = [
    ("text", "text"),
    ("1", 1),
    ("-1", -1),
    ("+1", 1),
    ("0", 0),
    ("1.5", 1.5),
    ("-0.5", -0.5),
    (".5", 0.5),
    ("1.", 1),
    ("1e3", 1000),
    ("1.5E-3", 0.0015),
    ("true", True),
    ("True", True),
    ("FALSE", False),
    ("null", None),
    ("~", None),
    ("", None),
    ('""', ""),
    ('"1"', "1"),
    ("'true'", "true"),
    ("'~'", "~"),
    ("!!str 1", "1"),
    ("!!str true", "true"),
    ("!!int 1", 1),
    ("|\n  a\n  b\n", "a\nb\n"),
    (">\n  a\n  b\n", "a b\n"),
]
TEXTS = [
    "tRUE", "nULL", "none", "None",
    "2023-05-04", "2023-05-04T10:00:00Z", "2023-05-04 10:00:00 +1",
    "1:30", "12:30:45", "190:20:30.15",
    "1.2.3", "1.10.0", "NaN", "inf", "1e", "e3", "+", "--", ".", "...x",
    "500m", "1.5g", "s3://a/b", "${SECRET}", "=", "0.1.2", "1e3e3", "١",
]  # fmt: skip
"""What YAML 1.1 makes something else of, and neither JSON nor kubectl."""


@pytest.mark.parametrize(("text", "value"), SCALARS)
def test_a_scalar_has_a_type_of_json(text: str, value: Any) -> None:
    found = read(f"a: {text}")["a"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("text", TEXTS)
def test_whatever_else_a_scalar_may_mean_in_yaml_it_is_text(text: str) -> None:
    assert read(f"a: {text}") == {"a": text}
    assert read(f"- {text}") == [text]


@pytest.mark.parametrize("key", ["1", "true", "2023-05-04", "1.5", "a b", '""'])
def test_keys_are_text(key: str) -> None:
    assert read(f"{key}: x") == {key.strip('"'): "x"}


@pytest.mark.parametrize("text", ["!!timestamp 2023-05-04", "!!binary aGk=", "!custom x", "!!set {a}",
                                  "!!omap [a: 1]", "!!python/object:os.system x", "!!python/name:os.x",
                                  "!!python/object/apply:os.system ['true']", "!custom {a: 1}"])  # fmt: skip
def test_tags_that_json_does_not_know_are_refused(text: str) -> None:
    assert refusal(f"a: {text}").startswith("line 1, column ")


@pytest.mark.parametrize("text", ["1e999", "-1e999", "1.0e9999"])
def test_a_number_that_is_none_in_json_is_refused(text: str) -> None:
    assert "too large" in refusal(f"a: {text}")
    assert "too large" in refusal(f'{{"a": {text}}}')


class TestADuplicateKey:
    @pytest.mark.parametrize(
        "text",
        [
            "a: 1\nb: 2\na: 3\n",
            "x:\n  a: 1\n  b: 2\n  a: 1\n",
            "{a: 1, b: 2, a: 3}",
            '{"a": 1, "b": 2, "a": 3}',
            '"a": 1\na: 2\n',
            "1: x\n'1': y\n",
        ],
    )
    def test_is_an_error_with_its_place(self, text: str) -> None:
        message = refusal(text)
        assert message.startswith("line ")
        assert message.endswith("stands here twice")

    def test_in_two_maps_is_none(self) -> None:
        assert read("- a: 1\n- a: 2\n") == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize("text", ["? [a]\n: 1\n", "? {a: 1}\n: 1\n", "&x a: 1\n? *x\n: 2\n"])
def test_a_key_that_is_no_text_is_refused(text: str) -> None:
    assert refusal(text)


class TestAliases:
    def test_repeat_a_value(self) -> None:
        assert read("a: &x {b: 1}\nc: *x\nd: [*x, *x]\n") == {
            "a": {"b": 1},
            "c": {"b": 1},
            "d": [{"b": 1}, {"b": 1}],
        }

    def test_merge_maps_without_replacing_what_is_there(self) -> None:
        text = "base: &x {a: 1, b: 2}\nmore: &y {c: 3}\nall:\n  <<: [*x, *y]\n  b: mine\n"
        assert read(text)["all"] == {"a": 1, "b": "mine", "c": 3}

    def test_that_merge_what_is_no_map_are_refused(self) -> None:
        assert "takes a map" in refusal("a: &x 1\nb:\n  <<: *x\n")

    def test_without_an_anchor_are_refused(self) -> None:
        assert refusal("a: *x\n")

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("a: &x {b: &x 1}\nc: *x\n", 1),
            ("a: &x [&x {b: 1}, *x]\nc: *x\n", {"b": 1}),
            ("a: &x 1\nb: &x 2\nc: *x\n", 2),
            ("a: &x 1\n&x b: 2\nc: *x\n", "b"),
            ("a: &x 1\n&x 7: 2\nc: *x\n", 7),
        ],
    )
    def test_mean_the_node_that_began_last_with_their_anchor(self, text: str, value: Any) -> None:
        assert read(text)["c"] == value

    def test_mean_no_older_node_within_one_that_has_their_anchor(self) -> None:
        assert refusal("a: &x 1\nb: &x {c: *x}\n")

    @pytest.mark.parametrize(
        "text",
        [
            "a: &x {1: a}\nb: {<<: *x, '1': b}\n",
            "a: &x {'1': a}\nb: {<<: *x, 1: b}\n",
            "a: &x {yes: a}\nb: {'true': b, <<: *x}\n",
            "a: {<<: [{'1': a}, {1: b}]}\n",
            "a: &x {1: a}\nb: &y {<<: *x}\nc: {'1': b, <<: *y}\n",
        ],
    )
    def test_that_merge_a_number_and_a_text_into_one_key_are_refused(self, text: str) -> None:
        assert "with and without quotes" in refusal(text)

    def test_merge_the_same_typed_key_as_any_other(self) -> None:
        assert read("a: &x {1: a, yes: b}\nb: {<<: *x, 1: c}\n")["b"] == {"1": "c", "true": "b"}

    def test_do_not_reach_into_another_document(self) -> None:
        assert refusal("a: &x 1\n---\nb: *x\n")

    @pytest.mark.parametrize("text", ["a: &x [*x]\n", "a: &x {b: *x}\n", "&x a: {<<: *x}\n"])
    def test_that_hold_themselves_are_refused(self, text: str) -> None:
        assert refusal(text)

    def test_are_bounded_in_number(self) -> None:
        ok = "a: &x 1\nb: [" + ", ".join(["*x"] * MAX_ALIASES) + "]\n"
        assert len(read(ok)["b"]) == MAX_ALIASES
        assert "alias" in refusal(ok.replace("]", ", *x]"))

    def laughs(self, pattern: str, levels: int = 20, width: int = 9) -> str:
        lines = ["a0: &a0 {lol: 1}"]
        for number in range(1, levels):
            items = ", ".join(f"*a{number - 1}" for _ in range(width))
            lines.append(f"a{number}: &a{number} {pattern.format(items)}")
        return "\n".join(lines)

    @pytest.mark.parametrize("pattern", ["[{0}]", "{{x: [{0}]}}", "{{<<: [{0}]}}"])
    def test_a_billion_laughs_are_refused_at_once(self, pattern: str) -> None:
        started = time.monotonic()
        assert "alias" in refusal(self.laughs(pattern))
        assert time.monotonic() - started < 2


class TestBounds:
    @pytest.mark.parametrize("text", ["[{0}]", '{{"a": {0}}}', "{{a: {0}}}"])
    def test_of_depth_are_kept_in_every_style(self, text: str) -> None:
        inside = "1"
        for _ in range(MAX_DEPTH):
            inside = text.format(inside)
        assert read(inside)
        assert f"deeper than {MAX_DEPTH} levels" in refusal(text.format(inside))

    @pytest.mark.parametrize(
        "text", ["[" * 100_000, '{"a":' * 100_000, "- " * 50_000, "{a: " * 10_000]
    )
    def test_of_depth_are_kept_by_hostile_text(self, text: str) -> None:
        assert refusal(text)

    def test_of_size_are_kept(self) -> None:
        assert "larger than" in refusal("a: " + "x" * MAX_BYTES)


class TestManyDocuments:
    def test_are_read_with_the_line_that_each_starts_on(self) -> None:
        text = "# comment\na: 1\n---\n\nb: 2\n...\n---\n# comment\n- c\n"
        assert list(documents(text)) == [(2, {"a": 1}), (5, {"b": 2}), (9, ["c"])]

    @pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "   "])
    def test_of_an_empty_file_are_none(self, text: str) -> None:
        assert list(documents(text)) == []

    @pytest.mark.parametrize("text", ["---\n", "---\n---\na: 1\n"])
    def test_may_be_empty(self, text: str) -> None:
        assert next(documents(text))[1] is None

    def test_before_a_broken_one_are_given(self) -> None:
        found = documents("a: 1\n---\na: !x 2\n")
        assert next(found) == (1, {"a": 1})
        with pytest.raises(UnreadableDocument, match="line 3"):
            next(found)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: [1\nb: 2\n", "line 2, column 2: "),
        ("a:\n\t- 1\n", "line 2, column 1: "),
        ("a: b: c\n", "line 1, column 5: "),
        ('a: "open\n', "line 2, column 1: "),
        ("a: %x\n", "line 1, column 4: "),
        ('{"a": 1,,}', "line 1, column 9: "),
        ("a: é\nb: é\x07\n", "line 2, column 5: the character U+0007 is not allowed"),
        ("a: 1\nb: 1e999\n", "line 2, column 4: 1e999 is too large for a number"),
        ("a: \x07\n", ""),
    ],
)
def test_text_that_is_no_yaml_is_refused_with_its_place(text: str, place: str) -> None:
    message = refusal(text)
    assert message.startswith(place)
    assert "\n" not in message


class TestJson:
    @pytest.mark.parametrize(
        "text",
        [
            '{"a": [1, 1.5, true, null, "x", {}]}',
            '[{"a": 1}]',
            ' \n{"a": "\\u00e4\\n"}',
            "{}",
            "[]",
        ],
    )
    def test_means_what_it_means(self, text: str) -> None:
        import json

        assert read(text) == json.loads(text)

    def test_and_yaml_mean_the_same(self) -> None:
        assert read('{"a": 1, "b": [true, null]}') == read("a: 1\nb: [true, null]\n")

    @pytest.mark.parametrize("text", ['{"a": NaN}', '{"a": Infinity}', '{"a": -Infinity}'])
    def test_knows_no_other_numbers(self, text: str) -> None:
        value = read(text)["a"]
        assert isinstance(value, str)

    def test_of_many_values_in_a_row_is_as_many_documents(self) -> None:
        text = '{"a": 1}\n{"b":\n2}{"c": 3}\n\n[4]\n'
        assert list(documents(text)) == [(1, {"a": 1}), (2, {"b": 2}), (3, {"c": 3}), (5, [4])]

    def test_of_many_values_tells_each_zero_that_is_lost_with_its_line(self) -> None:
        text = '{"a": 1.50}\n{"flinkVersion": 1.20}\n'
        first, second = built_documents(text)
        assert (first.doubts, second.value) == ([], {"flinkVersion": "1.20"})
        assert [one.place for one in second.doubts] == [(2, 18)]

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ('{"a": 1}\n{"a": 1, "a": 2}\n', "line 2, column 1: is no JSON: a key appears twice"),
            ('{"a": 1}\n\n{"a": \n', "line 3, column 1: is no JSON: Expecting value"),
            ('{"a": 1}\nnull\n', "line 2, column 1: "),
        ],
    )
    def test_that_breaks_off_is_refused_with_its_line(self, text: str, told: str) -> None:
        with pytest.raises(UnreadableDocument) as raised:
            list(documents(text))
        assert str(raised.value).startswith(told)

    def test_may_be_many_documents(self) -> None:
        assert [document for _, document in documents('{"a": 1}\n---\n{"b": 2}\n')] == [
            {"a": 1},
            {"b": 2},
        ]


def told_of_frames(text: str) -> list[tuple[int, str]]:
    """What is told of a text beside its scalars, with the line."""
    built = list(built_documents(text))
    return [
        (doubt.place[0], doubt.text) for one in built for doubt in one.doubts if not doubt.written
    ]


class TestWhereKubectlCutsAFile:
    """At lines that begin with ``---``, before anything is read as YAML."""

    @pytest.mark.parametrize("end", ["\r", "\n\r", "\n\x85", "\n\u2028", "\n\u2029"])
    def test_another_end_of_a_line_before_a_document_is_refused(self, end: str) -> None:
        assert refusal(f"a: 1\n{end}---\nb: 2\n").endswith("end all lines with it")

    def test_is_told_with_the_line_as_editors_count_them(self) -> None:
        assert refusal("a: 1\rb: 2\r---\rc: 3\r").startswith("line 3, column 1: ")

    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_a_mark_of_the_byte_order_may_begin_each_document(self, end: str) -> None:
        text = "a: 1\n--- # next\n\ufeffb: 2\n".replace("\n", end)
        assert [value for _, value in documents(text)] == [{"a": 1}, {"b": 2}]

    @pytest.mark.parametrize("head", ["%YAML 1.1", "%TAG !e! tag:example.com,2000:"])
    def test_a_directive_is_told(self, head: str) -> None:
        [(_, text)] = told_of_frames(f"{head}\n---\na: 1\n")
        assert "kubectl reads no directives" in text

    @pytest.mark.parametrize(
        "frame", ["--- {a: 1}\n", "--- !!map\na: 1\n", "--- &x\na: 1\n", "--- x\n"]
    )
    def test_what_stands_behind_the_separator_is_told(self, frame: str) -> None:
        [(line, text)] = told_of_frames(f"b: 1\n{frame}")
        assert (line, "behind '---'" in text) == (2, True)

    @pytest.mark.parametrize(
        "frame", ["---\na: 1\n", "--- # next\na: 1\n", "---\n", "--- # none\n---\n"]
    )
    def test_an_ordinary_separator_is_not(self, frame: str) -> None:
        assert told_of_frames(f"b: 1\n{frame}") == []


def test_reading_twice_gives_the_same() -> None:
    text = "a: &x {b: [1, 2]}\nc: *x\n---\nd: 1\n"
    assert list(documents(text)) == list(documents(text))


def test_a_quoted_merge_key_is_a_key_like_any_other() -> None:
    [(_, value)] = documents("a: &a {x: 1}\nb: {'<<': 2}\nc: {<<: *a}\n")
    assert (value["b"], value["c"]) == ({"<<": 2}, {"x": 1})


@pytest.mark.parametrize(
    ("written", "value"), [("1.20", "1.20"), ("1.15", 1.15), ("'1.20'", "1.20"), ("1.0", "1.0")]
)
def test_a_flink_version_keeps_the_zero_that_a_number_would_lose(written: str, value: Any) -> None:
    assert read(f"flinkVersion: {written}") == {"flinkVersion": value}
    quoted = written.replace("'", '"')
    assert read(f'{{"flinkVersion": {quoted}, "a": 1.20}}') == {"flinkVersion": value, "a": 1.2}


def test_a_number_that_is_kept_as_written_spoils_no_other_text_of_a_json_file() -> None:
    text = '[{"flinkVersion": 1.20, "a": "\\ud83d\\ude00", "b": "\\"flinkVersion\\": 1.20"}]'
    assert read(text) == [{"flinkVersion": "1.20", "a": "\U0001f600", "b": '"flinkVersion": 1.20'}]


@pytest.mark.parametrize("indent", [" ", "\t"])
def test_a_zero_that_a_number_would_lose_is_told_with_its_line_in_json_too(indent: str) -> None:
    text = f'{{"a": "\\ud83d\\ude00",\n{indent}"flinkVersion": 1.20}}'
    [built] = built_documents(text)
    assert built.value == {"a": "\U0001f600", "flinkVersion": "1.20"}
    assert [(one.pointer, one.place) for one in built.doubts] == [("/flinkVersion", (2, 18))]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (r'a: "x\/y"', True),
        (r'"a\/b": 1', True),
        (r'a: "x\\/y"', False),
        (r"a: 'x\/y'", False),
        (r"a: x\/y", False),
        (r'{"a": "x\/y"}', False),
        ('# "\\/"\na: é "\\/"\nb: "x"', False),
        ('a: é\nb: "é\\\\ \\/"', True),
    ],
)
@pytest.mark.parametrize("places", [False, True])
def test_an_escaped_slash_that_kubectl_refuses_is_told(
    text: str, *, told: bool, places: bool
) -> None:
    [built] = built_documents(text, places=places)
    doubts = [one.text for one in built.doubts]
    assert {one.pointer for one in built.doubts} <= {"/a", "/b", "/a~1b"}
    assert doubts == (["kubectl refuses the escape '\\/' in YAML: write '/' alone"] if told else [])
