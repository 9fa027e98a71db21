"""Events about a resource, before they are posted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vpsync.model.resource import Manifest


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    ``stamp`` makes the name of the Kubernetes Event: the same stamp about the same resource is the
    same event, and is posted once.
    """

    manifest: Manifest
    warning: bool
    reason: str
    """CamelCase, or VVP's own event name where it is mirrored."""
    note: str
    action: str
    stamp: str
    at: str = ""
    """When it happened (RFC 3339); empty for now."""
    annotations: Mapping[str, str] = field(default_factory=dict)
    recurs: bool = False
    """Whether the same stamp again means that it happened again, and not that it was posted before."""
