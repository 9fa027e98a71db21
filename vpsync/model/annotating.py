"""What a person types to put an annotation of ours on a resource, ready to paste.

Messages name our annotations in these forms and in no other.
"""

from __future__ import annotations

import shlex

from vpsync.model.resource import Manifest, annotation

RECONCILE = "reconcile-requested-at"
RESTART = "restart-requested-at"
SAVEPOINT_REQUEST = "savepoint-requested-at"
CONFIRM_STATE_LOSS = "confirm-state-loss"

REQUESTS = (RECONCILE, RESTART, SAVEPOINT_REQUEST, CONFIRM_STATE_LOSS)
"""Annotations whose every new value asks for something once."""


def annotating(manifest: Manifest, name: str, value: str) -> str:
    """The command for a resource of a cluster; for a manifest from a file, the line to write there."""
    if _is_of_file(manifest):
        back = "put the manifest back and " if manifest.pruned else ""
        return f'{back}set the annotation {annotation(name)}: "{value}"'
    return f"{_command(manifest)} {shlex.quote(f'{annotation(name)}={value}')}"


def asking(manifest: Manifest, name: str) -> str:
    """The same for an annotation that asks for something by each new value: the present time."""
    if _is_of_file(manifest):
        return f"set the annotation {annotation(name)} to what `date -Is` prints"
    return f'{_command(manifest)} {annotation(name)}="$(date -Is)"'


def discarding(manifest: Manifest) -> str:
    """The same for a deletion without a savepoint: the policy, and that its state may be lost."""
    text = annotating(manifest, "deletion-policy", "Delete")
    if _is_of_file(manifest):
        return f"{text}, and run once with --confirm-state-loss"
    return f'{text} {annotation(CONFIRM_STATE_LOSS)}="$(date -Is)"'


def taking_off(manifest: Manifest, name: str) -> str:
    """How to take an annotation off: a command, or for a file what to edit."""
    if _is_of_file(manifest):
        return f"take the annotation {annotation(name)} off"
    return f"{_command(manifest)} {annotation(name)}-"


def _is_of_file(manifest: Manifest) -> bool:
    return not manifest.in_cluster or manifest.pruned


def _command(manifest: Manifest) -> str:
    key = manifest.home
    return f"kubectl annotate --overwrite -n {key.namespace} {key.kind.lower()} {key.name}"
