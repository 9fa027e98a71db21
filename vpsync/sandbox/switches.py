"""The switches of `SandboxOptions` as text, for a command line: `list-order=shuffled`."""

import types
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Literal, get_args, get_origin, get_type_hints

from vpsync.sandbox.options import SandboxOptions

_NOT_SWITCHES = frozenset({"edition", "version", "namespaces", "auth", "global_defaults"})
_WORDS = {"true": True, "false": False}


def switch_values() -> dict[str, str]:
    """What each switch takes, in words, by its name with dashes."""
    hints = get_type_hints(SandboxOptions)
    return {
        name.replace("_", "-"): _words(hint)
        for name, hint in hints.items()
        if name not in _NOT_SWITCHES and not name.startswith("_")
    }


def switched(options: SandboxOptions, settings: Iterable[str]) -> SandboxOptions:
    """`options` with each setting `NAME=VALUE`; dashes in a name stand for underscores.

    Raises:
        ValueError: a name is no switch, or a value is none of its values.
    """
    known, hints = switch_values(), get_type_hints(SandboxOptions)
    found: dict[str, Any] = {}
    for setting in settings:
        name, _, word = setting.partition("=")
        shown = name.strip().replace("_", "-")
        if shown not in known:
            raise ValueError(f"there is no switch {shown!r}; there are {', '.join(known)}")
        key = shown.replace("-", "_")
        try:
            found[key] = _parsed(hints[key], word.strip())
        except ValueError:
            raise ValueError(f"{shown} takes {known[shown]}, not {word.strip()!r}") from None
    return replace(options, **found)


def _words(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return " or ".join(str(value) for value in get_args(hint))
    if get_origin(hint) is types.UnionType:
        return " or ".join(_words(part) for part in get_args(hint))
    plain = {bool: "true or false", int: "a number", float: "a number", types.NoneType: "none"}
    return plain[hint]


def _parsed(hint: Any, word: str) -> Any:
    if get_origin(hint) is Literal:
        return {str(value): value for value in get_args(hint)}[_known(hint, word)]
    if get_origin(hint) is types.UnionType:
        return None if word == "none" else _parsed(get_args(hint)[0], word)
    if hint is bool:
        if word not in _WORDS:
            raise ValueError(word)
        return _WORDS[word]
    return hint(word)


def _known(hint: Any, word: str) -> str:
    if word not in map(str, get_args(hint)):
        raise ValueError(word)
    return word
