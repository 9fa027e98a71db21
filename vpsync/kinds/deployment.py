"""VpDeployment: a Flink job with its configuration, its desired state and its state in VVP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from vpsync.kinds import refusals
from vpsync.kinds.job import (
    FAILED,
    LOCATIONS,
    STATE,
    STEADY,
    TARGET_ID,
    TARGET_NAME,
    TEMPLATE,
    desired_state,
    effect_of,
    is_transitioning,
)
from vpsync.kinds.kind import Kind
from vpsync.kinds.quantity import cpu_number, memory_bytes, same_in_pods
from vpsync.kinds.readiness import READY, Readiness
from vpsync.kinds.values import as_text, same_value, text_at, texts_of
from vpsync.model.annotating import RECONCILE, asking
from vpsync.model.change import Effect, FieldChange
from vpsync.model.finding import Finding
from vpsync.model.json import Json, JsonObject, Path, objects_in, value_at
from vpsync.model.observed import Observed
from vpsync.model.options import DeletionChoices, DeletionPolicy
from vpsync.model.reasons import Reason
from vpsync.model.resource import Desired, Manifest, Reference

TEMPLATE_SPEC: Path = (*TEMPLATE, "spec")
ARTIFACT: Path = (*TEMPLATE_SPEC, "artifact")

_NON_RESTORED: Path = ("spec", "restoreStrategy", "allowNonRestoredState")
"""False where it is absent: the one switch of VVP's own that a deployment has."""

_DISCRIMINATORS: tuple[Path, ...] = (
    STATE,
    ("spec", "upgradeStrategy", "kind"),
    ("spec", "restoreStrategy", "kind"),
    (*ARTIFACT, "kind"),
)
"""VVP reads them in any case and writes them in upper case (vendor's clients and exports)."""

_REMOVABLE: tuple[Path, ...] = (
    ("metadata", "labels"),
    ("metadata", "annotations"),
    (*TEMPLATE, "metadata", "annotations"),
    (*TEMPLATE_SPEC, "flinkConfiguration"),
    (*TEMPLATE_SPEC, "logging", "log4jLoggers"),
    (*TEMPLATE_SPEC, "kubernetes"),
)


_CONDITION = ("type", "status", "reason", "message", "lastTransitionTime", "lastUpdateTime")


class DeploymentKind(Kind):
    """A deployment."""

    name = "VpDeployment"
    plural = "vpdeployments"
    noun = "deployment"
    versions = ("v1beta1", "v1beta2")
    level = 2
    collection = "deployments"
    replace_since = "2.4"
    # 2.6 declares no default for it, and what a manifest leaves out is to go back to VVP's defaults.
    replace_query: ClassVar[Mapping[str, str]] = {"applyDefaults": "true"}
    runs_jobs = True
    refers_to = "VpDeploymentTarget"
    reference_path = TARGET_ID
    name_path = TARGET_NAME
    exclusive = LOCATIONS
    autoscaled = tuple(
        (*TEMPLATE_SPEC, name) for name in ("parallelism", "numberOfTaskManagers", "resources")
    )
    removed_fields: ClassVar[Mapping[Path, str]] = {
        ("spec", "startFromSavepoint"): "VVP 2.x never reads it; use restoreStrategy"
    }

    def findings(self, manifest: Manifest) -> list[Finding]:
        """At most one place to run, and CPU quantities that can be read.

        None is VVP's business: its DeploymentDefaults may have one.
        """
        findings = _cpu_findings(manifest)
        spec = manifest.spec.get("spec") or {}
        targets = _target_names(manifest) + _target_ids(manifest)
        if spec.get("sessionClusterName") and targets:
            text = "a deployment target and a session cluster are mutually exclusive; remove one"
            findings.append(Finding("/spec/spec/sessionClusterName", text))
        return findings

    def refusals(self, document: JsonObject) -> Iterable[Finding]:
        """Amounts and units of resources, pods beside templates, strategies that exclude each other."""
        return refusals.of_deployment(document)

    def reference(self, manifest: Manifest) -> Reference | None:
        """The target, resolved in every pass; annotations never name it."""
        names, ids = _target_names(manifest), _target_ids(manifest)
        if not names and not ids:
            return None
        return Reference(self.refers_to, self.platform_key(manifest).namespace, names, ids)

    def body(self, manifest: Manifest) -> dict[str, Json]:
        """The declared deployment with VVP's own types, and without its target."""
        body = super().body(manifest)
        spec = body["spec"]
        spec.pop("deploymentTargetId", None)
        spec.pop("deploymentTargetName", None)
        _upper(spec, "state")
        for strategy in ("upgradeStrategy", "restoreStrategy"):
            _copy(spec, strategy)
            _upper(spec.get(strategy), "kind")
        template = _copy(spec, "template")
        _typed_template(_copy(template, "spec"))
        return body

    def creation(self, desired: Desired) -> dict[str, Json]:
        """A manifest that leaves the state out starts its job once; from then on it is VVP's."""
        return {} if value_at(desired.body, STATE) else {"spec": {"state": "RUNNING"}}

    def comparable(self, body: JsonObject, reference_id: str | None) -> JsonObject:
        """A target that VVP shows by name alone gets its id: ids are what is compared."""
        if reference_id is None or not value_at(body, TARGET_NAME) or value_at(body, TARGET_ID):
            return body
        return {**body, "spec": {**body["spec"], TARGET_ID[-1]: reference_id}}

    def same(self, path: Path, declared: Json, observed: Json) -> bool:
        """Sizes, quantities and discriminators are compared by meaning."""
        if path in _DISCRIMINATORS and isinstance(declared, str) and isinstance(observed, str):
            return declared.upper() == observed.upper()
        if path[:4] == (*TEMPLATE_SPEC, "resources") and path[-1] == "memory":
            size = memory_bytes(declared)
            return size is not None and size == memory_bytes(observed)
        if path[:4] == (*TEMPLATE_SPEC, "flinkConfiguration") and observed is not None:
            return bool(declared == as_text(observed))
        if path[:4] == (*TEMPLATE_SPEC, "kubernetes"):
            return same_in_pods(declared, observed, path)
        if path == _NON_RESTORED:
            return same_value(declared or False, observed or False)
        return same_value(declared, observed)

    def removable(self, path: Path) -> bool:
        """Keys of maps are; structural fields keep their value."""
        return any(path[: len(prefix)] == prefix and path != prefix for prefix in _REMOVABLE)

    def effect(self, observed: Observed, fields: tuple[FieldChange, ...]) -> Effect:
        """A change of the template or of where the job runs restarts it, by its upgrade strategy."""
        return effect_of(observed, fields)

    def creation_effect(self, body: JsonObject) -> Effect:
        """A deployment that should run starts its job."""
        return Effect.START if text_at(body, STATE) == "RUNNING" else Effect.NONE

    def deletion_choices(self, manifest: Manifest) -> DeletionChoices:
        """All of them: a job can be suspended with a savepoint before it goes."""
        return DeletionChoices(tuple(DeletionPolicy), self.name)

    def observed_reference(self, observed: Observed) -> Reference | None:
        """Its target."""
        name, identity = text_at(observed.body, TARGET_NAME), text_at(observed.body, TARGET_ID)
        if not name and not identity:
            return None
        names, ids = ((name,) if name else ()), ((identity,) if identity else ())
        return Reference(self.refers_to, observed.key.namespace, names, ids)

    def exported(
        self, observed: Observed, name: str, body: JsonObject, refers_to: str | None
    ) -> dict[str, Json]:
        """The target goes by its name: ids mean nothing to people, and change when it is rebuilt."""
        spec = super().exported(observed, name, body, refers_to)
        if refers_to:
            spec["deploymentTargetName"] = refers_to
            for path in (TARGET_ID, TARGET_NAME):
                spec["spec"].pop(path[-1], None)
        return spec

    def judge(self, desired: Desired, observed: Observed) -> Readiness:
        """Ready in the desired state, or after a normal end of a job that should run."""
        state = observed.state
        wanted = desired_state(desired) or text_at(observed.body, STATE)
        if is_transitioning(observed):
            return Readiness("False", Reason.Progressing, f"VVP is moving it to {wanted}")
        if state == FAILED:
            return _failed(desired.manifest, wanted)
        if state == "FINISHED" and wanted == "RUNNING":
            return Readiness("True", Reason.Finished, "the job came to its normal end")
        if state == wanted == "RUNNING" and (failing := failing_message(observed)) is not None:
            return Readiness("False", Reason.JobFailing, "VVP reports JobFailing:", failing)
        if state == wanted:
            return READY
        if state in STEADY or not state:
            return Readiness("False", Reason.Progressing, f"{state or 'new'}, to become {wanted}")
        return Readiness("Unknown", Reason.UnknownState, f"VVP reports the state {state!r}")

    def status(self, observed: Observed) -> dict[str, Json]:
        """State, running job and target."""
        return super().status(observed) | {
            "state": observed.state or None,
            "running": _running(observed),
            "deploymentTargetId": text_at(observed.body, TARGET_ID) or None,
        }

    def status_keys(self) -> tuple[str, ...]:
        """What :meth:`status` rules."""
        return (*super().status_keys(), "state", "running", "deploymentTargetId")


def failing_message(observed: Observed) -> str | None:
    """What the true condition ``JobFailing`` says; None when it is not true."""
    for condition in objects_in(value_at(observed.body, ("status", "running", "conditions"))):
        if condition.get("type") == "JobFailing" and condition.get("status") == "True":
            return str(condition.get("message") or condition.get("reason") or "no message")
    return None


def _running(observed: Observed) -> Json:
    """The running job, as VVP tells it."""
    running = value_at(observed.body, ("status", "running"))
    shown = texts_of(running, ("jobId", "transitionTime"))
    if shown is not None and isinstance(running.get("conditions"), list):
        shown["conditions"] = [texts_of(c, _CONDITION) for c in objects_in(running["conditions"])]
    return shown


def _failed(manifest: Manifest, wanted: str) -> Readiness:
    """That VVP gave the job up; why is for its job to tell."""
    if wanted != "RUNNING":
        message, advice = f"the job failed on the way to {wanted}", "VVP needs a change to go on"
    else:
        message = "the job failed and VVP gave up"
        advice = f"change the manifest, or start it again: {asking(manifest, RECONCILE)}"
    return Readiness("False", Reason.JobFailed, message, advice=advice)


def _target_names(manifest: Manifest) -> tuple[str, ...]:
    spec = manifest.spec.get("spec") or {}
    names = (manifest.spec.get("deploymentTargetName"), spec.get("deploymentTargetName"))
    return tuple(dict.fromkeys(str(name) for name in names if name))


def _target_ids(manifest: Manifest) -> tuple[str, ...]:
    spec = manifest.spec.get("spec") or {}
    ids = (manifest.spec.get("deploymentTargetId"), spec.get("deploymentTargetId"))
    return tuple(dict.fromkeys(str(identity) for identity in ids if identity))


def _cpu_findings(manifest: Manifest) -> list[Finding]:
    findings = []
    resources = value_at(manifest.spec, ("spec", "template", "spec", "resources")) or {}
    for name, resource in resources.items():
        cpu = resource.get("cpu") if isinstance(resource, Mapping) else None
        try:
            if cpu is not None:
                cpu_number(cpu)
        except ValueError as error:
            place = f"/spec/spec/template/spec/resources/{name}/cpu"
            findings.append(Finding(place, f'{error}; write 0.5, "1.5" or "500m"'))
    return findings


def _copy(place: dict[str, Json], key: str) -> dict[str, Json]:
    """A shallow copy of a member, put in its place: manifests are never changed."""
    member = place.get(key)
    if not isinstance(member, Mapping):
        return {}
    place[key] = dict(member)
    return place[key]  # type: ignore[no-any-return]


def _upper(place: Json, key: str) -> None:
    if isinstance(place, dict) and isinstance(place.get(key), str):
        place[key] = place[key].upper()


def _typed_template(spec: dict[str, Json]) -> None:
    """Gives the values of a template the types that VVP wants; ``spec`` is ours to change."""
    artifact = _copy(spec, "artifact")
    _upper(artifact, "kind")
    if "flinkVersion" in artifact:
        artifact["flinkVersion"] = as_text(artifact["flinkVersion"])
    configuration = _copy(spec, "flinkConfiguration")
    for key, value in configuration.items():
        configuration[key] = as_text(value)
    resources = _copy(spec, "resources")
    for name in resources:
        resource = _copy(resources, name)
        if "cpu" in resource:
            resource["cpu"] = cpu_number(resource["cpu"])
        if "memory" in resource:
            resource["memory"] = as_text(resource["memory"])


DEPLOYMENT = DeploymentKind()
