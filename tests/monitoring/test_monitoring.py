"""Alerts and dashboard ask for metrics that there are, fire when they should, and lead to the runbook."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from docs.dashboard import FILE, text
from docs.monitoring import RESOURCE, RULES, resource
from pages import anchors, code, page, rows, sections
from vpsync.controller.families import FAMILIES
from vpsync.model.reasons import Reason

from .promtool import promtool
from .queries import alerts, panels, selectors

DOCS = "https://example.com/vpsync/docs/"
CASES = Path(__file__).with_name("alerts.yaml")
LABELS = {family.name: set(family.labels) for family in FAMILIES}
TARGETS = {"job", "namespace", "pod", "instance"}
"""Labels that the scrape adds."""


class TestRules:
    def test_are_valid(self) -> None:
        done = promtool("check", "rules", RULES)
        assert done.returncode == 0, done.stdout + done.stderr

    def test_fire_when_they_should_and_not_before(self) -> None:
        done = promtool("test", "rules", CASES)
        assert done.returncode == 0, done.stdout + done.stderr

    def test_each_alert_is_seen_firing_and_silent(self) -> None:
        told: dict[str, set[bool]] = {}
        for case in yaml.safe_load(CASES.read_text("utf-8"))["tests"]:
            for one in case["alert_rule_test"]:
                told.setdefault(one["alertname"], set()).add(bool(one["exp_alerts"]))
        assert told == {alert["alert"]: {True, False} for alert in alerts()}

    def test_the_resource_of_the_operator_has_the_same(self) -> None:
        assert RESOURCE.read_text("utf-8") == resource(), "run python -m docs.monitoring"
        document = yaml.safe_load(resource())
        assert document["kind"] == "PrometheusRule"
        assert document["spec"]["groups"][0]["rules"] == alerts()

    @pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
    def test_each_leads_to_its_entry_in_the_runbook(self, alert: dict[str, Any]) -> None:
        link = alert["annotations"]["runbook_url"]
        assert link.startswith(DOCS)
        name, _, anchor = link.removeprefix(DOCS).partition("#")
        if "{{" in anchor:
            assert anchor == "{{ $labels.reason | toLower }}"
            wanted = {reason.name.lower() for reason in Reason if reason.stalled}
        else:
            wanted = {anchor}
        assert wanted <= anchors(page(name))

    def test_every_stalled_reason_and_every_brake_has_an_alert(self) -> None:
        told = {reason for reason in Reason if reason.stalled}
        told |= {Reason.HeldByBrake, Reason.RestartsForMarker}
        text = RULES.read_text("utf-8")
        apart = set(re.search(r'reason!~"([^"]+)"', text)[1].split("|"))  # type: ignore[index]
        named = {
            name for found in re.findall(r'reason=~?"([^"]+)"', text) for name in found.split("|")
        }
        assert apart == {one.name for one in told if one.stalled} & named
        assert named <= {one.name for one in told}


def test_the_page_lists_every_alert_with_its_severity() -> None:
    table = rows(sections(page("metrics.md"), 2)["Alerts"].split("### ")[0])
    told = {code(row["Alert"])[0]: row["Severity"] for row in table}
    assert told == {alert["alert"]: alert["labels"]["severity"] for alert in alerts()}


class TestDashboard:
    def test_is_made_from_its_list(self) -> None:
        assert FILE.read_text("utf-8") == text(), "run python -m docs.dashboard"

    def test_has_panels_that_lie_beside_each_other(self) -> None:
        taken: set[tuple[int, int]] = set()
        made = json.loads(text())["panels"]
        assert [panel["id"] for panel in made] == list(range(1, len(made) + 1))
        for place in (panel["gridPos"] for panel in made):
            assert place["x"] + place["w"] <= 24
            cells = {
                (x, y)
                for x in range(place["x"], place["x"] + place["w"])
                for y in range(place["y"], place["y"] + place["h"])
            }
            assert not cells & taken
            taken |= cells

    def test_shows_every_metric(self) -> None:
        shown = {query for _, query in panels()}
        assert all(any(family.name in query for query in shown) for family in FAMILIES)


@pytest.mark.parametrize("selector", sorted(selectors()))
def test_what_is_asked_for_is_a_metric_with_these_labels(selector: str) -> None:
    name, _, matchers = selector.partition("{")
    if name.startswith("process_"):
        return
    family = name if name in LABELS else re.sub(r"_(bucket|sum|count)$", "", name)
    asked = set(re.findall(r"(\w+)(?:=~|!~|!=|=)", matchers))
    assert asked <= LABELS[family] | TARGETS
