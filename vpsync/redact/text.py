"""Text made harmless: no character of it steers a terminal, and none of it is markup.

Every form that people read is made of these. They hide nothing by themselves, but :func:`quoted` does.
"""

from __future__ import annotations

import re
from unicodedata import category

from vpsync.redact.credentials import LONGEST, without_assigned, without_credentials
from vpsync.redact.redactor import NOTHING, Redactor

UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0d\uffa0\U000e0100-\U000e01ef]"
    "|(?<![\u2190-\u2bff\U0001f000-\U0001faff])[\ufe0e\ufe0f]"
)
"""What Python takes for printable and no screen shows: fillers, variation selectors, the empty Braille cell
(Unicode, "Default_Ignorable_Code_Point"). A selector that makes an emoji of a sign is seen by that."""

_SHORT = {"\t": "\\t", "\r": "\\r", "\n": "\\n"}

_MARKUP = re.compile(r"[&<>\\`*_\[\]|~$@#]|:(?=\S)|(?<=\bGH)-(?=\d)|(?<=\bwww)\.", re.IGNORECASE)
"""What Markdown or GitHub would make something of: tags, emphasis, links, hosts, mentions, emoji, issues."""

SAYS = "; VVP says:"
"""Leads from a decision of ours to what VVP says about it."""


def escaped(text: str) -> str:
    r"""The text with every character written out that steers a terminal, turns its direction or is unseen.

    A tab is ``\t``; the others are their number, such as ``\u202e``.
    """
    if is_seen(text):
        return text
    text = "".join(c if c.isprintable() else _SHORT.get(c, _numbered(c)) for c in text)
    return UNSEEN.sub(lambda match: _numbered(match[0]), text)


def is_seen(text: str) -> bool:
    """Whether a person sees each character of a text on one line, and none does anything else."""
    return text.isprintable() and (text.isascii() or UNSEEN.search(text) is None)


def printable(text: str) -> str:
    """A sentence on one line: blanks for control characters, the rest as :func:`escaped` gives it.

    The words stay as they are, for they may be our own, but for what no sentence of ours can hold.
    """
    if not is_seen(text):
        text = escaped("".join(" " if category(c) == "Cc" else c for c in text))
    return without_assigned(text)


def quoted(text: str, limit: int | None = None, hiding: Redactor = NOTHING) -> str:
    """What somebody else said, on one line: hidden first, then cut to ``limit`` characters.

    A secret that is cut before it is looked for would stay, but for its last characters.
    """
    words = without_credentials(hiding.text(text[:LONGEST]))
    if not is_seen(words):
        # Line breaks and other characters between a name and its value hide nothing from the second look.
        words = without_credentials(" ".join(printable(words).split()))
    return words if limit is None else shortened(words, limit)


def shortened(text: str, limit: int) -> str:
    """The text, cut to so many characters; for what was hidden from before."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def with_quote(message: str, detail: str, lead: str = "") -> str:
    """Our own words, and behind them, after the ``lead``, what they quote: only that is cleaned."""
    return f"{message}{lead} {quoted(detail)}" if detail else message


def markdown_text(text: str) -> str:
    """The text as it stands, whatever it holds, on one line of Markdown."""
    return _MARKUP.sub(_entity, printable(text))


def _entity(match: re.Match[str]) -> str:
    """The character as an entity; a mention or a reference is broken by a space without width."""
    character = match[0]
    return f"&#{ord(character)};{'&#8203;' if character in '@#-.' else ''}"


def _numbered(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
