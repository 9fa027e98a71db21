"""What is special about each Vp kind; pure.

:data:`KINDS` stands in dependency order: a kind refers only to kinds before it, so creations go
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
_LEVELS = {kind.name: place for place, kind in enumerate(KINDS)}


def level(kind: str) -> int:
    """The place of a kind in the dependency order, from 0."""
    return _LEVELS[kind]
