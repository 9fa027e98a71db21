"""VpDeploymentTarget: the Kubernetes namespace that VVP runs jobs in.

Its spec is immutable in VVP, and there is no PATCH in any version; from 2.4 on labels and
annotations can be changed by PUT (VVP documentation, "Deployment Targets").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from vpsync.kinds.kind import LONG_NAME, Address, Kind, Update
from vpsync.kinds.values import text_at
from vpsync.model.json import Json, JsonObject, Path
from vpsync.model.observed import Observed
from vpsync.model.resource import Manifest

KUBERNETES: Path = ("spec", "kubernetes")
"""Required by VVP, and empty where jobs run in VVP's own namespace."""


class DeploymentTargetKind(Kind):
    """A deployment target."""

    name = "VpDeploymentTarget"
    plural = "vpdeploymenttargets"
    noun = "deployment target"
    versions = ("v1beta1", "v1beta2")
    level = 1
    collection = "deployment-targets"
    address = Address.NAME
    name_rule = LONG_NAME
    update = Update.METADATA
    replace_since = "2.4"
    blocked_by = ("VpDeployment",)
    sent_empty = (KUBERNETES,)
    removed_fields: ClassVar[Mapping[Path, str]] = {
        (
            "spec",
            "deploymentPatchSet",
        ): "VVP 2.0 was the last to apply it; declare what it adds in the deployments themselves"
    }

    def runs_in(self, manifest: Manifest) -> str | None:
        """The namespace that it names; empty where it leaves that to VVP."""
        return text_at(manifest.spec, (*KUBERNETES, "namespace"))

    def exported(
        self, observed: Observed, name: str, body: JsonObject, refers_to: str | None
    ) -> dict[str, Json]:
        """``kubernetes`` also where it is empty: without it VVP would not take the target again."""
        spec = super().exported(observed, name, body, refers_to)
        spec["spec"].setdefault(KUBERNETES[-1], {})
        return spec


DEPLOYMENT_TARGET = DeploymentTargetKind()
