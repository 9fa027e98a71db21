"""One page for a browser: resources, what is not in order, the last passes. It reads and does nothing.

All of it is in the page: no script, no font, no picture, no style of elsewhere, and its policy
(:data:`POLICY`) lets none in. What resources and servers say is text in it, never markup.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from vpsync import __version__
from vpsync.model.phrases import counted
from vpsync.redact.text import printable
from vpsync.render.layout import brief
from vpsync.render.resource_table import age
from vpsync.render.resources import ResourceRow

REFRESH = 30
"""Seconds after which a browser asks again."""

LONGEST = 600
"""Characters of a message; the status has the whole of it."""

_STYLE = """
:root { color-scheme: light dark; --ground: #fff; --text: #1b1f24; --dim: #59636e; --line: #d1d9e0;
  --good: #116329; --bad: #b3261e; --warn: #8a5300 }
@media (prefers-color-scheme: dark) { :root { --ground: #0f1419; --text: #e6edf3; --dim: #9198a1;
  --line: #30363d; --good: #57ab5a; --bad: #ff7b72; --warn: #d9a441 } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 90rem; padding: 1rem; background: var(--ground); color: var(--text);
  font: 15px/1.45 system-ui, sans-serif }
h1 { font-size: 1.4rem; margin: 0 }
h2 { font-size: 1.05rem; margin: 1.8rem 0 .5rem }
p { margin: .2rem 0 }
.dim, th { color: var(--dim) }
.good { color: var(--good) }
.bad { color: var(--bad) }
.warn { color: var(--warn) }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0;
  border-bottom: 1px solid var(--line) }
th, td.name { font-weight: 600 }
th, td.short { white-space: nowrap }
td { overflow-wrap: anywhere }
td.name { min-width: 12rem }
@media (max-width: 48rem) {
  thead { display: none }
  tr { display: block; padding: .5rem 0; border-bottom: 1px solid var(--line) }
  td, td.short { display: grid; grid-template-columns: 7rem 1fr; gap: .5rem; border: 0;
    padding: .1rem 0; white-space: normal }
  td:empty { display: none }
  td::before { content: attr(data-name); color: var(--dim); font-weight: 400 }
}
"""

_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""The header ``Content-Security-Policy``."""


@dataclass(frozen=True, slots=True)
class PassLine:
    """What came of one pass."""

    ended: str
    """When the pass ended (RFC 3339)."""
    seconds: float
    words: str
    tone: str
    """``good``, ``warn`` where a person has something to look at, ``bad`` where the pass failed."""


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the page tells."""

    owner_id: str
    vvp_url: str
    now: datetime
    resources: Sequence[ResourceRow] | None
    """None where there is no cluster, and so no statuses."""
    passes: Sequence[PassLine] = ()
    """The last passes, the newest first."""
    troubles: Sequence[tuple[str, str, str]] = ()
    """What the last pass did not find in order, or did: the resource, what, and why."""
    errors: Sequence[str] = ()
    """What could not be read for this page."""


def page_text(overview: Overview) -> str:
    """The page as HTML."""
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta http-equiv="refresh" content="{REFRESH}">',
        f"<title>vpsync {_text(overview.owner_id)}</title>",
        f"<style>{_STYLE}</style></head><body>",
        *_head(overview),
        *_troubles(overview),
        *_resources(overview),
        *_passes(overview),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _head(overview: Overview) -> Iterable[str]:
    yield "<header><h1>vpsync</h1>"
    yield (
        f'<p class="dim">version {_text(__version__)}, owner id {_text(overview.owner_id)}, VVP at '
        f"{_text(overview.vvp_url)}; as of {overview.now:%Y-%m-%dT%H:%M:%SZ}</p>"
    )
    if overview.passes:
        last = overview.passes[0]
        yield f'<p class="{last.tone}">{_text(last.words)}</p>'
    else:
        yield '<p class="warn">The first pass is not over yet.</p>'
    for error in overview.errors:
        yield f'<p class="bad">{_text(error)}</p>'
    yield "</header>"


def _troubles(overview: Overview) -> Iterable[str]:
    if overview.troubles:
        yield "<section><h2>Messages of the last pass</h2>"
        rows = (
            [(name, "name"), (what, "short warn"), (why, "")]
            for name, what, why in overview.troubles
        )
        yield from _table(("Resource", "What", "Why"), rows)
        yield "</section>"


def _resources(overview: Overview) -> Iterable[str]:
    if overview.resources is None:
        return
    yield f"<section><h2>{counted(len(overview.resources), 'resource')}</h2>"
    titles = ("Resource", "Namespace", "Ready", "Synced", "Drift", "State", "Status", "VVP", "Age")
    yield from _table(titles, (_cells(row, overview.now) for row in overview.resources))
    yield "</section>"


def _cells(row: ResourceRow, now: datetime) -> list[tuple[str, str]]:
    status = f"{row.reason}: {row.message}" if row.message else row.reason
    return [
        (f"{row.key.kind} {row.key.name}", "name"),
        (row.key.namespace, ""),
        (row.ready, f"short {_tone_of(row.ready)}"),
        (row.synced, f"short {_tone_of(row.synced)}"),
        (row.drift, "short warn" if row.drift == "yes" else "short"),
        (f"{row.state}, being deleted".removeprefix(", ") if row.deleting else row.state, "short"),
        (status, ""),
        (f"{row.platform} {row.id}", "dim"),
        (age(row.created, now), "short dim"),
    ]


def _passes(overview: Overview) -> Iterable[str]:
    if overview.passes:
        yield "<section><h2>Last passes</h2>"
        rows = (
            [
                (one.ended, "short"),
                (f"{one.seconds:.1f} s", "short dim"),
                (one.words, one.tone),
            ]
            for one in overview.passes
        )
        yield from _table(("Ended", "Took", "What came of it"), rows)
        yield "</section>"


def _table(titles: Sequence[str], rows: Iterable[Sequence[tuple[str, str]]]) -> Iterable[str]:
    """A table whose rows are cards where the screen is narrow; each cell is a text and its class."""
    head = "".join(f'<th scope="col">{title}</th>' for title in titles)
    yield f"<table><thead><tr>{head}</tr></thead><tbody>"
    for row in rows:
        cells = (
            f'<td data-name="{title}"{_class(name)}>{_text(text)}</td>'
            for title, (text, name) in zip(titles, row, strict=True)
        )
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table>"


def _class(name: str) -> str:
    return f' class="{name.strip()}"' if name else ""


def _text(text: str) -> str:
    return escape(brief(printable(text.strip()), LONGEST))


def _tone_of(status: str) -> str:
    return {"True": "good", "False": "bad", "Unknown": "warn"}.get(status, "")
