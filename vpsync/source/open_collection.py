"""A map or list of a YAML text that is being read, and what is to be known about its keys."""

from __future__ import annotations

from vpsync.model.json import Json


class OpenCollection:
    """A collection whose end has not been read yet."""

    __slots__ = ("anchor", "key", "merged", "merges", "path", "size", "typed", "value")

    def __init__(self, value: Json, anchor: str | None, path: str) -> None:
        self.value = value
        self.anchor = anchor
        self.path = path
        """Its JSON pointer; empty where no places are noted."""
        self.key: str | None = None
        """Of a map: the key whose value comes next."""
        self.merges = False
        """Whether that key is a plain ``<<``; in quotes it is a key like any other."""
        self.merged: set[str] = set()
        """The keys that only ``<<`` has brought in so far; the map may have its own."""
        self.typed: set[str] = set()
        """The keys that are numbers or booleans where they are written."""
        self.size = 1

    @property
    def wants_key(self) -> bool:
        """Whether the next event is a key."""
        return self.key is None and isinstance(self.value, dict)

    @property
    def token(self) -> str:
        """The last part of the path of the value that comes next."""
        return str(len(self.value)) if self.key is None else self.key
