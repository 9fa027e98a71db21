"""An answer that is read no longer than it may take, and whose headers are bounded.

The time limits of ``urllib3`` hold between two bytes: a server that sends one now and then is never
given up. Here each read of the socket asks how much time is left, and asks again while it waits, so
that the end of a pass and a signal are noticed.
"""

from __future__ import annotations

import http.client
import io
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

MAX_HEADERS = 64 * 1024
"""Bytes of the status line and the headers of one answer, informational answers before it included."""

SLICE = 0.1
"""Seconds after which a read that waits asks again whether it may."""


class TooManyHeaders(http.client.HTTPException):
    """The headers of an answer do not end."""


class LimitedAnswer(http.client.HTTPResponse):
    """An answer that is read by :class:`_LimitedBytes`.

    ``left`` gives the seconds that it has left; ``gave_up`` is called where it did not come in time.
    """

    def __init__(
        self,
        sock: socket.socket,
        left: Callable[[], float],
        gave_up: Callable[[], object],
        *args: Any,
        **more: Any,
    ) -> None:
        super().__init__(sock, *args, **more)
        unlimited, self._bytes = self.fp, _LimitedBytes(sock, left, gave_up)
        self.fp = io.BufferedReader(self._bytes)
        unlimited.close()

    def begin(self) -> None:
        """Reads the status line and the headers."""
        self._bytes.allowed = MAX_HEADERS + io.DEFAULT_BUFFER_SIZE
        super().begin()
        self._bytes.allowed = None


class _LimitedBytes(io.RawIOBase):
    """The bytes of a socket for as long as there is time; then ``TimeoutError``."""

    def __init__(
        self, sock: socket.socket, left: Callable[[], float], gave_up: Callable[[], object]
    ) -> None:
        self._socket = sock
        # Keeps the socket open after its connection has let go of it, as http.client expects.
        self._held = sock.makefile("rb", buffering=0)
        self._between = sock.gettimeout()
        self._left = left
        self._gave_up = gave_up
        self.allowed: int | None = None
        """How many more bytes may come; None for no limit."""

    def readable(self) -> bool:
        """Says that it can be read, as ``io`` asks."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Reads what is there, after waiting for it."""
        began = time.monotonic()
        while True:
            waited = time.monotonic() - began
            left = self._left()
            if self._between is not None:
                left = min(left, self._between - waited)
            if left <= 0:
                self._forget_unsent()
                self._gave_up()
                raise TimeoutError("timed out")
            self._socket.settimeout(min(left, SLICE))
            try:
                return self._counted(self._socket.recv_into(buffer))
            except TimeoutError:
                continue

    def close(self) -> None:
        """Releases the socket."""
        self._held.close()
        super().close()

    def _forget_unsent(self) -> None:
        """Has the machine forget what it has not brought to the server yet, when the socket is closed.

        Else it would send that again for a minute and more: also when the network is back, and somebody
        else holds the Lease.
        """
        with suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _counted(self, count: int) -> int:
        if self.allowed is not None:
            self.allowed -= count
            if self.allowed < 0:
                raise TooManyHeaders(f"more than {MAX_HEADERS >> 10} KiB of headers")
        return count
