"""Which names are those of secrets.

Two rules. A key of a map is a secret only where it surely says so, for its whole value is masked:
``keyspace`` is none, ``s3.access-key`` is one. In a text that somebody else wrote, ``name=value`` is
taken for a secret more readily, for only that value is masked.
"""

from __future__ import annotations

import re
from functools import lru_cache

from vpsync.model.json import Json, Path

_WORD = r"pass|passcode|pin|auth|basic[-_.]?auth|jwt|(?:set[-_])?cookies?|pwd|sas"
"""These are secrets as the last word of a name, and harmless as a part of one (``compass``)."""

_SURE = (
    r"passw(?:or)?d|passphrase|passcode|secret|token|credential|authorization|sasl\.jaas|[-_./]pwd|^pwd"
    r"|(?:api|access|private|account|encryption|signing|shared|master)[-_.]?key|[-_.]sas(?:[-_.]|$)"
    rf"|(?:^|[-_./\s])(?:{_WORD})(?:$|/)|webhook[-_.]?(?:url|uri)"
)
_SURE_KEY = re.compile(_SURE, re.IGNORECASE)
_CAMEL = re.compile(r"[a-z](?:Pass|Passcode|Pin|Auth|Jwt|Cookie|Pwd)(?:$|/)")
"""The same last words where a hump parts them: ``dbPass``, ``basicAuth``."""

_LIKELY = re.compile(
    r"passw(?:or)?d|passphrase|passcode|pwd|secret|token|credential|authorization|signature|sig|key"
    rf"|jaas|webhook|(?:^|[-_.])(?:{_WORD})(?:$|[\"'\s=:])",
    re.IGNORECASE,
)

REFERENCES = frozenset({"imagePullSecrets", "secretKeyRef", "secretName", "secretRef"})
"""Where Kubernetes names a Secret: the name is none itself."""


@lru_cache(maxsize=4096)
def is_secret_path(path: Path) -> bool:
    """Whether a path leads to a secret. Remembered: a fleet declares the same few paths over and over."""
    text = "/".join(key for key in path if key not in REFERENCES)
    return _SURE_KEY.search(text) is not None or _CAMEL.search(text) is not None


def is_secret_key(name: Json) -> bool:
    """Whether a key of a map, or the name of a variable or header, is that of a secret."""
    if not isinstance(name, str) or name in REFERENCES:
        return False
    return _SURE_KEY.search(name) is not None or _CAMEL.search(name) is not None


def is_secret_word(name: str) -> bool:
    """Whether a name in a running text, with what stands between it and its value, is that of a secret."""
    return _LIKELY.search(name) is not None or _CAMEL.search(name.rstrip(" \t=:\"'")) is not None


def is_argument(text: Json) -> bool:
    """Whether the next word of a command line is the value of this argument, and a secret."""
    if not isinstance(text, str) or not text.startswith("-") or "=" in text:
        return False
    return text == "-p" or is_secret_key(text)
