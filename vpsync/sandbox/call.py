"""What the HTTP side hands to a handler, and what a handler hands back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vpsync.sandbox.jsontext import dumps


@dataclass(frozen=True, slots=True)
class Call:
    """A request after routing."""

    method: str
    path: str
    namespace: str
    """The VVP namespace of the path, empty where it has none."""
    ref: str
    """The name or id in the path, empty where it has none."""
    query: Mapping[str, str]
    body: Any
    """The decoded body, None without one or when it is a form."""
    raw: bytes = b""
    """The body as it came."""
    content_type: str = ""

    def flag(self, name: str, default: bool) -> bool:
        """A boolean query parameter."""
        value = self.query.get(name)
        return default if value is None else value.lower() == "true"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: status, body and headers besides the usual ones."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"


def json_reply(status: int, text: bytes) -> Reply:
    """An answer whose body is JSON text already."""
    return Reply(status, text)


def value_reply(status: int, value: Any) -> Reply:
    """An answer whose body is a JSON value."""
    return Reply(status, dumps(value))
