"""Secrets taken out of values before anything is rendered.

Redaction works on the data, by path: what a key calls a secret, the values of environment variables,
and the parts of URLs and argument strings that carry credentials. Text, JSON and events all get their
values here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from vpsync.model.change import FieldChange
from vpsync.model.json import Json, Path
from vpsync.redact.credentials import MASK, without_credentials
from vpsync.redact.names import is_argument, is_secret_key, is_secret_path


def redacted(path: Path, value: Json) -> tuple[Json, bool]:
    """The value fit to be shown, and whether anything was taken out of it."""
    if value is None:
        return None, False
    if is_secret_path(path):
        return MASK, True
    shown = _shown(value, in_variables="envVars" in path or "env" in path)
    return shown, shown != value


def redacted_sides(change: FieldChange) -> tuple[Json, Json, bool]:
    """Both sides of a field change fit to be shown, and whether anything was taken out of them."""
    if change.sensitive:
        before, after = (None if side is None else MASK for side in (change.before, change.after))
        return before, after, True
    before, hides_before = redacted(change.path, change.before)
    after, hides_after = redacted(change.path, change.after)
    return before, after, hides_before or hides_after


def sensitive_texts(fields: Iterable[FieldChange]) -> frozenset[str]:
    """The texts that are never shown of these changes: what VVP may quote in an error, by their value."""
    texts: set[str] = set()
    for item in fields:
        before, after, _ = redacted_sides(item)
        texts.update(_taken_out(item.before, before), _taken_out(item.after, after))
    return frozenset(texts)


def _taken_out(value: Json, shown: Json) -> Iterator[str]:
    """The texts of a value that its redacted form lacks."""
    if isinstance(value, Mapping) and isinstance(shown, Mapping):
        for key, member in value.items():
            yield from _taken_out(member, shown.get(key))
    elif isinstance(value, list) and isinstance(shown, list):
        for item, other in zip(value, shown, strict=True):
            yield from _taken_out(item, other)
    elif shown == MASK:
        yield from _texts(value)


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value


def _shown(value: Json, *, in_variables: bool) -> Json:
    if isinstance(value, Mapping):
        hides = in_variables or is_secret_key(value.get("name"))
        return {key: _member(key, member, hides) for key, member in value.items()}
    if isinstance(value, list):
        pairs = zip(["", *value], value, strict=False)
        return [
            MASK if _follows(before, item) else _shown(item, in_variables=in_variables)
            for before, item in pairs
        ]
    return without_credentials(value) if isinstance(value, str) else value


def _follows(before: Json, item: Json) -> bool:
    """Whether an item of a list is the secret value of the argument before it; a number is a port."""
    return is_argument(before) and not (before == "-p" and str(item).isdigit())


def _member(key: str, member: Json, hides: bool) -> Json:
    secret = is_secret_key(key)
    if (hides and key == "value") or (secret and isinstance(member, (str, list))):
        return MASK
    return _shown(member, in_variables=hides or secret or key in ("env", "envVars"))
