"""A real Prometheus scrapes real loops: every shipped query returns something, alerts say what is wrong."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from docs.panels import asking, picture
from monitoring.prometheus import Prometheus, equals, eventually, running
from monitoring.promtool import found
from monitoring.queries import alerts, panels, selectors
from vpsync.sandbox import PresetToken

from .apiserver.process import free_ports
from .harness import World
from .manifests import CANARY, deployment, savepoint, target
from .test_metrics import Served, serving

MakeWorld = Callable[..., World]

TROUBLES = {
    "VpsyncStateLoss", "VpsyncTokenRefused", "VpsyncSavepointFailed", "VpsyncBrakeHeld",
    "VpsyncResourceStalled", "VpsyncDrift",
}  # fmt: skip
"""The alerts of a world in which everything is wrong that a resource can tell."""


@pytest.fixture
def troubled(make_world: MakeWorld) -> World:
    """A world with running jobs, and a VVP namespace whose token is refused."""
    found("prometheus")
    shared = f"shared-{CANARY}"
    world = make_world(
        auth=True,
        namespaces=("default", "closed"),
        admin_token=f"admin-{CANARY}",
        tokens=[PresetToken("default", "ops", "owner", shared)],
    )
    world.environment = {
        "PLATFORM_API_TOKEN": f"admin-{CANARY}", "APPMANAGER_API_TOKEN_DEFAULT": shared
    }  # fmt: skip
    world.apply(
        target(),
        target("refused", vvp="closed"),
        *(deployment(name) for name in ("orders", "lost", "held")),
        deployment("drifting", notes={"drift": "warn"}),
        deployment("invalid", notes={"drift": "bogus"}),
        deployment("paused", notes={"paused": "true"}),
    )
    return world


def spoil(world: World) -> None:
    """What people and VVP do to running jobs."""
    world.sandbox.remove_deployment("default", "lost")
    edit = {"spec": {"template": {"spec": {"artifact": {"jarUri": "s3://bucket/other.jar"}}}}}
    world.sandbox.edit_deployment("default", "drifting", edit)
    world.sandbox.fail_next_savepoint("default", "orders", "The disk is full.")
    world.apply(savepoint("failing", "orders"))
    world.delete("vpdeployments", "held")


def running_jobs(world: World, loop: Served) -> bool:
    world.sandbox.settle()
    return 'vpsync_jobs{state="RUNNING"} 4.0' in loop.get("/metrics")[1]


def unanswered(prometheus: Prometheus) -> set[str]:
    """The queries of alerts and dashboard that return nothing, but for thresholds."""
    asked = selectors() | {query for _, query in panels()}
    return {query for query in asked if not prometheus.query(query)}


def roused(prometheus: Prometheus) -> set[str]:
    """The alerts that fire, or will if it stays so."""
    return {name for name, state in prometheus.alerts().items() if state != "inactive"}


def value(prometheus: Prometheus, query: str) -> float:
    """The one figure of a query."""
    [series] = prometheus.query(query)
    return float(series["value"][1])


def place(loop: Served, pod: str) -> dict[str, Any]:
    """Where a loop is scraped, with the labels that a cluster's targets have."""
    labels = {"namespace": "vpsync", "pod": pod}
    return {"targets": [loop.url.partition("://")[2]], "labels": labels}


def test_every_query_of_alerts_and_dashboard_returns_series_of_real_replicas(
    troubled: World, tmp_path: Path
) -> None:
    flags = ("--no-create-tokens", "--max-deletes", "0", "--enable-leader-election",
             "--lease-namespace", "vpsync", "--owner-id", f"e2e-{uuid.uuid4().hex[:8]}")  # fmt: skip
    with serving(troubled, *flags) as leader:
        eventually(lambda: running_jobs(troubled, leader))
        spoil(troubled)
        [port] = free_ports(1)
        with (
            serving(troubled, *flags) as standby,
            running(tmp_path, port, [place(leader, "a"), place(standby, "b")]) as prometheus,
        ):
            equals(prometheus.targets, [("up", "")] * 2)
            equals(lambda: unanswered(prometheus), set(), 30)
            equals(lambda: roused(prometheus), TROUBLES, 30)
            for alert in alerts():
                prometheus.query(alert["expr"])
            assert standby.get("/healthz") == standby.get("/readyz") == (200, "ok\n")
            assert value(prometheus, 'vpsync_leader{pod="a"}') == 1
            assert value(prometheus, 'vpsync_leader{pod="b"}') == 0
            invalid = 'vpsync_resource_reason{kind="VpDeployment", reason="InvalidAnnotation"}'
            assert value(prometheus, f"sum({invalid})") == 1, "who stands by counts nothing"
            drawn = picture(asking(prometheus.url, 20.0, time.time()))
            everything = prometheus.query('{job="vpsync"}')
    assert "no data" not in drawn
    told = {value for one in everything for value in one["metric"].values()}
    assert not told & {"orders", "lost", "held", "drifting", "closed", troubled.namespace}
    assert not any(CANARY in value for value in told)
