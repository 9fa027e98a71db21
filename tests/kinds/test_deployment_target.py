"""What is special about deployment targets: VVP never changes their spec."""

from __future__ import annotations

from typing import Any

import pytest

from builders import changed, desired, manifest, target
from vpsync.kinds.deployment_target import DEPLOYMENT_TARGET
from vpsync.kinds.kind import Update
from vpsync.model.observed import Snapshot
from vpsync.model.reasons import Reason
from vpsync.ververica.apply import request_body

LISTED = frozenset({("VpDeploymentTarget", "default")})


def test_only_labels_and_annotations_can_be_changed() -> None:
    assert DEPLOYMENT_TARGET.update is Update.METADATA
    assert DEPLOYMENT_TARGET.removable(("metadata", "labels", "team"))
    assert DEPLOYMENT_TARGET.removable(("metadata", "annotations", "note"))
    assert not DEPLOYMENT_TARGET.removable(("spec", "kubernetes", "namespace"))


def test_patches_of_vvp_1_are_sent_and_never_compared() -> None:
    patches = [{"op": "add", "path": "/x", "value": 1}]
    wanted = desired(manifest("VpDeploymentTarget", edits={"/spec/deploymentPatchSet": patches}))
    assert wanted.body["spec"]["deploymentPatchSet"] == patches
    assert not DEPLOYMENT_TARGET.compared(("spec", "deploymentPatchSet"))
    assert DEPLOYMENT_TARGET.compared(("spec", "kubernetes", "namespace"))


def test_a_target_that_is_there_is_ready() -> None:
    judgement = DEPLOYMENT_TARGET.judge(desired(manifest("VpDeploymentTarget")), target())
    assert (judgement.ready, judgement.reason) == ("True", Reason.Succeeded)


def test_status_mirrors_id_and_version() -> None:
    assert DEPLOYMENT_TARGET.status(target()) == {
        "id": "id-of-jobs",
        "namespace": "default",
        "resourceVersion": 3,
    }


@pytest.mark.parametrize(
    ("spec", "sent"),
    [({"kubernetes": {}}, {"kubernetes": {}}), ({"kubernetes": None}, None), ({}, None)],
)
def test_the_own_namespace_of_vvp_is_sent_as_it_is_declared(spec: Any, sent: Any) -> None:
    resource = manifest("VpDeploymentTarget", edits={"/spec": spec}, status={})
    change = changed(resource, Snapshot(listed=LISTED, namespaces=frozenset({"default"})))
    assert request_body(change, {}).get("spec") == sent


@pytest.mark.parametrize("held", [{"kubernetes": {}}, {"kubernetes": {"namespace": None}}, {}])
def test_what_is_exported_can_be_created_again(held: Any) -> None:
    seen = target(edits={"/spec": held})
    exported = DEPLOYMENT_TARGET.exported(seen, "jobs", {"metadata": {}, "spec": {}}, None)
    assert exported["spec"] == {"kubernetes": {}}
