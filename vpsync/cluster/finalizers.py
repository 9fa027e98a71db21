"""Our finalizer, set and taken off by JSON patch with a test.

The test makes sure that the patch meets the object that was read: the list of finalizers may have
changed since, and an object of the same name may be another one.
"""

from __future__ import annotations

from vpsync.cluster.client import Writer
from vpsync.model.json import Json
from vpsync.model.resource import FINALIZER, Manifest


def add_finalizer(writer: Writer, manifest: Manifest) -> str:
    """Sets the finalizer where it is missing; returns the resource version from then on."""
    if FINALIZER in manifest.finalizers:
        return manifest.resource_version
    answer = writer.patch_json(manifest, addition(manifest))
    metadata = answer.get("metadata") or {}
    return str(metadata.get("resourceVersion") or manifest.resource_version)


def remove_finalizer(writer: Writer, manifest: Manifest) -> None:
    """Takes the finalizer off where it is set."""
    if FINALIZER in manifest.finalizers:
        writer.patch_json(manifest, removal(manifest))


def confirm(writer: Writer, manifest: Manifest) -> None:
    """:class:`ClusterConflict` where the resource is not what was read any more; changes nothing."""
    writer.patch_json(manifest, [_same(manifest)])


def addition(manifest: Manifest) -> list[Json]:
    """The JSON patch that adds the finalizer behind those of others."""
    test = _same(manifest)
    if manifest.finalizers:
        return [test, {"op": "add", "path": "/metadata/finalizers/-", "value": FINALIZER}]
    return [test, {"op": "add", "path": "/metadata/finalizers", "value": [FINALIZER]}]


def removal(manifest: Manifest) -> list[Json]:
    """The JSON patch that removes the finalizer and no other."""
    path = f"/metadata/finalizers/{manifest.finalizers.index(FINALIZER)}"
    return [
        {"op": "test", "path": "/metadata/uid", "value": manifest.uid},
        {"op": "test", "path": path, "value": FINALIZER},
        {"op": "remove", "path": path},
    ]


def _same(manifest: Manifest) -> Json:
    return {"op": "test", "path": "/metadata/resourceVersion", "value": manifest.resource_version}
