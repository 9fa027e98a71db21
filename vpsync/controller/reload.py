"""Whether a loop has to read its settings anew: where a file of theirs changed, or SIGHUP asks for it.

Token files are not among these: they are read for every request anyway.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from vpsync.cluster.connection import files_behind
from vpsync.controller.stamps import Stamp, stamps_of
from vpsync.settings import Settings


@dataclass(slots=True)
class Reload:
    """Remembers how the files were when they were read."""

    read: Callable[[], Settings]
    """Makes the settings anew; :class:`~vpsync.errors.SettingsError` where they cannot be used."""
    asked: threading.Event
    """Set when SIGHUP arrives."""
    _known: Mapping[str, Stamp | None] = field(default_factory=dict, init=False)

    def begin(self, settings: Settings) -> None:
        """Remembers which settings are in use."""
        # Those that were stamped before they were read keep their stamps.
        stamps = stamps_of(files_of(settings))
        self._known = {path: self._known.get(path) or stamp for path, stamp in stamps.items()}

    @property
    def is_wanted(self) -> bool:
        """Whether the settings that are in use are no longer those of the files."""
        return self.asked.is_set() or stamps_of(self._known) != self._known

    def fresh(self) -> Settings:
        """The settings as they are now. Whatever comes of it, the same files are not asked for twice."""
        self.asked.clear()
        self._known = stamps_of(self._known)
        return self.read()


def files_of(settings: Settings) -> Iterable[str]:
    """The files that connections and settings are made of."""
    vvp, scope = settings.vvp, settings.scope
    named = [*settings.read_from, vvp.ca_file, vvp.client_cert_file, vvp.client_key_file]
    if scope.in_cluster:
        named += map(str, files_behind(scope.kubeconfig, scope.context))
    return dict.fromkeys(path for path in named if path)
