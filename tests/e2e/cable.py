"""A cable between a process and a server, which a test pulls and plugs in again."""

from __future__ import annotations

import select
import socket
import threading
from contextlib import suppress


class Cable:
    """Passes bytes on between its port and that of a server on loopback.

    Pulled, it takes connections and bytes, and passes nothing on: neither side is told anything.
    """

    def __init__(self, port: int) -> None:
        self._server = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._pulled = threading.Event()
        self._over = threading.Event()
        self._cuts = 0
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def pull(self) -> None:
        """From now on nothing gets through; what was on its way is lost."""
        self._pulled.set()

    def plug_in(self) -> None:
        """New connections get through again; those that were lost stay lost."""
        self._pulled.clear()

    def cut(self) -> None:
        """Ends all connections that there are; new ones get through."""
        self._cuts += 1

    def close(self) -> None:
        """Ends all connections."""
        self._over.set()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near = self._listener.accept()[0]
                threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with near, suppress(OSError), socket.create_connection(("127.0.0.1", self._server)) as far:
            is_lost, cuts = False, self._cuts
            while not self._over.is_set() and cuts == self._cuts:
                ready = select.select([near, far], [], [], 0.1)[0]
                is_lost = is_lost or self._pulled.is_set()
                for end in ready:
                    data = end.recv(1 << 16)
                    if not data:
                        return
                    if not is_lost:
                        (far if end is near else near).sendall(data)
