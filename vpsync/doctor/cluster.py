"""The checks of a cluster: reachable, clock, CRDs, rights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from vpsync.cluster.access import Reviewer
from vpsync.doctor.finding import Examination, clock_skew, failure, ok, warning
from vpsync.doctor.rights import Need, examine_rights
from vpsync.errors import ClusterError, ClusterForbidden, ClusterNotFound, ClusterUnreachable
from vpsync.kinds import KINDS
from vpsync.kinds.kind import Kind
from vpsync.model.finding import Finding
from vpsync.model.json import Json, JsonObject, objects_in, value_at
from vpsync.model.resource import GROUP
from vpsync.schema.crds import crd

CLUSTER, CLOCK = "cluster", "clock of the cluster"

INSTALL = "vpsync crds | kubectl apply -f -"


def examine_cluster(
    reviewer: Reviewer, needs: Sequence[Need], clock: Callable[[], datetime]
) -> Examination:
    """Looks at a cluster; ``needs`` are the rights that a run has to have there."""
    try:
        version = value_at(reviewer.get("/version"), ("gitVersion",))
    except ClusterForbidden:
        version = None
    except ClusterError as error:
        advice = "check --kubeconfig, --context and the network"
        finding = failure(CLUSTER, str(error), advice)
        return Examination((finding,), reachable=not isinstance(error, ClusterUnreachable))
    host = reviewer.api.host
    findings = [ok(CLUSTER, f"Kubernetes {version or 'of unknown version'} at {host}")]
    findings.append(clock_skew(CLOCK, reviewer.date, clock()))
    findings += [_crd(reviewer, kind) for kind in KINDS]
    findings += examine_rights(reviewer, needs)
    return Examination(tuple(findings))


def _crd(reviewer: Reviewer, kind: Kind) -> Finding:
    check = f"CRD {kind.name}"
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    try:
        installed = reviewer.get(f"{path}/{kind.plural}.{GROUP}")
    except ClusterNotFound:
        return failure(check, "not installed", INSTALL)
    except ClusterForbidden:
        return _discovered(reviewer, kind, check)
    except ClusterError as error:
        return failure(check, str(error), "try again")
    spec = installed.get("spec") if isinstance(installed, dict) else None
    return _compared(spec if isinstance(spec, dict) else {}, kind, check)


def _compared(spec: JsonObject, kind: Kind, check: str) -> Finding:
    """What of an installed CRD departs from ours."""
    if value_at(spec, ("conversion", "strategy")) not in (None, "None"):
        patch = '{"spec":{"conversion":{"strategy":"None","webhook":null}}}'
        advice = f"kubectl patch crd {kind.plural}.{GROUP} --type merge -p '{patch}'"
        return failure(check, "an old conversion webhook is switched on", advice)
    ours = crd(kind)["spec"]
    there = {str(version.get("name")): version for version in objects_in(spec.get("versions"))}
    served = [name for name, version in there.items() if version.get("served")]
    missing = [name for name in kind.versions if name not in served]
    if missing:
        return failure(check, f"does not serve {', '.join(missing)}", INSTALL)
    if any("status" not in (there[name].get("subresources") or {}) for name in kind.versions):
        return failure(check, "has no status subresource", INSTALL)
    shown = f"serves {', '.join(kind.versions)}"
    if any(_schema(there[version["name"]]) != _schema(version) for version in ours["versions"]):
        return warning(check, f"{shown}, but its schema is another version's", INSTALL)
    return ok(check, f"{shown}, as this vpsync has it")


def _schema(version: JsonObject) -> Json:
    return value_at(version, ("schema", "openAPIV3Schema"))


def _discovered(reviewer: Reviewer, kind: Kind, check: str) -> Finding:
    """What everybody may see of a CRD: which versions are served, with which subresources."""
    for version in kind.versions:
        try:
            answer = reviewer.get(f"/apis/{GROUP}/{version}")
        except ClusterNotFound:
            answer = {}
        except ClusterError as error:
            return failure(check, str(error), "try again")
        names = {item.get("name") for item in objects_in(value_at(answer, ("resources",)))}
        if kind.plural not in names:
            return failure(check, f"{version} is not served", INSTALL)
        if f"{kind.plural}/status" not in names:
            return failure(check, f"{version} has no status subresource", INSTALL)
    text = f"serves {', '.join(kind.versions)}; not compared, as the account may not get CRDs"
    return warning(check, text, "look with an account that may")
