"""The report as JSON: its members, their order, and that equal input gives equal bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from builders import (
    REMOVED,
    applied,
    changed,
    decided,
    manifest,
    observed,
    planned,
    snapshot,
    status,
)
from vpsync import __version__
from vpsync.errors import PlatformFault, PlatformRejected
from vpsync.model.change import Change
from vpsync.model.decision import Invalid
from vpsync.model.finding import Finding
from vpsync.model.outcome import Failed, Result, Skipped
from vpsync.model.reasons import Reason
from vpsync.render.json import json_text, report_as_json
from vpsync.render.report import Report
from vpsync.status.conditions import concluded

URL = "https://vvp.example.com"
DRIFTED = snapshot(observed(manifest(), {"/spec/template/spec/parallelism": 9}))


def preview(*results: Result, **members: Any) -> dict[str, Any]:
    return report_as_json(Report(results, applied=False, vvp_url=URL, **members))


def reconciled(*results: Result, **members: Any) -> dict[str, Any]:
    return report_as_json(
        Report(results, vvp_url=URL, started_at="2025-06-15T15:06:40Z", **members)
    )


def fleet() -> list[Result]:
    resources = [
        manifest("VpNamespace"),
        manifest("VpDeploymentTarget", "new"),
        manifest(name="on-the-new-one", edits={"/deploymentTargetName": "new"}),
        manifest(status=status()),
        manifest(name="waits", edits={"/deploymentTargetName": "gone"}),
        manifest(name="broken", edits={"/metadata/name": "Not/A/Name"}),
    ]
    return [concluded(decision) for decision in planned(*resources, vvp=DRIFTED).decisions]


class TestTheOrderOfMembers:
    def test_of_a_preview_is_the_documented_one(self) -> None:
        assert list(preview(*fleet())) == [
            "formatVersion",
            "tool",
            "complete",
            "checksum",
            "ownerId",
            "changes",
            "blocked",
            "notReady",
            "invalid",
            "errors",
            "summary",
            "seal",
        ]

    def test_of_a_reconcile_has_its_time_besides(self) -> None:
        document = reconciled(*fleet())
        assert [key for key in document if key != "startedAt"] == list(preview())
        assert document["startedAt"] == "2025-06-15T15:06:40Z"

    def test_of_a_change_is_the_documented_one(self) -> None:
        change = changed(manifest(status=status()), DRIFTED)
        members = [
            "kind",
            "namespace",
            "name",
            "platform",
            "action",
            "cause",
            "effect",
            "reason",
            "fields",
            "released",
            "method",
            "generation",
        ]
        [shown] = preview(concluded(change))["changes"]
        assert list(shown) == members
        [done] = reconciled(concluded(change, Failed(change, PlatformFault("500"))))["changes"]
        assert list(done) == [*members, "outcome", "message"]
        assert list(shown["platform"]) == ["url", "namespace", "name", "id", "resourceVersion"]
        assert list(shown["fields"][0]) == ["path", "before", "after", "sensitive"]

    def test_of_the_summary_is_the_documented_one(self) -> None:
        assert list(preview()["summary"]) == [
            "create",
            "update",
            "adopt",
            "delete",
            "inSync",
            "blocked",
            "invalid",
            "failed",
            "record",
        ]


def test_a_change_is_told_with_both_sides_and_its_reason() -> None:
    [shown] = preview(concluded(changed(manifest(status=status()), DRIFTED)))["changes"]
    assert shown == {
        "kind": "VpDeployment",
        "namespace": "team",
        "name": "orders",
        "platform": {
            "url": URL,
            "namespace": "default",
            "name": "orders",
            "id": "id-of-orders",
            "resourceVersion": 3,
        },
        "action": "update",
        "cause": "drift",
        "effect": "restart-with-savepoint",
        "reason": "was changed in VVP",
        "fields": [
            {"path": "/spec/template/spec/parallelism", "before": 9, "after": 2, "sensitive": False}
        ],
        "released": [],
        "method": "PATCH",
        "generation": 1,
    }


def test_a_field_that_is_declared_no_more_is_told_as_released() -> None:
    before = manifest(status=status())
    after = manifest(
        edits={"/spec/template/spec/parallelism": REMOVED, "/metadata/labels/stage": "x"},
        status=status(),
        generation=2,
    )
    [shown] = preview(concluded(changed(after, snapshot(observed(before)))))["changes"]
    assert shown["released"] == ["/spec/template/spec/parallelism"]
    assert [field["path"] for field in shown["fields"]] == ["/metadata/labels/stage"]


def test_a_creation_has_no_id_yet_and_names_what_is_known_after_apply() -> None:
    [target, job] = [
        item
        for item in preview(*fleet())["changes"]
        if item["action"] == "create" and item["kind"] != "VpNamespace"
    ]
    assert target["platform"]["id"] is None
    fields = {field["path"]: field["after"] for field in job["fields"]}
    assert fields["/spec/deploymentTargetId"] == "(known after apply)"


def test_changes_stand_in_plan_order() -> None:
    assert [item["name"] for item in preview(*fleet())["changes"]] == [
        "analytics",
        "new",
        "on-the-new-one",
        "orders",
    ]


@pytest.mark.parametrize(
    ("outcome", "word", "message"),
    [
        (lambda change: Failed(change, PlatformRejected("400: no")), "failed", "400: no"),
        (
            lambda change: Skipped(change, Reason.DependencyNotReady, "no target"),
            "skipped",
            "DependencyNotReady: no target",
        ),
    ],
)
def test_what_came_of_a_change_is_told(outcome: Any, word: str, message: str) -> None:
    change = changed(manifest())
    [done] = reconciled(concluded(change, outcome(change)))["changes"]
    assert (done["outcome"], done["message"]) == (word, message)


def test_an_applied_change_tells_what_waits() -> None:
    transition = {"/status/state": "TRANSITIONING", "/metadata/labels/team": "x"}
    resource = manifest(edits={"/spec/state": "CANCELLED"}, status=status())
    vvp = snapshot(observed(manifest(), transition))
    [done] = reconciled(applied(resource, observed(resource), vvp))["changes"]
    assert done["outcome"] == "applied"
    assert done["message"].startswith("1 field waits")


def test_blocked_resources_are_told_with_reason_and_message() -> None:
    unseen = decided(
        manifest(), snapshot(failed={("VpDeployment", "default"): PlatformFault("500")})
    )
    [waits] = preview(*fleet())["blocked"]
    assert waits == {
        "kind": "VpDeployment",
        "namespace": "team",
        "name": "waits",
        "reason": "DependencyNotReady",
        "message": "VVP has no DeploymentTarget 'gone' in its namespace 'default'",
    }
    [unread] = preview(concluded(unseen))["blocked"]
    assert (unread["reason"], unread["message"]) == ("PlatformUnreadable", "500")


def test_invalid_resources_are_told_with_all_their_problems() -> None:
    findings = (Finding("/spec/a", "is required"), Finding("", "is odd"))
    [item] = preview(concluded(Invalid(manifest(), findings)))["invalid"]
    assert item == {
        "kind": "VpDeployment",
        "namespace": "team",
        "name": "orders",
        "problems": [
            {"path": "/spec/a", "message": "is required"},
            {"path": "", "message": "is odd"},
        ],
    }


@pytest.mark.parametrize(
    ("members", "complete"),
    [
        ({}, True),
        ({"errors": ("a list failed",)}, False),
        ({"interrupted": True}, False),
        ({"decided": False}, False),
    ],
)
def test_it_says_whether_it_is_complete(members: dict[str, Any], complete: bool) -> None:
    assert preview(**members)["complete"] is complete


def test_it_names_its_format_and_the_tool() -> None:
    document = preview()
    assert (document["formatVersion"], document["tool"]) == ("1.0", f"vpsync/{__version__}")


class TestTheSummary:
    def test_counts_every_resource_once(self) -> None:
        assert preview(*fleet())["summary"] == {
            "create": 3,
            "update": 1,
            "adopt": 0,
            "delete": 0,
            "inSync": 0,
            "blocked": 1,
            "invalid": 1,
            "failed": 0,
            "record": 0,
        }

    def test_counts_renewed_records_apart(self) -> None:
        seen = observed(manifest(), {"/metadata/annotations": {}})
        change = changed(manifest(status=status(id="id-of-orders")), snapshot(seen))
        summary = preview(concluded(change))["summary"]
        assert (summary["record"], summary["update"]) == (1, 0)

    def test_counts_what_failed_as_failed_only(self) -> None:
        change = changed(manifest())
        summary = reconciled(concluded(change, Failed(change, PlatformFault("500"))))["summary"]
        assert (summary["failed"], summary["create"]) == (1, 0)


class TestTheChecksum:
    def test_covers_the_changes(self) -> None:
        sums = {
            preview(*results)["checksum"]
            for results in (
                [],
                [concluded(changed(manifest()))],
                [concluded(changed(manifest(name="other")))],
                [concluded(changed(manifest(edits={"/spec/template/spec/parallelism": 3})))],
            )
        }
        assert len(sums) == 4
        assert all(text.startswith("sha256:") for text in sums)

    def test_is_the_same_before_and_after(self) -> None:
        change = changed(manifest())
        done = concluded(change, Failed(change, PlatformFault("500")))
        assert preview(concluded(change))["checksum"] == reconciled(done)["checksum"]

    def test_covers_nothing_else(self) -> None:
        plain = preview(concluded(changed(manifest())))
        noisy = preview(concluded(changed(manifest())), errors=("x",), skipped=3)
        assert plain["checksum"] == noisy["checksum"]


class TestTheText:
    def test_is_the_same_for_the_same_input(self) -> None:
        first, second = (json_text(preview(*fleet())) for _ in range(2))
        assert first == second

    def test_holds_the_whole_document(self) -> None:
        document = preview(*fleet(), errors=("größer",))
        assert json.loads(json_text(document)) == document
        assert list(json.loads(json_text(document))) == list(document)

    def test_of_a_preview_holds_no_time(self) -> None:
        assert "2025" not in json_text(preview(*fleet()))

    def test_keeps_one_entry_a_line(self) -> None:
        lines = json_text(preview(*fleet())).splitlines()
        assert sum('"action": ' in line for line in lines) == 4
        assert lines[0] == "{"
        assert lines[-1] == "}"

    def test_escapes_what_steers_a_terminal(self) -> None:
        change = changed(
            manifest(edits={"/spec/template/spec/artifact/mainArgs": "a\x1b[31m\r\nb"})
        )
        text = json_text(preview(concluded(change)))
        assert "\x1b" not in text
        assert "\r" not in text


def test_no_change_shares_anything_with_the_plan() -> None:
    change = changed(manifest(status=status()), DRIFTED)
    document = preview(concluded(change))
    document["changes"][0]["fields"].clear()
    assert isinstance(change, Change)
    assert len(change.fields) == 1
