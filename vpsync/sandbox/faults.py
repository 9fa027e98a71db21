"""Faults on the wire: what a platform, a proxy or a network does to answers on a bad day.

A fault matches requests before they are served. Its action decides whether the request reaches the
platform (`deliver`) and what the client gets instead of, or around, the answer.
"""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from vpsync.sandbox.actions import Action
from vpsync.sandbox.requestlog import LoggedRequest

Matcher: TypeAlias = Callable[[LoggedRequest], bool]


def on(method: str, path: str) -> Matcher:
    """Matches requests by method (`*` for any) and a regular expression searched in the path."""
    pattern = re.compile(path)
    return lambda request: method in ("*", request.method) and bool(pattern.search(request.path))


@dataclass(frozen=True, slots=True, eq=False)
class Fault:
    """An action on the requests that match: the first `times` (None: all) after `skip` of them."""

    match: Matcher
    action: Action
    times: int | None = 1
    skip: int = 0


class Faults:
    """The faults that are waiting for requests; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._seen: dict[Fault, int] = {}

    def add(self, fault: Fault) -> Fault:
        """Adds a fault and gives it back."""
        with self._lock:
            self._seen[fault] = 0
        return fault

    def remove(self, fault: Fault) -> None:
        """Takes a fault away, if it is still there."""
        with self._lock:
            self._seen.pop(fault, None)

    def clear(self) -> None:
        """Takes all faults away."""
        with self._lock:
            self._seen.clear()

    def hits(self, fault: Fault) -> int:
        """How many requests a fault has met."""
        with self._lock:
            return max(self._seen.get(fault, 0) - fault.skip, 0)

    def pick(self, request: LoggedRequest) -> Action | None:
        """The action of the first fault that meets this request."""
        with self._lock:
            for fault, seen in self._seen.items():
                spent = fault.times is not None and seen >= fault.skip + fault.times
                if spent or not fault.match(request):
                    continue
                self._seen[fault] = seen + 1
                if seen >= fault.skip:
                    return fault.action
        return None
