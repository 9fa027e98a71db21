"""The last filter: whatever a value is, no form of output obeys it, and data stays the same data."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import changed, decided, manifest, observed, snapshot
from vpsync.cli.streams import SafeStream
from vpsync.cluster.recorder import document
from vpsync.model.event import Event
from vpsync.model.finding import Finding, LintReport, SourceLocation
from vpsync.redact.output import safe_json, safe_line, safe_text, safe_yaml
from vpsync.render.forms import FORMS, text_in
from vpsync.render.json import json_text
from vpsync.render.lint import lint_as_json, lint_as_text, lint_for_github
from vpsync.render.report import Report
from vpsync.render.yaml import yaml_text
from vpsync.status.conditions import concluded

HOSTILE = [
    "::error file=x::y",
    "  ::add-mask::x",
    "a\n::set-output name=x::y",
    "a\r::stop-commands::x",
    "##[group]x",
    "x ##[command]y",
    "##vso[task.setvariable variable=x]y",
    "##VSO[x]",
    "##teamcity[x]",
    "a\u2028::error::x",
    "\u202egnp.exe",
    "\u2066x\u2069",
    "\x1b[2Jx",
    "\x1b[31mred",
    "\x9b31m",
    "\U000e0041tag",
    "\x85::x",
]

COMMAND = re.compile(r"^\s*::|##\w*\[", re.MULTILINE)


def assert_harmless(text: str) -> None:
    assert not COMMAND.search(text), text
    assert text.replace("\n", "").isprintable(), ascii(text)


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
class TestNothingIsObeyed:
    def test_in_text(self, hostile: str) -> None:
        assert_harmless(safe_text(hostile))
        assert_harmless(safe_line(hostile))
        assert "\n" not in safe_line(hostile)

    @pytest.mark.parametrize("form", FORMS)
    def test_in_any_form_of_a_report(self, hostile: str, form: str) -> None:
        edits = {
            "/spec/template/spec/artifact/mainArgs": hostile,
            "/spec/template/spec/flinkConfiguration": {
                hostile: f"{hostile}\n{hostile}" + "x" * 300
            },
        }
        change = concluded(changed(manifest(edits=edits)))
        odd = concluded(
            decided(manifest(), snapshot(observed(manifest(), {"/status/state": hostile})))
        )
        report = Report((change, odd), (hostile,), applied=False, tripped=(hostile,))
        assert_harmless(text_in(form, report))

    def test_in_an_offline_check(self, hostile: str) -> None:
        finding = Finding(f"/{hostile}", hostile, location=SourceLocation(hostile, 1, 1))
        report = LintReport((finding,))
        assert_harmless(safe_text(lint_as_text(report)))
        assert_harmless(lint_as_json(report))
        [command] = lint_for_github(report).splitlines()
        assert command.startswith("::error file=")
        assert_harmless(command.removeprefix("::"))

    def test_in_a_condition_or_an_event(self, hostile: str) -> None:
        edits = {"/status/state": hostile}
        for condition in (
            concluded(decided(manifest(), snapshot(observed(manifest(), edits)))).conditions or ()
        ):
            assert_harmless(condition.message)
        event = Event(manifest(), False, "Updated", hostile, "Update", "x")
        assert_harmless(document(event, "x", datetime.now(UTC))["message"])

    def test_where_it_is_written_in_pieces(self, hostile: str) -> None:
        out = io.StringIO()
        stream = SafeStream(out)
        for piece in ("x", "\n", hostile, "::", "\n", hostile):
            stream.write(piece)
        assert_harmless(out.getvalue())

    def test_and_data_is_the_same(self, hostile: str) -> None:
        data: dict[str, Any] = {"a": [hostile, {hostile: hostile}], hostile: "x"}
        for text in (json_text(data), safe_json(json.dumps(data, ensure_ascii=False, indent=2))):
            assert_harmless(text)
            assert json.loads(text) == data
        assert_harmless(yaml_text(data))
        assert yaml.safe_load(yaml_text(data)) == data


@settings(deadline=None)
@given(st.recursive(st.text(), lambda inner: st.dictionaries(st.text(), inner) | st.lists(inner)))
def test_any_data_stays_the_same(value: Any) -> None:
    data = {"a": value}
    assert json.loads(json_text(data)) == data
    assert yaml.safe_load(yaml_text(data)) == data
    assert_harmless(json_text(data))
    assert_harmless(yaml_text(data))


def test_what_is_harmless_stays_as_it_is() -> None:
    for text in ("a::b\n- c", "# x\n## y\n### z [a](b)", "größe: 5 \N{RIGHTWARDS ARROW} 6\n", ""):
        assert safe_text(text) == safe_json(text) == safe_yaml(text) == text


def test_colour_passes_on_a_terminal_and_nothing_else_does() -> None:
    assert safe_text("\x1b[1;31mx\x1b[0m\x1b[2J", colored=True) == "\x1b[1;31mx\x1b[0m\\u001b[2J"
    assert "\x1b" not in safe_text("\x1b[31mx")


def test_a_line_that_is_begun_is_no_new_one() -> None:
    out = io.StringIO()
    stream = SafeStream(out)
    stream.write("a")
    stream.write("::b\n")
    stream.write("::c")
    assert out.getvalue() == "a::b\n\\::c"
