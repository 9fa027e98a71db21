"""Attacks on what reads our output: logs of CI, terminals, Markdown in a pull request."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime

import yaml

from builders import changed, manifest
from vpsync.cluster.recorder import document
from vpsync.model.event import Event
from vpsync.model.finding import Finding, LintReport, SourceLocation
from vpsync.redact.output import safe_line, safe_text
from vpsync.redact.text import markdown_text
from vpsync.render.forms import FORMS, text_in
from vpsync.render.json import json_text
from vpsync.render.lint import lint_for_github
from vpsync.render.report import Report
from vpsync.render.yaml import yaml_text
from vpsync.status.conditions import concluded

from .attack import Attack, Bench

HOSTILE = {
    "github-error": "::error file=x::y",
    "github-mask": "::add-mask::x",
    "github-stop": "::stop-commands::x",
    "github-indented": "   ::set-output name=x::y",
    "github-tab": "\t::set-env name=x::y",
    "github-second-line": "a\n::set-output name=x::y",
    "github-return": "a\r::warning::x",
    "github-separator": "a\u2028::error::x",
    "github-next-line": "a\x85::error::x",
    "github-form-feed": "a\x0c::error::x",
    "github-folded": "x" * 157 + " ::error::y " + "z" * 200,
    "azure-variable": "##vso[task.setvariable variable=x]y",
    "azure-upper": "x ##VSO[task.complete result=Succeeded]",
    "azure-group": "##[group]x",
    "azure-inside": "x ##[command]y",
    "long-name": f"##{'x' * 40}[y]",
    "teamcity": "##teamcity[buildNumber '1']",
    "terminal-clear": "\x1b[2J\x1b[Hx",
    "terminal-title": "\x1b]0;title\x07",
    "terminal-c1": "\x9b31mred",
    "bidi-override": "\u202egnp.exe",
    "bidi-isolate": "\u2066x\u2069",
    "tag-characters": "\U000e0041\U000e0042",
    "unseen-filler": "yes\u3164",
    "unseen-selectors": "x\ufe0fy\U000e0100\u034f",
    "unseen-braille": "a\u2800b",
    "backspaces": "delete\x08\x08\x08\x08\x08\x08create",
}
MARKUP = {
    "tag": "<img src=x onerror=alert(1)>",
    "link": "[click](https://evil.example)",
    "mention": "@org/admins look",
    "row-end": "a | b |\n| c",
    "heading": "x\n# Approved",
    "code": "`x` ```",
    "issue": "fixes #1 and GH-1",
    "entity": "&lt;script&gt;",
    "bare-host": "see www.evil.example",
}
_UNSEEN = re.compile("[\u034f\u115f\u1160\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
_COMMAND = re.compile(r"^\s*::|##\w*\[", re.MULTILINE)


def _harmless(text: str) -> None:
    assert not _COMMAND.search(text), text
    assert text.replace("\n", "").isprintable(), ascii(text)
    assert not _UNSEEN.search(text), ascii(text)


def _is_no_command(hostile: str) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        _harmless(safe_text(hostile))
        _harmless(safe_line(hostile))
        edits = {
            "/spec/template/spec/artifact/mainArgs": hostile,
            "/spec/template/spec/flinkConfiguration": {hostile: f"{hostile}\n{hostile}"},
        }
        change = concluded(changed(manifest(edits=edits)))
        for form in FORMS:
            _harmless(text_in(form, Report((change,), (hostile,), tripped=(hostile,))))
        data = {"a": [hostile, {hostile: hostile}]}
        for text, read in ((json_text(data), json.loads), (yaml_text(data), yaml.safe_load)):
            _harmless(text)
            assert read(text) == data
        location = SourceLocation(hostile, 1, 1)
        finding = Finding(f"/{hostile}", hostile, location=location)
        [line] = lint_for_github(LintReport((finding,))).splitlines()
        _harmless(line.removeprefix("::error"))
        event = Event(manifest(), False, "Updated", hostile, "Update", "x")
        _harmless(document(event, "x", datetime.now(UTC))["message"])

    return held


def _is_no_markup(hostile: str) -> Callable[[Bench], None]:
    def held(bench: Bench) -> None:
        text = markdown_text(hostile)
        assert "\n" not in text
        assert not re.search(r"[<>`|\[\]@]|#(?!\d+;)|www\.", text), text

    return held


ATTACKS = (
    *(
        Attack(
            f"log-{name}",
            f"A value holds {name!r}: no log, report, annotation or event obeys it.",
            _is_no_command(text),
        )
        for name, text in HOSTILE.items()
    ),
    *(
        Attack(
            f"markdown-{name}",
            f"A value holds Markdown or HTML ({name}): the comment shows it as it stands.",
            _is_no_markup(text),
        )
        for name, text in MARKUP.items()
    ),
)
