"""Requests that a web page made: a sandbox on loopback refuses them, for it asks nobody for a token.

A page of any site can send requests to a server on the visitor's own machine. A browser says so in
``Origin`` or ``Sec-Fetch-Site`` (Fetch standard); a page whose own name was made to lead to loopback (DNS
rebinding) gives itself away in ``Host``. Other clients send neither, and name an address, ``localhost``
or a short name.
"""

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit


def is_of_a_page(headers: Mapping[str, str]) -> bool:
    """Whether these headers, in lower case, are those of a request that a foreign page made."""
    host = headers.get("host", "")
    origin = headers.get("origin")
    if origin is not None and origin.partition("://")[2] != host:
        return True
    if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return True
    return not _is_local(host)


def is_loopback(address: str) -> bool:
    """Whether only this machine can reach what listens at an address."""
    return ip_address(address.partition("%")[0]).is_loopback


def _is_local(host: str) -> bool:
    """Whether no name server of others can have led to us by this ``Host``."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    try:
        ip_address(name)
    except ValueError:
        name = name.removesuffix(".")
        return "." not in name or name.endswith(".localhost")
    return True
