"""One request and its answer: bounded, told to the hook, and free of foreign exceptions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from vpsync.net.causes import FOREIGN, cause_of
from vpsync.net.deadline import Deadline

MAX_BODY = 64 * 1024 * 1024
"""Bytes of one answer, unpacked. Decoded it takes some five times that, and the shipped manifests let a
pass have 512 MiB."""

CHUNK = 1 << 20


class NoAnswer(Exception):
    """No complete answer; ``str()`` says why, in words that hold no credentials."""


class TooLarge(Exception):
    """The answer is larger than :data:`MAX_BODY`."""


class Stream(Protocol):
    """An answer whose body is yet to be read, as ``urllib3`` gives it."""

    status: int

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, without regard to case."""

    def read1(self, amt: int, decode_content: bool) -> bytes:
        """The next bytes of the body, unpacked; none at its end."""

    def close(self) -> None:
        """Closes the connection, unless the body was read to its end."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer of any status."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request as it went, for whoever counts them."""

    target: str
    """``vvp`` or ``kubernetes``."""
    method: str
    status: int
    """The status of the answer; 0 where none came."""
    seconds: float


def uncounted(exchange: object) -> None:
    """A hook that does nothing, for where nobody counts."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends single requests to one side."""

    target: str
    whole: float
    """Seconds for a whole request."""
    deadline: Deadline = field(default_factory=Deadline)
    observe: Callable[[Exchange], None] = uncounted
    """Told every request when it is over, answered or not."""
    begin: Callable[[str], None] = uncounted
    """Told the target of every request that is begun."""
    foreign: tuple[type[Exception], ...] = FOREIGN
    """What the client of that side raises for a request that was not answered."""

    def once(self, method: str, send: Callable[[], Stream]) -> Answer:
        """The answer; :class:`NoAnswer` or :class:`TooLarge` where there is none to be had.

        ``send`` sends the request by the client of that side, and returns when the headers are there. It
        is not called where no time is left for it.
        """
        started, status = self.deadline.clock(), 0
        left = self.deadline.left_for(method, started, self.whole)
        if left <= 0 or not self.deadline.may_begin(method):
            raise NoAnswer(self._why(TimeoutError()))
        self.begin(self.target)
        try:
            stream = send()
            try:
                body = self._body(stream, method, started)
            finally:
                stream.close()
            status = stream.status
        except self.foreign as error:
            raise NoAnswer(self._why(error)) from error
        finally:
            now = self.deadline.clock()
            self.deadline.answered = now if status else self.deadline.answered
            self.observe(Exchange(self.target, method, status, now - started))
        return Answer(status, stream.headers, body)

    def _body(self, stream: Stream, method: str, started: float) -> bytes:
        chunks: list[bytes] = []
        size = 0
        while chunk := stream.read1(CHUNK, decode_content=True):
            chunks.append(chunk)
            size += len(chunk)
            if size > MAX_BODY:
                raise TooLarge(f"the answer is larger than {MAX_BODY >> 20} MiB")
            if self.deadline.left_for(method, started, self.whole) < 0:
                raise TimeoutError
        return b"".join(chunks)

    def _why(self, error: BaseException) -> str:
        if self.deadline.is_stopped:
            return "the run was interrupted"
        if not self.deadline.may_write:
            return "this run no longer holds its Lease"
        if self.deadline.is_over:
            return "no answer within the run's --timeout"
        return cause_of(error)
