"""Tokens, passwords, client certificates, impersonation."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from ..authority import encoded
from ..bench import Bench, printing
from .case import PLAIN, TOKEN, Case, as_user

_JANE = f"Basic {base64.b64encode(b'jane:pw').decode()}"


def tokens() -> Iterator[Case]:
    """Tokens and passwords."""
    yield Case("a token", as_user({"token": "t"}), TOKEN)
    yield Case("a token file", _file("t"), TOKEN)
    yield Case("a token file that ends in a newline", _file("t\n"), TOKEN)
    yield Case("a token file with lines around it", _file("\n  t \r\n"), TOKEN)
    yield Case("a token file wins over a token", _file("t", token="other"), TOKEN)
    yield Case("an empty token file leaves the token", _file("\n", token="t"), TOKEN)
    yield Case("an empty token file", _file(""), None)
    yield Case("a token file of blanks", _file(" \n"), None)
    yield Case("a token file that is not there", as_user({"tokenFile": "/nowhere/token"}), None)
    yield Case("a token file that is not there leaves the token",
               as_user({"tokenFile": "/nowhere/token", "token": "t"}), TOKEN)  # fmt: skip
    yield Case("a token that ends in a newline", as_user({"token": "t\n"}), TOKEN, None,
               "a `token` that ends in a newline | fails | sends it without the newline")  # fmt: skip
    yield Case("a token of two lines", as_user({"token": "CANARY\nt"}), None)
    yield Case("a token file of two lines", _file("CANARY\nt"), None)
    yield Case("a token that is a number", as_user({"token": 12345}), None)
    yield Case("a token that looks like a date", as_user({"token": date(2024, 1, 1)}),
               {"authorization": "Bearer 2024-01-01"})  # fmt: skip
    yield Case("a name and a password", as_user({"username": "jane", "password": "pw"}),
               {"authorization": _JANE})  # fmt: skip
    yield Case("a password and a token", as_user({"username": "j", "password": "p", "token": "t"}),
               None)  # fmt: skip
    yield Case("a password and a token file", _file("t", username="j", password="p"), None)
    yield Case("credentials for a plain server that is not this machine",
               lambda b: b.user({"token": "t"}, {"server": "http://api.example.com",
                                                 "proxy-url": b.grounds.plain}),
               {"at": "plain", "host": "api.example.com",
                "path": "http://api.example.com/version"})  # fmt: skip
    yield Case("credentials for a plain server on loopback",
               lambda b: b.user({"token": "t"}, {"server": b.grounds.plain}),
               {"at": "plain", **TOKEN}, {"at": "plain"}, PLAIN)  # fmt: skip


def certificates() -> Iterator[Case]:
    """Client certificates."""
    alice = {"certificate": "alice"}
    yield Case("client certificate by files", lambda b: b.user(_files(b)), alice)
    yield Case("client certificate by data", lambda b: b.user(_data(b)), alice)
    yield Case("client certificate by file, key by data", lambda b: b.user(_mixed(b)), alice)
    yield Case("client certificate by relative paths", _relative, alice)
    yield Case("client certificate and token", lambda b: b.user({**_data(b), "token": "t"}),
               {**alice, **TOKEN})  # fmt: skip
    yield Case("client certificate by file and data", lambda b: b.user({**_files(b), **_data(b)}),
               None)  # fmt: skip
    yield Case("client certificate without key", lambda b: b.user(
        {"client-certificate": _files(b)["client-certificate"]}), None)  # fmt: skip
    yield Case("client certificate that is not there", lambda b: b.user(
        {**_files(b), "client-certificate": "/nowhere.pem"}), None)  # fmt: skip
    yield Case("client key of another certificate", _key_of_another, None)
    yield Case("client key with a password", _locked, None)
    yield Case("client certificate that is no base64", as_user(
        {"client-certificate-data": "?", "client-key-data": "?"}), None)  # fmt: skip


def impersonation() -> Iterator[Case]:
    """``as`` and what goes with it."""
    t = {"token": "t"}
    yield Case("as", as_user({**t, "as": "jane"}), _headers(("user", "jane")))
    yield Case("as with uid and groups", as_user(
        {**t, "as": "jane", "as-uid": "7", "as-groups": ["a", "b, c"]}),
        _headers(("user", "jane"), ("uid", "7"), ("group", "a"), ("group", "b, c")))  # fmt: skip
    yield Case("as with extra", as_user(
        {**t, "as": "jane", "as-user-extra": {"Scopes/x": ["a", "b"], "reason": ["c"]}}),
        _headers(("user", "jane"), ("extra-scopes%2fx", "a"), ("extra-scopes%2fx", "b"),
                ("extra-reason", "c")))  # fmt: skip
    yield Case("as with letters beyond ASCII", as_user({**t, "as": "jäne"}),
               _headers(("user", "jäne".encode().decode("latin-1"))))  # fmt: skip
    yield Case("as a service account", as_user({**t, "as": "system:serviceaccount:a:b"}),
               _headers(("user", "system:serviceaccount:a:b")))  # fmt: skip
    yield Case("groups without as", as_user({**t, "as-groups": ["a"]}), None)
    yield Case("a uid without as", as_user({**t, "as-uid": "7"}), None)
    yield Case("as of two lines", as_user({**t, "as": "jane\nroot"}), None)
    yield Case("as without credentials", as_user({"as": "jane"}), None)
    yield Case("groups that are no list", as_user({**t, "as": "jane", "as-groups": "a"}), None)
    yield Case("as by a proxy that sees it", lambda b: b.user(
        {"as": "jane", "as-groups": ["a", "b"]},
        {"server": "http://api.example.com", "proxy-url": b.grounds.plain}),
        {"at": "plain", "host": "api.example.com", "path": "http://api.example.com/version",
         **_headers(("user", "jane"), ("group", "a"), ("group", "b")), "authorization": ""})  # fmt: skip
    yield Case("as with a plugin", lambda b: b.user({**b.plugin(printing(token="t")), "as": "j"}),
               _headers(("user", "j")))  # fmt: skip


def _file(content: str, **more: Any) -> Callable[[Bench], Any]:
    return lambda b: b.user({"tokenFile": b.file("token", content), **more})


def _files(b: Bench, name: str = "alice") -> dict[str, Any]:
    certificate, key = b.grounds.authority.pair(name)
    return {"client-certificate": str(certificate), "client-key": str(key)}


def _data(b: Bench) -> dict[str, Any]:
    certificate, key = b.grounds.authority.pair("alice")
    return {"client-certificate-data": encoded(certificate), "client-key-data": encoded(key)}


def _mixed(b: Bench) -> dict[str, Any]:
    own = _files(b)
    return {"client-certificate": own["client-certificate"],
            "client-key-data": _data(b)["client-key-data"]}  # fmt: skip


def _relative(b: Bench) -> Any:
    for name, source in zip(("c.pem", "k.pem"), b.grounds.authority.pair("alice"), strict=True):
        b.file(name, source.read_text())
    return b.user({"client-certificate": "c.pem", "client-key": "./k.pem"})


def _locked(b: Bench) -> Any:
    key = str(b.grounds.authority.folder / "locked.key")
    return b.user({**_files(b), "client-key": key})


def _key_of_another(b: Bench) -> Any:
    return b.user({**_files(b), "client-key": _files(b, "bob")["client-key"]})


def _headers(*named: tuple[str, str]) -> dict[str, Any]:
    sent = sorted((f"impersonate-{name}", value) for name, value in named)
    return {**TOKEN, "impersonation": tuple(sent)}
