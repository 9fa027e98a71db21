"""The checks of a cluster: reachable, clock, CRDs, rights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from vpsync.cluster.access import Reviewer
from vpsync.doctor.finding import Examination, clock_skew, failure, ok, warning
from vpsync.errors import ClusterError, ClusterForbidden, ClusterNotFound, ClusterUnreachable
from vpsync.kinds import KINDS
from vpsync.kinds.kind import Kind
from vpsync.model.finding import Finding
from vpsync.model.json import Json, JsonObject, objects_in, value_at
from vpsync.model.resource import GROUP
from vpsync.schema.crds import crd

CLUSTER, CLOCK = "cluster", "clock of the cluster"

INSTALL = "vpsync crds | kubectl apply -f -"

EVENTS = (("create", "", "events"), ("patch", "", "events"))

Right = tuple[str, str, str]
"""Verb, API group and resource, a subresource behind a slash."""


def examine_cluster(
    reviewer: Reviewer, namespaces: tuple[str, ...], clock: Callable[[], datetime]
) -> Examination:
    """Looks at a cluster; ``namespaces`` are the ones that passes work in, empty for all."""
    try:
        version = value_at(reviewer.get("/version"), ("gitVersion",))
    except ClusterForbidden:
        version = None
    except ClusterError as error:
        advice = "check --kubeconfig, --context and the network"
        found = failure(CLUSTER, str(error), advice)
        return Examination((found,), reachable=not isinstance(error, ClusterUnreachable))
    host = reviewer.api.host
    findings = [ok(CLUSTER, f"Kubernetes {version or 'of unknown version'} at {host}")]
    findings.append(clock_skew(CLOCK, reviewer.date, clock()))
    findings += [_crd(reviewer, kind) for kind in KINDS]
    findings += _rights(reviewer, namespaces)
    return Examination(tuple(findings))


# CRDs -----------------------------------------------------------------------------------------


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


# Rights ---------------------------------------------------------------------------------------


def needed_rights(kind: Kind) -> tuple[Right, ...]:
    """What a pass does to a kind: as the shipped role grants it."""
    status = f"{kind.plural}/status"
    return (("list", GROUP, kind.plural), ("patch", GROUP, kind.plural), ("patch", GROUP, status))


def _rights(reviewer: Reviewer, namespaces: tuple[str, ...]) -> Iterator[Finding]:
    groups = {kind.name: needed_rights(kind) for kind in KINDS} | {"events": EVENTS}
    places = namespaces or ("",)
    asked = [(right, place) for rights in groups.values() for right in rights for place in places]

    def may(one: tuple[Right, str]) -> bool:
        (verb, group, resource), place = one
        return reviewer.may(verb, group, resource, place)

    try:
        with ThreadPoolExecutor(max_workers=8) as pool:
            answers = list(pool.map(may, asked))
    except ClusterError as error:
        yield failure("rights", str(error), "try again")
        return
    refused = [one for one, allowed in zip(asked, answers, strict=True) if not allowed]
    where = f"in {', '.join(namespaces)}" if namespaces else "in all namespaces"
    for name, rights in groups.items():
        lacking = [one for one in refused if one[0] in rights]
        yield _right(f"rights on {name}", rights, lacking, where)


def _right(
    check: str, rights: Iterable[Right], lacking: list[tuple[Right, str]], where: str
) -> Finding:
    if not lacking:
        return ok(check, f"{', '.join(_shown(right) for right in rights)} {where}")
    names = list(dict.fromkeys(_shown(right) for right, _ in lacking))
    places = sorted({place for _, place in lacking if place})
    shown = f"in {', '.join(places)}" if places else where
    advice = "bind the ClusterRole of k8s/cronjob.yaml to this account"
    return failure(check, f"may not {' or '.join(names)} {shown}", advice)


def _shown(right: Right) -> str:
    verb, _, resource = right
    return f"{verb} status" if resource.endswith("/status") else verb
