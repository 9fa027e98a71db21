"""The spec of a deployment: completed by defaults, patched, replaced, checked.

Three layers make a new deployment: global defaults < defaults of the namespace < request body; the
result is stored (VVP page "Deployment Defaults"). Later changes of the defaults do not reach it.
"""

from vpsync.sandbox.errors import bad_request
from vpsync.sandbox.habits import NEWER_FIELDS, refilled, without_newer_fields
from vpsync.sandbox.jsontext import JsonObject
from vpsync.sandbox.members import DEPLOYMENT_SPEC, conform
from vpsync.sandbox.mergepatch import fill, merge_patch
from vpsync.sandbox.platform import Platform
from vpsync.sandbox.quantities import canonical_quantities
from vpsync.sandbox.space import Space

_REFERENCES = ("deploymentTargetId", "deploymentTargetName", "sessionClusterName")


def new_spec(platform: Platform, space: Space, body: JsonObject) -> JsonObject:
    """The spec of a deployment that is created with that `spec` in the body."""
    spec = _as_kept(platform, space, with_defaults(platform, space, clean(platform, body)))
    check_spec(platform, space, spec)
    return spec


def patched_spec(
    platform: Platform, space: Space, held: JsonObject, patch: JsonObject
) -> JsonObject:
    """The spec after a merge patch; a target given by name replaces one held by id, and back."""
    base = held
    if patch.get("deploymentTargetId") and not patch.get("deploymentTargetName"):
        base = {key: value for key, value in held.items() if key != "deploymentTargetName"}
    elif patch.get("deploymentTargetName") and not patch.get("deploymentTargetId"):
        base = {key: value for key, value in held.items() if key != "deploymentTargetId"}
    spec = clean(platform, merge_patch(base, patch))
    if platform.options.patch_applies_defaults:
        spec = with_defaults(platform, space, spec)
    spec = _as_kept(platform, space, spec)
    check_spec(platform, space, spec)
    return spec


def replaced_spec(
    platform: Platform, space: Space, held: JsonObject, body: JsonObject, use_defaults: bool
) -> JsonObject:
    """The spec after a PUT; without a state in body or defaults the state stays as it was."""
    spec = clean(platform, body)
    if use_defaults:
        spec = with_defaults(platform, space, spec)
    spec = _as_kept(platform, space, spec)
    spec.setdefault("state", held.get("state"))
    check_spec(platform, space, spec)
    return spec


def clean(platform: Platform, body: JsonObject) -> JsonObject:
    """A copy of a (partial) spec with known members only; 400 where a member does not fit."""
    spec: JsonObject = conform(DEPLOYMENT_SPEC, body, "spec", platform.strict())
    if platform.release < (2, 4):
        spec.pop("deploymentTargetName", None)
        spec.pop("sessionClusterName", None)
    if platform.options.drops_newer_fields:
        spec = without_newer_fields(spec, NEWER_FIELDS, platform.release)
    if platform.options.canonical_quantities:
        spec = _with_canonical_quantities(spec)
    return spec


def with_defaults(platform: Platform, space: Space, spec: JsonObject) -> JsonObject:
    """`spec` with what it lacks from the defaults.

    They never add a second target, nor resources to a deployment in session mode: there the session
    cluster has them.
    """
    defaults = _defaults(platform, space)
    if any(key in spec for key in _REFERENCES):
        defaults = {key: value for key, value in defaults.items() if key not in _REFERENCES}
    if spec.get("sessionClusterName"):
        defaults = _without_resources(defaults)
    result: JsonObject = fill(defaults, spec)
    return result


def check_spec(platform: Platform, space: Space, spec: JsonObject) -> None:
    """400 unless the spec is complete and what it refers to exists."""
    if "state" not in spec:
        raise bad_request("spec.state is required.")
    _check_artifact(spec.get("template", {}).get("spec", {}).get("artifact"))
    _check_references(platform, space, spec)
    kubernetes = spec["template"]["spec"].get("kubernetes", {})
    templates = {"jobManagerPodTemplate", "taskManagerPodTemplate"}
    if "pods" in kubernetes and templates & kubernetes.keys():
        raise bad_request("spec.template.spec.kubernetes: either pods or pod templates, not both.")


def _defaults(platform: Platform, space: Space) -> JsonObject:
    defaults: JsonObject = platform.options.global_defaults
    if platform.release >= (2, 1):
        defaults = fill(defaults, space.defaults.spec)
    return defaults


def _as_kept(platform: Platform, space: Space, spec: JsonObject) -> JsonObject:
    """`spec` as VVP keeps it: a restore strategy of kind NONE has no other members."""
    if platform.options.fills_emptied:
        spec = refilled(_defaults(platform, space), spec)
    if spec.get("restoreStrategy", {}).get("kind") != "NONE":
        return spec
    return spec | {"restoreStrategy": {"kind": "NONE"}}


def _with_canonical_quantities(spec: JsonObject) -> JsonObject:
    template = spec.get("template", {})
    own = template.get("spec", {})
    if "kubernetes" not in own:
        return spec
    own = own | {"kubernetes": canonical_quantities(own["kubernetes"])}
    return spec | {"template": template | {"spec": own}}


def _without_resources(defaults: JsonObject) -> JsonObject:
    template = defaults.get("template", {})
    own = {key: value for key, value in template.get("spec", {}).items() if key != "resources"}
    return defaults | {"template": template | {"spec": own}}


def _check_artifact(artifact: JsonObject | None) -> None:
    where = "spec.template.spec.artifact"
    if not artifact:
        raise bad_request(f"{where} is required.")
    kind = artifact.get("kind")
    if kind is None:
        raise bad_request(f"{where}.kind is required.")
    needed = "jarUri" if kind == "JAR" else "sqlScript"
    if not artifact.get(needed):
        raise bad_request(f"{where}.{needed} is required for an artifact of kind {kind}.")


def _check_references(platform: Platform, space: Space, spec: JsonObject) -> None:
    target_id, target_name = spec.get("deploymentTargetId"), spec.get("deploymentTargetName")
    session = spec.get("sessionClusterName")
    if session:
        if target_id or target_name:
            raise bad_request("Either a deployment target or a session cluster, not both.")
        if space.session_clusters.named(session) is None:
            raise bad_request(f"Session cluster '{session}' does not exist.")
        return
    if not target_id and not target_name:
        raise bad_request("A deployment target is required.")
    target = platform.target_of(space, spec)
    if target is None:
        raise bad_request(f"Deployment target '{target_id or target_name}' does not exist.")
    if target_name and target.name != target_name:
        raise bad_request("deploymentTargetId and deploymentTargetName are not the same target.")
