"""Annotations in messages are commands that can be pasted."""

from __future__ import annotations

import shlex

from builders import blocked, manifest, observed, snapshot
from vpsync.model.resource import GROUP
from vpsync.planning.annotating import annotating


def test_of_a_resource_in_a_cluster_it_is_a_whole_command() -> None:
    words = shlex.split(annotating(manifest(), "adopt", "id-1"))
    assert words == [
        "kubectl", "annotate", "--overwrite", "-n", "team", "vpdeployment", "orders",
        f"{GROUP}/adopt=id-1",
    ]  # fmt: skip


def test_of_a_manifest_from_a_file_it_is_the_line_to_write() -> None:
    told = annotating(manifest(in_file=True), "delete-contents", "true")
    assert told == f'set the annotation {GROUP}/delete-contents: "true"'


def test_an_object_that_is_nobodys_is_taken_over_by_the_command_of_its_message() -> None:
    resource = manifest()
    theirs = snapshot(observed(resource, {"/metadata/labels/team": "x"}, marked=False))
    message = blocked(resource, theirs).message
    assert message.endswith(annotating(resource, "adopt", "id-of-orders"))
