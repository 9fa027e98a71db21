"""All examples on a real API server: they become ready, and then nothing is written any more."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from .harness import PLURALS, ROOT, World
from .oracles import condition

EXAMPLES = ROOT / "examples"


def _waits_for_ready(world: World, plural: str, seconds: int) -> bool:
    """Whether ``kubectl wait --for=condition=Ready`` succeeds on every resource of a kind."""
    done = world.apiserver.kubectl(
        "wait", "--for=condition=Ready", f"--timeout={seconds}s", "-n", world.namespace,
        plural, "--all", check=False,
    )  # fmt: skip
    met = done.stdout.count("condition met")
    assert met == (len(world.list(plural)) if done.returncode == 0 else met)
    return done.returncode == 0 and met > 0


def _columns(world: World, plural: str) -> list[dict[str, str]]:
    """The rows that ``kubectl get -o wide`` shows, by column."""
    done = world.apiserver.kubectl("get", plural, "-n", world.namespace, "-o", "wide")
    header, *lines = done.stdout.splitlines()
    starts = [match.start() for match in re.finditer(r"\S+", header)]
    ends = [*starts[1:], None]
    names = header.split()
    return [
        {name: line[a:b].strip() for name, a, b in zip(names, starts, ends, strict=True)}
        for line in lines
    ]


def _assert_columns_are_filled(world: World) -> None:
    expected = {
        "vpnamespaces": {"LIFECYCLEPHASE": "LIFECYCLE_PHASE_ACTIVE"},
        "vpdeploymenttargets": {"VVP-ID": r"[0-9a-f-]{36}"},
        "vpdeployments": {"STATE": "RUNNING|CANCELLED", "VVP-ID": r"[0-9a-f-]{36}"},
        "vpsavepoints": {"STATE": "COMPLETED", "LOCATION": "s3://.*", "VVP-ID": r"[0-9a-f-]{36}"},
    }
    for plural, columns in expected.items():
        for row in _columns(world, plural):
            assert (row["READY"], row["SYNCED"]) == ("True", "True")
            assert row["STATUS"]
            assert row["AGE"]
            for name, pattern in columns.items():
                assert re.fullmatch(pattern, row[name]), row
    versions = [row["FLINK-VERSION"] for row in _columns(world, "vpdeployments")]
    assert set(versions) == {"1.15"}


@pytest.mark.parametrize("example", ["", "team"])
def test_all_examples_become_ready_and_stay_quiet(
    make_world: Callable[..., World], namespace: str, example: str
) -> None:
    place = "orders-team" if example == "team" else namespace
    world = make_world(kubernetes_namespace=place)
    if example == "team":
        world.apiserver.kubectl("apply", "-f", str(EXAMPLES / "team" / "namespace.yaml"))
    world.apiserver.kubectl("apply", "-n", place, "-f", str(EXAMPLES / example))
    for plural in PLURALS:
        assert not _waits_for_ready(world, plural, 0), "not ready before the first pass"
    with world.carried_out() as done:
        world.settle()
    created = [what for what in done.elements() if what[0] == "POST"]
    assert len(created) == len(set(created)) == len(list(world.resources()))
    for plural in PLURALS:
        assert _waits_for_ready(world, plural, 5)
    _assert_columns_are_filled(world)
    events = len(world.events())
    world.assert_quiet()
    assert len(world.events()) == events
    assert all(condition(one, "Synced")["status"] == "True" for one in world.resources())
