"""Draws ``docs/dashboard.svg``: the panels of the dashboard, with what a Prometheus has to show in them.

``python -m docs.panels URL [SECONDS]`` asks the Prometheus there for the last seconds, by default 600.
"""

from __future__ import annotations

import json
import math
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

from docs.dashboard import dashboard

FILE = Path(__file__).with_name("dashboard.svg")

COLUMN, LINE, GAP = 40, 22, 4
"""Pixels: a column, a line of the grid, and what is left free around a panel."""

STEPS = 90
"""Values in a line."""

LEGENDS = 4
"""Lines that are named; a picture has no room for more."""

STYLE = """
text { font: 11px system-ui, sans-serif; fill: #1b1f24 } .dim { fill: #59636e } .big { font-size: 26px }
.row { font-weight: 600; font-size: 13px } .ground { fill: #fff } .panel { fill: #f6f8fa; stroke: #d1d9e0 }
.green { fill: #116329 } .orange { fill: #8a5300 } .red { fill: #b3261e }
path { fill: none; stroke-width: 1.5 }
.c0 { stroke: #2f6fd0 } .c1 { stroke: #c4602c } .c2 { stroke: #2c8a54 } .c3 { stroke: #8a4fc0 }
.c4 { stroke: #a08a1c } .c5 { stroke: #b8407a }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .dim { fill: #9198a1 } .ground { fill: #0f1419 }
.panel { fill: #151b23; stroke: #30363d } .green { fill: #57ab5a } .orange { fill: #d9a441 }
.red { fill: #ff7b72 } }
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One series over time."""

    name: str
    points: tuple[tuple[float, float], ...]
    """Seconds since 1970, and the value then."""


Ask = Callable[[str, str], list[Line]]
"""The lines of a query, named by a legend."""


def asking(url: str, seconds: float, now: float) -> Ask:
    """What asks a Prometheus for the last seconds."""

    def ask(query: str, legend: str) -> list[Line]:
        for name, value in {"$__rate_interval": "1m", "$job": ".*", "$namespace": ".*"}.items():
            query = query.replace(name, value)
        asked = {"query": query, "start": now - seconds, "end": now, "step": seconds / STEPS}
        address = f"{url.rstrip('/')}/api/v1/query_range?{urllib.parse.urlencode(asked)}"
        with urllib.request.urlopen(address, timeout=30) as answer:
            found = json.load(answer)["data"]["result"]
        return [_line(one, legend) for one in found]

    return ask


def picture(ask: Ask) -> str:
    """The panels as SVG."""
    panels = dashboard()["panels"]
    height = max(one["gridPos"]["y"] + one["gridPos"]["h"] for one in panels) * LINE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {24 * COLUMN} {height}" role="img">',
        "<title>The dashboard of vpsync</title>",
        f"<style>{STYLE}</style>",
        '<rect class="ground" width="100%" height="100%"/>',
        *(part for panel in panels for part in _panel(panel, ask)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _line(series: Any, legend: str) -> Line:
    labels: dict[str, str] = series["metric"]
    name = legend
    for label, value in labels.items():
        name = name.replace("{{" + label + "}}", value)
    while "{{" in name:
        name = name.partition("{{")[0] + name.partition("}}")[2]
    points = ((float(at), float(value)) for at, value in series["values"])
    # What is no number, as a share of nothing, is a gap.
    return Line(name.strip(), tuple((at, value) for at, value in points if value == value))


def _panel(panel: dict[str, Any], ask: Ask) -> Iterator[str]:
    place = panel["gridPos"]
    x, y = place["x"] * COLUMN + GAP, place["y"] * LINE + GAP
    width, height = place["w"] * COLUMN - 2 * GAP, place["h"] * LINE - 2 * GAP
    yield f'<g transform="translate({x} {y})">'
    if panel["type"] == "row":
        yield f'<text class="row" y="13">{escape(panel["title"])}</text></g>'
        return
    yield f'<rect class="panel" width="{width}" height="{height}" rx="3"/>'
    yield f'<text class="dim" x="8" y="16">{escape(panel["title"])}</text>'
    lines = [line for one in panel["targets"] for line in ask(one["expr"], one["legendFormat"])]
    unit = panel["fieldConfig"]["defaults"]["unit"]
    if panel["type"] == "stat":
        yield _figure(panel, lines, unit)
    else:
        yield from _lines(lines, unit, width, height)
    yield "</g>"


def _figure(panel: dict[str, Any], lines: Sequence[Line], unit: str) -> str:
    values = [line.points[-1][1] for line in lines if line.points]
    if not values:
        return '<text class="big dim" x="8" y="54">no data</text>'
    steps = panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", ())
    colors = [one["color"] for one in steps if values[0] >= (one["value"] or 0)]
    shown = escape(worded(values[0], unit))
    return f'<text class="big {colors[-1] if colors else ""}" x="8" y="54">{shown}</text>'


def _lines(lines: Sequence[Line], unit: str, width: int, height: int) -> Iterator[str]:
    """Lines over a common scale from 0, the names of some below."""
    lines = sorted(lines, key=lambda one: -max((value for _, value in one.points), default=0.0))
    points = [point for line in lines for point in line.points]
    if not points:
        yield f'<text class="dim" x="8" y="{height // 2}">no data</text>'
        return
    top = max(value for _, value in points) or 1.0
    first, last = min(at for at, _ in points), max(at for at, _ in points)
    left, upper, lower = 52, 28, height - 18 - 13 * ((min(len(lines), LEGENDS) + 1) // 2)
    for share in (0.0, 0.5, 1.0):
        at = lower - share * (lower - upper)
        yield f'<text class="dim" x="8" y="{at + 4:.0f}">{escape(worded(top * share, unit))}</text>'
    wide, high = (width - left - 10) / ((last - first) or 1.0), (lower - upper) / top
    step = 1.5 * min((one for line in lines for one in _pauses(line)), default=0.0)
    for number, line in enumerate(lines):
        way, before = "", -math.inf
        for at, value in line.points:
            # Where nothing was told, the line ends and begins anew.
            begins = "M" if at - before > step else "L"
            way += f"{begins}{left + (at - first) * wide:.1f} {lower - value * high:.1f}"
            before = at
        yield f'<path class="c{number % 6}" d="{way}"/>'
    for number, line in enumerate(lines[:LEGENDS]):
        x, y = 8 + number % 2 * (width // 2), lower + 20 + number // 2 * 13
        yield f'<path class="c{number % 6}" d="M{x} {y - 4} h10"/>'
        is_last = number == LEGENDS - 1 and len(lines) > LEGENDS
        more = f" +{len(lines) - LEGENDS}" if is_last else ""
        name = cut(line.name, width // 15 - len(more)) + more
        yield f'<text x="{x + 14}" y="{y}">{escape(name)}</text>'


def _pauses(line: Line) -> Iterator[float]:
    """Seconds between neighbouring points."""
    times = [at for at, _ in line.points]
    return (after - before for before, after in pairwise(times))


def cut(text: str, limit: int) -> str:
    """The beginning and the end of a text, where there is no room for all of it."""
    half = (limit - 1) // 2
    return text if len(text) <= limit else f"{text[:half].rstrip()}…{text[-half:].lstrip()}"


def worded(value: float, unit: str) -> str:
    """A figure as people read it."""
    match unit:
        case "percentunit":
            return f"{value:.0%}"
        case "bytes":
            return f"{value / 2**20:.0f} MiB"
        case "s":
            return f"{value:.0f} s" if value >= 10 or value == 0 else f"{value:.2g} s"
        case "reqps":
            return f"{value:.2g} /s"
        case _:
            return f"{value:.0f}" if value >= 10 or value == int(value) else f"{value:.2g}"


if __name__ == "__main__":
    span = float(sys.argv[2]) if len(sys.argv) > 2 else 600.0
    FILE.write_text(picture(asking(sys.argv[1], span, time.time())), encoding="utf-8")
