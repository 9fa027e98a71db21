"""The preview for people: which resource, why, what it does to the job, and every field of it."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from builders import (
    REMOVED,
    changed,
    decided,
    going,
    manifest,
    observed,
    planned,
    snapshot,
    status,
)  # fmt: skip
from vpsync.model.outcome import Result
from vpsync.render.diff import WIDTH_OF_A_PIPE, print_diff
from vpsync.render.layout import cells
from vpsync.render.report import Report
from vpsync.status.conditions import concluded

from .cases import ANNOTATION, CASES

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
PARALLELISM = "/spec/template/spec/parallelism"
UPGRADE = "/spec/upgradeStrategy/kind"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def printed(
    *results: Result, out: io.StringIO | None = None, color: bool = False, **more: Any
) -> str:
    out = out or io.StringIO()
    print_diff(Report(results, applied=False, **more), out, color=color)
    return out.getvalue()


def of_change(edits: dict[str, Any], held: dict[str, Any] | None = None) -> list[str]:
    """The block of a changed deployment that VVP holds as it was, but for ``held``."""
    resource = manifest(edits=edits, generation=2, status=status())
    change = changed(resource, snapshot(observed(manifest(), held)))
    return printed(concluded(change)).split("\n\n")[0].splitlines()


def test_nothing_to_tell_is_one_line() -> None:
    in_sync = concluded(decided(manifest(), snapshot(observed(manifest()))))
    assert printed(*(in_sync,) * 40) == "No changes. 40 resources in sync.\n"


def test_a_change_has_its_action_cause_and_effect_in_one_line_and_its_fields_below() -> None:
    assert of_change({PARALLELISM: 3}) == [
        "~ update VpDeployment team/orders  intent  ! restart-with-savepoint",
        "    in VVP default/orders: the resource changed",
        "    ~ /spec/template/spec/parallelism: 2 → 3",
    ]


def test_a_restart_that_loses_state_stands_out_more() -> None:
    lines = of_change({PARALLELISM: 3, UPGRADE: "STATELESS"})
    assert lines[0].endswith("  intent  !! restart-without-savepoint")


def test_a_creation_shows_every_field_that_is_sent() -> None:
    change = changed(manifest())
    lines = printed(concluded(change)).splitlines()
    assert lines[0] == "+ create VpDeployment team/orders  intent  job: start"
    assert "    + /spec/template/spec/parallelism: 2" in lines
    assert sum(line.startswith("    + ") for line in lines) == len(change.fields)


def test_a_removed_key_shows_what_goes() -> None:
    key = "/spec/template/spec/flinkConfiguration/state.backend"
    resource = manifest(edits={key: REMOVED}, generation=2, status=status())
    change = changed(resource, snapshot(observed(manifest())))
    assert f"    - {key}: rocksdb" in printed(concluded(change)).splitlines()


def test_a_field_that_is_declared_no_more_is_said_to_keep_its_value() -> None:
    lines = of_change({PARALLELISM: REMOVED})
    assert lines[0] == "~ update VpDeployment team/orders  record"
    assert lines[-1] == f"    = {PARALLELISM}: is no longer declared and keeps its value"


def test_what_waits_for_a_later_pass_is_said() -> None:
    lines = of_change(
        {"/spec/state": "CANCELLED", PARALLELISM: 3}, {"/status/state": "TRANSITIONING"}
    )
    assert lines[1].endswith("; 1 field waits until VVP has finished its transition")


def test_a_drift_is_told_from_an_intent() -> None:
    resource = manifest(status=status())
    change = changed(resource, snapshot(observed(manifest(), {PARALLELISM: 9})))
    head = printed(concluded(change)).splitlines()[0]
    assert head == "~ update VpDeployment team/orders  drift  ! restart-with-savepoint"


def test_a_deletion_shows_that_the_job_stops() -> None:
    change = changed(going(), snapshot(observed(manifest())))
    assert printed(concluded(change)).splitlines()[:3] == [
        "- delete VpDeployment team/orders  intent  job: stop  !! its state is lost",
        "    in VVP default/orders: the resource is being deleted: cancelled first, deleted in a later pass",
        "    ~ /spec/state: RUNNING → CANCELLED",
    ]


def test_a_whole_new_team_is_one_plan_with_ids_known_after_apply() -> None:
    place = {"/metadata/namespace": "analytics"}
    team = [
        manifest("VpNamespace"),
        manifest("VpDeploymentTarget", "new", place),
        manifest(edits={**place, "/deploymentTargetName": "new"}),
    ]
    results = [concluded(decision) for decision in planned(*team).decisions]
    shown = printed(*results)
    assert [line for line in shown.splitlines() if line.startswith("+ ")] == [
        "+ create VpNamespace team/analytics  intent",
        "+ create VpDeploymentTarget team/new  intent",
        "+ create VpDeployment team/orders  intent  job: start",
    ]
    assert "    + /spec/deploymentTargetId: (known after apply)\n" in shown
    assert shown.endswith("Plan: 3 to create, 0 to change, 0 to adopt, 0 to delete, 0 in sync.\n")


def test_what_is_blocked_or_invalid_is_shown_with_why() -> None:
    broken = [
        manifest(name="waits", edits={"/deploymentTargetName": "gone"}),
        manifest(name="broken", edits={"/metadata/name": "Not/A/Name"}),
    ]
    shown = printed(*(concluded(decision) for decision in planned(*broken).decisions))
    assert "· waiting VpDeployment team/waits\n    DependencyNotReady: VVP has no " in shown
    assert (
        "· invalid VpDeployment team/broken\n    /spec/metadata/name: is not a valid VVP name"
        in shown
    )


def test_brakes_errors_and_what_moved_stand_before_the_closing_line() -> None:
    shown = printed(
        concluded(changed(manifest())),
        errors=("a list failed",), tripped=("9 deletions",), passed=("9 updates",), moved=("x: y",),
    )  # fmt: skip
    assert shown.splitlines()[-6].startswith("the plan no longer matches, so nothing was done; ")
    assert shown.splitlines()[-5:-1] == [
        "held back: 9 deletions",
        "brake passed: 9 updates",
        "error: a list failed",
        "moved since the plan: x: y",
    ]


@pytest.fixture
def columns(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for variable in ("LINES", "COLUMNS"):
        monkeypatch.delenv(variable, raising=False)
    return monkeypatch


LONG = manifest(
    edits={
        "/spec/template/spec/artifact/mainArgs": "--option value " * 40,
        "/spec/template/spec/artifact/jarUri": "s3://" + "x" * 150,
        "/spec/template/spec/flinkConfiguration/日本": "語" * 90,
    }
)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_line_is_wider_than_the_terminal(columns: pytest.MonkeyPatch, width: int) -> None:
    columns.setenv("COLUMNS", str(width))
    results = (*(case.result for case in CASES), concluded(changed(LONG)))
    blocks, _, summary = printed(*results, out=Terminal()).rstrip("\n").rpartition("\n\n")
    # What is pasted is never parted: an annotation with a UUID takes 80 columns.
    lines = [line for line in blocks.splitlines() if not ANNOTATION.fullmatch(line)]
    assert max(map(cells, lines)) <= width
    assert "Plan: " in summary


def test_a_value_too_long_for_its_line_has_its_sides_below_each_other(
    columns: pytest.MonkeyPatch,
) -> None:
    columns.setenv("COLUMNS", "60")
    resource = manifest(
        edits={"/spec/template/spec/artifact/jarUri": "s3://jobs/orders-2.jar"},
        generation=2, status=status(),
    )  # fmt: skip
    change = changed(resource, snapshot(observed(manifest())))
    assert printed(concluded(change), out=Terminal()).splitlines()[3:6] == [
        "    ~ /spec/template/spec/artifact/jarUri:",
        "        - s3://jobs/orders-1.jar",
        "        + s3://jobs/orders-2.jar",
    ]


def test_a_pipe_has_a_fixed_width_whatever_the_terminal_has(columns: pytest.MonkeyPatch) -> None:
    texts = []
    for width in ("20", "500"):
        columns.setenv("COLUMNS", width)
        texts.append(printed(*(case.result for case in CASES), concluded(changed(LONG))))
    assert texts[0] == texts[1]
    assert max(map(cells, texts[0].splitlines()[:-1])) <= WIDTH_OF_A_PIPE


def test_colour_is_for_terminals_and_changes_no_character(columns: pytest.MonkeyPatch) -> None:
    columns.setenv("COLUMNS", "120")
    results = [case.result for case in CASES]
    plain, colored = (printed(*results, out=Terminal(), color=color) for color in (False, True))
    assert "\x1b" not in plain
    assert "\x1b" not in printed(*results, color=True)
    assert "\x1b[" in colored
    assert ESCAPE.sub("", colored) == plain


@pytest.mark.parametrize("hostile", ["\x1b[2J", "\u202eevil", "[red]x[/red]", "a\rb"])
def test_no_value_steers_the_terminal(hostile: str) -> None:
    change = changed(manifest(edits={"/spec/template/spec/artifact/mainArgs": hostile}))
    shown = printed(concluded(change), errors=(f"x {hostile} y",))
    assert all(line.isprintable() for line in shown.splitlines())
    assert ("[red]x[/red]" in shown) == (hostile == "[red]x[/red]")
