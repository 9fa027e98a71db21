"""The pages that tell what the program tells are true."""

from __future__ import annotations

import re
from pathlib import Path

from docs.commands import PAGE, page
from vpsync.model.exit_code import ExitCode

DOCS = Path(__file__).resolve().parents[1] / "docs"


def test_the_command_reference_is_what_the_program_says() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == page(), "make it anew with: python -m docs.commands"


def test_every_link_in_the_command_reference_leads_somewhere() -> None:
    text = page()
    headings = re.findall(r"^#+ (.+)$", text, re.M)
    known = {heading.lower().replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= known
    for name in re.findall(r"\]\(([\w-]+\.md)\)", text):
        assert (DOCS / name).is_file()


def test_every_exit_code_has_a_row_and_there_is_no_other() -> None:
    text = (DOCS / "exit-codes.md").read_text(encoding="utf-8")
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.M)} == set(ExitCode)
