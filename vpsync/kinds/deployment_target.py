"""VpDeploymentTarget: the Kubernetes namespace that VVP runs jobs in.

Its spec is immutable in VVP, and there is no PATCH in any version; from 2.4 on labels and
annotations can be changed by PUT (VVP documentation, "Deployment Targets").
"""

from __future__ import annotations

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

    def compared(self, path: Path) -> bool:
        """``deploymentPatchSet`` was read by VVP 2.0 only, and is gone from its answers since."""
        return path[:2] != ("spec", "deploymentPatchSet")


DEPLOYMENT_TARGET = DeploymentTargetKind()
