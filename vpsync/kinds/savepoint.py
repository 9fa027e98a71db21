"""VpSavepoint: a savepoint of a deployment, taken or registered once.

VVP gives savepoints ids and no names, and has no way to change one (Application Manager API, 2.0 to
2.7), so creating it exactly once is the whole difficulty; :mod:`vpsync.planning.savepoints.decide` has it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from vpsync.kinds.kind import Kind, Update, declared_metadata
from vpsync.kinds.readiness import FAILURE, Readiness
from vpsync.kinds.values import text_at, texts_of
from vpsync.model.finding import Finding
from vpsync.model.json import Json, JsonObject, Path, nested, value_at
from vpsync.model.observed import Observed, PlatformKey
from vpsync.model.options import DeletionChoices, DeletionPolicy
from vpsync.model.reasons import Reason
from vpsync.model.resource import Desired, Manifest, Reference

LOCATION: Path = ("spec", "savepointLocation")
FLINK_ID: Path = ("spec", "flinkSavepointId")
DEPLOYMENT_ID: Path = ("metadata", "deploymentId")

_ID: Path = ("metadata", "id")

GOING = ("PENDING_DELETION", "DELETING", "FAILED_DELETION")
"""States of a savepoint that VVP is deleting: it can be restored from no more."""

_NOT_SENT = frozenset({"labels", "jobId", "origin", "type"})
"""Members of a manifest's metadata that VVP's savepoints do not have, or that VVP sets."""

_NOT_REGISTERED = (
    "VVP took a savepoint of its own instead of registering the snapshot: see whether VVP can read its "
    "location, then delete this resource and apply it again. VVP's own savepoint is at"
)


class SavepointKind(Kind):
    """A savepoint."""

    name = "VpSavepoint"
    plural = "vpsavepoints"
    noun = "savepoint"
    level = 3
    collection = "savepoints"
    named = False
    listed_by_reference = True
    update = Update.NEVER
    delete_since = "2.6"
    pruned = False
    taken_once = True
    goes_later = True
    refers_to = "VpDeployment"
    reference_path = DEPLOYMENT_ID

    def deletion_choices(self, manifest: Manifest) -> DeletionChoices:
        """Its data stays where nobody says otherwise; of a snapshot that was only registered, always.

        That data is whose who took it, and may be what their job starts from.
        """
        if self.registers(manifest):
            return DeletionChoices((DeletionPolicy.ORPHAN,), "a snapshot that was only registered")
        return DeletionChoices((DeletionPolicy.ORPHAN, DeletionPolicy.DELETE), self.name)

    def needs_finalizer(self, manifest: Manifest) -> bool:
        """Only where the savepoint and its data are to go with the resource."""
        return manifest.note("deletion-policy") == "Delete" and not self.registers(manifest)

    def registers(self, manifest: Manifest) -> bool:
        """Whether it makes a snapshot known that somebody else took, instead of taking one."""
        return bool(value_at(manifest.spec, LOCATION))

    def findings(self, manifest: Manifest) -> list[Finding]:
        """A savepoint is of one deployment."""
        if self.reference(manifest) is None:
            text = "set the deployment with spec.deploymentName or spec.metadata.deploymentId"
            return [Finding("/spec", text)]
        return []

    def subject(self, manifest: Manifest, key: PlatformKey) -> str:
        """Whose savepoint it is, for it has no name of its own."""
        reference = self.reference(manifest)
        whose = f" of {(*reference.names, *reference.ids)[0]}" if reference else ""
        return f"savepoint{whose} in VVP namespace {key.namespace}"

    def body(self, manifest: Manifest) -> dict[str, Json]:
        """What is sent when it is asked for; VVP registers a location instead of taking a snapshot.

        Labels are left out, for VVP's savepoints have none, and so is Flink's id of what VVP is to take.
        Fields that no schema here knows pass through.
        """
        spec = dict(manifest.spec.get("spec") or {})
        if not self.registers(manifest):
            spec.pop(LOCATION[-1], None)
        if not self.registers(manifest) or not spec.get(FLINK_ID[-1]):
            spec.pop(FLINK_ID[-1], None)
        metadata = declared_metadata(manifest)
        kept = {key: value for key, value in metadata.items() if key not in _NOT_SENT and value}
        return {"metadata": kept, "spec": spec}

    def creation(self, desired: Desired) -> dict[str, Json]:
        """What registering a snapshot takes beside its location (VVP documentation, "Savepoints").

        That is a state, and an id of Flink's: any will do, so it is made of the location.
        """
        location = text_at(desired.body, LOCATION)
        if not location:
            return {}
        status: dict[str, Json] = {"status": {"state": "COMPLETED"}}
        if value_at(desired.body, FLINK_ID):
            return status
        return {**status, "spec": {FLINK_ID[-1]: _uuid_of(location)}}

    def settled(self, manifest: Manifest) -> JsonObject | None:
        """A completed savepoint is history, whoever saw it: VVP need not be asked about it in every pass."""
        status = manifest.status
        if status.get("state") != "COMPLETED" or status.get("intent"):
            return None
        return nested({
            DEPLOYMENT_ID: status.get("deploymentId"),
            ("metadata", "jobId"): status.get("jobId"),
            LOCATION: status.get("location"),
            ("status", "state"): status.get("state"),
            ("status", "failure"): status.get("failure"),
        })  # fmt: skip

    def observed_reference(self, observed: Observed) -> Reference | None:
        """The deployment that it was taken of."""
        identity = text_at(observed.body, DEPLOYMENT_ID)
        if not identity:
            return None
        return Reference(self.refers_to, observed.key.namespace, ids=(identity,))

    def persons_part(self, observed: Observed) -> dict[str, Json]:
        """Nothing of one that is there, which is followed; of one that is yet to be posted, its request."""
        if text_at(observed.body, _ID):
            return {}
        fields = {path: value_at(observed.body, path) for path in (LOCATION, FLINK_ID)}
        return nested({path: value for path, value in fields.items() if value})

    def exported(
        self, observed: Observed, name: str, body: JsonObject, refers_to: str | None
    ) -> dict[str, Json]:
        """The deployment that it is of, by its id where its name is not known."""
        metadata: dict[str, Json] = {"namespace": observed.key.namespace}
        requested = {"spec": body["spec"]} if body.get("spec") else {}
        if refers_to is None:
            metadata["deploymentId"] = text_at(observed.body, DEPLOYMENT_ID)
            return {"metadata": metadata, **requested}
        return {"metadata": metadata, "deploymentName": refers_to, **requested}

    def judge(self, desired: Desired, observed: Observed) -> Readiness:
        """Ready once it is completed."""
        taken = _taken_instead(text_at(desired.body, LOCATION), observed)
        if taken is not None:
            return Readiness("False", Reason.SavepointFailed, _NOT_REGISTERED, taken)
        if observed.state == "COMPLETED":
            return Readiness("True", Reason.Succeeded, "completed at", _location(observed))
        if observed.state == "FAILED":
            why = _why(value_at(observed.body, ("status", "failure")))
            return Readiness("False", Reason.SavepointFailed, "VVP could not take it:", why)
        if observed.state in ("STARTED", ""):
            return Readiness("False", Reason.Progressing, "VVP is taking the savepoint")
        if observed.state in GOING:
            return Readiness("False", Reason.Gone, f"VVP is deleting it ({observed.state})")
        return Readiness(
            "Unknown", Reason.UnknownState, f"VVP reports the state {observed.state!r}"
        )

    def status(self, observed: Observed) -> dict[str, Json]:
        """State, location, job and failure."""
        return {
            "id": observed.id or None,
            "state": observed.state or None,
            "location": _location(observed) or None,
            "deploymentId": text_at(observed.body, DEPLOYMENT_ID) or None,
            "jobId": text_at(observed.body, ("metadata", "jobId")) or None,
            "failure": texts_of(value_at(observed.body, ("status", "failure")), FAILURE),
        }

    def status_keys(self) -> tuple[str, ...]:
        """What :meth:`status` rules."""
        return ("id", "state", "location", "deploymentId", "jobId", "failure")

    def reference(self, manifest: Manifest) -> Reference | None:
        """The deployment that it is of; None where the manifest names none."""
        namespace = self.platform_key(manifest).namespace
        name = manifest.spec.get("deploymentName")
        identity = value_at(manifest.spec, DEPLOYMENT_ID)
        if not name and not identity:
            return None
        names = (str(name),) if name else ()
        ids = (str(identity),) if identity else ()
        return Reference(self.refers_to, namespace, names, ids)


def _taken_instead(declared: str, observed: Observed) -> str | None:
    """Where VVP put the savepoint that it took instead of registering one; None where it did not."""
    known_location = _location(observed)
    if not declared or (known_location and _place(known_location) == _place(declared)):
        return None
    return known_location or ("no place that it tells" if observed.state == "COMPLETED" else None)


def _place(location: str) -> str:
    """A location without user, query and closing slash: what is remembered of it is shown without secrets."""
    scheme, separator, rest = location.partition("://")
    rest = rest.partition("?")[0].rstrip("/")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{separator}{authority.rpartition('@')[2]}{slash}{path}"


def _uuid_of(text: str) -> str:
    """A UUID that is the same for equal texts (RFC 9562, version 8)."""
    digits = hashlib.sha256(text.encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-8{digits[13:16]}-8{digits[17:20]}-{digits[20:32]}"


def _location(observed: Observed) -> str:
    """Where the data is; a URI may hold the credentials of its store."""
    return text_at(observed.body, LOCATION)


def _why(failure: Json) -> str:
    if isinstance(failure, Mapping):
        failure = failure.get("message") or failure.get("reason")
    return failure if isinstance(failure, str) else "VVP gives no reason"


SAVEPOINT = SavepointKind()
