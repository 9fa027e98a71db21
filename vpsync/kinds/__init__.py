"""What is special about each Vp kind; pure.

:data:`KINDS` stands in dependency order: a kind refers only to kinds of lower levels, so creations go
from left to right and deletions from right to left.
"""

from __future__ import annotations

from vpsync.kinds.deployment import DEPLOYMENT
from vpsync.kinds.deployment_target import DEPLOYMENT_TARGET
from vpsync.kinds.kind import Kind
from vpsync.kinds.namespace import NAMESPACE
from vpsync.kinds.savepoint import SAVEPOINT

KINDS: tuple[Kind, ...] = (NAMESPACE, DEPLOYMENT_TARGET, DEPLOYMENT, SAVEPOINT)

BY_NAME: dict[str, Kind] = {kind.name: kind for kind in KINDS}


def level(kind: str) -> int:
    """The level of a kind in the dependency order, from 0; kinds of one level are siblings."""
    return BY_NAME[kind].level


def position(kind: str) -> int:
    """The place of a kind among all, from 0: by level, and within a level as they are registered."""
    return KINDS.index(BY_NAME[kind])
