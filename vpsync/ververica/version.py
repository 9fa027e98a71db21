"""Which version of VVP answers: asked once in a run, and only where something depends on it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from vpsync.errors import PlatformError


@dataclass(slots=True)
class VersionOnce:
    """The version that a VVP says it is, remembered from the first question on."""

    _version: str | None = field(default=None, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def known(self, ask: Callable[[], str]) -> str:
        """The version as VVP tells it; empty where it tells none, or refuses to.

        ``ask`` reads it. A VVP that did not answer once is not asked again: nothing that is done goes
        wrong without.
        """
        with self._lock:
            if self._version is None:
                try:
                    self._version = ask()
                except PlatformError:
                    self._version = ""
            return self._version
