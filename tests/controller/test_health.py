"""The heartbeat of a loop: a pass that hangs is told, whatever keeps it, and a long pause is none."""

from __future__ import annotations

import threading

from vpsync.controller.endpoints import Endpoints
from vpsync.controller.health import PATIENCE, Health, health_of
from vpsync.controller.loop import LONGEST_BACKOFF, Loop
from vpsync.controller.metrics import Metrics
from vpsync.controller.overview import PageContents
from vpsync.kinds import KINDS
from vpsync.net.deadline import REMAINDER
from vpsync.render.report import Report
from vpsync.settings import Settings


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def started(settings: Settings) -> tuple[Health, Clock]:
    clock = Clock()
    return health_of(settings, clock), clock


def test_a_pass_may_take_its_limit_and_what_writing_down_takes_and_not_more() -> None:
    for begins in (False, True):
        health, clock = started(Settings(timeout=600.0))
        if begins:
            health.begin()
        clock.now = 600.0 + REMAINDER + PATIENCE
        assert health.late <= 0
        clock.now += 1
        assert health.late == 1


def test_the_pauses_of_a_loop_are_no_hang() -> None:
    for interval in (1.0, 60.0, 7200.0):
        health, clock = started(Settings(interval=interval, interval_jitter_percent=100.0))
        health.end()
        loop = Loop(Report, interval, 100.0, threading.Event(), uniform=lambda least, most: most)
        clock.now = loop.pause(20, refused=True)
        assert clock.now >= LONGEST_BACKOFF
        assert health.late <= 0
        clock.now += 2 * PATIENCE
        assert health.late > 0


def test_who_waits_for_the_lease_is_alive_however_long_that_takes() -> None:
    health, clock = started(Settings())
    health.stand_by()
    clock.now = 1e9
    assert health.late <= 0
    health.begin()
    clock.now += 1e9
    assert health.late > 0


def test_it_is_ready_after_the_first_pass_or_when_another_process_leads() -> None:
    for tell in (Health.end, Health.stand_by):
        health, _ = started(Settings())
        told = [health.ready]
        for step in (Health.begin, tell, Health.begin):
            step(health)
            told.append(health.ready)
        assert told == [False, False, True, True]


def test_a_pass_that_hangs_is_told_to_probes_and_no_longer_when_it_goes_on() -> None:
    health, clock = started(Settings(timeout=60.0))
    endpoints = Endpoints(Metrics(KINDS), health, PageContents(Settings(), lambda: ((), ())))

    def status(path: str) -> int:
        return endpoints.answer(path, {}).status

    assert (status("/healthz"), status("/readyz")) == (200, 503)
    health.begin()
    clock.now += 60.0 + REMAINDER + PATIENCE + 1
    assert (status("/healthz"), status("/readyz")) == (503, 503)
    health.end()
    assert (status("/healthz"), status("/readyz")) == (200, 200)
