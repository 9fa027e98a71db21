"""Candidates for one Lease under bad weather, in a time that a simulation moves.

Each candidate runs in a thread of its own, and only one thread runs at a time: a random seed decides when
requests arrive, when their answers do, and what is lost, so that a run can be had again.
"""

from __future__ import annotations

import heapq
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TypeVar

from vpsync.cluster.leases import LeaseRecord
from vpsync.controller.election import Elector
from vpsync.errors import ClusterConflict, ClusterError, ClusterNotFound, ClusterUnreachable

REQUEST = 5.0
"""Seconds after which a request is given up, wherever it is then."""

Answer = TypeVar("Answer")


@dataclass
class Server:
    """What an API server holds."""

    held: LeaseRecord | None = None
    version: int = 0
    writes: list[str] = field(default_factory=list)
    """Whose writes were carried out, in order; empty for one that gave up."""

    def read(self) -> LeaseRecord | None:
        """The Lease as it is."""
        return self.held

    def create(self, record: LeaseRecord) -> LeaseRecord:
        """A POST."""
        if self.held is not None:
            raise ClusterConflict("there is one", status=409)
        return self._stored(record)

    def replace(self, record: LeaseRecord) -> LeaseRecord:
        """A PUT with the version that was read."""
        if self.held is None:
            raise ClusterNotFound("there is none", status=404)
        if self.held.version != record.version:
            raise ClusterConflict("it moved", status=409)
        return self._stored(record)

    def siblings(self) -> dict[str, tuple[LeaseRecord, str]]:
        """There is no other Lease of the owner id."""
        return {}

    def touch(self) -> None:
        """Somebody annotates it: another version of the same."""
        if self.held is not None:
            self.version += 1
            self.held = replace(self.held, version=str(self.version))

    def _stored(self, record: LeaseRecord) -> LeaseRecord:
        if self.held is None or record != self.held:
            # What changes nothing is no new version (apiserver ``etcd3/store.go``).
            self.version += 1
            self.writes.append(record.holder)
            self.held = replace(record, version=str(self.version))
        return self.held


class Simulation:
    """Time, and who does something when."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.time = 0.0
        self.server = Server()
        self.watched: Callable[[], None] = lambda: None
        """Called after each thing that happened."""
        self._numbers = count()
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._turn = threading.Semaphore(0)
        self._over = False

    def at(self, time: float, happens: Callable[[], None]) -> None:
        """Lets something happen then."""
        heapq.heappush(self._events, (time, next(self._numbers), happens))

    def run(self, seconds: float) -> None:
        """Lets the time pass; no thread is left after it."""
        while self._events:
            time, _, happens = heapq.heappop(self._events)
            self._over = self._over or time > seconds
            self.time = max(self.time, time)
            happens()
            self.watched()

    def begin(self, live: Callable[[], None]) -> None:
        """Lets a thread live, from some moment within the first seconds on."""
        begins = threading.Semaphore(0)

        def lives() -> None:
            begins.acquire()
            try:
                live()
            except _OverError:
                pass
            finally:
                self._turn.release()

        threading.Thread(target=lives, daemon=True).start()
        self.at(self.chance.uniform(0, 5), lambda: self._resume(begins))

    def sleep_until(self, time: float) -> None:
        """Lets others live until then; only within a thread."""
        mine = threading.Semaphore(0)
        self.at(time, lambda: self._resume(mine))
        self._turn.release()
        mine.acquire()
        if self._over:
            raise _OverError

    def _resume(self, who: threading.Semaphore) -> None:
        who.release()
        self._turn.acquire()


class _OverError(BaseException):
    """The simulation is over."""


@dataclass
class Weather:
    """What may happen to requests."""

    lost: float = 0.1
    """How likely a request or its answer gets lost."""
    slow: float = 0.2
    """How likely one takes long, either way."""
    longest: float = 40.0
    """Seconds that one may take; it may arrive long after it was given up."""


@dataclass
class Link:
    """A candidate's way to the server."""

    simulation: Simulation
    weather: Weather

    def read(self) -> LeaseRecord | None:
        """A GET."""
        return self._sent(self.simulation.server.read)

    def create(self, record: LeaseRecord) -> LeaseRecord:
        """A POST."""
        return self._sent(lambda: self.simulation.server.create(record))

    def replace(self, record: LeaseRecord) -> LeaseRecord:
        """A PUT."""
        return self._sent(lambda: self.simulation.server.replace(record))

    def _sent(self, carry_out: Callable[[], Answer]) -> Answer:
        world, answers = self.simulation, []
        arrives = world.time + self._takes()
        back = arrives + self._takes()

        def arrive() -> None:
            try:
                answer: Answer | ClusterError = carry_out()
            except ClusterError as error:
                answer = error
            answers.append(answer)

        if world.chance.random() > self.weather.lost:
            world.at(arrives, arrive)
        unanswered = world.chance.random() < self.weather.lost
        gives_up = world.time + REQUEST
        world.sleep_until(gives_up if unanswered else min(back, gives_up))
        if unanswered or back > gives_up or not answers:
            raise ClusterUnreachable("no answer")
        if isinstance(answers[0], ClusterError):
            raise answers[0]
        return answers[0]

    def _takes(self) -> float:
        chance = self.simulation.chance
        slow = chance.random() < self.weather.slow
        return chance.uniform(0, self.weather.longest) if slow else chance.uniform(0.001, 0.05)


class Candidate:
    """A run that wants the Lease, with clocks of its own."""

    def __init__(
        self,
        name: str,
        simulation: Simulation,
        weather: Weather,
        rate: float,
        *,
        restless: bool = True,
    ) -> None:
        chance = simulation.chance
        self.restless = restless
        """Whether it hangs now and then, and gives up now and then."""
        self.simulation = simulation
        self.rate, self._offset = rate, chance.uniform(-1e6, 1e6)
        self._day = datetime(2025, 1, 1, tzinfo=UTC)
        self.elector = Elector(
            Link(simulation, weather), name, clock=self.clock, now=self.time_of_day
        )
        self.terms = 0
        simulation.begin(self.live)

    def clock(self) -> float:
        """Seconds that only grow, at a rate of their own."""
        return self.simulation.time * self.rate + self._offset

    def time_of_day(self) -> datetime:
        """It stands still, is put back and forward, and is wrong."""
        steps = (0.0, 0.0, 0.5, -3600.0, 86400.0)
        self._day += timedelta(seconds=self.simulation.chance.choice(steps))
        return self._day

    def live(self) -> None:
        """Attempts, and pauses as it should, or longer."""
        chance = self.simulation.chance
        while True:
            before = self.elector.term
            self.elector.attempt()
            self.terms += self.elector.term is not before
            if self.restless and self.elector.leads and chance.random() < 0.03:
                self.elector.give_up()
                self._rest(chance.uniform(0, 10))
            self._rest(self.elector.pause() / self.rate)
            if self.restless and chance.random() < 0.05:
                self._rest(chance.uniform(0, 40))

    def _rest(self, seconds: float) -> None:
        self.simulation.sleep_until(self.simulation.time + seconds)

    @property
    def may_begin(self) -> bool:
        """Whether it may begin a write now."""
        return self.elector.leads

    @property
    def may_be_writing(self) -> bool:
        """Whether a write that it began may be under way now."""
        return self.elector.term is not None and self.elector.term.left() > 0
