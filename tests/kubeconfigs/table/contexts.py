"""Contexts, lists of files, and the form of a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from ..bench import Bench
from .case import TOKEN, Case, as_user


def contexts() -> Iterator[Case]:
    """Which context, cluster and user is meant."""
    yield Case("the current context", _two, {"authorization": "Bearer one"})
    yield Case("another context", _named("two"), {"authorization": "Bearer two"})
    yield Case("a context that is not there", _named("three"), None)
    yield Case(
        "a current context that is not there", lambda b: _two(b, **{"current-context": "x"}), None
    )
    yield Case("a cluster that is not there", lambda b: _two(b, clusters=[]), None)
    yield Case("a user that is not there", lambda b: _two(b, users=[]), None)
    yield Case("a user without credentials", as_user({}), None)
    yield Case("nobody at a plain server", lambda b: b.user(None, {"server": b.grounds.plain}),
               {"at": "plain"})  # fmt: skip


def lists() -> Iterator[Case]:
    """Several files in ``$KUBECONFIG``."""
    yield Case("the first file gives the whole of a user", _both, {"authorization": "Bearer first"})
    yield Case("parts in three files", _parts, TOKEN)
    yield Case("a file of the list that is not there", _missing, TOKEN)
    yield Case("an empty file in the list", _empty_first, TOKEN)
    yield Case("a broken file in the list", _broken_first, None)
    yield Case("the current context of a later file", _later_current, TOKEN)
    yield Case("a path is taken from the file that names it", _relative, TOKEN)


def forms() -> Iterator[Case]:
    """What a file may look like."""
    yield Case("a user that stands twice", _twice, None)
    yield Case("unknown members", _unknown, TOKEN)
    yield Case("no YAML, in the line of a token",
               lambda b: b.write('users: [{name: u, user: {token: "CANARY}}]\n'), None)  # fmt: skip
    yield Case("no UTF-8, in the line of a token", _latin_1, None)
    yield Case("another kind", _other_kind, None)
    yield Case("neither kind nor apiVersion", _bare, TOKEN)
    yield Case("JSON", _json_text, TOKEN)
    yield Case("a user of another context that is broken", _broken_elsewhere, None)


def _two(b: Bench, **more: Any) -> None:
    names = ("one", "two")
    b.write({
        "clusters": [{"name": "c", "cluster": b.cluster()}],
        "users": [{"name": name, "user": {"token": name}} for name in names],
        "contexts": [
            {"name": name, "context": {"cluster": "c", "user": name}} for name in names
        ],
        "current-context": "one", **more,
    })  # fmt: skip


def _named(name: str) -> Callable[[Bench], None]:
    def prepare(b: Bench) -> None:
        _two(b)
        b.context = name

    return prepare


def _whole(b: Bench, token: str, **more: Any) -> dict[str, Any]:
    return {
        "clusters": [{"name": "c", "cluster": b.cluster()}],
        "users": [{"name": "u", "user": {"token": token, **more}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }


def _both(b: Bench) -> None:
    b.write(_whole(b, "first"))
    b.write(_whole(b, "second", **{"as": "somebody"}))


def _parts(b: Bench) -> None:
    b.write({"current-context": "x", "users": [{"name": "u", "user": {"token": "t"}}]})
    b.write({"clusters": [{"name": "c", "cluster": b.cluster()}]})
    b.write({"contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}]})


def _missing(b: Bench) -> None:
    b.files.append(b.folder / "nothing")
    b.write(_whole(b, "t"))


def _empty_first(b: Bench) -> None:
    b.write("")
    b.write(_whole(b, "t"))


def _broken_first(b: Bench) -> None:
    b.write("a: [")
    b.write(_whole(b, "t"))


def _later_current(b: Bench) -> None:
    b.write({"users": [{"name": "u", "user": {"token": "t"}}]})
    b.write(_whole(b, "second"))


def _relative(b: Bench) -> None:
    b.file("deep/token", "t\n")
    b.write({"users": [{"name": "u", "user": {"tokenFile": "token"}}]}, "deep/config")
    b.write(_whole(b, "second"))


def _twice(b: Bench) -> Any:
    held = _whole(b, "t")
    return b.write({**held, "users": held["users"] * 2})


def _unknown(b: Bench) -> Any:
    held = _whole(b, "t")
    return b.write({**held, "preferences": {"colors": True}, "plugin-settings": [1]})


def _other_kind(b: Bench) -> Any:
    return b.write({**_whole(b, "t"), "kind": "ConfigMap"})


def _latin_1(b: Bench) -> Any:
    path = b.write("")
    path.write_bytes("token: CANARY-ä\n".encode("latin-1"))


def _bare(b: Bench) -> Any:
    path = b.write(_whole(b, "t"))
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(one for one in lines if not one.startswith(("apiV", "kind"))))


def _json_text(b: Bench) -> Any:
    return b.write(json.dumps({"apiVersion": "v1", "kind": "Config", **_whole(b, "t")}))


def _broken_elsewhere(b: Bench) -> Any:
    held = _whole(b, "t")
    other = {"name": "v", "user": {"client-key-data": "?"}}
    return b.write({**held, "users": [*held["users"], other]})
