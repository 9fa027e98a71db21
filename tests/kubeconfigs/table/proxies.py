"""Proxies of the kubeconfig and of the environment."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

from ..bench import Bench
from .case import TOKEN, Case

_AWAY = "https://api.example.com:6443"
_NOWHERE = "https://api.invalid:6443"
_THROUGH = {**TOKEN, "host": "api.example.com:6443", "server_name": "api.example.com"}
_CONNECT, _SOCKS = ("CONNECT api.example.com:6443",), ("SOCKS api.example.com:6443",)


def proxies() -> Iterator[Case]:
    """Proxies."""
    yield from _of_the_kubeconfig()
    yield from _of_the_environment()
    yield from _exceptions()


def _of_the_kubeconfig() -> Iterator[Case]:
    basic = f"Basic {base64.b64encode(b'jane:p@ss').decode()}"
    yield Case("proxy-url", _by(lambda b: b.grounds.proxy), {**_THROUGH, "via": _CONNECT})
    yield Case("proxy-url to loopback", lambda b: b.user(
        {"token": "t"}, b.cluster(server="https://127.0.0.1:6443", proxy_url=b.grounds.proxy)),
        {**TOKEN, "host": "127.0.0.1:6443", "via": ("CONNECT 127.0.0.1:6443",)})  # fmt: skip
    yield Case("proxy-url by https", _by(lambda b: b.grounds.secure_proxy),
               {**_THROUGH, "via": _CONNECT})  # fmt: skip
    yield Case("proxy-url with a login", _by(lambda b: _with_login(b.grounds.proxy)),
               {**_THROUGH, "via": (f"{_CONNECT[0]} {basic}",)})  # fmt: skip
    yield Case("proxy-url by SOCKS", _by(lambda b: b.grounds.socks), {**_THROUGH, "via": _SOCKS})
    yield Case("proxy-url by SOCKS with a login", _by(lambda b: b.grounds.socks_login),
               {**_THROUGH, "via": _SOCKS})  # fmt: skip
    yield Case("proxy-url by SOCKS with a wrong login", _by(
        lambda b: b.grounds.socks_login.replace("jane", "joe")), None)  # fmt: skip
    yield Case("proxy-url that nothing listens on", _by(
        lambda b: b.grounds.nobody.replace("https", "http")), None)  # fmt: skip
    yield Case("proxy-url by SOCKS that nothing listens on", _by(
        lambda b: b.grounds.nobody.replace("https", "socks5")), None)  # fmt: skip
    yield Case("proxy-url without scheme", _by(lambda b: "proxy.example.com:3128"), None)
    yield Case("proxy-url of another scheme", _by(lambda b: "ftp://proxy.example.com"), None)
    yield Case("proxy-url is not excepted by NO_PROXY",
               _with_environment(_by(lambda b: b.grounds.proxy), NO_PROXY="*"),
               {**_THROUGH, "via": _CONNECT})  # fmt: skip


def _of_the_environment() -> Iterator[Case]:
    yield Case("HTTPS_PROXY", _variables(HTTPS_PROXY="PROXY"), {**_THROUGH, "via": _CONNECT})
    yield Case("https_proxy", _variables(https_proxy="PROXY"), {**_THROUGH, "via": _CONNECT})
    yield Case("HTTPS_PROXY without scheme", _variables(HTTPS_PROXY="BARE"),
               {**_THROUGH, "via": _CONNECT})  # fmt: skip
    yield Case("HTTPS_PROXY by SOCKS", _variables(HTTPS_PROXY="SOCKS"), {**_THROUGH, "via": _SOCKS})
    yield Case("HTTPS_PROXY and loopback", _variables("secure", HTTPS_PROXY="PROXY"), TOKEN)
    yield Case("HTTPS_PROXY and loopback by IPv6", _variables("secure6", HTTPS_PROXY="PROXY"),
               {**TOKEN, "at": "secure6"})  # fmt: skip
    yield Case("HTTP_PROXY is not for https", _variables("secure", HTTP_PROXY="PROXY"), TOKEN)
    yield Case("ALL_PROXY is not used", _variables("secure", ALL_PROXY="PROXY"), TOKEN)
    yield Case("NO_PROXY without a proxy", _variables("secure", NO_PROXY="*"), TOKEN)


def _exceptions() -> Iterator[Case]:
    for text in ("other.example.com", "api.example.com:443", ".api.example.com", "10.0.0.0/8",
                 "pi.example.com", "", " , "):  # fmt: skip
        yield Case(f"NO_PROXY {text!r} is about others",
                   _variables(HTTPS_PROXY="PROXY", NO_PROXY=text), {**_THROUGH, "via": _CONNECT})  # fmt: skip
    for text in ("api.invalid", "API.Invalid", "invalid", ".invalid", "*.invalid", "*",
                 "other.example.com, api.invalid", "api.invalid:6443", "invalid:6443"):  # fmt: skip
        yield Case(f"NO_PROXY {text!r}: directly, to a name that leads nowhere",
                   _variables(_NOWHERE, HTTPS_PROXY="PROXY", NO_PROXY=text), None)  # fmt: skip
    yield Case("NO_PROXY in small letters counts where the other is not set",
               _variables(_NOWHERE, HTTPS_PROXY="PROXY", no_proxy="invalid"), None)  # fmt: skip
    for text in ("0.0.0.0", "0.0.0.0/8", "0.0.0.0:PORT", "10.0.0.0/8,0.0.0.0/32"):
        yield Case(f"NO_PROXY {text!r}: directly, to an address", _unspecified(text),
                   {**TOKEN, "host": "0.0.0.0", "server_name": "localhost"})  # fmt: skip
    for text in ("0.0.0.0:1", "0.0.0.1", "127.0.0.0/8", "::/0"):
        yield Case(f"NO_PROXY {text!r} is about other addresses", _unspecified(text),
                   {**TOKEN, "host": "0.0.0.0", "server_name": "localhost",
                    "via": ("CONNECT 0.0.0.0",)})  # fmt: skip


def _by(url: Callable[[Bench], str], server: str = _AWAY) -> Callable[[Bench], Any]:
    return lambda b: b.user({"token": "t"}, b.cluster(server=server, proxy_url=url(b)))


def _variables(server: str = _AWAY, **named: str) -> Callable[[Bench], Any]:
    def prepare(b: Bench) -> Any:
        for name, text in named.items():
            proxy = b.grounds.proxy
            text = text.replace("PROXY", proxy).replace("BARE", proxy.partition("//")[2])
            b.environment[name] = text.replace("SOCKS", b.grounds.socks)
        named_server = getattr(b.grounds, server, server)
        return b.user({"token": "t"}, b.cluster(server=named_server))

    return prepare


def _with_login(url: str) -> str:
    return url.replace("//", "//jane:p%40ss@")


def _unspecified(exceptions: str) -> Callable[[Bench], Any]:
    """A server at 0.0.0.0, which is this machine and not loopback, with a proxy and exceptions."""

    def prepare(b: Bench) -> Any:
        port = b.grounds.secure.rpartition(":")[2]
        b.environment |= {
            "HTTPS_PROXY": b.grounds.proxy,
            "NO_PROXY": exceptions.replace("PORT", port),
        }
        server = f"https://0.0.0.0:{port}"
        return b.user({"token": "t"}, b.cluster(server=server, tls_server_name="localhost"))

    return prepare


def _with_environment(prepare: Callable[[Bench], Any], **named: str) -> Callable[[Bench], Any]:
    def both(b: Bench) -> Any:
        b.environment.update(named)
        return prepare(b)

    return both
