"""Addresses of servers, and how they are known to be the right ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..authority import encoded
from ..bench import Bench
from .case import PLAIN, TOKEN, Case, at


def servers() -> Iterator[Case]:
    """Addresses of servers."""
    yield Case("IPv6", at("secure6"), {**TOKEN, "at": "secure6"})
    yield Case("localhost", _server(lambda url: url.replace("127.0.0.1", "localhost")),
               {**TOKEN, "host": "localhost", "server_name": "localhost"})  # fmt: skip
    yield Case("a path before all others", _server(lambda url: f"{url}/k8s/clusters/c-1"),
               {**TOKEN, "path": "/k8s/clusters/c-1/version"})  # fmt: skip
    yield Case("a path that ends in a slash", _server(lambda url: f"{url}/k8s/"),
               {**TOKEN, "path": "/k8s/version"})  # fmt: skip
    yield Case("a slash alone", _server(lambda url: f"{url}/"), TOKEN)
    yield Case("a query behind the path", _server(lambda url: f"{url}/k8s?a=b#c"),
               {**TOKEN, "path": "/k8s/version"})  # fmt: skip
    yield Case("no scheme", _server(lambda url: url.partition("//")[2], "plain"),
               {"at": "plain", **TOKEN}, {"at": "plain"}, PLAIN)  # fmt: skip
    yield Case("a scheme that is none", _server(lambda url: url.replace("https", "ftp")), None)
    yield Case("a port that is none", _server(lambda url: "https://127.0.0.1:99999"), None)
    yield Case("no server", at("secure", server=None), None)
    yield Case("a server that does not answer", at("nobody"), None)


def trust() -> Iterator[Case]:
    """How a server is known to be the right one."""
    insecure = {"insecure_skip_tls_verify": True}
    name = {"tls_server_name": "inner.example.com"}
    yield Case("CA by data", lambda b: b.user({"token": "t"}, _data(b)), TOKEN)
    yield Case("CA by a relative path", _relative, TOKEN)
    yield Case("CA among others and junk", _several, TOKEN)
    yield Case("CA that is not self-signed", _middle, {**TOKEN, "at": "below"})
    yield Case("CA that is the server's own certificate", _leaf, TOKEN)
    yield Case("CA of another server", _ca("other_ca"), None)
    yield Case("CA of the system", at("secure", certificate_authority=None), None)
    yield Case("CA by file and data", _both, None)
    yield Case("CA that is not there", at("secure", certificate_authority="/nowhere.pem"), None)
    yield Case("CA that is no PEM", _no_pem, None)
    yield Case("CA data that is no base64", at("secure", certificate_authority=None,
                                              certificate_authority_data="?"), None)  # fmt: skip
    yield Case("CA data that is no PEM", at("secure", certificate_authority=None,
                                           certificate_authority_data="aGVsbG8="), None)  # fmt: skip
    yield Case("insecure", at("secure", certificate_authority=None, **insecure), TOKEN)
    yield Case("insecure, another name", at("inner", certificate_authority=None, **insecure),
               {**TOKEN, "at": "inner"})  # fmt: skip
    yield Case("insecure with a CA", at("secure", **insecure), None)
    yield Case("insecure that is a text", at("secure", insecure_skip_tls_verify="yes"), None)
    yield Case("a server of another name", at("inner"), None)
    yield Case("a server whose name stands in the subject alone", at("nameless"), None)
    yield Case("tls-server-name", at("inner", **name),
               {**TOKEN, "at": "inner", "server_name": "inner.example.com"})  # fmt: skip
    yield Case("tls-server-name that is not the server's", at("secure", **name), None)
    yield Case("tls-server-name, insecure", at("inner", certificate_authority=None, **insecure,
                                               **name),
               {**TOKEN, "at": "inner", "server_name": "inner.example.com"})  # fmt: skip


def _server(change: Callable[[str], str], name: str = "secure") -> Callable[[Bench], Any]:
    return lambda b: b.user({"token": "t"}, b.cluster(server=change(str(getattr(b.grounds, name)))))


def _ca(name: str) -> Callable[[Bench], Any]:
    def prepare(b: Bench) -> Any:
        path = str(getattr(b.grounds.authority, name))
        return b.user({"token": "t"}, b.cluster(certificate_authority=path))

    return prepare


def _relative(b: Bench) -> Any:
    b.file("pki/ca.pem", b.grounds.authority.ca.read_text())
    return b.user({"token": "t"}, b.cluster(certificate_authority="pki/ca.pem"))


def _data(b: Bench) -> dict[str, Any]:
    return b.cluster(
        certificate_authority=None,
        certificate_authority_data=encoded(b.grounds.authority.ca),
    )


def _several(b: Bench) -> Any:
    texts = [path.read_text() for path in (b.grounds.authority.other_ca, b.grounds.authority.ca)]
    junk = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n"
    path = b.file("bundle.pem", "# größer\n".join([junk, *texts]))
    return b.user({"token": "t"}, b.cluster(certificate_authority=path))


def _middle(b: Bench) -> Any:
    path = str(b.grounds.authority.middle)
    return b.user({"token": "t"}, b.cluster(server=b.grounds.below, certificate_authority=path))


def _leaf(b: Bench) -> Any:
    path = str(b.grounds.authority.pair("server")[0])
    return b.user({"token": "t"}, b.cluster(certificate_authority=path))


def _both(b: Bench) -> Any:
    return b.user({"token": "t"}, {**_data(b), **b.cluster()})


def _no_pem(b: Bench) -> Any:
    path = b.file("ca.pem", "hello")
    return b.user({"token": "t"}, b.cluster(certificate_authority=path))
