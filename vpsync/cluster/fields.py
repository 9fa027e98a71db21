"""The members of a map in a kubeconfig, each of the type that kubectl takes it for."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vpsync.errors import SettingsError


def unusable(text: str) -> SettingsError:
    """The error that a kubeconfig is which kubectl would not work with either."""
    return SettingsError(f"the kubeconfig cannot be used: {text}")


@dataclass(frozen=True, slots=True)
class Fields:
    """A map; a member of another type is a :class:`SettingsError` that does not show its value.

    Unknown members are left alone, and ``null`` is the same as absent: so does kubectl.
    """

    where: str
    """What the map is, for messages: ``user me``."""
    members: Mapping[str, object]

    def text(self, name: str) -> str:
        """A string; empty where there is none."""
        value = self.members.get(name)
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        raise self._wrong(name, "a string; put it in quotes")

    def flag(self, name: str) -> bool:
        """A boolean; False where there is none."""
        value = self.members.get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise self._wrong(name, "true or false")

    def data(self, name: str) -> bytes:
        """Base64, decoded; empty where there is none."""
        encoded = "".join(self.text(name).split())
        try:
            return base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            raise self._wrong(name, "base64") from None

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings; empty where there is none."""
        values = self._list(name)
        strings = tuple(value for value in values if isinstance(value, str))
        if len(strings) != len(values):
            raise self._wrong(name, "a list of strings; put them in quotes")
        return strings

    def fields(self, name: str) -> Fields | None:
        """A map; None where there is none."""
        value = self.members.get(name)
        return None if value is None else self._map(name, value)

    def each(self, name: str) -> Iterator[Fields]:
        """A list of maps; empty where there is none."""
        for value in self._list(name):
            yield self._map(name, value)

    def _list(self, name: str) -> list[object]:
        value = self.members.get(name)
        if value is None:
            return []
        if isinstance(value, list):
            return value
        raise self._wrong(name, "a list")

    def _map(self, name: str, value: object) -> Fields:
        if isinstance(value, dict) and all(isinstance(key, str) for key in value):
            return Fields(f"{self.where}: {name}", value)
        raise self._wrong(name, "a map")

    def _wrong(self, name: str, wanted: str) -> SettingsError:
        return unusable(f"{self.where}: {name} is not {wanted}")
