"""Which proxy leads to an API server: the kubeconfig's, else the environment's by the rules of Go.

The rules are those of ``golang.org/x/net/http/httpproxy``: ``HTTPS_PROXY`` for https and ``HTTP_PROXY``
for http, in capitals or not, never for this machine itself, and not for what ``NO_PROXY`` lists.
``ALL_PROXY`` is not used. One thing is stricter: a proxy that cannot be understood is an error, where
Go goes on without it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from vpsync.cluster.server import Server
from vpsync.errors import SettingsError

_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy, and how to log in there."""

    scheme: str
    """``http``, ``https`` or ``socks5``."""
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def url(self) -> str:
        """Its address, without the login."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def proxy_for(server: Server, proxy_url: str, environment: Mapping[str, str]) -> Proxy | None:
    """The proxy for a server, None for a direct connection; :class:`SettingsError` for a bad one.

    ``proxy_url`` is the kubeconfig's: it holds for this machine, too, and ``NO_PROXY`` does not touch it.
    """
    if proxy_url:
        return _parsed(
            proxy_url, "proxy-url in the kubeconfig", schemes=["http", "https", "socks5"]
        )
    for name in (f"{server.scheme.upper()}_PROXY", f"{server.scheme}_proxy"):
        if text := environment.get(name):
            if server.on_loopback or _excepted(server, environment):
                return None
            given = text if "://" in text else f"http://{text}"
            return _parsed(given, name, schemes=list(_PORTS))
    return None


def _parsed(text: str, name: str, schemes: list[str]) -> Proxy:
    try:
        parts = urlsplit(text)
        port, host = parts.port, parts.hostname
    except ValueError:
        port, host = None, None
    else:
        if parts.scheme in schemes and host and port != 0:
            user, password = unquote(parts.username or ""), unquote(parts.password or "")
            scheme = parts.scheme.removesuffix("h")
            return Proxy(scheme, host, port or _PORTS[parts.scheme], user, password)
    raise SettingsError(
        f"{name} is not a proxy address; write {', '.join(f'{one}://…' for one in schemes)}"
    )


def _excepted(server: Server, environment: Mapping[str, str]) -> bool:
    listed = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    entries = [entry.strip().lower() for entry in listed.split(",")]
    return any(entry == "*" or _matches(entry, server) for entry in entries if entry)


def _matches(entry: str, server: Server) -> bool:
    """Whether an entry of ``NO_PROXY`` is about a server: a network, or a host with or without port."""
    if network := _network(entry):
        address = _address(server.host)
        return address is not None and address in network
    host, port = _split(entry)
    if not host or port not in ("", str(server.port)):
        return False
    if address := _address(host):
        return address == _address(server.host)
    return _is_within(server.host.lower(), host.removeprefix("*") if host[:2] == "*." else host)


def _is_within(host: str, domain: str) -> bool:
    """Whether a host is a domain or below it; one that begins with a dot is not the domain itself."""
    return host.endswith(domain) if domain.startswith(".") else f".{host}".endswith(f".{domain}")


def _split(entry: str) -> tuple[str, str]:
    """Host and port of an entry."""
    if entry.startswith("["):
        host, _, rest = entry[1:].partition("]")
        return host, rest.removeprefix(":")
    if entry.count(":") == 1:
        host, _, port = entry.partition(":")
        return host, port
    return entry, ""


_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _address(host: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _network(entry: str) -> _Network | None:
    if "/" not in entry:
        return None
    try:
        return ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return None
