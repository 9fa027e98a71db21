"""The certificate that the metrics are served with: read anew when its files change."""

from __future__ import annotations

import logging
import os
import ssl
import threading
from dataclasses import dataclass, field

from vpsync.errors import SettingsError

log = logging.getLogger(__name__)

Stamp = tuple[tuple[int, int, int], ...]
"""Inode, size and time of change of each file: a mounted Secret changes by a link to other files."""


@dataclass(slots=True)
class ServedCertificate:
    """A certificate and its key, in files; safe to share between threads."""

    cert_file: str
    key_file: str
    _seen: Stamp | None = field(default=None, init=False)
    _context: ssl.SSLContext | None = field(default=None, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def context(self) -> ssl.SSLContext:
        """What connections are served with.

        Files that became unusable, as halfway through a change, leave the former one in use and are
        told of once. :class:`SettingsError` where there is no former one.
        """
        with self._lock:
            stamp = self._stamp()
            if self._context is None or stamp != self._seen:
                self._seen = stamp
                self._context = self._loaded() or self._context
            if self._context is None:
                raise SettingsError(self._unusable())
            return self._context

    def _loaded(self) -> ssl.SSLContext | None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            # An empty password, so that nobody is asked for one.
            context.load_cert_chain(self.cert_file, self.key_file, password="")
        except (OSError, ValueError):
            if self._context is not None:
                log.warning("%s; the former certificate is served on", self._unusable())
            return None
        if self._context is not None:
            log.info("the certificate of the metrics was read anew")
        return context

    def _stamp(self) -> Stamp | None:
        try:
            found = [os.stat(path) for path in (self.cert_file, self.key_file)]
        except OSError:
            return None
        return tuple((one.st_ino, one.st_size, one.st_mtime_ns) for one in found)

    def _unusable(self) -> str:
        return (
            f"--metrics-cert-file {self.cert_file}, --metrics-key-file {self.key_file}: not a certificate "
            "and its key, unencrypted and in PEM"
        )
