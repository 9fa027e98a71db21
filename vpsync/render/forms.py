"""The report in each form that can be asked for, as one text."""

from __future__ import annotations

import io
from typing import IO

from vpsync.redact.output import safe_text
from vpsync.render.diff import print_diff
from vpsync.render.json import json_text, report_as_json
from vpsync.render.markdown import report_as_markdown
from vpsync.render.report import Report
from vpsync.render.table import print_report

FORMS = ("text", "json", "yaml", "markdown")
"""The forms that ``-o`` takes."""


def print_for_people(report: Report, out: IO[str], *, color: bool) -> None:
    """Prints what was done as a table, and what would be done field by field."""
    if report.applied:
        print_report(report, out, color=color)
    else:
        print_diff(report, out, color=color)


def text_in(form: str, report: Report) -> str:
    """The whole report in one of :data:`FORMS`, without colour."""
    if form == "json":
        return json_text(report_as_json(report))
    if form == "markdown":
        return safe_text(report_as_markdown(report))
    if form == "yaml":
        from vpsync.render.yaml import yaml_text

        return yaml_text(report_as_json(report))
    out = io.StringIO()
    print_for_people(report, out, color=False)
    return safe_text(out.getvalue())
