"""Writes what the charts hold of other files: tables of values in READMEs, CRDs, policies, rules, dashboard.

``python -m docs.chart`` writes all of it anew; a test holds the charts against it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from vpsync.kinds import KINDS
from vpsync.schema.admission import policies
from vpsync.schema.crds import crds, to_yaml

ROOT = Path(__file__).resolve().parents[1]
CHARTS = ROOT / "charts"
CRDS = (CHARTS / "vpsync" / "crds" / "crds.yaml", CHARTS / "vpsync-crds" / "files" / "crds.yaml")
POLICIES = CHARTS / "vpsync-crds" / "files" / "admission.yaml"
MONITORING = ROOT / "k8s" / "monitoring"
COPIES = {
    CHARTS / "vpsync" / "files" / name: MONITORING / name
    for name in ("rules.yaml", "dashboard.json")
}
"""Copies in the chart, and what they are copies of: a chart has only what is within its folder."""

_KEY = re.compile(r"^( *)(\w+):")
_INDENT = 2
_BELOW = "change those. -->\n"


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a chart: its path with dots, its default, and the comment above it."""

    path: str
    default: Any
    about: str


def made() -> dict[Path, str]:
    """The text of every file that is made, in whole or in part, by its path."""
    definitions = to_yaml(crds(KINDS))
    return {
        **dict.fromkeys(CRDS, definitions),
        POLICIES: to_yaml(policies(KINDS), "vpsync admission"),
        **{copy: source.read_text(encoding="utf-8") for copy, source in COPIES.items()},
        **{page: _page(page) for page in sorted(CHARTS.glob("*/README.md"))},
    }


def values(chart: Path) -> list[Value]:
    """The values of ``values.yaml`` that a comment describes, in order."""
    text = (chart / "values.yaml").read_text(encoding="utf-8")
    defaults = yaml.safe_load(text)
    return [Value(".".join(path), _at(defaults, path), about) for path, about in _described(text)]


def _described(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """The path of each key with a comment right above it, and the comment."""
    path: list[str] = []
    comment: list[str] = []
    for line in text.splitlines():
        if line.lstrip().startswith("#"):
            comment.append(line.lstrip("# "))
            continue
        found = _KEY.match(line)
        if found:
            path[len(found[1]) // _INDENT :] = [found[2]]
            if comment:
                yield tuple(path), " ".join(comment)
        comment = []


def _at(defaults: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        defaults = defaults[key]
    return defaults


def _page(page: Path) -> str:
    """The README as a person wrote it, with the table of values below the line."""
    written, line, _ = page.read_text(encoding="utf-8").partition(_BELOW)
    rows = (f"| `{one.path}` | {_cell(one.default)} | {one.about} |" for one in values(page.parent))
    table = "\n".join(("| Value | Default | What it is |", "| --- | --- | --- |", *rows))
    return f"{written}{line}\n## Values\n\n{table}\n"


def _cell(default: Any) -> str:
    return f"`{json.dumps(default)}`".replace("|", "\\|")


if __name__ == "__main__":
    for file, text in made().items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
