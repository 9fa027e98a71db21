r"""The last filter of all that people and pipelines read, on screens, in files and in log lines.

A log of CI is read by programs: GitHub Actions takes a line that begins with ``::`` for a command, and
Azure Pipelines and others take ``##[...]`` and ``##vso[...]`` for one wherever they stand (actions/runner
``ActionCommand.cs``, azure-pipelines-agent ``Command.cs``). No value that we show may be one. Nor may a
character of it steer a terminal, turn the direction of the text around it, or stand there unseen.

Text gets a backslash in the middle of a command. JSON and YAML keep their values: there, the same
characters are written by their number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from vpsync.redact.text import UNSEEN, escaped, is_seen, printable

_COMMAND = re.compile(r"^([^\S\n]*)(?=::)|#(?=#\w*+\[)", re.MULTILINE)
"""Where a command begins: what is taken for one is parted behind the match."""

_HASHES = re.compile(r"##(?=\w*+\[)")

_SUSPICIOUS = re.compile(r"[@=]|::|##")
"""What a credential or a command cannot do without, in text on one line."""

_COLOR = re.compile(r"(\x1b\[[0-9;]*m)")
"""What makes text coloured (ECMA-48, SGR); harmless, and ours where we colour."""


def safe_text(text: str, *, colored: bool = False, at_start: bool = True) -> str:
    """The text, harmless; line breaks stay, and with ``colored`` what colours it.

    ``at_start`` says whether it begins a line.
    """
    if not is_seen(text.replace("\n", "")):
        parts = _COLOR.split(text) if colored else [text]
        text = "".join(part if colored and n % 2 else _lines(part) for n, part in enumerate(parts))
    return _parted(text, at_start) if "::" in text or "##" in text else text


def safe_line(text: str) -> str:
    """A sentence of ours or of others on one line, harmless wherever it is printed."""
    # Nearly every sentence is harmless, and a pass tells thousands.
    if is_seen(text) and _SUSPICIOUS.search(text) is None:
        return text
    return safe_text(printable(text))


def safe_json(text: str) -> str:
    """The text of a JSON document: the same values, no character of which does harm."""
    return _numbered(text, lambda character: json.dumps(character)[1:-1])


def safe_yaml(text: str) -> str:
    """The text of a YAML document in which all that :func:`is_hazardous` stands in double quotes."""
    return _numbered(text, _yaml_number)


def is_hazardous(text: str) -> bool:
    """Whether a text holds what the last filter would change: in YAML it wants double quotes."""
    return not is_seen(text.replace("\n", "")) or _COMMAND.search(text) is not None


def _lines(text: str) -> str:
    return "\n".join(map(escaped, text.split("\n")))


def _parted(text: str, at_start: bool) -> str:
    def part(match: re.Match[str]) -> str:
        inside = match[1] is not None and match.start() == 0 and not at_start
        return match[0] if inside else f"{match[0]}\\"

    return _COMMAND.sub(part, text)


def _numbered(text: str, number: Callable[[str], str]) -> str:
    if not is_seen(text.replace("\n", "")):
        text = "".join(c if c.isprintable() or c == "\n" else number(c) for c in text)
        text = UNSEEN.sub(lambda match: number(match[0]), text)
    return _HASHES.sub(r"#\\u0023", text) if "##" in text else text


def _yaml_number(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
