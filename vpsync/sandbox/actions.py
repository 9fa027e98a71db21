"""What a fault does to an answer. Each action says what goes back instead of, or around, the reply.

`deliver` decides whether the request reaches the platform at all: a client that lost an answer must
not conclude from it that nothing was done, nor that something was.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from vpsync.sandbox.call import Reply, value_reply

Wait: TypeAlias = Callable[[float], object]
"""Waits for some seconds, shorter when the sandbox stops."""

_HTML = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in</body></html>"
_GARBAGE = b'{"kind": "DeploymentList", "items": [{"metadata": {"na'


@dataclass(frozen=True, slots=True)
class Transmission:
    """What goes back, and how."""

    reply: Reply | None
    """None: the connection ends without an answer."""
    keep: int | None = None
    """Bytes of the body that are sent before the connection ends; None for all of them."""
    pause: float = 0.0
    """Seconds between pieces of `size` bytes."""
    size: int = 0
    """0 sends all at once."""
    close: bool = False
    """Whether the connection ends after the answer."""


@dataclass(frozen=True, slots=True)
class Respond:
    """Another answer: a status, a body (a JSON value, or text as it is) and headers."""

    status: int
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"
    deliver: bool = False

    def answer(self, reply: Reply | None, wait: Wait) -> Transmission:
        """The given answer in place of the platform's."""
        if isinstance(self.body, str):
            text = self.body.encode()
        else:
            text = b"" if self.body is None else value_reply(self.status, self.body).body
        return Transmission(Reply(self.status, text, self.headers, self.content_type))


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """A login or maintenance page with status 200, as proxies send."""

    deliver: bool = False

    def answer(self, reply: Reply | None, wait: Wait) -> Transmission:
        """An HTML page in place of the platform's answer."""
        return Transmission(Reply(200, _HTML, content_type="text/html;charset=UTF-8"))


@dataclass(frozen=True, slots=True)
class CutBody:
    """`Content-Length` of the whole body, its first `keep` bytes, and the end of the connection."""

    keep: int = 20
    deliver: bool = True

    def answer(self, reply: Reply | None, wait: Wait) -> Transmission:
        """The first bytes of the platform's answer."""
        return Transmission(reply or Reply(200, _GARBAGE), keep=self.keep)


@dataclass(frozen=True, slots=True)
class CloseConnection:
    """The connection ends without an answer."""

    deliver: bool = True

    def answer(self, reply: Reply | None, wait: Wait) -> Transmission:
        """No answer: the connection is closed."""
        return Transmission(None)


@dataclass(frozen=True, slots=True)
class CloseAfterAnswer:
    """A whole answer that promises to keep the connection, which then ends."""

    deliver: ClassVar[bool] = True

    def answer(self, reply: Reply | None, wait: Wait) -> Transmission:
        """The platform's answer, after which the connection is closed."""
        return Transmission(reply, close=True)


@dataclass(frozen=True, slots=True)
class Garbage:
    """Status 200 and a body that only begins like JSON."""

    deliver: bool = True

    def answer(self, reply: Reply | None, wait: Wait) -> Transmission:
        """A body that only begins like JSON."""
        return Transmission(Reply(200, _GARBAGE))


@dataclass(frozen=True, slots=True)
class Hang:
    """The answer is held back for some seconds; without `deliver` the connection then ends."""

    seconds: float
    deliver: bool = True

    def answer(self, reply: Reply | None, wait: Wait) -> Transmission:
        """The platform's answer after a pause."""
        wait(self.seconds)
        return Transmission(reply)


@dataclass(frozen=True, slots=True)
class Redirect:
    """A redirection to another place."""

    location: str
    status: int = 302
    deliver: bool = False

    def answer(self, reply: Reply | None, wait: Wait) -> Transmission:
        """A redirect in place of the platform's answer."""
        return Transmission(Reply(self.status, b"", (("Location", self.location),)))


@dataclass(frozen=True, slots=True)
class Drip:
    """The answer comes in pieces of `size` bytes with a pause of `pause` seconds between them."""

    pause: float
    size: int = 16
    deliver: ClassVar[bool] = True

    def answer(self, reply: Reply | None, wait: Wait) -> Transmission:
        """The platform's answer in small pieces with pauses."""
        return Transmission(reply, pause=self.pause, size=self.size)


@dataclass(frozen=True, slots=True)
class Reshape:
    """Status 200 and a JSON value of another shape than the client expects."""

    value: Any
    deliver: bool = True

    def answer(self, reply: Reply | None, wait: Wait) -> Transmission:
        """The platform's answer with another JSON value."""
        return Transmission(value_reply(200, self.value))


Action: TypeAlias = (
    Respond
    | HtmlPage
    | CutBody
    | CloseConnection
    | CloseAfterAnswer
    | Garbage
    | Hang
    | Redirect
    | Drip
    | Reshape
)
"""Everything that a fault can do."""
