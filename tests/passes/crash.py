"""A process that dies, or loses an answer, at one write, wherever that is."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from enum import Enum

import requests

from fakes.faults import Action, Call, Fail, Fault
from passes.world import World


class Crash(BaseException):
    """The process is no more."""


class Mode(Enum):
    """What becomes of the write, and of the process."""

    NEVER_SENT = "the process dies before the request leaves"
    ANSWER_LOST = "the request is carried out, its answer is lost, and the process goes on"
    ANSWERED = "the request is carried out, and the process dies"


@dataclass
class Trap:
    """Counts the writes of both sides; lets one of them go wrong, and a dead process send none."""

    world: World
    number: int = 0
    """Which write, from 1; 0 for none."""
    mode: Mode = Mode.NEVER_SENT
    seen: int = 0
    dead: bool = False
    sprung: str = ""
    """The write that went wrong."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.world.wire.before = self._before
        self.world.wire.after = self._after
        self._pending: BaseException | None = None
        # The cluster asks for each request, first whether it is let through, then what follows.
        self.world.kubernetes.faults.append(_Watcher(self))

    def revive(self) -> None:
        """A new process."""
        self.dead = False

    def _before(self, method: str, path: str) -> None:
        if self.dead:
            raise Crash(path)
        if method != "GET" and self._is_due(f"{method} {path}"):
            error = self._error(requests.ConnectionError("reset"))
            if self.mode is Mode.NEVER_SENT:
                raise error
            self._pending = error

    def _after(self, method: str, path: str) -> None:
        if self._pending is not None:
            error, self._pending = self._pending, None
            raise error

    def action(self, call: Call) -> Action | None:
        """What becomes of a request to Kubernetes."""
        if self.dead:
            return Fail(Crash(call.path))
        if call.is_event or not call.mutating or not self._is_due(f"{call.method} {call.path}"):
            return None
        return Fail(self._error(ConnectionError("reset")), deliver=self.mode is not Mode.NEVER_SENT)

    def _is_due(self, what: str) -> bool:
        with self._lock:
            self.seen += 1
            if self.seen != self.number:
                return False
            self.sprung = what
            return True

    def _error(self, lost: Exception) -> BaseException:
        self.dead = self.mode is not Mode.ANSWER_LOST
        return Crash(self.sprung) if self.dead else lost


class _Watcher(Fault):
    """A fault that asks the trap about every request."""

    def __init__(self, trap: Trap) -> None:
        super().__init__(self._meets, Fail(Crash()), times=None)
        self._trap = trap

    def _meets(self, call: Call) -> bool:
        action = self._trap.action(call)
        if action is None:
            return False
        self.action = action
        return True
