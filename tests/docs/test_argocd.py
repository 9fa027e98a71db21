"""What Argo CD makes of every status: the Lua that it is given, run by a Lua of its version (5.1)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml
from lupa.lua51 import LuaRuntime

from builders import manifest, snapshot, status
from fakes.patches import merge
from pages import DOCS, page, rows, sections
from render.cases import CASES, Case
from vpsync.kinds import KINDS
from vpsync.model.resource import GROUP, Manifest, annotation
from vpsync.status.patches import status_patch

PATCH = yaml.safe_load((DOCS / "argocd" / "health.yaml").read_text("utf-8"))
SCRIPTS = {
    key.removeprefix(f"resource.customizations.health.{GROUP}_"): script
    for key, script in PATCH["data"].items()
}
STATES = {"Healthy", "Progressing", "Degraded", "Suspended"}
OF_KSTATUS = {
    "Current": "Healthy",
    "Failed": "Degraded",
    "InProgress": "Progressing",
    "Terminating": "Progressing",
}
OTHERWISE = {"running and failing": "Degraded", "paused": "Suspended"}
"""Where Argo CD has a better word than kstatus."""


def health(resource: Manifest, held: dict[str, Any]) -> tuple[str, str]:
    """Status and message that Argo CD shows for a resource as the API server holds it."""
    meta: dict[str, Any] = {"generation": resource.generation}
    if resource.annotations:
        meta["annotations"] = dict(resource.annotations)
    if resource.deletion_requested:
        meta["deletionTimestamp"] = resource.deletion_requested
    lua = LuaRuntime(register_eval=False)
    document = {"kind": resource.key.kind, "metadata": meta, "status": held}
    lua.globals()["obj"] = lua.table_from(document, recursive=True)
    found = lua.execute(SCRIPTS[resource.key.kind])
    return found["status"], found["message"]


def told(case: Case) -> dict[str, Any]:
    resource = case.result.manifest
    after: dict[str, Any] = merge(
        resource.status, status_patch(case.result, snapshot(), "2024-05-01T09:00:00Z")
    )
    return after


def test_there_is_a_script_for_each_kind() -> None:
    assert (PATCH["metadata"]["name"], PATCH["metadata"]["namespace"]) == ("argocd-cm", "argocd")
    assert set(SCRIPTS) == {kind.name for kind in KINDS}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_status_is_shown_as_it_is_meant(case: Case) -> None:
    shown, message = health(case.result.manifest, told(case))
    assert message
    if case.expected is not None:
        assert shown == OTHERWISE.get(case.name, OF_KSTATUS[case.kstatus])
        reason = message.partition(":")[0]
        assert reason in {reason for _, reason in case.expected.values()}


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS])
@pytest.mark.parametrize("held", [{}, {"observedGeneration": -1}, {"state": "RUNNING"}])
def test_what_no_pass_has_looked_at_is_progressing(kind: str, held: dict[str, Any]) -> None:
    assert health(manifest(kind), held)[0] == "Progressing"


def test_a_change_that_no_pass_has_looked_at_is_progressing() -> None:
    old = status()
    assert health(manifest(), old)[0] == "Healthy"
    assert health(manifest(generation=2), old)[0] == "Progressing"


def test_drift_that_is_left_alone_is_named() -> None:
    [case] = [case for case in CASES if case.name == "drifting, and left so"]
    shown, message = health(case.result.manifest, told(case))
    assert shown == "Healthy"
    assert "Drifted" in message


def test_a_paused_resource_that_is_stalled_is_degraded() -> None:
    [case] = [case for case in CASES if case.name == "rejected by VVP"]
    paused = {annotation("paused"): "true"}
    resource = replace(case.result.manifest, annotations=paused)
    assert health(resource, told(case))[0] == "Degraded"


def test_the_page_names_every_health_that_is_shown() -> None:
    table = rows(sections(page("gitops.md"), 2)["Argo CD"])
    named = {state for row in table for state in STATES if row["Argo CD shows"].startswith(state)}
    shown = {health(case.result.manifest, told(case))[0] for case in CASES}
    assert named == shown == STATES
