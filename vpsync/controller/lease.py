"""The Lease of a run: kept by a thread of its own, however long a pass takes, and given up at the end.

One owner id is one Lease, so that a CronJob and a loop, or two replicas, exclude each other wherever they are
in the cluster.
"""

from __future__ import annotations

import logging
import random
import socket
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from vpsync.cluster.connection import home_namespace
from vpsync.cluster.leases import LEASE_LIMITS, LeaseEdge, LeaseRecord, lease_name
from vpsync.controller.census import Census
from vpsync.controller.connect import open_cluster
from vpsync.controller.election import Elector
from vpsync.controller.followed import Followed, followed
from vpsync.errors import ClusterError, ClusterForbidden, ClusterNotFound, LeaseNotFree
from vpsync.net.deadline import Deadline
from vpsync.net.lease_term import LeaseTerm, steady_clock
from vpsync.redact.text import printable
from vpsync.settings import Settings

log = logging.getLogger(__name__)

JITTER = 0.2
"""By how much of itself the pause between two attempts may be longer."""

PATIENCE = 2.0
"""Seconds for the last request of the thread, when the run is over."""


def identity() -> str:
    """What this run is called as a holder: the pod's name, which is its host's, and what no other run has."""
    return f"{socket.gethostname()}_{uuid.uuid4()}"


@dataclass(slots=True)
class Candidate:
    """A run that wants the Lease: :meth:`wait` for a term, and write while that is open."""

    elector: Elector
    census: Census
    lease: str
    """Namespace and name of the Lease."""
    bell: threading.Event
    """Rung by the thread that keeps the Lease when there is news of it, and by who asks the run to end."""
    ended: threading.Event = field(default_factory=threading.Event)
    """Set when the run is over."""
    _agrees: bool = field(default=False, init=False)
    """Whether no other run shares the work by another count, as was seen when the term began."""
    _conflict: str = field(default="", init=False)
    _thread: threading.Thread = field(init=False)
    _keeps: bool = field(default=True, init=False)
    """Whether the thread has not come to its end."""
    _attempted: threading.Event = field(default_factory=threading.Event, init=False)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    def start(self) -> None:
        """Begins to attempt again and again, in a thread of its own."""
        self._thread.start()

    def finish(self) -> None:
        """Gives the Lease up; what wrote under a term has to be over."""
        self.ended.set()
        self._thread.join(PATIENCE)
        # The thread alone may use the elector while it lives.
        hangs = self._thread.is_alive()
        if hangs or not self.elector.give_up():
            log.warning(
                "could not release the Lease %s: %s; another run can take it when it expires",
                self.lease, "the API server does not answer" if hangs else self.elector.trouble,
            )  # fmt: skip

    def _keep(self) -> None:
        rung: object = None
        try:
            while not self.ended.is_set():
                self._step()
                self._attempted.set()
                # Against what was rung for last: some of it changes by time alone, between two attempts.
                if (news := self._news()) != rung:
                    rung = news
                    self.bell.set()
                self.ended.wait(self.elector.pause() * random.uniform(1, 1 + JITTER))
        finally:
            self._keeps = False
            self.bell.set()

    def _news(self) -> object:
        """What who waits has to be woken for when it is another."""
        term = self.elector.term if self.leads else None
        return term, self._waiting()

    @property
    def leads(self) -> bool:
        """Whether there is a term in which this run may write."""
        return self._agrees and self.elector.leads

    def _step(self) -> None:
        self._agrees = self._agrees and self.elector.leads
        if self._conflict and not self._may_begin():
            # Whoever knows of one keeps the Lease from nobody.
            return
        self.elector.attempt()
        if self.elector.leads and not self._agrees:
            # Not before: of two that begin at a time, the second to write sees the first.
            self._agrees = self._may_begin()
            if not self._agrees:
                self.elector.give_up()

    def _may_begin(self) -> bool:
        try:
            self._conflict = self.census.conflict()
        except ClusterError as error:
            self.elector.trouble = error
            return False
        return not self._conflict

    def wait(
        self, stop: threading.Event, seconds: float | None, notify: Callable[[str, bool], None]
    ) -> LeaseTerm | None:
        """The term as soon as there is one; None where ``stop`` is set before, and the bell rung with it.

        ``notify`` is given what it waits for, once per holder and per trouble, and whether it is trouble.
        Where ``seconds`` are over, or there are seconds and waiting cannot help, it is
        :class:`~vpsync.errors.LeaseNotFree` or what went wrong.
        """
        ends = None if seconds is None else steady_clock() + seconds
        last = ""
        while not stop.is_set():
            if self.leads and (term := self.elector.term) is not None and term.is_open:
                return term
            waiting = self._waiting()
            if waiting and waiting != last:
                last = waiting
                notify(waiting, bool(self._conflict) or not self.elector.holder)
            self._check(ends)
            # When the time is over, it is the first attempt that is still waited for.
            left = 0.0 if ends is None else ends - steady_clock()
            self.bell.wait(left if left > 0 else None)
            self.bell.clear()
        return None

    @property
    def why_lost(self) -> str:
        """Why the term is over, in words."""
        if self.elector.holder:
            return f"{printable(self.elector.holder)} holds it"
        within = f"it could not be renewed within {self.elector.timings.renewed_within:g} s"
        trouble = self.elector.trouble
        return f"{within}: {trouble}" if trouble is not None else within

    def _waiting(self) -> str:
        """What is waited for, in words; empty while that is not known."""
        holder, trouble = self.elector.holder, self.elector.trouble
        if self._conflict:
            return f"waiting: {self._conflict}"
        if holder:
            return f"waiting for the Lease {self.lease}, which {printable(holder)} holds"
        return f"waiting for the Lease {self.lease}: {trouble}" if trouble is not None else ""

    def _check(self, ends: float | None) -> None:
        if not self._keeps:
            raise RuntimeError("the thread that keeps the Lease has ended")
        if ends is None:
            return
        trouble, holder = self.elector.trouble, self.elector.holder
        if isinstance(trouble, (ClusterForbidden, ClusterNotFound)):
            raise trouble
        if steady_clock() < ends or not self._attempted.is_set():
            return
        if self._conflict:
            raise LeaseNotFree(f"nothing was done: {self._conflict}")
        if holder or trouble is None:
            by = f"{printable(holder)} holds" if holder else "somebody else took"
            raise LeaseNotFree(
                f"{by} the Lease {self.lease}, and nothing was done; wait longer with --lease-timeout, or "
                "look whether that run hangs"
            )
        raise trouble


@dataclass(frozen=True, slots=True)
class _Store:
    """A Lease in a cluster that is known by what the files say now."""

    edges: Followed[LeaseEdge]

    def read(self) -> LeaseRecord | None:
        return self.edges.edge().read()

    def create(self, record: LeaseRecord) -> LeaseRecord:
        return self.edges.edge().create(record)

    def replace(self, record: LeaseRecord) -> LeaseRecord:
        return self.edges.edge().replace(record)

    def siblings(self) -> Mapping[str, tuple[LeaseRecord, str]]:
        return self.edges.edge().siblings()


@contextmanager
def candidate(settings: Settings, bell: threading.Event) -> Iterator[Candidate]:
    """A candidate for the Lease of the settings; at the end the Lease is given up.

    The bell rings when there is news of the Lease. What writes under a term has to be over before that.
    """
    scope = settings.scope
    namespace = settings.lease_namespace or home_namespace(scope.kubeconfig, scope.context)
    name, ended = lease_name(scope.owner_id, scope.shard), threading.Event()

    def open_edge() -> LeaseEdge:
        edge = open_cluster(settings, LeaseEdge, ended, Deadline(ended), limits=LEASE_LIMITS)
        edge.namespace, edge.name = namespace, name
        edge.owner_id, edge.shard = scope.owner_id, str(scope.shard)
        return edge

    store = _Store(followed(settings, open_edge))
    lease, census = f"{namespace}/{name}", Census(store.siblings, scope.shard)
    one = Candidate(Elector(store, identity()), census, lease, bell, ended)
    one.start()
    try:
        yield one
    finally:
        one.finish()
        store.edges.close()
