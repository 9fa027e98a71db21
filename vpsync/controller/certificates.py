"""The certificate that the metrics are served with: read anew when its files change."""

from __future__ import annotations

import logging
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from vpsync.controller.stamps import Stamp, stamps_of
from vpsync.errors import SettingsError

log = logging.getLogger(__name__)


@dataclass(slots=True)
class ServedCertificate:
    """A certificate and its key, in files; safe to share between threads."""

    cert_file: str
    key_file: str
    _seen: Mapping[str, Stamp | None] | None = field(default=None, init=False)
    _context: ssl.SSLContext | None = field(default=None, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def context(self) -> ssl.SSLContext:
        """What connections are served with.

        Files that became unusable, as halfway through a change, leave the former one in use and are
        told of once. :class:`SettingsError` where there is no former one.
        """
        with self._lock:
            stamps = self._stamps()
            if self._context is None or stamps != self._seen:
                self._seen = stamps
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
            log.info("the certificate of the metrics was reloaded")
        return context

    def _stamps(self) -> Mapping[str, Stamp | None] | None:
        """Those of both files; None where one of them is not there, whichever it is."""
        stamps = stamps_of((self.cert_file, self.key_file))
        return None if None in stamps.values() else stamps

    def _unusable(self) -> str:
        return (
            f"--metrics-cert-file {self.cert_file}, --metrics-key-file {self.key_file}: not a certificate "
            "and its key, unencrypted and in PEM"
        )
