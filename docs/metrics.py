"""Writes the table of metrics in ``docs/metrics.md`` from the program itself.

``python -m docs.metrics`` writes it anew; a test holds the page against the program.
"""

from __future__ import annotations

from pathlib import Path

from vpsync.controller.families import FAMILIES, Family

PAGE = Path(__file__).with_name("metrics.md")

BEGIN, END = "<!-- Made by `python -m docs.metrics`. -->\n", "<!-- The end of the table. -->\n"


def table() -> str:
    """The table, a row for each metric."""
    rows = ["| Metric | Type | Labels | What it tells |", "| --- | --- | --- | --- |"]
    return "\n".join([*rows, *map(_row, FAMILIES)]) + "\n"


def with_table(text: str) -> str:
    """The page with the table in the place of the one that is there."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}"


def _row(family: Family) -> str:
    labels = ", ".join(f"`{label}`" for label in family.labels)
    return f"| `{family.name}` | {family.type} | {labels} | {family.help} |"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
