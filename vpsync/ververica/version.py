"""Which release of VVP answers: asked once in a run, and only where something depends on it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from vpsync.errors import PlatformError
from vpsync.model.releases import Release, release_in


@dataclass(slots=True)
class ReleaseOnce:
    """The version that a VVP says it is, remembered from the first question on."""

    _version: str | None = field(default=None, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def version(self, ask: Callable[[], str]) -> str:
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

    def is_at_least(self, since: Release, ask: Callable[[], str]) -> bool:
        """Whether VVP is of that release or a newer one; False where it does not tell its version."""
        known = release_in(self.version(ask))
        return known is not None and known >= since

    def is_before(self, since: Release, ask: Callable[[], str]) -> bool:
        """Whether VVP is of an older release; False where it does not tell its version."""
        known = release_in(self.version(ask))
        return known is not None and known < since
