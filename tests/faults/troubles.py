"""What can go wrong with one request: by name, as scripts write it, and as it is carried out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from fakes import faults as kubernetes
from vpsync.sandbox import actions as vvp


class Side(StrEnum):
    """Who is asked."""

    VVP = "vvp"
    KUBERNETES = "kubernetes"


@dataclass(frozen=True)
class Request:
    """One request of a run."""

    number: int
    """From 1, counted from the moment that the scenario begins."""
    write: int
    """Which of the writes it is, from 1; 0 for a read."""
    side: Side
    method: str
    path: str
    """With its query."""
    older: int = 0
    """How many different answers of an earlier time there are to the same request."""

    def __str__(self) -> str:
        return f"{self.method} {self.path} ({self.side})"


@dataclass(frozen=True)
class Crash:
    """The process dies."""

    sent: bool
    """Whether the request is carried out before."""


@dataclass(frozen=True)
class Lost:
    """The process gets no answer, and goes on."""

    sent: bool
    ends: bool = False
    """Whether the process is asked to end (SIGTERM) while it waits for the answer."""


@dataclass(frozen=True)
class Odd:
    """The process gets another answer; None where that side has no such answers."""

    vvp: vvp.Action | None = None
    kubernetes: kubernetes.Action | None = None
    late: float = 0.0
    """Seconds after which the answer begins."""
    writes_only: bool = False


@dataclass(frozen=True)
class Old:
    """A list as it was so many changes ago."""

    revisions: int


@dataclass(frozen=True)
class Ends:
    """The process is asked to end (SIGTERM), or is out of time."""

    seconds: float = 0.0
    """By which the pass is over its time; 0 for a signal."""


Trouble = Crash | Lost | Odd | Old | Ends

_BROKEN = ConnectionResetError("reset")

CRASHES: Mapping[str, Crash | Lost] = {
    "crash-unsent": Crash(sent=False),
    "answer-lost": Lost(sent=True),
    "crash-sent": Crash(sent=True),
}
"""The three ways in which a write can come to nothing, or to something that nobody noted."""


_DENIED = {
    "kind": "Status",
    "status": "Failure",
    "reason": "Invalid",
    "code": 422,
    "message": "ValidatingAdmissionPolicy 'freeze' with binding 'freeze' denied request: no changes today",
}
"""What an API server answers where a policy of the cluster refuses a write."""


def _status(code: int, *headers: tuple[str, str], deliver: bool = False) -> Odd:
    """A status; with ``deliver`` the request is carried out all the same."""
    return Odd(
        vvp.Respond(code, {"message": "a fault"}, headers, deliver=deliver),
        kubernetes.Answer(code, headers=dict(headers), deliver=deliver),
        writes_only=deliver,
    )


FAULTS: Mapping[str, Trouble] = {
    "unsent": Lost(sent=False),
    "answer-lost": Lost(sent=True),
    "status-401": _status(401),
    "status-409": _status(409),
    "status-410": Odd(kubernetes=kubernetes.Answer(410)),
    "status-429": _status(429, ("Retry-After", "1")),
    "status-500": _status(500),
    "status-503": _status(503, ("Retry-After", "1")),
    "denied-422": Odd(
        kubernetes=kubernetes.Answer(422, data=json.dumps(_DENIED).encode()), writes_only=True
    ),
    "done-but-500": _status(500, deliver=True),
    "done-but-504": _status(504, deliver=True),
    "html": Odd(
        vvp.HtmlPage(deliver=True), kubernetes.Answer(200, data=b"<html>login</html>", deliver=True)
    ),
    "cut": Odd(vvp.CutBody(), kubernetes.CutBody(_BROKEN)),
    "garbage": Odd(vvp.Garbage(), kubernetes.Answer(200, data=b'{"items": [{"meta', deliver=True)),
    "empty": Odd(vvp.Respond(200, deliver=True), kubernetes.Answer(200, data=b"", deliver=True)),
    "null": Odd(vvp.Reshape(None), kubernetes.Answer(200, data=b"null", deliver=True)),
    "a-list": Odd(vvp.Reshape([]), kubernetes.Answer(200, data=b"[]", deliver=True)),
    "no-items": Odd(
        vvp.Reshape({"items": None, "namespaces": None}),
        kubernetes.Answer(200, data=b'{"items": null, "metadata": {}}', deliver=True),
    ),
    "redirect": Odd(vvp.Redirect("http://127.0.0.1:1/")),
    "drip": Odd(vvp.Drip(pause=0.0), late=60.0),
    "sigterm": Ends(),
    "sigterm-while-it-hangs": Lost(sent=False, ends=True),
    "sigterm-while-its-answer-hangs": Lost(sent=True, ends=True),
    "out-of-time": Ends(seconds=3600.0),
}
"""The faults of a network, a proxy and a platform, and the two ways in which a pass ends early."""

STALE: Mapping[str, Old] = {f"stale-{revisions}": Old(revisions) for revisions in range(1, 6)}

TROUBLES: Mapping[str, Trouble] = {**CRASHES, **FAULTS, **STALE}


def meets(trouble: Trouble, request: Request) -> bool:
    """Whether that can go wrong with this request."""
    match trouble:
        case Odd(on_vvp, on_kubernetes, _, writes_only):
            there = on_vvp if request.side is Side.VVP else on_kubernetes
            return there is not None and not (writes_only and request.method == "GET")
        case Old(revisions):
            return request.method == "GET" and revisions <= request.older
        case Crash() | Lost() | Ends():
            return True
