"""The harness finds what it is there for: a known bug, put into one function, violates an oracle."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from faults.cases import companies, crashes, faults
from faults.play import undisturbed, violation
from faults.schedule import Schedule, parsed
from faults.troubles import Side
from vpsync.cluster.claims import ClusterWriteAhead
from vpsync.errors import PlatformError
from vpsync.kinds import BY_NAME
from vpsync.model.change import Change
from vpsync.model.observed import Observed
from vpsync.planning.ownership import marker as ownership
from vpsync.planning.ownership.marker import Ownership, Proof
from vpsync.planning.savepoints.write_ahead import SavepointRequest
from vpsync.ververica import observe
from vpsync.ververica.client import Client

Mutant = Callable[[pytest.MonkeyPatch], None]


def drop_the_intent(patch: pytest.MonkeyPatch) -> None:
    """A savepoint is asked for without a record of it."""

    def intend(claims: ClusterWriteAhead, change: Change, intent: SavepointRequest) -> None:
        pass

    patch.setattr(ClusterWriteAhead, "intend", intend)


def skip_the_marker_check(patch: pytest.MonkeyPatch) -> None:
    """Whoever's marker stands on an object, it is taken for ours."""

    def by_marker(*told: object) -> Proof:
        return Proof(Ownership.OURS, marked=True)

    patch.setattr(ownership, "_by_marker", by_marker)


def take_a_failed_list_for_empty(patch: pytest.MonkeyPatch) -> None:
    """What could not be listed is absent."""

    def listed(client: Client, place: tuple[str, str]) -> list[Observed]:
        try:
            return client.list_kind(BY_NAME[place[1]], place[0])
        except PlatformError:
            return []

    patch.setattr(observe, "_listed", listed)


def first_violation(schedules: Iterable[Schedule]) -> tuple[Schedule, str] | None:
    """The first schedule that violates an oracle, and which one."""
    for schedule in schedules:
        if (text := violation(schedule)) is not None:
            return schedule, text
    return None


@pytest.mark.parametrize(
    ("mutant", "schedules", "oracle"),
    [
        pytest.param(
            drop_the_intent,
            lambda: companies("savepoint", "cluster"),
            "/creates/savepoints/default/orders is 2",
            id="the intent is dropped",
        ),
        pytest.param(
            skip_the_marker_check,
            lambda: crashes("leave-others-alone", "cluster"),
            "/resources/VpDeploymentTarget/jobs/conditions is",
            id="the marker check is skipped",
        ),
        pytest.param(
            take_a_failed_list_for_empty,
            lambda: _failed_lists("names-that-vvp-gives-twice"),
            "/creates/deployments/default/orders is 2",
            id="a failed list is taken for empty",
        ),
    ],
)
def test_a_known_bug_violates_an_oracle(
    mutant: Mutant,
    schedules: Callable[[], Iterable[Schedule]],
    oracle: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Without the bug all of them are right: that is what the other tests of this folder hold.
    tried = list(schedules())
    mutant(monkeypatch)
    found = first_violation(tried)
    assert found is not None, f"{len(tried)} schedules found nothing"
    schedule, text = found
    assert oracle in text
    monkeypatch.undo()
    assert violation(parsed(str(schedule))) is None, "the script blames the bug alone"


def _failed_lists(name: str) -> list[Schedule]:
    """A list of VVP's that is answered with 503."""
    lists = {
        request.number
        for request in undisturbed(name, "cluster").requests
        if request.side is Side.VVP and request.method == "GET"
    }
    return [
        schedule
        for schedule in faults(name, "cluster")
        if (mishap := schedule.mishaps[0]).trouble == "status-503" and mishap.number in lists
    ]
