"""The queries that are shipped: those of the alerts, and those of the dashboard."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from docs.dashboard import FILE
from docs.monitoring import RULES

SELECTOR = re.compile(r"\b(?:vpsync|process)_\w+(?:\{[^}]*\})?")
"""A metric with its labels: what a query asks for, whatever it makes of it."""


def alerts() -> list[dict[str, Any]]:
    """The alerts, in order."""
    [group] = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    rules: list[dict[str, Any]] = group["rules"]
    return rules


def panels() -> Iterator[tuple[str, str]]:
    """Title and query of every target of the dashboard, with what a viewer chooses at first."""
    for panel in json.loads(FILE.read_text("utf-8"))["panels"]:
        for target in panel.get("targets", ()):
            query = target["expr"].replace("$__rate_interval", "1m")
            yield panel["title"], re.sub(r"\$\w+", ".*", query)


def selectors() -> set[str]:
    """Every selector of the alerts and the dashboard."""
    queries = [alert["expr"] for alert in alerts()] + [query for _, query in panels()]
    return {one for query in queries for one in SELECTOR.findall(query)}
