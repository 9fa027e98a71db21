"""Credentials inside of texts: what VVP and manifests say is shown without them."""

from __future__ import annotations

import re

from vpsync.model.json import Json

MASK = "***"

_USER_INFO = re.compile(r"(?<=://)[^/\s]+(?=@)")
_NAME = re.compile(r"""(?<![-\w.])[-\w.]++["']?+(?:\s*+[=:]\s*+|\s++)""")
"""A name and what stands between it and its value. Written so that no text takes long."""
_SECRET = re.compile(
    r"passw(?:or)?d|passphrase|pwd|secret|token|credential|authorization|signature|sig|key",
    re.IGNORECASE,
)
_QUOTED = r"""\"[^\"]*\"|'(?:[^']|'')*'"""
_SENTENCE = r"(?:must|is|does|fits|means|the|vpsync)\s"
"""How a rule begins that stands behind the field it is about: only this word would be hidden."""
_VALUE = re.compile(
    rf"""(?!{_SENTENCE})(?:(?:Bearer|Basic)\s+)?(?:{_QUOTED}|["']?(?:[^\s&;"',]|,(?!\s|$))++)"""
)
_ARGUMENT = re.compile(rf"{_QUOTED}|\S++")
"""The value of an argument: there, only a space or a quote ends it."""


def without_credentials(text: str) -> str:
    """The text without user info in URLs and without the values of what is named like a secret.

    A value follows ``=`` or ``:``, or a space where the name is an argument (``--password x``).
    """
    text = _USER_INFO.sub(MASK, text)
    shown, end = "", 0
    for name in _NAME.finditer(text):
        if name.start() < end or not _is_secret(name[0]):
            continue
        kind = _ARGUMENT if name[0].startswith("-") else _VALUE
        if value := kind.match(text, name.end()):
            shown += text[end : name.end()] + MASK
            end = value.end()
    return shown + text[end:]


def _is_secret(name: str) -> bool:
    named = name.startswith("-") or name.rstrip().endswith(("=", ":"))
    return named and _SECRET.search(name) is not None


def cleaned(value: Json) -> Json:
    """The value with every text in it as :func:`without_credentials` gives it."""
    if isinstance(value, dict):
        return {key: cleaned(member) for key, member in value.items()}
    if isinstance(value, list):
        return [cleaned(member) for member in value]
    return without_credentials(value) if isinstance(value, str) else value
