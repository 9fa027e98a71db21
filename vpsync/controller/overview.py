"""What the page of a loop shows: its last passes, and the resources as ``vpsync get`` lists them."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from vpsync.cluster.client import Reader
from vpsync.controller.connect import open_cluster
from vpsync.controller.metrics import is_success
from vpsync.controller.server import Page
from vpsync.errors import VpsyncError
from vpsync.model.exit_code import ExitCode
from vpsync.model.json import Json, JsonObject
from vpsync.redact.text import printable
from vpsync.render.json import json_text
from vpsync.render.page import POLICY, Overview, PassLine, page_text
from vpsync.render.report import Report
from vpsync.render.resources import ResourceRow, rows_as_json, rows_of
from vpsync.render.table import undecided
from vpsync.settings import Settings
from vpsync.source.cluster import read_cluster

Looked = tuple[Sequence[ResourceRow] | None, Sequence[str]]
"""The rows, None where there is no cluster; and what could not be read, in words."""

MOST_PASSES = 20
KEPT_FOR = 5.0
"""Seconds that a list is shown before the cluster is asked again, however many people look."""


@dataclass(slots=True)
class PageContents:
    """Knows what the page shows; safe to share between threads."""

    settings: Settings
    look: Callable[[], Looked]
    """Lists the resources."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    clock: Callable[[], float] = time.monotonic
    _passes: deque[PassLine] = field(default_factory=lambda: deque(maxlen=MOST_PASSES), init=False)
    _report: Report | None = field(default=None, init=False)
    _looked: tuple[float, Looked] | None = field(default=None, init=False)
    _made: dict[str, tuple[object, Page]] = field(default_factory=dict, init=False)
    """The pages as they were made last, each with what it was made of: all who look share one."""
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def note(self, outcome: Report | VpsyncError | None, seconds: float) -> None:
        """A pass is over; None where vpsync itself stumbled."""
        report = outcome if isinstance(outcome, Report) else None
        ended = self.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        self._passes.appendleft(PassLine(ended, seconds, _words(outcome), _tone(report)))
        self._report = report or self._report

    def page(self, accept: str) -> Page:
        """The page; as the JSON of ``vpsync get -o json`` where that is asked for."""
        form = "json" if "application/json" in accept else "html"
        with self._lock:
            looked = self._resources()
            made_of = (self._looked, tuple(self._passes))
            if (made := self._made.get(form)) is None or made[0] != made_of:
                page = self._as_json(*looked) if form == "json" else self._as_html(*looked)
                made = self._made[form] = made_of, page
            return made[1]

    def _as_json(self, rows: Sequence[ResourceRow] | None, errors: Sequence[str]) -> Page:
        text = json_text(rows_as_json(rows or ()))
        return Page(text.encode(), "application/json", 503 if errors else 200)

    def _as_html(self, rows: Sequence[ResourceRow] | None, errors: Sequence[str]) -> Page:
        report = self._report
        overview = Overview(
            owner_id=self.settings.scope.owner_id,
            vvp_url=self.settings.vvp.platform_url,
            now=self.now(),
            resources=rows,
            passes=tuple(self._passes),
            troubles=_troubles(report) if report is not None else (),
            errors=errors,
        )
        return Page(page_text(overview).encode(), "text/html; charset=utf-8", headers=_HEADERS)

    def _resources(self) -> Looked:
        now = self.clock()
        if self._looked is None or now - self._looked[0] >= KEPT_FOR:
            try:
                looked = self.look()
            except VpsyncError as error:
                looked = (), [str(error)]
            self._looked = now, looked
        return self._looked[1]


def shown_of(document: JsonObject) -> JsonObject:
    """A resource without all that the page does not show: beside a pass there is no room for it twice."""
    metadata, spec, status = (document.get(key) for key in ("metadata", "spec", "status"))
    return {
        "apiVersion": document.get("apiVersion"),
        "kind": document.get("kind"),
        "metadata": _only(metadata, _OF_METADATA),
        "spec": {
            "metadata": _only(_only(spec, ("metadata",)).get("metadata"), ("name", "namespace"))
        },
        "status": _only(status, _OF_STATUS),
    }


def _only(value: Json, keys: Iterable[str]) -> JsonObject:
    return {key: value[key] for key in keys if key in value} if isinstance(value, dict) else {}


_OF_METADATA = ("name", "namespace", "generation", "creationTimestamp", "deletionTimestamp")
_OF_STATUS = ("id", "state", "lifecyclePhase", "observedGeneration", "conditions")

_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}


def page_contents_of(settings: Settings) -> PageContents:
    """That of a loop; its lists go over connections of their own, and only while somebody looks."""
    scope = settings.scope
    if not scope.in_cluster:
        return PageContents(settings, lambda: (None, ()))
    short = {kind.name: "" for kind in scope.kinds}

    def look() -> Looked:
        reader = open_cluster(settings, Reader, threading.Event())
        try:
            sourced = read_cluster(
                lambda kind, namespace: reader.listed(kind, namespace, shown_of)[0],
                scope.kinds,
                scope.namespaces,
            )
        finally:
            reader.api.close()
        wanted = (one for one, _ in sourced.manifests if one.key.kind in short)
        return rows_of(wanted, short), sourced.errors

    return PageContents(settings, look)


def _tone(report: Report | None) -> str:
    if report is None or not is_success(report):
        return "bad"
    return "good" if report.exit_code is ExitCode.DONE else "warn"


def _words(outcome: Report | VpsyncError | None) -> str:
    if outcome is None:
        return "The pass failed because of a bug in vpsync; see the log."
    if isinstance(outcome, VpsyncError):
        return printable(str(outcome))
    if not outcome.decided:
        return undecided(outcome)
    said = [
        outcome.summary(),
        *(f"held back: {brake}" for brake in outcome.tripped),
        *outcome.errors,
    ]
    return " ".join(said)


def _troubles(report: Report) -> list[tuple[str, str, str]]:
    return [(str(row.result.manifest.key), row.what, row.why) for row in report.rows()]
