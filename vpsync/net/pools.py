"""Puts the limits under a client: into the connections that ``urllib3`` makes for it."""

from __future__ import annotations

import math
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from urllib3 import PoolManager
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

from vpsync.net.deadline import READS, Deadline
from vpsync.net.sockets import LimitedAnswer


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may take, in seconds."""

    whole: float
    """From its beginning to the last byte of its answer."""
    connect: float = 5.0
    between: float = 15.0
    """Between two bytes of the answer."""
    fresh_writes: bool = False
    """Whether each write has a connection of its own.

    A connection that was kept may have died without a word: what is sent on it is lost, and nobody can
    tell whether it arrived. A read is sent again; a write that must not be done twice cannot be.
    """


@dataclass(slots=True)
class _Silence:
    """When an answer last failed to come, by the clock of the deadline."""

    since: float = -math.inf


class _UnderWay(threading.local):
    """The request that this thread is sending."""

    method = "GET"
    started = 0.0


def limit(manager: PoolManager, limits: Limits, deadline: Deadline) -> None:
    """Makes all connections of a manager keep the limits; those of a proxy or tunnel, too."""
    now, silence = _UnderWay(), _Silence()

    def left() -> Callable[[], float]:
        return partial(deadline.left_for, now.method, now.started, limits.whole)

    def answer(connection: HTTPConnection, sock: socket.socket, **more: Any) -> LimitedAnswer:
        return LimitedAnswer(sock, left(), gave_up, **more)

    def gave_up() -> None:
        silence.since = deadline.clock()

    def may_begin() -> bool:
        return deadline.may_begin(now.method)

    limited = {"response_class": answer, "may_begin": staticmethod(may_begin)}
    clock = staticmethod(deadline.clock)
    own = {"now": now, "silence": silence, "clock": clock, "fresh_writes": limits.fresh_writes}
    known: dict[str, Any] = dict(manager.pool_classes_by_scheme)
    classes: dict[str, Any] = {}
    for scheme, pool in known.items():
        connection = type("LimitedConnection", (_Connection, pool.ConnectionCls), limited)
        classes[scheme] = type("LimitedPool", (_Pool, pool), {"ConnectionCls": connection, **own})
    manager.pool_classes_by_scheme = classes


class _Connection(HTTPConnection):
    """Asks when it is there whether the request may still be begun: to make it may take long."""

    may_begin: Callable[[], bool]
    used: float = math.inf
    """When the last request on it began; before the first one it has nothing to lose."""

    def connect(self) -> None:
        """Makes the connection."""
        super().connect()
        if not self.may_begin():
            self.close()
            raise TimeoutError("the connection came too late")


class _Pool(HTTPConnectionPool):
    """Notes what is sent, for the connection that sends it."""

    now: _UnderWay
    silence: _Silence
    clock: Callable[[], float]
    fresh_writes: bool

    def urlopen(self, method: str, *args: Any, **more: Any) -> Any:
        """Sends one request."""
        self.now.method, self.now.started = method, self.clock()
        return super().urlopen(method, *args, **more)

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection: Any = super()._get_conn(timeout)
        if (self.fresh_writes and self.now.method not in READS) or self._may_be_dead(connection):
            connection.close()
        connection.used = self.now.started
        return connection

    def _may_be_dead(self, connection: Any) -> bool:
        """Whether an answer has failed to come since it was used.

        A network that was cut takes all connections that were kept, and says so of none: each would
        cost a request its whole time, one after the other, when the network is long back.
        """
        return bool(connection.used <= self.silence.since)
