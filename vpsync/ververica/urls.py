"""URLs of VVP's REST API, made in one place.

A segment such as ``..`` survives quoting and is folded away by HTTP libraries, so a name could turn
``DELETE …/deployments/x`` into ``DELETE …/namespaces/y``. Such segments are refused, not quoted.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit

from vpsync.errors import PlatformRejected

_REFUSED = frozenset("/\\%?#")


def url(base: str, segments: tuple[str, ...], query: Mapping[str, str] | None = None) -> str:
    """The URL below ``base`` with exactly these path segments."""
    for segment in segments:
        if not _is_safe(segment):
            raise PlatformRejected(f"{segment!r} cannot be part of a VVP address; nothing was sent")
    path = "/".join(quote(segment, safe=":-._~") for segment in segments)
    full = f"{base.rstrip('/')}/{path}"
    counted = len(urlsplit(full).path.split("/")) - len(urlsplit(base.rstrip("/")).path.split("/"))
    if counted != len(segments):
        raise PlatformRejected(f"{'/'.join(segments)!r} is not a VVP address; nothing was sent")
    return f"{full}?{urlencode(query)}" if query else full


def _is_safe(segment: str) -> bool:
    if not segment or segment in (".", "..") or len(segment) > 300:
        return False
    return segment.isascii() and segment.isprintable() and not _REFUSED & set(segment)
