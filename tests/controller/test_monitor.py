"""What is told of a run: every pass is counted, shown and a sign of life, however it ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from vpsync.controller.health import Health
from vpsync.controller.metrics import Metrics
from vpsync.controller.monitor import Monitor
from vpsync.controller.overview import PageContents
from vpsync.errors import ClusterUnreachable
from vpsync.kinds import KINDS
from vpsync.render.report import Report
from vpsync.settings import Settings


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def monitored() -> tuple[Monitor, Clock]:
    """A monitor of passes that may take 10 s, with pauses of at most 100 s."""
    clock = Clock()
    contents = PageContents(Settings(), lambda: ((), ()))
    return Monitor(Metrics(KINDS), Health(clock, 10.0, 100.0), contents), clock


def failures(monitor: Monitor) -> float | None:
    return monitor.metrics.registry.get_sample_value("vpsync_consecutive_failures")


def raising(error: Exception) -> Callable[[], Report]:
    def run() -> Report:
        raise error

    return run


def test_a_pass_is_given_back_counted_and_shown() -> None:
    monitor, _ = monitored()
    report = Report()
    assert monitor.watched(lambda: report)() is report
    assert failures(monitor) == 0
    assert monitor.health.ready
    assert b"No changes. 0 resources in sync." in monitor.contents.page("text/html").body


@pytest.mark.parametrize("error", [ClusterUnreachable("the cluster is away"), ZeroDivisionError()])
def test_so_is_one_that_fails_and_its_error_goes_on(error: Exception) -> None:
    monitor, _ = monitored()
    with pytest.raises(type(error)):
        monitor.watched(raising(error))()
    assert failures(monitor) == 1
    assert monitor.health.ready
    words = b"the cluster is away" if isinstance(error, ClusterUnreachable) else b"bug in vpsync"
    assert words in monitor.contents.page("text/html").body


def test_while_it_runs_its_limit_counts_and_then_the_pause() -> None:
    monitor, clock = monitored()
    late: list[float] = []

    def run() -> Report:
        clock.now = 50.0 + 11.0
        late.append(monitor.health.late)
        return Report()

    clock.now = 50.0
    monitor.watched(run)()
    assert late == [1.0]
    clock.now += 99.0
    assert monitor.health.late < 0


def test_a_standby_is_alive_and_one_that_takes_over_has_to_begin() -> None:
    monitor, clock = monitored()
    monitor.lead("vpsync-default", leading=False)
    clock.now = 1e6
    assert monitor.health.late < 0
    assert monitor.health.ready
    monitor.lead("vpsync-default", leading=True)
    clock.now += 11.0
    assert monitor.health.late == 1.0
