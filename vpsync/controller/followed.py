"""Connections to the cluster that live as long as the process, whatever becomes of their files meanwhile.

Those of a pass are opened anew where settings are read again. What holds the Lease and what asks about
callers goes on beside the passes, and must not end with the certificates or the kubeconfig of months ago.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic

from vpsync.cluster.connection import files_behind
from vpsync.controller.connect import Edge
from vpsync.controller.stamps import Stamp, stamps_of
from vpsync.errors import SettingsError
from vpsync.settings import Settings


@dataclass(slots=True)
class Followed(Generic[Edge]):
    """An edge that is opened anew where a file behind it changed; safe to share between threads.

    :class:`SettingsError` where it cannot be opened in the first place.
    """

    open: Callable[[], Edge]
    """Reads the files and opens the edge; :class:`SettingsError` where they cannot be used."""
    files: Callable[[], Iterable[str]]
    """The files that it reads, as far as they are not read for every request anyway."""
    _edge: Edge = field(init=False, repr=False)
    _known: Mapping[str, Stamp | None] = field(init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def __post_init__(self) -> None:
        self._known = stamps_of(self.files())
        self._edge = self.open()

    def edge(self) -> Edge:
        """The edge for one request; the former one where the files became unusable."""
        with self._lock:
            stamps = stamps_of(self._known)
            if stamps != self._known:
                self._known = stamps
                self._reopen()
            return self._edge

    def close(self) -> None:
        """Closes its connections."""
        with self._lock:
            self._edge.api.close()

    def _reopen(self) -> None:
        try:
            # Stamped before they are read: what changes in between is read again.
            stamps = stamps_of(self.files())
            edge = self.open()
        except SettingsError:
            return
        self._edge.api.close()
        self._edge, self._known = edge, stamps


def followed(settings: Settings, open_edge: Callable[[], Edge]) -> Followed[Edge]:
    """An edge of the cluster of these settings."""
    scope = settings.scope
    return Followed(open_edge, lambda: map(str, files_behind(scope.kubeconfig, scope.context)))
