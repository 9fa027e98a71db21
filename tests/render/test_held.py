"""Changes that a brake holds back are shown whole, in every form: a preview is read before they go."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from builders import at, manifest, observed, planned, policy, snapshot, status
from vpsync.model.decision import Blocked
from vpsync.model.reasons import Reason
from vpsync.planning.policy import Brakes
from vpsync.render.forms import FORMS, text_in
from vpsync.render.json import report_as_json
from vpsync.render.report import Report
from vpsync.render.table import print_report
from vpsync.status.conditions import concluded
from vpsync.status.events import own_events
from vpsync.status.patches import status_patch

PLACE = "/spec/template/spec/parallelism"
SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "plan.schema.json"


def held(changed: int, *, generation: int = 2, told: Mapping[str, Any] | None = None) -> Report:
    """So many of ten jobs are to be changed, which is held back; ``told`` is the status of before."""
    known = told or status()
    resources = [
        manifest(
            name=f"job-{number}",
            status={**known, "id": f"id-of-job-{number}"},
            generation=generation,
        )
        for number in range(10)
    ]
    objects = [
        observed(one, {PLACE: 90 + number} if number < changed else {})
        for number, one in enumerate(resources)
    ]
    plan = planned(*resources, vvp=snapshot(*objects), rules=policy(brakes=Brakes()))
    results = tuple(map(concluded, plan.decisions))
    return Report(results, applied=False, tripped=plan.tripped)


@pytest.fixture(scope="module")
def report() -> Report:
    """Six of ten jobs are to be changed, which is held back."""
    return held(6)


@pytest.mark.parametrize("form", FORMS)
def test_every_field_is_shown_in_every_form(report: Report, form: str) -> None:
    shown = text_in(form, report)
    assert report.tripped
    for number in range(6):
        assert f"job-{number}" in shown
        assert str(90 + number) in shown
    assert shown.count(PLACE) == (12 if form == "markdown" else 6)
    assert "--max-update-percent" in shown


def test_as_text_the_brake_stands_over_the_fields(report: Report) -> None:
    block = text_in("text", report).split("\n\n")[0].splitlines()
    assert block[0].startswith("~ held: update VpDeployment team/job-0")
    said = " ".join(block)
    assert said.index("--force") < said.index("kubectl annotate") < said.index(PLACE)


def test_as_data_a_held_change_is_a_change_under_what_holds_it(report: Report) -> None:
    document = report_as_json(report)
    Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(document)
    [first, *_] = document["blocked"]
    assert first["reason"] == "HeldByBrake"
    assert [one["path"] for one in first["held"]["fields"]] == [PLACE]
    assert document["changes"] == []


def test_after_a_pass_the_table_calls_it_held(report: Report) -> None:
    out = io.StringIO()
    print_report(report, out, color=False)
    assert out.getvalue().count("\nheld    VpDeployment") == 6


def test_a_held_job_stays_ready_as_observed_and_gets_an_event(report: Report) -> None:
    [first, *_] = report.results
    assert isinstance(first.decision, Blocked)
    told = {one.type: (one.status, one.reason) for one in first.conditions or ()}
    assert told == {
        "Ready": ("True", "Succeeded"),
        "Synced": ("False", "HeldByBrake"),
        "Reconciling": ("True", "HeldByBrake"),
    }
    [event] = own_events(first)
    assert (event.warning, event.reason) == (True, Reason.HeldByBrake.name)


def test_the_event_of_a_held_job_is_the_same_however_many_are_held_with_it(report: Report) -> None:
    [event], [other] = own_events(report.results[0]), own_events(held(7).results[0])
    assert event.note != other.note
    assert event.stamp == other.stamp
    assert event.recurs


def test_a_held_job_gets_no_event_again_when_only_the_number_of_held_changes_moved(
    report: Report,
) -> None:
    patch = status_patch(report.results[0], snapshot(), at())
    assert own_events(held(6, told=patch).results[0]) == []
    assert own_events(held(7, told=patch).results[0]) == []
    [event] = own_events(held(7, told=patch, generation=3).results[0])
    assert event.stamp != own_events(report.results[0])[0].stamp


@pytest.mark.parametrize("form", FORMS)
def test_what_is_nobodys_and_differs_is_shown_with_both_values(form: str) -> None:
    resource = manifest(
        edits={"/spec/template/spec/flinkConfiguration/s3.secret-key": "CANARY-ours"}
    )
    secret = "/spec/template/spec/flinkConfiguration/s3.secret-key"
    theirs = observed(resource, {"/metadata/labels/team": "theirs", secret: "CANARY"}, marked=False)
    plan = planned(resource, vvp=snapshot(theirs))
    results = tuple(map(concluded, plan.decisions))
    shown = text_in(form, Report(results, applied=False))
    assert isinstance(results[0].decision, Blocked)
    assert results[0].decision.reason is Reason.NotOwned
    assert "theirs" in shown
    assert "orders" in shown
    assert "s3.secret-key" in shown
    assert "CANARY" not in shown
    told = {one.message for one in results[0].conditions or ()}
    assert not any("theirs" in message for message in told), "a status names places alone"
