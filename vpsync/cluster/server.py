"""The address of an API server, as kubectl understands what a kubeconfig says."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from vpsync.cluster.fields import unusable


@dataclass(frozen=True, slots=True)
class Server:
    """The address of an API server."""

    scheme: str
    """``http`` or ``https``."""
    host: str
    """A name, or an IP address without brackets."""
    port: int
    prefix: str
    """What stands before every path; empty, or begins with a slash and ends without one."""

    @property
    def url(self) -> str:
        """The base URL, to which paths are appended."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"http": 80, "https": 443}[self.scheme]
        port = "" if self.port == usual else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.prefix}"

    @property
    def on_loopback(self) -> bool:
        """Whether it is on this machine, as far as its name tells."""
        return is_loopback(self.host)

    @property
    def takes_credentials(self) -> bool:
        """Whether credentials are sent there: not in the clear, but for this machine itself."""
        return self.scheme == "https" or self.on_loopback


def server_at(text: str) -> Server:
    """The server that a kubeconfig names; ``host:port`` alone means http."""
    parts = _split(text)
    if parts is None or not parts.scheme or not parts.netloc:
        parts = _split(f"http://{text}")
        if parts is not None and parts.path not in ("", "/"):
            parts = None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise unusable(f"the server {_shown(text)!r} is not an https:// address")
    if "@" in parts.netloc:
        raise unusable("the address of the server holds a user or a password; use a token")
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    return Server(parts.scheme, parts.hostname, port, parts.path.rstrip("/"))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: ``localhost``, or an address of its loopback."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host == "localhost"
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def _split(text: str) -> SplitResult | None:
    """The parts of a URL, None where its host or port is none."""
    try:
        parts = urlsplit(text)
        return parts if parts.port != 0 else None
    except ValueError:
        return None


def _shown(text: str) -> str:
    return text.rpartition("@")[2]
