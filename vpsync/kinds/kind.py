"""The contract of a kind: what is special about it, as data and small pure functions.

Everything else (sources, observation, planning, statuses, reports) iterates over
:data:`vpsync.kinds.KINDS` and asks the kind; nothing outside asks which kind it has in hand. The
defaults fit a plain VVP object of the Application Manager: ``metadata`` and ``spec``, addressed by
id, changed by PATCH, deleted by DELETE.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import ClassVar

from vpsync.errors import InvalidManifest
from vpsync.kinds.annotations import is_a_persons
from vpsync.kinds.readiness import READY, Readiness
from vpsync.kinds.values import same_value
from vpsync.model.change import Effect, FieldChange, Verb
from vpsync.model.finding import Finding
from vpsync.model.json import Json, JsonObject, Path
from vpsync.model.observed import Observed, PlatformKey
from vpsync.model.options import DEFAULTS, DeletionChoices, DeletionPolicy, ResourceOptions
from vpsync.model.resource import Desired, Manifest, Reference

DEFAULT_VVP_NAMESPACE = "default"

SERVER_SET = frozenset({"id", "createdAt", "modifiedAt", "resourceVersion"})
"""Members of ``spec.metadata`` that VVP sets itself; a manifest's are ignored."""

SHORT_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
"""Names of deployments and namespaces (VVP documentation, "REST API & CI/CD": 63 characters)."""

LONG_NAME = re.compile(r"[0-9a-zA-Z_-]{1,250}")
"""Names of deployment targets and secret values (same page)."""

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
"""VVP looks such a name up as an id first (Application Manager API 2.4.3)."""

_METADATA = ("displayName", "labels", "annotations")
"""Members of a VVP object's metadata that are a person's; the others VVP sets itself."""


class Api(Enum):
    """Which of VVP's two APIs a kind lives in."""

    APPLICATION_MANAGER = "application manager"
    PLATFORM = "platform"


class Address(Enum):
    """How VVP addresses an existing object."""

    ID = "id"
    NAME = "name"
    NAMESPACE = "namespace"
    """It is the only one of its VVP namespace: the path of the collection is its own."""


class Update(Enum):
    """How an existing VVP object can be changed."""

    PATCH = "patch"
    METADATA = "metadata"
    """Only its labels and annotations, by replacing it with its own spec (PUT)."""
    REPLACE = "replace"
    """By replacing it whole (PUT)."""
    NEVER = "never"


class Kind:
    """One kind of custom resource and the VVP object that it stands for."""

    name: ClassVar[str]
    plural: ClassVar[str]
    noun: ClassVar[str]
    """What people call its VVP object: ``deployment target``."""
    versions: ClassVar[tuple[str, ...]] = ("v1beta1",)
    """Served API versions; the first is the storage version."""
    level: ClassVar[int]
    """Its level of dependency, from 0: it refers only to kinds of lower levels, and the kinds of one
    level are written side by side."""

    # Where its VVP objects live.

    collection: ClassVar[str]
    """Path of the VVP collection below ``/api/v1/namespaces/{namespace}/``."""
    api: ClassVar[Api] = Api.APPLICATION_MANAGER
    address: ClassVar[Address] = Address.ID
    named: ClassVar[bool] = True
    """Whether its VVP objects have a name of ours; else they are known by their id alone."""
    name_rule: ClassVar[re.Pattern[str]] = SHORT_NAME
    listed_by_reference: ClassVar[bool] = False
    """Whether its objects are listed by what they refer to; else one list has all of a VVP namespace."""

    # What can be done to them.

    update: ClassVar[Update] = Update.PATCH
    replace_since: ClassVar[str] = ""
    """The VVP release from which on PUT is there; empty for all."""
    replace_query: ClassVar[Mapping[str, str]] = {}
    """What goes with the address of a PUT."""
    delete_since: ClassVar[str] = ""
    """The VVP release from which on DELETE is there; empty for all."""
    goes_later: ClassVar[bool] = False
    """Whether VVP takes a deletion on and carries it out afterwards, so that its answer ends nothing."""
    annotated: ClassVar[bool] = True
    """Whether its VVP objects carry annotations, and so our marker and managed fields."""
    pruned: ClassVar[bool] = True
    """Whether ``--prune`` deletes its objects when their manifest is gone."""
    taken_once: ClassVar[bool] = False
    """Whether creating one has an effect that must happen exactly once: it is written ahead, followed
    to its end, and never made again."""
    runs_jobs: ClassVar[bool] = False
    """Whether it has a desired state and a job whose state can be lost."""
    holds_contents: ClassVar[bool] = False
    """Whether other VVP objects live in it and are deleted with it."""
    admin_only: ClassVar[bool] = False
    """Whether only the namespaces of ``--admin-namespace`` may hold such resources."""

    # What its fields are.

    refers_to: ClassVar[str] = ""
    """Name of the kind that ``Desired.reference`` points to, if any."""
    reference_path: ClassVar[Path] = ()
    """Where in the VVP object the id of what it refers to stands."""
    name_path: ClassVar[Path] = ()
    """Where its name may stand instead, beside the id; empty where VVP takes ids alone."""
    blocked_by: ClassVar[tuple[str, ...]] = ()
    """Names of the kinds whose objects refer to it and keep it from being deleted."""
    sent_empty: ClassVar[tuple[Path, ...]] = ()
    """Objects that mean something to VVP when they are empty: a creation sends them as they are declared."""
    exclusive: ClassVar[tuple[Path, ...]] = ()
    """Fields of which VVP takes only one: setting one clears the others."""
    sensitive: ClassVar[tuple[Path, ...]] = ()
    """Fields whose values, and all below them, are never shown."""
    write_only: ClassVar[tuple[Path, ...]] = ()
    """Fields that VVP never shows: they are sent when the manifest changed."""
    autoscaled: ClassVar[tuple[Path, ...]] = ()
    """Fields that VVP's Autopilot changes by itself (VVP documentation, "Autopilot")."""
    removed_fields: ClassVar[Mapping[Path, str]] = {}
    """Fields of v1beta1 that VVP has no more, nor v1beta2, with what to do instead."""
    kept_on_replace: ClassVar[tuple[str, ...]] = ()
    """Undeclared members that a replacement sends as they were read."""

    @property
    def verb(self) -> Verb:
        """How a change of an existing object is sent."""
        return Verb.PATCH if self.update is Update.PATCH else Verb.PUT

    # What a manifest wants -----------------------------------------------------------------

    def declare(self, manifest: Manifest, options: ResourceOptions = DEFAULTS) -> Desired:
        """What a manifest wants, in VVP's shape; :class:`InvalidManifest` with all findings.

        ``options`` is what its annotations ask for.
        """
        findings = list(self.findings(manifest))
        key = self.platform_key(manifest)
        findings += self.name_findings(manifest, key)
        if findings:
            raise InvalidManifest(findings)
        reference = self.reference(manifest)
        return Desired(manifest, key, self.body(manifest), reference, self.reference_path, options)

    def findings(self, manifest: Manifest) -> list[Finding]:
        """Rules of this kind that a JSON schema cannot say."""
        return []

    def refusals(self, document: JsonObject) -> Iterable[Finding]:
        """What VVP documents that it refuses of a valid manifest; ``document`` is as it is written."""
        return ()

    def platform_key(self, manifest: Manifest) -> PlatformKey:
        """Which VVP object the manifest stands for."""
        metadata = manifest.spec.get("metadata") or {}
        namespace = metadata.get("namespace") or DEFAULT_VVP_NAMESPACE
        name = metadata.get("name") or manifest.key.name
        return PlatformKey(self.name, namespace, name if self.named else "")

    def name_findings(self, manifest: Manifest, key: PlatformKey) -> list[Finding]:
        """What is wrong with the names: they become segments of URLs, so nothing may slip through."""
        metadata = manifest.spec.get("metadata") or {}
        path = "/spec/metadata/name" if metadata.get("name") else "/metadata/name"
        findings = []
        if not SHORT_NAME.fullmatch(key.namespace):
            rule = "must be a VVP namespace name: lower-case letters, digits and '-', at most 63"
            findings.append(Finding("/spec/metadata/namespace", rule))
        if key.name and not self.name_rule.fullmatch(key.name):
            pattern = self.name_rule.pattern
            rule = f"is not a valid VVP name (pattern {pattern}); set spec.metadata.name"
            findings.append(Finding(path, rule))
        elif UUID.fullmatch(key.name):
            findings.append(Finding(path, "must not look like a UUID: VVP would take it for an id"))
        return findings

    def reference(self, manifest: Manifest) -> Reference | None:
        """The VVP object that the manifest refers to; None where it names none."""
        return None

    def subject(self, manifest: Manifest, key: PlatformKey) -> str:
        """The VVP object of a manifest in words, as people look for it."""
        return f"{key} in VVP"

    def body(self, manifest: Manifest) -> dict[str, Json]:
        """The declared part of the VVP object."""
        return {
            "metadata": declared_metadata(manifest),
            "spec": dict(manifest.spec.get("spec") or {}),
        }

    def creation(self, desired: Desired) -> dict[str, Json]:
        """What creation adds to the declared body: members that VVP needs, and needs once."""
        return {}

    def settled(self, manifest: Manifest) -> JsonObject | None:
        """The VVP object as the status remembers it, where VVP need not be asked again."""
        return None

    def runs_in(self, manifest: Manifest) -> str | None:
        """The Kubernetes namespace in which VVP would run jobs because of it; None for none."""
        return None

    # How it is compared ----------------------------------------------------------------------

    def comparable(self, body: JsonObject, reference_id: str | None) -> JsonObject:
        """An observed body in the shape in which manifests are declared.

        ``reference_id`` is the id of what the object refers to by name alone.
        """
        return body

    def same(self, path: Path, declared: Json, observed: Json) -> bool:
        """Whether two values at a path mean the same to VVP."""
        return same_value(declared, observed)

    def removable(self, path: Path) -> bool:
        """Whether a path that is no longer declared is removed; otherwise it is left unmanaged."""
        return path[:2] in (("metadata", "labels"), ("metadata", "annotations"))

    def compared(self, path: Path) -> bool:
        """Whether VVP can be asked what it holds there; what it cannot is sent at creation only."""
        return path[:2] not in self.removed_fields

    def is_write_only(self, path: Path) -> bool:
        """Whether VVP never shows what stands at a path."""
        return lies_in(path, self.write_only)

    def field(self, path: Path, before: Json, after: Json) -> FieldChange:
        """The change of one field of this kind, which knows whether it may be shown."""
        return FieldChange(path, before, after, lies_in(path, self.sensitive + self.write_only))

    def effect(self, observed: Observed, fields: tuple[FieldChange, ...]) -> Effect:
        """What sending these fields does to the job of an existing object."""
        return Effect.NONE

    def creation_effect(self, body: JsonObject) -> Effect:
        """What creating the object does."""
        return Effect.NONE

    # How it goes -----------------------------------------------------------------------------

    def deletion_choices(self, manifest: Manifest) -> DeletionChoices:
        """The deletion policies that the resource can have, its default first."""
        return DeletionChoices((DeletionPolicy.DELETE, DeletionPolicy.ORPHAN), self.name)

    def needs_finalizer(self, manifest: Manifest) -> bool:
        """Whether a deletion of the resource has to wait until VVP has let go of its object."""
        return True

    def is_being_deleted(self, observed: Observed) -> bool:
        """Whether VVP is deleting the object by itself already."""
        return False

    # What VVP holds --------------------------------------------------------------------------

    def observed_reference(self, observed: Observed) -> Reference | None:
        """What the VVP object refers to, by name or by id; None where it refers to nothing."""
        return None

    def judge(self, desired: Desired, observed: Observed) -> Readiness:
        """Whether an object that holds what is declared is ready."""
        return READY

    def status(self, observed: Observed) -> dict[str, Json]:
        """The part of the resource's status that mirrors the VVP object."""
        return {
            "id": observed.id,
            "namespace": observed.key.namespace,
            "resourceVersion": observed.resource_version,
        }

    def status_keys(self) -> tuple[str, ...]:
        """The members of the status that :meth:`status` rules; absent means removed."""
        return ("id", "namespace", "resourceVersion")

    # How it is exported ----------------------------------------------------------------------

    def persons_part(self, observed: Observed) -> dict[str, Json]:
        """The part of the VVP object that a person declares; VVP's own members are left out."""
        metadata = observed.body.get("metadata") or {}
        shown = {member: metadata[member] for member in _METADATA if member in metadata}
        if isinstance(notes := shown.get("annotations"), dict):
            shown["annotations"] = {key: text for key, text in notes.items() if is_a_persons(key)}
        return {"metadata": shown, "spec": observed.body.get("spec") or {}}

    def exported(
        self, observed: Observed, name: str, body: JsonObject, refers_to: str | None
    ) -> dict[str, Json]:
        """The ``spec`` of a manifest named ``name`` that declares ``body``.

        ``refers_to`` is the VVP name of what the object refers to, where that is known.
        """
        metadata: dict[str, Json] = vvp_name(observed, name)
        metadata |= {"namespace": observed.key.namespace, **body.get("metadata", {})}
        return {"metadata": metadata, "spec": dict(body.get("spec", {}))}


def lies_in(path: Path, fields: tuple[Path, ...]) -> bool:
    """Whether a path is one of the fields, or lies below one."""
    return any(path[: len(field)] == field for field in fields)


def vvp_name(observed: Observed, name: str) -> dict[str, Json]:
    """``metadata.name`` of a manifest, where the VVP name is not that of the resource."""
    return {"name": observed.key.name} if observed.key.name != name else {}


def declared_metadata(manifest: Manifest) -> dict[str, Json]:
    """Labels, annotations and display name, without names and what VVP sets itself."""
    metadata = manifest.spec.get("metadata") or {}
    left_out = SERVER_SET | {"name", "namespace", "deploymentId"}
    return {key: value for key, value in metadata.items() if key not in left_out}
