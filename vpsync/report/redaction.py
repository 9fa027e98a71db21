"""Secrets taken out of values before anything is rendered.

Redaction works on the data, by path: what a key calls a secret, the values of environment variables,
and the parts of URLs and argument strings that carry credentials. Text, JSON and events all get their
values here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from vpsync.model.credentials import MASK, without_credentials
from vpsync.model.json import Json, Path

_SECRET_KEY = re.compile(
    r"passw(or)?d|passphrase|secret|token|credential|authorization|sasl\.jaas|[-_./]pwd|^pwd"
    r"|(api|access|private|account|encryption|signing|shared|master)[-_.]?key|[-_.]sas([-_.]|$)",
    re.IGNORECASE,
)


def redacted(path: Path, value: Json) -> tuple[Json, bool]:
    """The value fit to be shown, and whether anything was taken out of it."""
    if value is None:
        return None, False
    if _SECRET_KEY.search("/".join(path)):
        return MASK, True
    shown = _shown(value, in_variables="envVars" in path or "env" in path)
    return shown, shown != value


def _shown(value: Json, *, in_variables: bool) -> Json:
    if isinstance(value, Mapping):
        return {
            key: MASK if _is_secret(key, member, in_variables) else
            _shown(member, in_variables=in_variables or key in ("env", "envVars"))
            for key, member in value.items()
        }  # fmt: skip
    if isinstance(value, list):
        return [_shown(item, in_variables=in_variables) for item in value]
    return without_credentials(value) if isinstance(value, str) else value


def _is_secret(key: str, member: Json, in_variables: bool) -> bool:
    if in_variables and key == "value":
        return True
    return isinstance(member, str) and _SECRET_KEY.search(key) is not None
