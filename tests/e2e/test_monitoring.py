"""A real Prometheus scrapes a real loop: every shipped query returns something, alerts say what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from monitoring.prometheus import Prometheus, equals, eventually, running
from monitoring.promtool import found
from monitoring.queries import alerts, panels, selectors
from vpsync.sandbox import PresetToken

from .apiserver.process import free_ports
from .harness import World
from .manifests import CANARY, deployment, savepoint, target
from .test_metrics import Served, serving

MakeWorld = Callable[..., World]

WITHOUT_LEASE = "vpsync_leader"
"""The metric that a loop without a Lease does not have."""

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
    """The queries of alerts and dashboard that return nothing, but for thresholds and the Lease."""
    asked = selectors() | {query for _, query in panels()}
    return {one for one in asked if WITHOUT_LEASE not in one and not prometheus.query(one)}


def roused(prometheus: Prometheus) -> set[str]:
    """The alerts that fire, or will if it stays so."""
    return {name for name, state in prometheus.alerts().items() if state != "inactive"}


def test_every_query_of_alerts_and_dashboard_returns_series_of_a_real_loop(
    troubled: World, tmp_path: Path
) -> None:
    flags = ("--no-create-tokens", "--max-deletes", "0")
    with serving(troubled, *flags) as loop:
        eventually(lambda: running_jobs(troubled, loop))
        spoil(troubled)
        place = {
            "targets": [loop.url.partition("://")[2]],
            "labels": {"namespace": "vpsync", "pod": "a"},
        }
        [port] = free_ports(1)
        with running(tmp_path, port, [place]) as prometheus:
            eventually(lambda: prometheus.targets() == [("up", "")])
            equals(lambda: unanswered(prometheus), set(), 30)
            equals(lambda: roused(prometheus), TROUBLES, 30)
            for alert in alerts():
                prometheus.query(alert["expr"])
            [stalled] = prometheus.query('vpsync_resource_reason{reason="InvalidAnnotation"} > 0')
            assert stalled["metric"]["kind"] == "VpDeployment"
            everything = prometheus.query('{job="vpsync"}')
    told = {value for one in everything for value in one["metric"].values()}
    assert not told & {"orders", "lost", "held", "drifting", "closed", troubled.namespace}
    assert not any(CANARY in value for value in told)
