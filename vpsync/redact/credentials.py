"""Credentials inside of texts that somebody else wrote: they are shown without them.

For what VVP, a cluster and manifests say. Texts of vpsync itself do not come here.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from vpsync.model.json import Json
from vpsync.redact.names import is_secret_word

MASK = "***"

LONGEST = 131_072
"""Characters of a text of others that are looked at: several times what any form of output shows, so that
what this cuts in two is cut off again where it is shown."""

_USER_INFO = re.compile(r"([-+.\w]{0,32})://([^/?#\\\s]+)(?=@)")
r"""The scheme and the user information of a URL: it ends at ``/``, ``?``, ``#`` or ``\``, as the
host does (WHATWG URL, "authority state"); what stands behind one of these is no user."""

_CONTAINERS = frozenset({"wasb", "wasbs", "abfs", "abfss"})
"""Azure's schemes, in which a container stands before the account: ``abfss://container@account/``."""

_ORACLE = re.compile(
    r"(?<=jdbc:oracle:)(\w{1,9}:)[^/\s@]{1,512}+/[^\s@]{1,512}+(?=@)", re.IGNORECASE
)
"""``jdbc:oracle:thin:user/password@host``. Bounded: a text may begin so ten thousand times."""

# A possessive group that fails half way keeps what it took before Python 3.11.5 (gh-106052), so there is none
# that could: what a private key and a value may not run into is looked at behind single characters.
_KEY_BEGINS = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_ENDS = re.compile(r"-----END[^-\n]*+-----")

_SHAPES = re.compile(
    r"(?<![A-Za-z0-9_])(?:gh[pousr]_|github_pat_|glpat-|xox[a-z]-|sk_live_|rk_live_|npm_|hv[bsr]\.|ya29\.)"
    r"[-\w.]{6,}"
    r"|(?<![A-Za-z0-9_])(?:AKIA|ASIA)[A-Z0-9]{12,}"
    r"|(?<![A-Za-z0-9_])eyJ(?:\w|-(?!eyJ)){6,}+\.[-\w]{4,}(?:\.[-\w]*)?"
)
"""What is a secret whatever it is called: tokens with the prefix of their issuer, access keys of AWS, JSON
web tokens. None is looked for further than to where the next one may begin."""

_WEBHOOK = re.compile(
    r"(https?://(?:hooks?\.[^/\s\"']{1,200}/|[^\s\"']{1,100}?/(?:api/)?(?:web)?hooks?/|[^/\s\"']{0,100}webhook[^/\s\"']{0,100}/))"
    r"[^\s\"'<>]+",
    re.IGNORECASE,
)
"""Whoever knows the address of a webhook may post to it."""

_XML = re.compile(
    r"(<\w+\s[^<>]{0,200}?\bname=([\"'])([^\"'<>]{1,200})\2[^<>]{0,200}>|<name>([^<>]{1,200})</name>\s{0,40}<value>)"
    r"([^<]+)"
)
"""An element named like a secret, as log4j2 and Hadoop write properties, up to its text."""

_XML_VALUE = re.compile(
    r"(<\w+\s[^<>]{0,200}?\bname=([\"'])([^\"'<>]{1,200})\2\s+value=)([\"'])([^\"'<>]*)"
)

_NAME = re.compile(r"""(?<![-\w.])[-\w.]++["']?+(?:\s*+[=:]\s*+|\s++)""")
"""A name and what stands between it and its value. Written so that no text takes long."""
_QUOTED = r"""\"[^\"]*\"|'(?:[^']|'')*'"""
_SENTENCE = r"(?:must|is|does|fits|means|the|vpsync)\s"
"""How a rule begins that stands behind the field it is about: only this word would be hidden."""
_VALUE = re.compile(
    rf"""(?!{_SENTENCE})(?:(?:Bearer|Basic)\s+)?(?:{_QUOTED}|["']?[^\s&;"']+(?!(?<=,)(?:\s|$)))"""
)
"""A value; a comma at its end is of the sentence around it."""
_ARGUMENT = re.compile(rf"{_QUOTED}|\S++")
"""The value of an argument: there, only a space or a quote ends it."""
_COOKIES = re.compile(rf"{_QUOTED}|[^\r\n\"']++")
"""The value of a header with cookies: all of its line."""


def without_credentials(text: str) -> str:
    """The text without user info in URLs and without the values of what is named like a secret.

    A value follows ``=`` or ``:``, or a space where the name is an argument (``--password x``).
    """
    return _without_named(_without_shapes(text), _is_secret)


def without_assigned(text: str) -> str:
    """The text without user info in URLs and without ``password=x``, which no sentence of ours has.

    The last net under texts that should be clean already; it takes no word out of a sentence.
    """
    text = _without_users(text)
    return _without_named(text, _is_assigned) if "=" in text else text


def _without_users(text: str) -> str:
    if "@" not in text:
        return text
    return _USER_INFO.sub(_user_hidden, _ORACLE.sub(rf"\1{MASK}", text))


def _without_shapes(text: str) -> str:
    text = _SHAPES.sub(MASK, _without_keys(_without_users(text)))
    if "hook" in text.lower():
        text = _WEBHOOK.sub(rf"\1{MASK}", text)
    if "<" in text:
        text = _XML.sub(_element_hidden, _XML_VALUE.sub(_attribute_hidden, text))
    return text


def _without_keys(text: str) -> str:
    """The text without private keys in PEM; one whose end was cut off goes to the end of the text."""
    if "PRIVATE KEY" not in text:
        return text
    shown, end = "", 0
    while (begin := _KEY_BEGINS.search(text, end)) is not None:
        shown += text[end : begin.start()] + MASK
        end = text.find("-----END", begin.end())
        if end < 0:
            return shown
        closing = _KEY_ENDS.match(text, end)
        end = closing.end() if closing else end
    return shown + text[end:]


def _without_named(text: str, is_secret: Callable[[str], bool]) -> str:
    shown, end = "", 0
    for name in _NAME.finditer(text):
        if name.start() < end or not is_secret(name[0]):
            continue
        if value := _value_of(name[0]).match(text, name.end()):
            if name[0].startswith("-p ") and value[0].isdigit():
                continue
            shown += text[end : name.end()] + MASK
            end = value.end()
    return shown + text[end:]


def _value_of(name: str) -> re.Pattern[str]:
    if name.startswith("-"):
        return _ARGUMENT
    return _COOKIES if "cookie" in name.lower() else _VALUE


def _is_secret(name: str) -> bool:
    named = name.startswith("-") or name.rstrip().endswith(("=", ":"))
    return named and (name.rstrip() == "-p" or is_secret_word(name))


def _is_assigned(name: str) -> bool:
    return name.endswith("=") and is_secret_word(name)


def _user_hidden(match: re.Match[str]) -> str:
    scheme, user = match.groups()
    if scheme.lower() in _CONTAINERS and ":" not in user and "@" not in user:
        return match[0]
    return f"{scheme}://{MASK}"


def _element_hidden(match: re.Match[str]) -> str:
    secret = is_secret_word(f"{match[3] or match[4]}=") and match[5].strip()
    return f"{match[1]}{MASK}" if secret else match[0]


def _attribute_hidden(match: re.Match[str]) -> str:
    return f"{match[1]}{match[4]}{MASK}" if is_secret_word(f"{match[3]}=") else match[0]


def cleaned(value: Json) -> Json:
    """The value with every text in it as :func:`without_credentials` gives it."""
    if isinstance(value, dict):
        return {key: cleaned(member) for key, member in value.items()}
    if isinstance(value, list):
        return [cleaned(member) for member in value]
    return without_credentials(value[:LONGEST]) if isinstance(value, str) else value
