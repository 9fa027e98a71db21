"""The page on metrics has the metrics that there are."""

from __future__ import annotations

from docs.metrics import BEGIN, END, with_table
from pages import page, sections
from vpsync.controller.families import FAMILIES
from vpsync.controller.tally import RESULTS

TEXT = page("metrics.md")


def test_its_table_is_made_from_the_program() -> None:
    assert TEXT.count(BEGIN) == TEXT.count(END) == 1
    assert with_table(TEXT) == TEXT, "run python -m docs.metrics"
    assert all(f"| `{family.name}` |" in TEXT for family in FAMILIES)


def test_it_names_every_result() -> None:
    assert all(f"`{word}`" in sections(TEXT, 2)["The metrics"] for word in RESULTS)
