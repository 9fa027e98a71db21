"""Stands on the wires of all instances, counts their requests, and lets some go wrong."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Mapping
from copy import copy
from functools import partial

import requests
import urllib3

from fakes import faults as kubernetes
from fakes.kubernetes import Response
from faults.schedule import Mishap
from faults.troubles import TROUBLES, Crash, Ends, Lost, Odd, Old, Request, Side, Trouble
from passes.wire import Process
from passes.world import World
from vpsync.sandbox import Fault, Respond

_LOST: Mapping[Side, Exception] = {
    Side.VVP: requests.ReadTimeout("timed out"),
    Side.KUBERNETES: TimeoutError("timed out"),
}


class Died(BaseException):
    """The process is no more."""


class Trap:
    """Springs mishaps; a dead process sends nothing more.

    At most one request is under way at a time: every world here works with a concurrency of 1, and
    two instances take turns.
    """

    def __init__(self, world: World, mishaps: tuple[Mishap, ...], *, remembers: bool) -> None:
        self.world = world
        self.mishaps = mishaps
        self.seen: list[Request] = []
        """All requests of the run, in order."""
        self.sprung: list[str] = []
        """What went wrong, and where."""
        self.armed = False
        """Whether requests count; else they are only remembered."""
        self._remembers = remembers
        self._answers: dict[str, list[str]] = defaultdict(list)
        """Different answers of VVP to each read, oldest first."""
        self._is_odd = False
        """Whether the request under way is one that goes wrong."""
        self._dead: set[Process] = set()
        self._after: dict[Process, BaseException] = {}
        self._again: dict[Process, tuple[str, Trouble]] = {}

    def watch(self, process: Process) -> None:
        """Stands on both wires of an instance."""
        process.vvp.before = partial(self._before, process, Side.VVP)
        process.kubernetes.before = partial(self._before, process, Side.KUBERNETES)
        process.vvp.after = process.kubernetes.after = partial(self._answered, process)

    def set(self, mishaps: tuple[Mishap, ...]) -> None:
        """Other mishaps, counted from now on."""
        self.mishaps = mishaps
        self.seen.clear()
        self.sprung.clear()
        self.armed = True

    def revive(self, process: Process) -> None:
        """A new process in the place of one that ended."""
        process.stop.clear()
        process.stopwatch.ahead = 0.0
        self._dead.discard(process)
        self._again.pop(process, None)

    @property
    def is_spent(self) -> bool:
        """Whether everything that is to go wrong has gone wrong."""
        return len(self.sprung) >= len(self.mishaps)

    def _before(self, process: Process, side: Side, method: str, path: str) -> None:
        if process in self._dead:
            raise Died(path)
        self._is_odd = False
        if not self.armed:
            return
        request = self._counted(side, method, path)
        repeated = self._again.get(process)
        due = [mishap for mishap in self.mishaps if mishap.is_at(request)]
        if due:
            self.sprung.append(f"{due[0].trouble} at {request}")
            self._spring(process, request, TROUBLES[due[0].trouble])
        elif repeated is not None and repeated[0] == str(request):
            # A read is tried again at once; what went wrong with it has not ended so soon.
            self._spring(process, request, repeated[1])

    def _counted(self, side: Side, method: str, path: str) -> Request:
        write = 0 if method == "GET" else 1 + max((r.write for r in self.seen), default=0)
        older = len(self._answers[path]) if side is Side.VVP else 5
        request = Request(len(self.seen) + 1, write, side, method, path, older)
        self.seen.append(request)
        return request

    def _spring(self, process: Process, request: Request, trouble: Trouble) -> None:
        self._is_odd = True
        if request.method == "GET":
            self._again[process] = (str(request), trouble)
        match trouble:
            case Crash(sent):
                self._dead.add(process)
                self._break(process, Died(request.path), sent=sent)
            case Lost():
                self._lose(process, request.side, trouble)
            case Ends(seconds):
                process.stopwatch.ahead += seconds
                if not seconds:
                    process.stop.set()
            case Odd():
                process.stopwatch.ahead += trouble.late
                self._answer_oddly(request, trouble)
            case Old(revisions):
                self._answer_from_the_past(request, revisions)

    def _lose(self, process: Process, side: Side, trouble: Lost) -> None:
        if trouble.ends:
            process.stop.set()
        # A copy: an exception keeps the frames of every time that it is raised.
        self._break(process, copy(_LOST[side]), sent=trouble.sent)

    def _break(self, process: Process, error: BaseException, *, sent: bool) -> None:
        if not sent:
            raise error
        self._after[process] = error

    def _answer_oddly(self, request: Request, trouble: Odd) -> None:
        if request.side is Side.VVP and trouble.vvp is not None:
            self.world.sandbox.faults.add(Fault(lambda _: True, trouble.vvp))
        elif request.side is Side.KUBERNETES and trouble.kubernetes is not None:
            self.world.kubernetes.fault(lambda _: True, trouble.kubernetes)

    def _answer_from_the_past(self, request: Request, revisions: int) -> None:
        if request.side is Side.KUBERNETES:
            self.world.kubernetes.fault(lambda _: True, kubernetes.Stale(revisions))
            return
        answers = self._answers[request.path][-revisions:] or ['{"items": []}']
        self.world.sandbox.faults.add(Fault(lambda _: True, Respond(200, answers[0])))

    def _answered(
        self, process: Process, method: str, path: str, response: requests.Response | Response
    ) -> None:
        error = self._after.pop(process, None)
        if error is not None:
            raise error
        if self._remembers and method == "GET" and not self._is_odd:
            self._remember(path, response)

    def _remember(self, path: str, response: requests.Response | Response) -> None:
        """Notes the body of an answer of VVP, and puts it back."""
        if not isinstance(response, requests.Response) or response.status_code != 200:
            return
        body = response.raw.read(decode_content=True)
        text = body.decode()
        if text not in self._answers[path][-1:]:
            self._answers[path].append(text)
        response.raw = urllib3.HTTPResponse(
            io.BytesIO(body), response.headers, preload_content=False
        )
