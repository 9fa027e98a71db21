"""A person's word for one held change: the annotation ``release-brake`` with the fingerprint of the change.

Whoever may write to the resource may give it, without a flag of the run. It counts for the change that
was looked at and for no other: a new value in the manifest or in VVP has another fingerprint.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from vpsync.model.annotating import annotating
from vpsync.model.change import Change, FieldChange
from vpsync.planning.options import read_options

RELEASE = "release-brake"

_DIGITS = 16


def fingerprint(change: Change) -> str:
    """What tells one change of a resource from another, short enough to type.

    A sensitive field counts by its place and the generation of the resource: a digest of a short secret
    gives it away.
    """
    facts = [
        change.key.kind, change.key.namespace, change.key.name, str(change.platform),
        change.action.value, change.effect.value, [_field(item, change) for item in change.fields],
    ]  # fmt: skip
    text = json.dumps(facts, sort_keys=True, default=repr)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def is_released(change: Change) -> bool:
    """Whether somebody let this change go."""
    word = read_options(change.manifest).release_brake
    return bool(word) and word == fingerprint(change)


def way_out(change: Change) -> str:
    """The command that lets it go, ready to paste; empty where there is no resource to annotate."""
    if not change.manifest.in_cluster or change.manifest.pruned:
        return ""
    return annotating(change.manifest, RELEASE, fingerprint(change))


def _field(item: FieldChange, change: Change) -> list[Any]:
    if item.sensitive:
        return [item.pointer, change.manifest.generation]
    return [item.pointer, item.before, item.after]
