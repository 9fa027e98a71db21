"""What wakes a loop, and when."""

from __future__ import annotations

import threading

import pytest

from vpsync.controller.wake import Wake


class Bell(threading.Event):
    """Lets time pass instead of waiting; something may happen at some of its moments."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 100.0
        self.happens: list[tuple[float, object]] = []

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        until = self.time + timeout
        if self.happens and self.happens[0][0] <= until:
            self.time, happens = self.happens.pop(0)
            assert callable(happens)
            happens()
        else:
            self.time = until
        return self.is_set()


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def over() -> list[bool]:
    return []


@pytest.fixture
def wake(bell: Bell, over: list[bool]) -> Wake:
    return Wake(bell, lambda: bool(over), 5.0, clock=lambda: bell.time)


def test_it_sleeps_for_as_long_as_it_should(wake: Wake, bell: Bell) -> None:
    wake.begin()
    assert not wake.rest(60)
    assert bell.time == 160


def test_a_pass_that_is_asked_for_comes_at_once(wake: Wake, bell: Bell) -> None:
    wake.begin()
    bell.happens = [(130, wake.ask)]
    assert not wake.rest(60)
    assert bell.time == 130


def test_but_not_sooner_after_the_last_one_than_is_wanted(wake: Wake, bell: Bell) -> None:
    wake.ask()
    wake.begin()
    bell.happens = [(101, wake.ask), (102, wake.ask)]
    wake.rest(60)
    assert bell.time == 105


def test_passes_that_nobody_asked_for_do_not_count(wake: Wake, bell: Bell) -> None:
    """Somebody who makes a change while another is under way waits no longer for it."""
    wake.begin()
    bell.happens = [(101, wake.ask)]
    wake.rest(60)
    assert bell.time == 101


def test_and_do_not_make_the_next_one_wait_any_less(wake: Wake, bell: Bell) -> None:
    wake.ask()
    wake.begin()
    bell.time = 103
    wake.begin()
    bell.happens = [(104, wake.ask)]
    wake.rest(60)
    assert bell.time == 105


def test_and_no_later_than_without(wake: Wake, bell: Bell) -> None:
    wake.ask()
    wake.begin()
    bell.happens = [(100.5, wake.ask)]
    wake.rest(1)
    assert bell.time == 101


def test_what_was_asked_for_during_a_pass_is_not_lost(wake: Wake, bell: Bell) -> None:
    wake.begin()
    wake.ask()
    bell.time = 107
    wake.rest(60)
    assert bell.time == 107


def test_what_was_asked_for_before_a_pass_is_seen_by_it(wake: Wake, bell: Bell) -> None:
    wake.ask()
    wake.begin()
    wake.rest(60)
    assert bell.time == 160


def test_a_pause_after_a_failure_is_not_cut_short(wake: Wake, bell: Bell) -> None:
    """Each try with credentials that are refused may count against an account."""
    wake.begin()
    bell.happens = [(110, wake.ask)]
    assert not wake.wait(900)
    assert bell.time == 1000


@pytest.mark.parametrize("sleep", ["wait", "rest"])
def test_the_end_wakes_it_whatever_it_sleeps_for(
    wake: Wake, bell: Bell, over: list[bool], sleep: str
) -> None:
    def end() -> None:
        over.append(True)
        bell.set()

    bell.happens = [(103, end)]
    assert getattr(wake, sleep)(900)
    assert bell.time == 103
