"""The keys that bind the masked values of a plan: known to the runs, to nobody who reads the plan."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping

from vpsync.errors import PlatformUnauthorized
from vpsync.model.outcome import Result
from vpsync.render.rows import planned_in
from vpsync.ververica.tokens import Tokens

_PURPOSE = b"vpsync: masked values of a plan"
"""Keeps what is made with the derived key from meaning anything anywhere else."""


def plan_keys(results: Iterable[Result], of_file: bytes, tokens: Tokens) -> Mapping[str, bytes]:
    """The keys by VVP namespace, of those in which something is or would be changed.

    That of ``--plan-key-file``, else one derived from the namespace's token; without either there is none. A
    token that the run created is of no use, for no other run has it.
    """
    changes = filter(None, map(planned_in, results))
    namespaces = {change.platform.namespace for change in changes}
    if of_file:
        return dict.fromkeys(namespaces, of_file)
    given = {namespace: _given(tokens, namespace) for namespace in namespaces}
    return {
        namespace: hmac.digest(token.encode(), _PURPOSE, "sha256")
        for namespace, token in given.items()
        if token
    }


def _given(tokens: Tokens, namespace: str) -> str | None:
    try:
        return tokens.given(namespace) or tokens.for_platform()
    except PlatformUnauthorized:
        return None
