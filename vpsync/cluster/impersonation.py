"""``as``, ``as-uid``, ``as-groups`` and ``as-user-extra`` of a user, as headers of every request."""

from __future__ import annotations

import string
from urllib.parse import quote

from vpsync.cluster.credentials import sendable
from vpsync.cluster.entries import User

_TOKEN = "!#$&'*+-.^_`|~" + string.digits + string.ascii_letters
"""What a header's name may hold (RFC 9110), without the percent sign, which escapes the rest."""


def impersonation(user: User) -> tuple[tuple[str, str], ...]:
    """The headers by which the API server takes requests for another's; empty without ``as``."""
    if not user.act_as:
        return ()
    named = [("Impersonate-User", user.act_as)]
    if user.act_as_uid:
        named.append(("Impersonate-Uid", user.act_as_uid))
    named += [("Impersonate-Group", group) for group in user.act_as_groups]
    for key, values in user.act_as_extra:
        name = f"Impersonate-Extra-{quote(key, safe=_TOKEN)}"
        named += [(name, value) for value in values]
    return tuple((name, sendable(value, name)) for name, value in named)
