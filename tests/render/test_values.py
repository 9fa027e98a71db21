"""Values as people read them: whole where they are short, told from each other always, never secret."""

from __future__ import annotations

import pytest

from vpsync.model.change import FieldChange
from vpsync.model.json import Json, KnownAfterApply
from vpsync.redact.text import escaped
from vpsync.render.values import LONGEST, MOST_LINES, ShownField, shown_field

PLAIN = ("spec", "template", "spec", "artifact", "mainArgs")
SECRET = ("spec", "template", "spec", "flinkConfiguration", "s3.secret-key")


def shown(before: Json, after: Json, path: tuple[str, ...] = PLAIN) -> ShownField:
    return shown_field(FieldChange(path, before, after))


def sides(before: Json, after: Json) -> tuple[str, str]:
    item = shown(before, after)
    return item.before, item.after


class TestTheSign:
    @pytest.mark.parametrize(
        ("before", "after", "sign"), [(None, 1, "+"), (1, None, "-"), (1, 2, "~")]
    )
    def test_says_whether_a_field_comes_goes_or_changes(
        self, before: Json, after: Json, sign: str
    ) -> None:
        assert shown(before, after).sign == sign

    def test_stands_with_the_json_pointer(self) -> None:
        assert shown(1, 2, ("metadata", "labels", "a/b")).pointer == "/metadata/labels/a~1b"


class TestOneLine:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("RUNNING", "RUNNING"),
            (8, "8"),
            ("8", '"8"'),
            (True, "true"),
            ("true", '"true"'),
            ("null", '"null"'),
            ("", '""'),
            (" x", '" x"'),
            ("[a]", '"[a]"'),
            ([], "[]"),
            (["a", 1], '["a", 1]'),
            (KnownAfterApply(("VpDeploymentTarget", "default", "jobs")), "(known after apply)"),
        ],
    )
    def test_shows_a_string_plain_unless_it_could_be_taken_for_something_else(
        self, value: Json, text: str
    ) -> None:
        assert shown(None, value).after == text

    def test_cuts_what_is_long_and_says_by_how_much(self) -> None:
        text = shown(None, "x" * (LONGEST + 1234)).after
        assert text == "x" * LONGEST + "… (1,234 more characters)"

    def test_shows_the_difference_of_two_long_values_wherever_it_is(self) -> None:
        before, after = sides("x" * 1000 + "old" + "y" * 1000, "x" * 1000 + "new" + "y" * 1000)
        assert before.startswith("…xxx")
        assert "old" in before
        assert "new" in after
        assert len(before) < 2 * LONGEST

    def test_shows_what_a_long_value_gained_at_its_end(self) -> None:
        before, after = sides("x" * 1000, "x" * 1000 + "tail")
        assert before != after
        assert after.endswith("tail")


class TestSecrets:
    def test_are_masked_on_both_sides_and_a_change_is_still_seen(self) -> None:
        item = shown("CANARY-1", "CANARY-2", SECRET)
        assert (item.before, item.after) == ("*** (before)", "*** (after)")

    def test_that_come_or_go_are_masked(self) -> None:
        assert shown(None, "CANARY", SECRET).after == "***"
        assert shown("CANARY", None, SECRET).before == "***"

    def test_within_a_list_leave_a_word_that_they_differ(self) -> None:
        variables = [
            [{"name": f"VARIABLE_{number}", "value": f"CANARY-{side}"} for number in range(3)]
            for side in range(2)
        ]
        item = shown(variables[0], variables[1], ("spec", "kubernetes", "pods", "envVars"))
        assert item.lines == (" only a secret in it differs",)


class TestSeveralLines:
    def test_of_a_text_are_told_by_a_unified_diff(self) -> None:
        script = "\n".join(f"line {number}" for number in range(20))
        item = shown(script, script.replace("line 10", "line ten"))
        assert item.lines == (
            "@@ -8,7 +8,7 @@",
            " line 7", " line 8", " line 9",
            "-line 10", "+line ten",
            " line 11", " line 12", " line 13",
        )  # fmt: skip
        assert item.before == item.after == ""

    def test_of_a_new_text_are_all_added(self) -> None:
        assert shown(None, "a\nb").lines == ("+a", "+b")
        assert shown("a\nb", None).lines == ("-a", "-b")

    def test_of_a_list_are_its_members(self) -> None:
        members: list[Json] = [{"name": f"variable-{number}", "ok": True} for number in range(5)]
        item = shown(members, [*members[:4], {"name": "variable-4", "ok": False}])
        assert item.lines[-2:] == (
            '-{"name": "variable-4", "ok": true}',
            '+{"name": "variable-4", "ok": false}',
        )

    def test_of_a_large_member_are_spread(self) -> None:
        item = shown(None, [{"name": "x" * 100, "other": "y" * 100}])
        assert item.lines[0] == "+{"

    def test_are_not_more_than_can_be_read(self) -> None:
        item = shown(None, "\n".join(map(str, range(1000))))
        assert len(item.lines) == MOST_LINES + 1
        assert item.lines[-1] == " … 920 more lines"

    def test_that_differ_only_in_their_last_line_break_are_told(self) -> None:
        item = shown("a", "a\n")
        assert item.before != item.after


@pytest.mark.parametrize("hostile", ["\x1b[2J", "a\rb", "\u202eevil", "\x00", "\x9b31m", "a\tb"])
def test_no_character_steers_a_terminal_and_each_can_still_be_told(hostile: str) -> None:
    assert escaped(hostile).isprintable()
    assert "\\" in escaped(hostile)
    assert shown(None, hostile).after.isprintable()
    assert all(line.isprintable() for line in shown(None, f"{hostile}\n{hostile}").lines)
    assert escaped("größer → 日本") == "größer → 日本"


@pytest.mark.parametrize(
    ("before", "after"),
    [("a\nb", "a\nb\n"), ("a\r\nb", "a\nb"), ("a\nb\n", "a\nb\n\n"), ("a\x0bb\nc", "a\nb\nc")],
    ids=["the last", "of Windows", "a blank line", "another"],
)
def test_a_text_whose_lines_end_otherwise_is_not_said_to_hold_a_secret(
    before: str, after: str
) -> None:
    item = shown(before, after)
    assert not any("secret" in line for line in item.lines)
    assert item.lines
