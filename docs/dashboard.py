"""Writes ``k8s/monitoring/dashboard.json``, a dashboard for Grafana.

``python -m docs.dashboard`` writes it anew; a test holds the two together. Panels stand below each other in
rows, left to right, 24 columns wide.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parents[1] / "k8s" / "monitoring" / "dashboard.json"

SOURCE = {"type": "prometheus", "uid": "${source}"}
ONLY = 'job=~"$job", namespace=~"$namespace"'
SPAN = "[$__rate_interval]"


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture of one or more queries; ``{only}`` in a query stands for what the viewer chose."""

    title: str
    queries: dict[str, str]
    """By their legend."""
    unit: str = "short"
    form: str = "timeseries"
    width: int = 8
    stacked: bool = False
    steps: tuple[tuple[float, str], ...] = ()
    """From which value on a figure has which colour."""
    description: str = ""


BAD = ((0, "green"), (1, "red"))
WARNING = ((0, "green"), (1, "orange"))


def figure(title: str, query: str, unit: str = "short", **more: Any) -> Panel:
    """A panel with one figure."""
    return Panel(title, {"": query}, unit, "stat", 4, **more)


ROWS: dict[str, tuple[Panel, ...]] = {
    "In short": (
        figure("Since the last success", "time() - min(vpsync_last_success_timestamp_seconds{{{only}}})",
               "s", steps=((0, "green"), (300, "orange"), (900, "red"))),
        figure("Failed passes in a row", "sum(vpsync_consecutive_failures{{{only}}})",
               steps=((0, "green"), (1, "orange"), (3, "red"))),
        figure("Ready", 'sum(vpsync_resource_condition{{condition="Ready", status="True", {only}}}) '
               '/ sum(vpsync_resource_condition{{condition="Ready", {only}}})', "percentunit",
               steps=((0, "red"), (0.9, "orange"), (1, "green"))),
        figure("Stalled", 'sum(vpsync_resource_condition{{condition="Stalled", status="True", {only}}})',
               steps=BAD),
        figure("Drifted", "sum(vpsync_drifted_resources{{{only}}})", steps=WARNING),
        figure("Held back", 'sum(vpsync_resource_reason{{reason=~"HeldByBrake|RestartsForMarker", {only}}})',
               steps=WARNING),
    ),
    "Resources": (
        Panel("Resources by state", {"{{kind}} {{state}}":
              "sum by (kind, state) (vpsync_resources{{{only}}}) > 0"}, stacked=True),
        Panel("Stalled, by reason", {"{{kind}} {{reason}}":
              'sum by (kind, reason) (vpsync_resource_reason{{condition="Stalled", {only}}}) > 0'},
              stacked=True, description="Each reason has an entry in the runbook: docs/conditions.md."),
        Panel("What waits, by reason", {"{{kind}} {{reason}}":
              'sum by (kind, reason) (vpsync_resource_reason{{condition="Reconciling", {only}}}) > 0'},
              stacked=True),
        Panel("Jobs by state", {"{{state}}": "sum by (state) (vpsync_jobs{{{only}}}) > 0"}, stacked=True),
        Panel("Drift, owners, pauses", {
              "{{kind}} drifted": "sum by (kind) (vpsync_drifted_resources{{{only}}})",
              "{{kind}} not owned": "sum by (kind) (vpsync_owner_mismatch{{{only}}})",
              "{{kind}} paused": "sum by (kind) (vpsync_paused_resources{{{only}}})"}),
        Panel("What passes did", {"{{kind}} {{result}}":
              "sum by (kind, result) "
              '(increase(vpsync_reconcile_total{{result!="noop", {only}}}{span}))'}),
    ),
    "Passes": (
        Panel("How long passes take", {
              "median": "histogram_quantile(0.5, sum by (le) "
              "(rate(vpsync_pass_duration_seconds_bucket{{{only}}}{span})))",
              "95 in 100": "histogram_quantile(0.95, sum by (le) "
              "(rate(vpsync_pass_duration_seconds_bucket{{{only}}}{span})))"}, "s"),
        Panel("Stages, on average", {"{{stage}}":
              "sum by (stage) (rate(vpsync_pass_stage_duration_seconds_sum{{{only}}}{span})) "
              "/ sum by (stage) (rate(vpsync_pass_stage_duration_seconds_count{{{only}}}{span}))"},
              "s", stacked=True),
        Panel("Errors, by reason", {"{{kind}} {{reason}}":
              "sum by (kind, reason) (increase(vpsync_reconcile_errors_total{{{only}}}{span}))"}),
        Panel("Who holds the Lease", {"{{pod}} {{instance}} {{lease}}": "vpsync_leader{{{only}}}",
              "shards": "max(vpsync_shards{{{only}}})"},
              description="Empty without --enable-leader-election."),
        Panel("Since the last pass", {"{{pod}} {{instance}}":
              "time() - vpsync_last_pass_timestamp_seconds{{{only}}}"}, "s"),
        Panel("Versions", {"{{version}} on Python {{python}}":
              "sum by (version, python) (vpsync_build_info{{{only}}})"}),
    ),
    "Requests": (
        Panel("Requests, by answer", {"{{target}} {{code}}":
              "sum by (target, code) (rate(vpsync_http_requests_total{{{only}}}{span}))"}, "reqps"),
        Panel("How long they take, 95 in 100", {"{{target}}":
              "histogram_quantile(0.95, sum by (target, le) "
              "(rate(vpsync_http_request_duration_seconds_bucket{{{only}}}{span})))"}, "s"),
        Panel("Writes", {"{{target}} {{verb}}":
              "sum by (target, verb) (rate(vpsync_writes_total{{{only}}}{span}))"}, "reqps",
              description="Stands still while nothing changes."),
        Panel("In flight", {"{{target}}": "sum by (target) (vpsync_http_requests_in_flight{{{only}}})"}),
        Panel("Memory", {"{{pod}} {{instance}}": "process_resident_memory_bytes{{{only}}}"}, "bytes"),
        Panel("Processor and open files", {
              "processors {{pod}} {{instance}}": "rate(process_cpu_seconds_total{{{only}}}{span})",
              "open files {{pod}} {{instance}}": "process_open_fds{{{only}}}"}),
    ),
}  # fmt: skip


def dashboard() -> dict[str, Any]:
    """The dashboard as Grafana reads it."""
    return {
        "title": "vpsync",
        "uid": "vpsync",
        "description": "Ververica Platform, kept as Vp* resources declare it.",
        "tags": ["vpsync", "flink"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": [_source(), _variable("namespace"), _variable("job")]},
        "panels": _panels(),
    }


def text() -> str:
    """The file."""
    return json.dumps(dashboard(), indent=2) + "\n"


def _source() -> dict[str, Any]:
    return {"name": "source", "label": "Source", "type": "datasource", "query": "prometheus"}


def _variable(name: str) -> dict[str, Any]:
    query = f"label_values(vpsync_build_info, {name})"
    return {
        "name": name,
        "label": name.capitalize(),
        "type": "query",
        "datasource": SOURCE,
        "definition": query,
        "query": {"query": query, "refId": name},
        "refresh": 2,
        "multi": True,
        "includeAll": True,
        # Also where a label is not there at all.
        "allValue": ".*",
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
        "sort": 1,
    }


def _panels() -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    top = 0
    for title, panels in ROWS.items():
        place = {"x": 0, "y": top, "w": 24, "h": 1}
        made.append({"id": len(made) + 1, "type": "row", "title": title, "collapsed": False,
                     "gridPos": place, "panels": []})  # fmt: skip
        top, left = top + 1, 0
        height = 4 if panels[0].form == "stat" else 8
        for panel in panels:
            if left + panel.width > 24:
                top, left = top + height, 0
            place = {"x": left, "y": top, "w": panel.width, "h": height}
            made.append({"id": len(made) + 1, "gridPos": place, **_panel(panel)})
            left += panel.width
        top += height
    return made


def _panel(panel: Panel) -> dict[str, Any]:
    targets = [
        {"refId": chr(65 + number), "datasource": SOURCE, "expr": query.format(only=ONLY, span=SPAN),
         "legendFormat": legend or "__auto", "instant": panel.form == "stat"}
        for number, (legend, query) in enumerate(panel.queries.items())
    ]  # fmt: skip
    drawn = {"lineWidth": 1, "fillOpacity": 30 if panel.stacked else 10, "showPoints": "never",
             "stacking": {"mode": "normal" if panel.stacked else "none"}}  # fmt: skip
    steps = [{"color": color, "value": value or None} for value, color in panel.steps]
    defaults = {"unit": panel.unit, "min": 0, "custom": drawn if panel.form != "stat" else {}}
    if steps:
        defaults |= {"thresholds": {"mode": "absolute", "steps": steps}}
    options: dict[str, Any] = {"legend": {"displayMode": "list", "placement": "bottom"},
                               "tooltip": {"mode": "multi", "sort": "desc"}}  # fmt: skip
    if panel.form == "stat":
        options = {"colorMode": "value", "graphMode": "none", "textMode": "value",
                   "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}}  # fmt: skip
    return {
        "type": panel.form,
        "title": panel.title,
        **({"description": panel.description} if panel.description else {}),
        "datasource": SOURCE,
        "targets": targets,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": options,
    }


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
