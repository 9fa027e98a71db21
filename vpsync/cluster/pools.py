"""Connections of urllib3 to a server: direct, or by a proxy."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any

import urllib3
from urllib3 import HTTPHeaderDict, PoolManager, ProxyManager

from vpsync.cluster.credentials import basic
from vpsync.cluster.proxy import Proxy
from vpsync.cluster.socks import pools_through


def pool_manager(
    context: ssl.SSLContext, proxy: Proxy | None, *, server_name: str = "", size: int = 1
) -> PoolManager:
    """What sends requests; it tries nothing again by itself, and keeps no cookies.

    ``server_name`` is the name in the server's certificate where that is not the host's, ``size`` how
    many connections are kept open.
    """
    options: dict[str, Any] = {"ssl_context": context, "maxsize": size, "retries": False}
    if server_name:
        options["server_hostname"] = server_name
    if context.verify_mode is ssl.CERT_NONE:
        # Somebody said so; a warning for every request says nothing that they do not know.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    if proxy is None:
        return PoolManager(**options)
    if proxy.scheme == "socks5":
        manager = PoolManager(**options)
        manager.pool_classes_by_scheme = pools_through(proxy)
        return manager
    login = {"proxy-authorization": basic(proxy.user, proxy.password)} if proxy.user else {}
    return _Forwarded(proxy.url, proxy_headers=login, proxy_ssl_context=context, **options)


class _Forwarded(ProxyManager):
    """A proxy that gets each header as it is.

    Without this, urllib3 makes one of those that stand more than once, and with it one group of two.
    """

    def _set_proxy_headers(
        self, url: str, headers: Mapping[str, str] | None = None
    ) -> Mapping[str, str]:
        sent = HTTPHeaderDict(headers)
        for name, value in super()._set_proxy_headers(url).items():
            sent.setdefault(name, value)
        return sent
