"""What a person types to put an annotation of ours on a resource, ready to paste."""

from __future__ import annotations

from vpsync.model.resource import Manifest, annotation


def annotating(manifest: Manifest, name: str, value: str) -> str:
    """The command for a resource of a cluster; for a manifest from a file, the line to write there."""
    if not manifest.in_cluster or manifest.pruned:
        return f'set the annotation {annotation(name)}: "{value}"'
    key = manifest.home
    place = f"-n {key.namespace} {key.kind.lower()} {key.name}"
    return f"kubectl annotate --overwrite {place} {annotation(name)}={value}"
