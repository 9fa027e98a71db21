"""The screen of a report: as a terminal of some width shows it, or as the comment of a pull request."""

from __future__ import annotations

import io
import os
import re
from unittest import mock

from vpsync.redact.output import safe_text
from vpsync.render.forms import print_for_people
from vpsync.render.markdown import report_as_markdown
from vpsync.render.report import Report
from vpsync.render.table import undecided

_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_TRAILING = re.compile(r"[ \t]+$", re.MULTILINE)


class _Terminal(io.StringIO):
    """Takes text and says that it is a terminal."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def as_text(report: Report, columns: int) -> str:
    """What a terminal shows, without its styles; of a pass that decided nothing the line on stderr."""
    if not report.decided:
        return f"vpsync: {undecided(report)}\n"
    out = _Terminal()
    with mock.patch.dict(os.environ, {"COLUMNS": str(columns), "LINES": "50", "TERM": "xterm"}):
        print_for_people(report, out, color=False)
    return _TRAILING.sub("", _STYLE.sub("", out.getvalue()))


def as_comment(report: Report) -> str:
    """The Markdown."""
    return safe_text(report_as_markdown(report))
