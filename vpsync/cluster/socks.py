"""Connections by a SOCKS5 proxy (RFC 1928, RFC 1929), which resolves the name of the server itself."""

from __future__ import annotations

import ipaddress
import socket
import struct
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ProxyError

from vpsync.cluster.proxy import Proxy

_VERSION, _NO_LOGIN, _LOGIN, _CONNECT, _LOGIN_VERSION = 5, 0, 2, 1, 1
_ADDRESS_LENGTHS = {1: 4, 4: 16}
_REFUSALS = {
    1: "general failure",
    2: "not allowed by its rules",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
}


class _SocksError(OSError):
    """The proxy does not speak SOCKS5, refuses the login or cannot reach the server."""


def pools_through(proxy: Proxy) -> dict[str, Any]:
    """The classes of connection pools, by scheme, whose connections go by the proxy."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _led_on(proxy, self.host, self.port or 80, self.timeout)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _led_on(proxy, self.host, self.port or 443, self.timeout)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _led_on(proxy: Proxy, host: str, port: int, timeout: Any) -> socket.socket:
    """The same as :func:`connected`, with the errors that urllib3 has for other proxies."""
    try:
        return connected(proxy, host, port, timeout)
    except OSError as error:
        raise ProxyError("no way through the SOCKS proxy", error) from error


def connected(proxy: Proxy, host: str, port: int, timeout: Any) -> socket.socket:
    """A socket that leads to a server, by a proxy; ``OSError`` otherwise.

    ``timeout`` is in seconds, for the connection and for each answer of the proxy.
    """
    limit = timeout if isinstance(timeout, (int, float)) else None
    wire = socket.create_connection((proxy.host, proxy.port), limit)
    try:
        _log_in(wire, proxy)
        wire.sendall(bytes((_VERSION, _CONNECT, 0)) + _address(host) + struct.pack(">H", port))
        version, answer, _, kind = _read(wire, 4)
        if version != _VERSION or answer:
            raise _SocksError(f"the SOCKS proxy says: {_REFUSALS.get(answer, f'code {answer}')}")
        _read(wire, (_ADDRESS_LENGTHS.get(kind) or _read(wire, 1)[0]) + 2)
    except BaseException:
        wire.close()
        raise
    return wire


def _log_in(wire: socket.socket, proxy: Proxy) -> None:
    methods = bytes((_NO_LOGIN, _LOGIN)) if proxy.user else bytes((_NO_LOGIN,))
    wire.sendall(bytes((_VERSION, len(methods))) + methods)
    version, method = _read(wire, 2)
    if version != _VERSION or method not in methods:
        raise _SocksError("the SOCKS proxy wants another kind of login")
    if method == _LOGIN:
        user, password = proxy.user.encode()[:255], proxy.password.encode()[:255]
        wire.sendall(bytes((_LOGIN_VERSION, len(user))) + user + bytes((len(password),)) + password)
        if _read(wire, 2)[1]:
            raise _SocksError("the SOCKS proxy refuses the login")


def _address(host: str) -> bytes:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        name = host.encode("idna")[:255]
        return bytes((3, len(name))) + name
    return bytes((1 if address.version == 4 else 4,)) + address.packed


def _read(wire: socket.socket, size: int) -> bytes:
    content = b""
    while len(content) < size:
        more = wire.recv(size - len(content))
        if not more:
            raise _SocksError("the SOCKS proxy closed the connection")
        content += more
    return content
