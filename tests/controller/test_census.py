"""Runs that share the work by another count never write at the same time."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from vpsync.cluster.leases import LeaseRecord, lease_name
from vpsync.controller.census import COUNTS, Census
from vpsync.controller.election import Elector
from vpsync.controller.lease import Candidate
from vpsync.planning.policy import ALL, Shard

from .simulation import Server


@dataclass
class Cluster:
    """All Leases of an owner id."""

    servers: dict[str, Server] = field(default_factory=dict)
    noted: dict[str, str] = field(default_factory=dict)
    time: float = 0.0
    before_a_look: Callable[[], None] = lambda: None

    def candidate(self, name: str, shard: Shard) -> Candidate:
        place = lease_name("default", shard)
        store = Shared(self, place, shard)
        elector = Elector(store, name, clock=lambda: self.time)
        census = Census(store.siblings, shard, clock=lambda: self.time)
        return Candidate(elector, census, place, threading.Event())


@dataclass
class Shared:
    """One Lease, and a sight of the others."""

    cluster: Cluster
    name: str
    shard: Shard

    @property
    def server(self) -> Server:
        return self.cluster.servers.setdefault(self.name, Server())

    def read(self) -> LeaseRecord | None:
        return self.server.read()

    def create(self, record: LeaseRecord) -> LeaseRecord:
        self.cluster.noted[self.name] = str(self.shard)
        return self.server.create(record)

    def replace(self, record: LeaseRecord) -> LeaseRecord:
        stored = self.server.replace(record)
        self.cluster.noted[self.name] = str(self.shard)
        return stored

    def siblings(self) -> dict[str, tuple[LeaseRecord, str]]:
        self.cluster.before_a_look()
        return {
            name: (server.held, self.cluster.noted[name])
            for name, server in self.cluster.servers.items()
            if name != self.name and server.held is not None
        }


def step(one: Candidate) -> bool:
    one._step()  # What its thread does again and again.
    return one.leads


def test_shards_of_one_count_begin_side_by_side() -> None:
    cluster = Cluster()
    assert all(step(cluster.candidate(f"run-{n}", Shard(n, 3))) for n in range(3))
    assert sorted(cluster.servers) == ["vpsync-default-0", "vpsync-default-1", "vpsync-default-2"]


@pytest.mark.parametrize(
    ("begun", "late"), [(Shard(0, 3), Shard(1, 5)), (ALL, Shard(0, 3)), (Shard(2, 3), ALL)], ids=str
)
def test_another_count_does_nothing_and_says_who_holds_what(begun: Shard, late: Shard) -> None:
    cluster = Cluster()
    first, second = cluster.candidate("first", begun), cluster.candidate("second", late)
    assert step(first)
    for _ in range(20):
        cluster.time += 2
        assert step(first), "who has begun goes on"
        assert not step(second)
    shown = "the only one" if begun.is_all else f"shard {begun}"
    assert second._waiting().startswith(f"waiting: first holds the Lease {first.lease} as {shown}")
    held = cluster.servers[second.lease].held
    assert held is not None
    assert held.holder == "", "and keeps its Lease from nobody"


def test_it_begins_when_the_others_gave_up_or_their_time_is_over() -> None:
    for gives_up in (True, False):
        cluster = Cluster()
        first, second = cluster.candidate("first", ALL), cluster.candidate("second", Shard(0, 2))
        step(first)
        assert not step(second)
        if gives_up:
            first.elector.give_up()
            cluster.time += 1
        else:
            cluster.time += COUNTS - 1
            assert not step(second), "it may still write"
            cluster.time += 1
        assert step(second)


@pytest.mark.parametrize("seed", range(200))
def test_two_counts_never_lead_at_a_time_however_they_come_together(seed: int) -> None:
    chance, cluster = random.Random(seed), Cluster()
    shards = [Shard(n, count) for count in (1, 2, 3) for n in range(count)]
    runs = [cluster.candidate(f"run {shard}", shard) for shard in shards]
    counts = dict(zip([run.lease + run.elector.identity for run in runs], shards, strict=True))
    busy: set[int] = set()
    led = 0

    def look_in_between() -> None:
        """Others go on while one has its Lease and has not looked yet."""
        if len(busy) < 4 and chance.random() < 0.5:
            go_on()

    def go_on() -> None:
        nonlocal led
        number = chance.randrange(len(runs))
        if number in busy:
            return
        busy.add(number)
        step(runs[number])
        busy.discard(number)
        leading = {counts[run.lease + run.elector.identity].count for run in runs if run.leads}
        assert len(leading) <= 1, leading
        led += bool(leading)

    cluster.before_a_look = look_in_between
    for _ in range(120):
        cluster.time += chance.choice((0.0, 0.5, 2.0, 2.0))
        if chance.random() < 0.03:
            chance.choice(runs).elector.give_up()
        go_on()
    assert led, "somebody works"
