"""VpDeploymentTarget: the Kubernetes namespace that VVP runs jobs in.

Its spec is immutable in VVP, and there is no PATCH in any version; from 2.4 on labels and
annotations can be changed by PUT (VVP documentation, "Deployment Targets").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from vpsync.kinds.kind import LONG_NAME, Kind, Update
from vpsync.model.json import Path


class DeploymentTargetKind(Kind):
    """A deployment target."""

    name = "VpDeploymentTarget"
    plural = "vpdeploymenttargets"
    versions = ("v1beta1", "v1beta2")
    collection = "deployment-targets"
    name_rule = LONG_NAME
    update = Update.METADATA
    removed_fields: ClassVar[Mapping[Path, str]] = {
        (
            "spec",
            "deploymentPatchSet",
        ): "VVP 2.0 was the last to apply it; declare what it adds in the deployments themselves"
    }


DEPLOYMENT_TARGET = DeploymentTargetKind()
