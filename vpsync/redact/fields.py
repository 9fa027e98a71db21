"""Secrets taken out of values before anything is rendered.

Redaction works on the data, by path: what a key calls a secret, the values of environment variables,
and the parts of URLs and argument strings that carry credentials. Text, JSON and events all get their
values here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from vpsync.model.change import FieldChange
from vpsync.model.credentials import MASK, without_credentials
from vpsync.model.json import Json, Path

_SECRET_KEY = re.compile(
    r"passw(or)?d|passphrase|secret|token|credential|authorization|sasl\.jaas|[-_./]pwd|^pwd"
    r"|(api|access|private|account|encryption|signing|shared|master)[-_.]?key|[-_.]sas([-_.]|$)",
    re.IGNORECASE,
)


_REFERENCES = frozenset({"imagePullSecrets", "secretKeyRef", "secretName", "secretRef"})
"""Where Kubernetes names a Secret: the name is none itself."""


def redacted(path: Path, value: Json) -> tuple[Json, bool]:
    """The value fit to be shown, and whether anything was taken out of it."""
    if value is None:
        return None, False
    if _names_secret(path):
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


@lru_cache(maxsize=4096)
def _names_secret(path: Path) -> bool:
    """Remembered: the resources of a fleet declare the same few paths over and over."""
    told = (key for key in path if key not in _REFERENCES)
    return _SECRET_KEY.search("/".join(told)) is not None


def _shown(value: Json, *, in_variables: bool) -> Json:
    if isinstance(value, Mapping):
        hides = in_variables or _is_secret(value.get("name"))
        return {key: _member(key, member, hides) for key, member in value.items()}
    if isinstance(value, list):
        pairs = zip(["", *value], value, strict=False)
        return [
            MASK if _is_argument(before) else _shown(item, in_variables=in_variables)
            for before, item in pairs
        ]
    return without_credentials(value) if isinstance(value, str) else value


def _member(key: str, member: Json, hides: bool) -> Json:
    secret = _is_secret(key)
    if (hides and key == "value") or (secret and isinstance(member, (str, list))):
        return MASK
    return _shown(member, in_variables=hides or secret or key in ("env", "envVars"))


def _is_secret(name: Json) -> bool:
    if not isinstance(name, str) or name in _REFERENCES:
        return False
    return _SECRET_KEY.search(name) is not None


def _is_argument(text: Json) -> bool:
    """Whether the next item of a list is the value of this argument, and a secret."""
    return isinstance(text, str) and text.startswith("-") and "=" not in text and _is_secret(text)
