"""Who may write: leader election over one Lease, by the rules of client-go.

No two runs ever compare their times of day. A run that holds the Lease counts its :class:`LeaseTerm` from
before the request that renewed it. A run that does not looks whether the record changes, and takes it over
when it has seen the same one for as long as that counts, by its own clock. What a run writes names the
version that it read, so that of two that take over at a time one is refused.

(client-go ``tools/leaderelection/leaderelection.go``. What is stricter here: a term that is over is never
continued, a record that vanished is held against whoever had it until its time is over, and each renewal
changes the record, whatever the time of day does.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from vpsync.cluster.leases import LeaseRecord, LeaseStore, micro_time
from vpsync.errors import ClusterConflict, ClusterError, ClusterNotFound
from vpsync.net.lease_term import LeaseTerm, steady_clock


@dataclass(frozen=True, slots=True)
class Timings:
    """The timings of an election, in seconds; the defaults are those of client-go."""

    counts: float = 15.0
    """How long a Lease counts that is renewed no more (``LeaseDuration``)."""
    renewed_within: float = 10.0
    """After which time without a renewal no write is begun (``RenewDeadline``)."""
    retry: float = 2.0
    """Between two requests (``RetryPeriod``)."""


@dataclass(slots=True)
class Elector:
    """One candidate; :meth:`attempt` is called again and again, from one thread at a time."""

    store: LeaseStore
    identity: str
    """A name that no other run has."""
    timings: Timings = Timings()
    clock: Callable[[], float] = steady_clock
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    """The time of day: written into the Lease for people to read, and compared with nothing."""
    term: LeaseTerm | None = field(init=False, default=None)
    """The latest term; None before the first."""
    trouble: ClusterError | None = field(init=False, default=None)
    """What kept the last attempt from its end."""
    _known: LeaseRecord | None = field(init=False, default=None)
    """The record as it was last seen; None where there was none yet."""
    _seen: float = field(init=False, default=0.0)
    """When it was first seen so, by ``clock``."""
    _count: int = field(init=False, default=0)
    """How many records were made."""

    @property
    def leads(self) -> bool:
        """Whether this run may begin a write now."""
        return self.term is not None and self.term.is_open

    @property
    def holder(self) -> str:
        """Who else holds the Lease, as far as is known; empty for nobody."""
        return self._known.holder if self._known and self._is_held_by_another() else ""

    def attempt(self) -> None:
        """Renews the Lease, takes it where it is free, or looks at it; never raises ClusterError."""
        try:
            if not (self.leads and self._renewed()):
                self._look_and_take()
            self.trouble = None
        except ClusterConflict:
            # Somebody was quicker, which the next look shows.
            self.trouble = None
        except ClusterError as error:
            self.trouble = error

    def pause(self) -> float:
        """Seconds until the next attempt: a Lease is taken over as soon as it may be."""
        wait = self.timings.retry
        if not self.leads and self._is_held_by_another():
            wait = min(wait, self._seen + self._counts() - self.clock())
        return max(wait, self.timings.retry / 20)

    def give_up(self) -> bool:
        """Ends the term, and frees the Lease for others where this run has it; False where that failed."""
        self._end()
        if self._known is None or self._known.holder != self.identity:
            return True
        try:
            self._known = self.store.replace(self._known.given_up(self._moment()))
        except ClusterConflict:
            # Somebody else has it, or this run's last renewal was not answered.
            return True
        except ClusterError as error:
            self.trouble = error
            return False
        return True

    def _renewed(self) -> bool:
        """Renews what this run has; False where the record is not the one that it wrote."""
        try:
            self._write()
        except (ClusterConflict, ClusterNotFound):
            return False
        return True

    def _look_and_take(self) -> None:
        record = self.store.read()
        if record is None:
            self._end()
            if not self._is_held_by_another():
                self._write(creates=True)
            return
        if record != self._known:
            # Counted from when the answer is here: what it says may be no older than that.
            self._seen = self.clock()
        self._known = record
        if record.holder != self.identity:
            self._end()
        if not self._is_held_by_another():
            self._write()

    def _is_held_by_another(self) -> bool:
        """Whether somebody else may still write on the strength of the record that is known."""
        record = self._known
        if record is None or record.holder in ("", self.identity):
            return False
        return self.clock() < self._seen + self._counts()

    def _counts(self) -> float:
        record = self._known
        return float(record.seconds) if record and record.seconds > 0 else self.timings.counts

    def _write(self, *, creates: bool = False) -> None:
        """Writes that this run has the Lease from now on, and begins or prolongs its term."""
        record = self._record(creates=creates)
        sent = self.clock()
        stored = self.store.create(record) if creates else self.store.replace(record)
        self._known, self._seen = stored, self.clock()
        if self.term is None or not self.term.extend(sent):
            within = self.timings.renewed_within
            self.term = LeaseTerm(sent, within, self.timings.counts, self.clock)

    def _record(self, *, creates: bool) -> LeaseRecord:
        earlier, moment = self._known, self._moment()
        ours = LeaseRecord(self.identity, int(self.timings.counts), moment, moment)
        if earlier is None:
            return ours
        if creates:
            return replace(ours, transitions=earlier.transitions + 1)
        ours = replace(ours, version=earlier.version, document=earlier.document)
        if earlier.holder == self.identity:
            acquired = earlier.acquired or moment
            return replace(ours, acquired=acquired, transitions=earlier.transitions)
        return replace(ours, transitions=earlier.transitions + 1)

    def _moment(self) -> str:
        """The time of day, to the second; what comes after that counts, so that no two records are equal.

        Else a clock that stands still, or is put back, would make a record that others saw long ago.
        """
        self._count = (self._count + 1) % 1_000_000
        return micro_time(self.now().replace(microsecond=self._count))

    def _end(self) -> None:
        if self.term is not None:
            self.term.end()
