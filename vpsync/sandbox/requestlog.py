"""The log of all requests, for tests that count and compare what a client sent."""

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request in order of arrival."""

    number: int
    """1 for the first request."""
    method: str
    path: str
    """Percent-decoded, without the query."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Names in lower case; the value of `authorization` as `fingerprint` gives it."""
    body: Any
    """The decoded JSON body; None without one or when it is not JSON."""
    status: int
    """Status that was sent; 0 while the request is served, or when the answer was withheld."""
    platform_status: int = 0
    """Status that the platform gave it; 0 when a fault kept the request from the platform."""

    @property
    def mutating(self) -> bool:
        """Whether the method may change something."""
        return self.method not in _READING

    @property
    def applied(self) -> bool:
        """Whether the platform carried out a change, whatever the client learned of it."""
        return self.mutating and 200 <= self.platform_status < 300


def fingerprint(authorization: str) -> str:
    """What the log keeps of an `Authorization` header: `sha256:` and 16 hexadecimal digits."""
    return "sha256:" + hashlib.sha256(authorization.encode()).hexdigest()[:16]


class RequestLog:
    """Requests in order of arrival, up to a limit; safe to use from several threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._entries: dict[int, LoggedRequest] = {}
        self._count = 0

    def arrive(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: Any,
    ) -> LoggedRequest:
        """Notes a request; its status is still 0."""
        shown = dict(headers)
        if "authorization" in shown:
            shown["authorization"] = fingerprint(shown["authorization"])
        with self._lock:
            self._count += 1
            entry = LoggedRequest(self._count, method, path, query, shown, body, 0)
            self._entries[entry.number] = entry
            if len(self._entries) > self._limit:
                del self._entries[next(iter(self._entries))]
        return entry

    def finish(self, entry: LoggedRequest, status: int, platform_status: int) -> None:
        """Notes how a request ended."""
        done = replace(entry, status=status, platform_status=platform_status)
        with self._lock:
            if entry.number in self._entries:
                self._entries[entry.number] = done

    def entries(self) -> list[LoggedRequest]:
        """All requests that the log still has."""
        with self._lock:
            return list(self._entries.values())

    def clear(self) -> None:
        """Forgets all requests; the numbers go on."""
        with self._lock:
            self._entries.clear()
