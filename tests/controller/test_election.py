"""Leader election: there are never two runs that may write, whatever the API server and the clocks do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest

from vpsync.cluster.leases import LeaseRecord
from vpsync.controller.election import Elector, Timings
from vpsync.errors import ClusterUnreachable

from .simulation import Candidate, Server, Simulation, Weather

TIMINGS = Timings()
Answer = TypeVar("Answer")
DAY = datetime(2025, 1, 1, tzinfo=UTC)

SEEDS = range(60)
LIVES = 900.0
"""Seconds of one simulation."""


def played(seed: int, rates: tuple[float, ...], weather: Weather) -> tuple[list[Candidate], int]:
    """What candidates with clocks of these rates did, and at how many moments one of them might write."""
    simulation = Simulation(seed)
    candidates = [Candidate(f"run-{n}", simulation, weather, r) for n, r in enumerate(rates)]
    moments = 0
    steady = len(set(rates)) == 1

    def watch() -> None:
        nonlocal moments
        writers = [one for one in candidates if one.may_begin]
        assert len(writers) <= 1, f"two may write at {simulation.time:.1f} s of seed {seed}"
        moments += len(writers)
        if steady and writers:
            under_way = [one for one in candidates if one.may_be_writing]
            assert under_way in ([], writers), f"two write at {simulation.time:.1f} s of {seed}"

    simulation.watched = watch
    for moment in range(0, int(LIVES), 7):
        # Somebody else writes to the object, too.
        simulation.at(float(moment), simulation.server.touch)
    simulation.run(LIVES)
    return candidates, moments


@pytest.mark.parametrize("rates", [(1.0, 1.0), (1.0, 1.0, 1.0), (0.8, 1.0), (1.0, 1.2, 0.9)])
def test_two_never_write_at_a_time(rates: tuple[float, ...]) -> None:
    terms, moments = 0, 0
    for seed in SEEDS:
        candidates, wrote = played(seed, rates, Weather())
        terms += sum(one.terms for one in candidates)
        moments += wrote
    assert terms > 5 * len(SEEDS), "the Lease went round"
    assert moments > 100 * len(SEEDS)


def test_in_fair_weather_the_lease_stays_where_it_is() -> None:
    simulation = Simulation(1)
    fair = Weather(lost=0.0, slow=0.0)
    quiet = [Candidate(name, simulation, fair, 1.0, restless=False) for name in ("one", "other")]
    simulation.run(LIVES)
    assert sorted(one.terms for one in quiet) == [0, 1]
    assert len(set(simulation.server.writes)) == 1


@dataclass
class Hand:
    """A Lease on a server that answers as a test says, and a clock that the test moves."""

    server: Server = field(default_factory=Server)
    time: float = 1000.0
    takes: float = 0.0
    """Seconds that each request takes, before it arrives."""
    unanswered: bool = False
    away: bool = False

    def elector(self, name: str = "me") -> Elector:
        return Elector(self, name, clock=lambda: self.time, now=lambda: DAY)

    def read(self) -> LeaseRecord | None:
        return self._sent(self.server.read)

    def create(self, record: LeaseRecord) -> LeaseRecord:
        return self._sent(lambda: self.server.create(record))

    def replace(self, record: LeaseRecord) -> LeaseRecord:
        return self._sent(lambda: self.server.replace(record))

    def _sent(self, carry_out: Callable[[], Answer]) -> Answer:
        self.time += self.takes
        if self.away:
            raise ClusterUnreachable("no answer")
        answer = carry_out()
        if self.unanswered:
            raise ClusterUnreachable("no answer")
        return answer


def held_by(holder: str, seconds: int = 15, renewed: str = "2025-01-01T00:00:00.000000Z") -> Server:
    server = Server()
    server.create(LeaseRecord(holder, seconds, renewed, renewed, 3))
    return server


class TestATerm:
    def test_counts_from_before_the_request_that_renewed_it(self) -> None:
        hand = Hand(takes=4.0)
        me = hand.elector()
        me.attempt()
        assert me.term is not None
        # The request to read and the one to create took four seconds each.
        assert me.term.left_to_begin() == TIMINGS.renewed_within - 4.0
        assert me.term.left() == TIMINGS.counts - 4.0

    def test_is_none_at_all_where_the_answer_came_too_late(self) -> None:
        hand = Hand(takes=TIMINGS.renewed_within)
        me = hand.elector()
        me.attempt()
        assert hand.server.held is not None
        assert hand.server.held.holder == "me"
        assert not me.leads

    def test_is_prolonged_by_each_renewal(self) -> None:
        hand = Hand()
        me = hand.elector()
        me.attempt()
        term = me.term
        for _ in range(20):
            hand.time += 9.0
            me.attempt()
            assert me.term is term
            assert me.leads

    def test_that_is_over_is_never_continued(self) -> None:
        hand = Hand()
        me = hand.elector()
        me.attempt()
        first = me.term
        assert first is not None
        hand.time += TIMINGS.renewed_within
        assert not first.is_open
        assert first.left() == TIMINGS.counts - TIMINGS.renewed_within, "what is under way may end"
        me.attempt()
        assert me.leads
        assert me.term is not first
        assert not first.is_open
        assert not first.extend(hand.time)

    def test_outlives_answers_that_got_lost(self) -> None:
        hand = Hand()
        me = hand.elector()
        me.attempt()
        term = me.term
        hand.unanswered = True
        hand.time += 4.0
        me.attempt()
        assert isinstance(me.trouble, ClusterUnreachable)
        hand.unanswered = False
        hand.time += 4.0
        me.attempt()
        assert (me.term, me.leads) == (term, True)

    def test_outlives_somebody_who_annotates_the_lease(self) -> None:
        hand = Hand()
        me = hand.elector()
        me.attempt()
        term = me.term
        hand.server.touch()
        me.attempt()
        assert (me.term, me.leads) == (term, True)

    @pytest.mark.parametrize("what", ["taken", "given up", "gone"])
    def test_ends_where_the_lease_is_seen_to_be_another(self, what: str) -> None:
        hand = Hand()
        me = hand.elector()
        me.attempt()
        term, held = me.term, hand.server.held
        assert term is not None
        assert held is not None
        if what == "gone":
            hand.server.held = None
        else:
            hand.server.replace(replace(held, holder="other" if what == "taken" else ""))
        me.attempt()
        assert not term.is_open
        assert term.left() < 0
        assert me.leads == (what != "taken")


class TestTheLeaseOfAnother:
    def test_is_taken_over_when_it_was_seen_unchanged_for_as_long_as_it_counts(self) -> None:
        hand = Hand(held_by("other"))
        me = hand.elector()
        for seconds in (0.0, 14.0, 0.9):
            hand.time += seconds
            me.attempt()
            assert (me.leads, me.holder) == (False, "other")
        hand.time += 0.1
        me.attempt()
        assert me.leads
        assert hand.server.held is not None
        assert (hand.server.held.transitions, me.holder) == (4, "")

    @pytest.mark.parametrize(
        "renewed", ["1999-01-01T00:00:00.000000Z", "2999-01-01T00:00:00.000000Z", "x"]
    )
    def test_is_judged_by_no_time_of_day(self, renewed: str) -> None:
        hand = Hand(held_by("other", renewed=renewed))
        me = hand.elector()
        me.attempt()
        hand.time += 14.9
        me.attempt()
        assert not me.leads
        hand.time += 0.1
        me.attempt()
        assert me.leads

    def test_counts_from_when_the_answer_is_there(self) -> None:
        hand = Hand(held_by("other"), takes=5.0)
        me = hand.elector()
        me.attempt()
        hand.time += 9.9
        me.attempt()
        assert not me.leads, "14.9 s after the first answer"
        hand.takes = 0.0
        hand.time += 0.1
        me.attempt()
        assert me.leads

    def test_that_is_renewed_stays_with_it(self) -> None:
        hand = Hand(held_by("other"))
        me = hand.elector()
        for number in range(9):
            me.attempt()
            hand.time += 14.0
            assert hand.server.held is not None
            hand.server.replace(replace(hand.server.held, renewed=str(number)))
        me.attempt()
        assert not me.leads

    def test_that_others_only_annotate_is_not_renewed_by_that(self) -> None:
        hand = Hand(held_by("other"))
        me = hand.elector()
        for _ in range(3):
            me.attempt()
            hand.server.touch()
            hand.time += 5.0
        me.attempt()
        assert me.leads

    @pytest.mark.parametrize(("seconds", "counts"), [(60, 60.0), (1, 1.0), (0, 15.0), (-5, 15.0)])
    def test_counts_as_long_as_it_says(self, seconds: int, counts: float) -> None:
        hand = Hand(held_by("other", seconds))
        me = hand.elector()
        me.attempt()
        hand.time += counts - 0.1
        me.attempt()
        assert not me.leads
        hand.time += 0.1
        me.attempt()
        assert me.leads

    def test_that_vanishes_is_held_against_it_until_it_would_be_over(self) -> None:
        hand = Hand(held_by("other"))
        me = hand.elector()
        me.attempt()
        hand.server.held = None
        hand.time += 14.9
        me.attempt()
        assert not me.leads
        hand.time += 0.1
        me.attempt()
        assert me.leads

    def test_that_was_given_up_is_taken_at_once(self) -> None:
        hand = Hand()
        me, other = hand.elector("me"), hand.elector("other")
        other.attempt()
        me.attempt()
        assert me.holder == "other"
        other.give_up()
        me.attempt()
        assert (me.leads, other.leads) == (True, False)

    def test_is_looked_at_again_when_it_is_over_and_no_later(self) -> None:
        hand = Hand(held_by("other"))
        me = hand.elector()
        me.attempt()
        assert me.pause() == TIMINGS.retry
        hand.time += 14.5
        assert me.pause() == 0.5

    def test_is_left_alone_when_this_run_ends(self) -> None:
        hand = Hand(held_by("other"))
        me = hand.elector()
        me.attempt()
        me.give_up()
        assert hand.server.writes == ["other"]


def test_each_renewal_changes_the_record_although_the_day_stands_still() -> None:
    """An API server does not store what is the same, and others would not see the renewal."""
    hand = Hand()
    me = hand.elector()
    records = set()
    for _ in range(40):
        me.attempt()
        records.add(hand.server.held)
    assert hand.server.writes == ["me"] * 40
    assert len(records) == 40, "none looks like one that others saw long ago"
    assert hand.server.held is not None
    assert datetime.fromisoformat(hand.server.held.renewed) - DAY < timedelta(seconds=1)


def test_two_that_take_over_at_a_time_are_one() -> None:
    hand = Hand(held_by("dead"))
    one, two = hand.elector("one"), hand.elector("two")
    one.attempt()
    two.attempt()
    hand.time += 15.0
    stale = hand.server.held
    one.attempt()
    assert stale is not None
    hand.read = lambda: stale  # type: ignore[method-assign]
    two.attempt()
    assert (one.leads, two.leads) == (True, False)
    assert two.trouble is None, "to be second is no trouble"


def test_a_server_that_is_away_for_longer_than_a_term_ends_it() -> None:
    hand = Hand()
    me = hand.elector()
    me.attempt()
    hand.away = True
    for _ in range(4):
        hand.time += 2.0
        me.attempt()
        assert me.leads
    hand.time += 2.0
    assert not me.leads
