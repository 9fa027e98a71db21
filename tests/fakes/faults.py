"""Bad days of an API server: which requests a fault meets, and what becomes of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Call:
    """One request in order of arrival."""

    number: int
    """1 for the first request."""
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    status: int = 0
    """The status that the server gave; 0 when the request never reached it."""

    @property
    def mutating(self) -> bool:
        """Whether the method may change something."""
        return self.method != "GET"

    @property
    def is_event(self) -> bool:
        """Whether it posts an event."""
        return self.method == "POST" and self.path.endswith("/events")

    @property
    def is_question(self) -> bool:
        """Whether it is a JSON patch that only tests, and so changes nothing."""
        steps = self.body if isinstance(self.body, list) else [{}]
        return all(step.get("op") == "test" for step in steps)


Matcher = Callable[[Call], bool]


def on(method: str, path: str) -> Matcher:
    """Matches by method (``*`` for any) and by a regular expression that is searched in the path."""
    pattern = re.compile(path)
    return lambda call: method in ("*", call.method) and bool(pattern.search(call.path))


@dataclass(frozen=True)
class Answer:
    """Another answer than the server's own."""

    status: int
    message: str = "a fault"
    headers: Mapping[str, str] = field(default_factory=dict)
    data: bytes | None = None
    """The body; None for a ``Status`` object with the message."""
    deliver: bool = False
    """Whether the server carries the request out all the same."""


@dataclass(frozen=True)
class Fail:
    """No answer: the exception is raised before or, with ``deliver``, after the request was served."""

    error: BaseException
    deliver: bool = False


@dataclass(frozen=True)
class CutBody:
    """The answer's body ends too early: reading it raises the exception."""

    error: Exception


@dataclass(frozen=True)
class Stale:
    """A list as it was so many writes ago, as a lagging watch cache answers."""

    revisions: int


Action = Answer | Fail | CutBody | Stale


@dataclass(eq=False)
class Fault:
    """An action on the requests that match: the first ``times`` (None: all) after ``skip`` of them."""

    match: Matcher
    action: Action
    times: int | None = 1
    skip: int = 0
    seen: int = 0

    def meets(self, call: Call) -> bool:
        """Whether it is this request's turn; counts it."""
        if not self.match(call):
            return False
        self.seen += 1
        over = self.times is not None and self.seen > self.skip + self.times
        return self.seen > self.skip and not over


def denied(words: str, status: int = 422) -> Answer:
    """An admission policy that will not have the write, in the form of apiserver 1.34."""
    document = {
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": f"ValidatingAdmissionPolicy 'guard' denied request: {words}",
        "reason": "Invalid", "code": status,
        "details": {"name": "x", "kind": "vpx", "causes": [{"message": words}]},
    }  # fmt: skip
    return Answer(status, data=json.dumps(document).encode())


def denied_by_webhook(words: str, status: int = 403) -> Answer:
    """An admission webhook that will not have the write."""
    document = {
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": f'admission webhook "guard.example.com" denied the request: {words}',
        "reason": "Forbidden", "code": status,
    }  # fmt: skip
    return Answer(status, data=json.dumps(document).encode())
