"""What ``get`` shows of a resource: its status, unless no pass has judged its spec yet."""

from __future__ import annotations

import json
from typing import Any

import pytest

from builders import manifest
from vpsync.render.resources import (
    PENDING,
    ResourceRow,
    resource_name,
    row_of,
    rows_as_json,
    rows_of,
)


def conditions(**told: tuple[str, str]) -> list[dict[str, str]]:
    return [
        {"type": kind, "status": status, "reason": reason, "message": f"about {kind}"}
        for kind, (status, reason) in told.items()
    ]


def row(
    kind: str = "VpDeployment", status: dict[str, Any] | None = None, **members: Any
) -> ResourceRow:
    settled = conditions(Ready=("True", "Succeeded"), Synced=("True", "Succeeded"))
    judged = {"observedGeneration": 1, "id": "id-1", "state": "RUNNING", "conditions": settled}
    return row_of(manifest(kind, status={**judged, **(status or {})}, **members), "short")


def test_a_settled_resource() -> None:
    found = row()
    assert (found.state, found.ready, found.synced) == ("RUNNING", "True", "True")
    assert (found.reason, found.message, found.drift) == ("Succeeded", "about Ready", "no")
    assert (str(found.platform), found.id) == ("default/orders", "id-1")


def test_a_spec_that_no_pass_has_looked_at_is_pending_whatever_the_old_status_says() -> None:
    for found in (row(generation=2), row(status={"observedGeneration": -1})):
        assert (found.ready, found.synced, found.reason, found.drift) == (
            "Unknown", "Unknown", PENDING, "",
        )  # fmt: skip
        assert found.state == "RUNNING", "what VVP was last seen in still holds"


@pytest.mark.parametrize(
    ("synced", "drift"),
    [
        (("True", "Succeeded"), "no"),
        (("False", "Drifted"), "yes"),
        (("False", "Rejected"), ""),
        (("Unknown", "Paused"), ""),
    ],
)
def test_drift_is_told_where_it_is_known(synced: tuple[str, str], drift: str) -> None:
    told = conditions(Ready=("True", "Succeeded"), Synced=synced)
    assert row(status={"conditions": told}).drift == drift


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"Ready": ("True", "Succeeded"), "Synced": ("True", "Succeeded")}, "Succeeded"),
        (
            {
                "Ready": ("True", "Succeeded"),
                "Synced": ("Unknown", "Unauthorized"),
                "Stalled": ("True", "Unauthorized"),
            },
            "Unauthorized",
        ),
        ({"Ready": ("True", "Succeeded"), "Synced": ("Unknown", "Paused")}, "Paused"),
        ({"Ready": ("False", "JobFailing"), "Synced": ("True", "Succeeded")}, "JobFailing"),
        (
            {
                "Ready": ("True", "Succeeded"),
                "Synced": ("False", "HeldByBrake"),
                "Reconciling": ("True", "HeldByBrake"),
            },
            "HeldByBrake",
        ),
        (
            {
                "Reconciling": ("True", "Progressing"),
                "Stalled": ("True", "JobFailed"),
                "Ready": ("False", "x"),
            },
            "JobFailed",
        ),
    ],
)
def test_the_condition_that_matters_most_is_the_one_that_is_told(
    told: dict[str, tuple[str, str]], reason: str
) -> None:
    found = row(status={"conditions": conditions(**told)})
    assert found.reason == reason
    assert found.message.startswith("about ")
    assert found.ready == told["Ready"][0]


def test_the_phase_of_a_vvp_namespace_is_its_state() -> None:
    found = row("VpNamespace", {"state": None, "lifecyclePhase": "LIFECYCLE_PHASE_ACTIVE"})
    assert (found.state, str(found.platform)) == ("ACTIVE", "analytics")


@pytest.mark.parametrize(
    "status", [{"conditions": "x"}, {"conditions": [1]}, {"id": 1, "state": {}}]
)
def test_an_odd_status_is_shown_as_unknown(status: dict[str, Any]) -> None:
    assert row(status=status).key.name == "orders"


def test_credentials_in_a_message_are_not_shown() -> None:
    told = conditions(Ready=("False", "Rejected"))
    told[0]["message"] = "cannot read https://user:hunter2@example.com/a.jar"
    assert "hunter2" not in row(status={"conditions": told}).message


def test_rows_are_in_the_order_of_namespace_kind_and_name() -> None:
    resources = [
        manifest("VpDeployment", "b"), manifest("VpDeployment", "a"), manifest("VpNamespace", "z"),
        manifest("VpSavepoint", "a", namespace="first"),
    ]  # fmt: skip
    short = {"VpDeployment": "vpd", "VpNamespace": "vpns", "VpSavepoint": "vpsp"}
    rows = rows_of(resources, short)
    assert [f"{one.short_kind}/{one.key.name}" for one in rows] == [
        "vpsp/a", "vpns/z", "vpd/a", "vpd/b",
    ]  # fmt: skip
    assert rows == rows_of(reversed(resources), short)


def test_as_data_what_is_not_known_is_null_and_nothing_depends_on_the_time() -> None:
    document = rows_as_json([row(), row(generation=2, status={"id": None})])
    one, two = document["resources"]
    assert (one["drift"], two["drift"]) == (False, None)
    assert (one["platform"]["id"], two["platform"]["id"]) == ("id-1", None)
    assert "age" not in json.dumps(document).lower().replace("message", "")


def test_names_are_those_of_kubectl() -> None:
    assert resource_name(row().key) == "vpdeployment.ververicaplatform.fintechstudios.com/orders"
