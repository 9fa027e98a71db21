"""A run waits for its Lease: what it says meanwhile, how long it waits, and that it gives the Lease up."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from vpsync.cluster.leases import LeaseRecord, lease_name
from vpsync.controller.census import Census
from vpsync.controller.election import Elector, Timings
from vpsync.controller.lease import Candidate, identity
from vpsync.errors import ClusterConflict, ClusterForbidden, ClusterUnreachable, LeaseNotFree
from vpsync.kinds.kind import SHORT_NAME
from vpsync.planning.policy import ALL, Shard

from .simulation import Server

QUICK = Timings(counts=1.0, renewed_within=0.6, retry=0.05)
Told = list[tuple[str, bool]]


class Stubborn(Server):
    """A server that answers everything with an error, or with none."""

    error: Exception | None = None

    def read(self) -> LeaseRecord | None:
        if self.error is not None:
            raise self.error
        return super().read()


@contextmanager
def running(server: Server, name: str = "me", shard: Shard = ALL) -> Iterator[Candidate]:
    census = Census(server.siblings, shard)
    one = Candidate(Elector(server, name, QUICK), census, "team/lease", threading.Event())
    one.start()
    try:
        yield one
    finally:
        one.finish()


def waited(one: Candidate, seconds: float | None = 0.0) -> tuple[object, Told]:
    told: Told = []
    term = one.wait(threading.Event(), seconds, lambda *words: told.append(words))
    return term, told


def failed(one: Candidate, seconds: float = 0.0) -> tuple[Exception, Told]:
    told: Told = []
    with pytest.raises((LeaseNotFree, ClusterForbidden, ClusterUnreachable)) as caught:
        one.wait(threading.Event(), seconds, lambda *words: told.append(words))
    return caught.value, told


def test_a_free_lease_is_held_at_once_though_there_is_no_time_to_wait() -> None:
    server = Server()
    with running(server) as one:
        term, told = waited(one)
        assert (term, told) == (one.elector.term, [])
        assert server.held is not None
        assert server.held.holder == "me"
    assert server.held.holder == "", "it is given up at the end"


def test_who_holds_it_is_said_once_and_again_at_the_end() -> None:
    server = Server()
    with running(server, "first\x1b[2J"), running(server) as one:
        error, told = failed(one, 0.4)
        assert isinstance(error, LeaseNotFree)
        [(words, is_wrong)] = told
        assert words.startswith("waiting for the Lease team/lease, which first")
        assert not is_wrong
        assert str(error).startswith("first")
        assert "holds the Lease team/lease, and nothing was done" in str(error)
        assert "\x1b" not in words + str(error)


def test_it_is_had_as_soon_as_the_holder_ends() -> None:
    server = Server()
    with running(server, "first") as first:
        waited(first, 5)
        with running(server) as one:
            threading.Timer(0.2, first.finish).start()
            began = time.monotonic()
            term, _ = waited(one, 5)
            assert term is not None
            assert time.monotonic() - began < QUICK.counts - 0.2


def test_what_waiting_cannot_mend_is_told_at_once() -> None:
    server = Stubborn()
    server.error = ClusterForbidden("the account may not get leases", status=403)
    with running(server) as one:
        error, _ = failed(one, 60)
    assert str(error) == "the account may not get leases"


def test_a_standby_waits_for_that_too_and_says_that_it_is_wrong() -> None:
    server = Stubborn()
    server.error = ClusterForbidden("the account may not get leases", status=403)
    stop, told = threading.Event(), []

    def tell(words: str, is_wrong: bool) -> None:
        told.append((words, is_wrong))
        server.error = None

    with running(server) as one:
        assert one.wait(stop, None, tell) is not None
    assert told == [("waiting for the Lease team/lease: the account may not get leases", True)]


def test_a_server_that_is_away_is_waited_for_and_named_when_the_time_is_over() -> None:
    server = Stubborn()
    server.error = ClusterUnreachable("no connection")
    with running(server) as one:
        began = time.monotonic()
        error, _ = failed(one, 0.3)
        assert time.monotonic() - began >= 0.3
    assert str(error) == "no connection"


def test_the_wait_ends_with_the_run() -> None:
    server, stop = Server(), threading.Event()
    with running(server, "first") as first, running(server) as one:
        waited(first, 5)

        def end() -> None:
            stop.set()
            one.bell.set()

        threading.Timer(0.2, end).start()
        assert one.wait(stop, None, lambda words, is_wrong: None) is None


def test_a_standby_says_so_when_the_time_of_a_holder_is_over_and_the_server_away() -> None:
    """That changes by time alone, while no attempt learns anything new."""
    server, stop, told = Stubborn(), threading.Event(), []

    def tell(words: str, is_wrong: bool) -> None:
        told.append(is_wrong)
        server.error = ClusterUnreachable("no connection")
        if is_wrong:
            stop.set()
            one.bell.set()

    with running(server, "first") as first:
        waited(first, 5)
        with running(server) as one:
            assert one.wait(stop, None, tell) is None
    assert told == [False, True]


def test_a_standby_looks_only_when_there_is_news() -> None:
    """It may stand by for weeks: nothing but an attempt that changed something wakes it."""

    class Counting(threading.Event):
        sleeps = 0

        def wait(self, timeout: float | None = None) -> bool:
            self.sleeps += 1
            return super().wait(timeout)

    server, bell, stop = Server(), Counting(), threading.Event()

    def end() -> None:
        stop.set()
        bell.set()

    with running(server, "first") as first, running(server) as one:
        waited(first, 5)
        one.bell = bell
        threading.Timer(1.0, end).start()
        assert one.wait(stop, None, lambda words, is_wrong: None) is None
    assert bell.sleeps <= 4, "there were some twenty attempts"


def test_a_thread_that_broke_is_no_silent_standby() -> None:
    server = Stubborn()
    server.error = ZeroDivisionError()
    hook = threading.excepthook
    threading.excepthook = lambda broken: None
    try:
        with running(server) as one, pytest.raises(RuntimeError, match="thread"):
            one.wait(threading.Event(), None, lambda words, is_wrong: None)
    finally:
        threading.excepthook = hook


def test_why_it_was_lost_is_said() -> None:
    server = Stubborn()
    with running(server) as one:
        waited(one, 5)
        server.error = ClusterUnreachable("no connection")
        server.held = None
        while one.elector.leads:
            time.sleep(0.05)
        time.sleep(0.1)
        assert one.why_lost == "it could not be renewed within 0.6 s: no connection"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ClusterForbidden("the account may not update leases", status=403), True),
        (ClusterConflict("somebody has it", status=409), False),
    ],
)
def test_a_lease_that_cannot_be_given_up_is_told(
    caplog: pytest.LogCaptureFixture, error: Exception, told: bool
) -> None:
    class Final(Server):
        def replace(self, record: LeaseRecord) -> LeaseRecord:
            if not record.holder:
                raise error
            return super().replace(record)

    with running(Final()) as one:
        waited(one, 5)
    assert [record.getMessage() for record in caplog.records] == [
        f"could not release the Lease team/lease: {error}; another run can take it when it expires"
    ] * told


def test_a_lease_whose_renewal_hangs_at_the_end_is_told_too(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vpsync.controller.lease.PATIENCE", 0.1)
    goes_on, hangs = threading.Event(), threading.Event()

    class Silent(Server):
        def replace(self, record: LeaseRecord) -> LeaseRecord:
            hangs.set()
            goes_on.wait(10)
            return super().replace(record)

    with running(Silent()) as one:
        waited(one, 5)
        assert hangs.wait(5)
    goes_on.set()
    assert [record.getMessage() for record in caplog.records] == [
        "could not release the Lease team/lease: the API server does not answer; another run can take it "
        "when it expires"
    ]


@pytest.mark.parametrize("owner_id", ["default", "a", "a" * 63, "team-7", "0"])
def test_every_owner_id_names_a_lease_of_its_own(owner_id: str) -> None:
    assert SHORT_NAME.fullmatch(owner_id)
    name = lease_name(owner_id)
    assert all(one.isalnum() or one == "-" for one in name)
    assert len(name) <= 253
    assert name.removeprefix("vpsync-") == owner_id


def test_no_two_runs_are_called_the_same() -> None:
    assert identity() != identity()
