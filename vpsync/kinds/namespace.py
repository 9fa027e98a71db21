"""VpNamespace: a VVP namespace and who may do what in it (Platform API).

A VVP namespace carries no annotations, so it bears no marker: the resource claims it in its status.
"""

from __future__ import annotations

from collections.abc import Iterable

from vpsync.kinds import refusals
from vpsync.kinds.kind import SHORT_NAME, Address, Api, Kind, Update, vvp_name
from vpsync.kinds.readiness import READY, Readiness
from vpsync.kinds.values import text_at
from vpsync.model.finding import Finding
from vpsync.model.json import Json, JsonObject, Path, objects_in
from vpsync.model.observed import Observed, PlatformKey
from vpsync.model.reasons import Reason
from vpsync.model.resource import Desired, Manifest

PHASE: Path = ("lifecyclePhase",)
ROLE_BINDINGS: Path = ("roleBindings",)
ACTIVE = "LIFECYCLE_PHASE_ACTIVE"
TERMINATING = "LIFECYCLE_PHASE_TERMINATING"


_NOT_SENT = frozenset({"metadata", "name", "createTime", PHASE[0]})
"""Members of a manifest that VVP sets, or that name the namespace."""


class NamespaceKind(Kind):
    """A VVP namespace; Enterprise only (VVP documentation, "Namespaces")."""

    name = "VpNamespace"
    plural = "vpnamespaces"
    noun = "VVP namespace"
    level = 0
    collection = "namespaces"
    api = Api.PLATFORM
    address = Address.NAME
    name_rule = SHORT_NAME
    update = Update.REPLACE
    annotated = False
    pruned = False
    holds_contents = True
    goes_later = True
    admin_only = True
    kept_on_replace = ("previewSessionClusterName",)

    def platform_key(self, manifest: Manifest) -> PlatformKey:
        """A VVP namespace stands in itself."""
        metadata = manifest.spec.get("metadata") or {}
        name = metadata.get("name") or manifest.key.name
        return PlatformKey(self.name, name, name)

    def body(self, manifest: Manifest) -> dict[str, Json]:
        """The role bindings; leaving them out clears them, as in the Go operator's resources.

        Fields that no schema here knows pass through.
        """
        others = {key: value for key, value in manifest.spec.items() if key not in _NOT_SENT}
        return {**others, "roleBindings": list(manifest.spec.get("roleBindings") or [])}

    def refusals(self, document: JsonObject) -> Iterable[Finding]:
        """Members that do not say what they are."""
        return refusals.of_namespace(document)

    def same(self, path: Path, declared: Json, observed: Json) -> bool:
        """Role bindings are a set of pairs: order and grouping mean nothing."""
        if path != ROLE_BINDINGS:
            return super().same(path, declared, observed)
        return _pairs(declared) == _pairs(observed)

    def is_being_deleted(self, observed: Observed) -> bool:
        """Whether it and all that it holds are on their way out."""
        return text_at(observed.body, PHASE) == TERMINATING

    def persons_part(self, observed: Observed) -> dict[str, Json]:
        """Its role bindings."""
        return {"roleBindings": observed.body.get("roleBindings") or []}

    def exported(
        self, observed: Observed, name: str, body: JsonObject, refers_to: str | None
    ) -> dict[str, Json]:
        """Role bindings also where there are none: to leave them out would be the same."""
        named = vvp_name(observed, name)
        metadata = {"metadata": named} if named else {}
        return {**metadata, "roleBindings": body.get("roleBindings") or []}

    def judge(self, desired: Desired, observed: Observed) -> Readiness:
        """Ready when it is active."""
        phase = str(observed.body.get("lifecyclePhase") or ACTIVE)
        if phase == ACTIVE:
            return READY
        if phase == TERMINATING:
            message = "VVP is deleting this namespace; it can be created again once it is gone"
            return Readiness("False", Reason.DependencyNotReady, message)
        return Readiness("Unknown", Reason.UnknownState, f"VVP reports the phase {phase!r}")

    def status(self, observed: Observed) -> dict[str, Json]:
        """The claim, and VVP's life cycle phase."""
        return {"id": observed.id, "lifecyclePhase": text_at(observed.body, PHASE) or None}

    def status_keys(self) -> tuple[str, ...]:
        """What :meth:`status` rules."""
        return ("id", "lifecyclePhase")


def _pairs(bindings: Json) -> set[tuple[str, str]]:
    pairs: set[tuple[str, str]] = set()
    for binding in objects_in(bindings):
        role, members = str(binding.get("role") or "").lower(), binding.get("members")
        pairs |= {(role, str(member)) for member in (members if isinstance(members, list) else ())}
    return pairs


NAMESPACE = NamespaceKind()
