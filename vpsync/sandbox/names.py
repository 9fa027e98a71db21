"""Name rules of VVP 2.4 and newer.

From the VVP pages "REST API & CI/CD" and "How to deal with Deployment Names When Upgrading to
Ververica Platform 2.4+": targets and secret values take up to 250 letters, digits, `-` and `_`;
everything else that is addressed by name takes a lower-case DNS label of up to 63 characters. The
rule for VVP namespaces is stated nowhere; the stricter one is used.
"""

import re

from vpsync.sandbox.errors import bad_request

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_WIDE = re.compile(r"[0-9a-zA-Z_-]+")
_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def check_label(what: str, name: object) -> str:
    """`name`, if it keeps the rule of deployments, session clusters and namespaces; else 400."""
    if not isinstance(name, str) or not _LABEL.fullmatch(name) or len(name) > 63:
        raise bad_request(
            f"{what} name {name!r} is invalid: at most 63 characters matching {_LABEL.pattern}"
        )
    return name


def check_wide(what: str, name: object) -> str:
    """`name`, if it keeps the rule of deployment targets and secret values; else 400."""
    if not isinstance(name, str) or not _WIDE.fullmatch(name) or len(name) > 250:
        raise bad_request(
            f"{what} name {name!r} is invalid: at most 250 characters matching {_WIDE.pattern}"
        )
    return name


def is_id(text: str) -> bool:
    """Whether a path segment reads as an object id (a UUID)."""
    return _ID.fullmatch(text) is not None
