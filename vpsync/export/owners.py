"""Whose a VVP object is, as seen from no resource in particular."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vpsync.model.observed import Observed
from vpsync.planning.ownership.marker import OWNER, Ownership, read_marker

_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
"""Names that Kubernetes gives (RFC 1123); what a marker says becomes part of a file's name."""


@dataclass(frozen=True, slots=True)
class ObjectOwner:
    """Who holds a VVP object; the resource is known where it is one of ours."""

    ownership: Ownership
    namespace: str = ""
    name: str = ""
    deletion: str = ""
    """The deletion policy that its manifest in a file declares."""


def holder(observed: Observed, owner_id: str) -> ObjectOwner:
    """Who holds the object, by its marker alone."""
    text = observed.annotations.get(OWNER)
    if text is None:
        return ObjectOwner(Ownership.UNOWNED)
    marker = read_marker(text)
    if marker is None:
        return ObjectOwner(Ownership.FOREIGN)
    if marker.platform != str(observed.key):
        return ObjectOwner(Ownership.UNOWNED)
    namespace, _, name = marker.resource.partition("/")
    if marker.owner != owner_id or not (_NAME.fullmatch(namespace) and _NAME.fullmatch(name)):
        return ObjectOwner(Ownership.FOREIGN)
    return ObjectOwner(Ownership.OURS, namespace, name, marker.deletion)
