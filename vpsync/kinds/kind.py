"""The contract of a kind: what is special about it, as data and small pure functions.

Everything else (sources, observation, planning, statuses, reports) iterates over
:data:`vpsync.kinds.KINDS` and asks the kind. The defaults here fit a VVP object of the Application
Manager: ``metadata`` and ``spec``, addressed by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from vpsync.errors import InvalidManifest
from vpsync.model.json import Json, JsonObject, Path, value_at
from vpsync.model.observed import Observed, PlatformKey
from vpsync.model.problem import Problem
from vpsync.model.reasons import Reason
from vpsync.model.resource import Desired, Manifest

DEFAULT_VVP_NAMESPACE = "default"

SERVER_SET = frozenset({"id", "createdAt", "modifiedAt", "resourceVersion"})
"""Members of ``spec.metadata`` that VVP sets itself; a manifest's are ignored."""

SHORT_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
"""Names of deployments and namespaces (VVP documentation, "REST API & CI/CD": 63 characters)."""

LONG_NAME = re.compile(r"[0-9a-zA-Z_-]{1,250}")
"""Names of deployment targets (same page)."""

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
"""VVP looks such a name up as an id first (Application Manager API 2.4.3)."""


class Update(Enum):
    """How an existing VVP object can be changed."""

    PATCH = "patch"
    METADATA = "metadata"
    """Only its labels and annotations, by replacing it with its own spec (PUT)."""
    REPLACE = "replace"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the state of an object that is in sync means for ``Ready``."""

    ready: str
    """``True``, ``False`` or ``Unknown``."""
    reason: Reason
    message: str
    detail: str = ""
    """What VVP says about it, in its own words; it follows the message, cleaned where it is shown."""


FAILURE = ("message", "reason", "failedAt")
"""What a status shows of a failure that VVP reports."""

READY = Judgement("True", Reason.Succeeded, "VVP holds what the resource declares")


class Kind:
    """One kind of custom resource and the VVP object that it stands for."""

    name: ClassVar[str]
    plural: ClassVar[str]
    versions: ClassVar[tuple[str, ...]] = ("v1beta1",)
    """Served API versions; the first is the storage version."""
    collection: ClassVar[str]
    """Path of the VVP collection below ``/api/v1/namespaces/{namespace}/``."""
    name_rule: ClassVar[re.Pattern[str]] = SHORT_NAME
    update: ClassVar[Update] = Update.PATCH
    refers_to: ClassVar[str] = ""
    """Name of the kind that ``Desired.reference`` points to, if any."""
    removed_fields: ClassVar[Mapping[Path, str]] = {}
    """Fields of v1beta1 that VVP has no more, nor v1beta2, with what to do instead."""

    def declare(self, manifest: Manifest) -> Desired:
        """What a manifest wants, in VVP's shape; :class:`InvalidManifest` with all problems."""
        problems = list(self.problems(manifest))
        key = self.platform_key(manifest)
        problems += self.name_problems(manifest, key)
        if problems:
            raise InvalidManifest(problems)
        return self.desired(manifest, key)

    def desired(self, manifest: Manifest, key: PlatformKey) -> Desired:
        """What a manifest without problems wants."""
        return Desired(manifest, key, self.body(manifest))

    def needs_finalizer(self, manifest: Manifest) -> bool:
        """Whether a deletion of the resource has to wait until VVP has let go of its object."""
        return True

    def platform_key(self, manifest: Manifest) -> PlatformKey:
        """Which VVP object the manifest stands for."""
        metadata = manifest.spec.get("metadata") or {}
        namespace = metadata.get("namespace") or DEFAULT_VVP_NAMESPACE
        return PlatformKey(self.name, namespace, metadata.get("name") or manifest.key.name)

    def name_problems(self, manifest: Manifest, key: PlatformKey) -> list[Problem]:
        """What is wrong with the names: they become segments of URLs, so nothing may slip through."""
        metadata = manifest.spec.get("metadata") or {}
        place = "/spec/metadata/name" if metadata.get("name") else "/metadata/name"
        problems = []
        if not SHORT_NAME.fullmatch(key.namespace):
            rule = "must be a VVP namespace name: lower-case letters, digits and '-', at most 63"
            problems.append(Problem("/spec/metadata/namespace", rule))
        if key.name and not self.name_rule.fullmatch(key.name):
            rule = f"is no VVP name for this kind (pattern {self.name_rule.pattern}); set spec.metadata.name"
            problems.append(Problem(place, rule))
        elif UUID.fullmatch(key.name):
            problems.append(
                Problem(place, "must not look like a UUID: VVP would take it for an id")
            )
        return problems

    def problems(self, manifest: Manifest) -> list[Problem]:
        """Rules of this kind that a JSON schema cannot say."""
        return []

    def body(self, manifest: Manifest) -> dict[str, Json]:
        """The declared part of the VVP object."""
        return {
            "metadata": declared_metadata(manifest),
            "spec": dict(manifest.spec.get("spec") or {}),
        }

    def creation(self, desired: Desired) -> dict[str, Json]:
        """What creation adds to the declared body: members that VVP needs, and needs once."""
        return {}

    def comparable(self, body: JsonObject) -> JsonObject:
        """An observed body in the shape in which manifests are declared."""
        return body

    def same(self, path: Path, declared: Json, observed: Json) -> bool:
        """Whether two values at a path mean the same to VVP."""
        return same_json(declared, observed)

    def removable(self, path: Path) -> bool:
        """Whether a path that is declared no more is removed; otherwise it is left unmanaged."""
        return path[:2] in (("metadata", "labels"), ("metadata", "annotations"))

    def compared(self, path: Path) -> bool:
        """Whether VVP can be asked what it holds there; what it cannot is sent at creation only."""
        return path[:2] not in self.removed_fields

    def judge(self, desired: Desired, observed: Observed) -> Judgement:
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


def declared_metadata(manifest: Manifest) -> dict[str, Json]:
    """Labels, annotations and display name, without names and what VVP sets itself."""
    metadata = manifest.spec.get("metadata") or {}
    left_out = SERVER_SET | {"name", "namespace", "deploymentId"}
    return {key: value for key, value in metadata.items() if key not in left_out}


def same_json(left: Json, right: Json) -> bool:
    """Whether two JSON values are equal, where absent, null and empty are the same.

    Unlike Python, ``true`` is not ``1``.
    """
    left, right = without_empty(left), without_empty(right)
    return bool(left == right) and bool(_types(left) == _types(right))


def without_empty(value: Json) -> Json:
    """The value without nulls, empty maps and empty lists inside maps; None when nothing is left."""
    if isinstance(value, dict):
        kept = {key: without_empty(member) for key, member in value.items()}
        return {key: member for key, member in kept.items() if member is not None} or None
    if isinstance(value, list):
        return [without_empty(member) for member in value] or None
    return value


def _types(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _types(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_types(member) for member in value]
    return "bool" if isinstance(value, bool) else ""


def texts_of(value: Json, keys: Iterable[str]) -> dict[str, Json] | None:
    """The named members of an object that are texts; None where it is no object.

    A status holds no others: the API server drops or refuses them, and no pass would be quiet.
    """
    if not isinstance(value, dict):
        return None
    return {key: value[key] for key in keys if isinstance(value.get(key), str)}


def text_at(body: JsonObject, path: Path) -> str:
    """The string at a path, empty where there is none."""
    value = value_at(body, path)
    return value if isinstance(value, str) else ""
