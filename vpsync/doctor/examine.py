"""All checks, in the order in which a pass would fail over them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from vpsync.cluster.access import Reviewer
from vpsync.doctor.cluster import CLUSTER, examine_cluster
from vpsync.doctor.finding import Examination, failure, warning
from vpsync.doctor.leftovers import orphans, parked, tokens, webhooks
from vpsync.doctor.platform import examine_platform
from vpsync.doctor.rights import needs_of
from vpsync.errors import ClusterError
from vpsync.kinds import BY_NAME, KINDS
from vpsync.model.finding import Finding
from vpsync.settings import Settings
from vpsync.source.cluster import absent_namespaces, read_cluster
from vpsync.source.files import LoadedManifests
from vpsync.ververica.client import Client

Clock = Callable[[], datetime]


def examine(
    client: Client,
    reviewer: Reviewer | None,
    settings: Settings,
    clock: Clock,
) -> Examination:
    """Looks at both sides; ``reviewer`` is None where no cluster is configured."""
    findings: list[Finding] = []
    there = False
    sourced = LoadedManifests()
    if reviewer is None:
        text = "none is configured: manifests can only come from files (-f)"
        findings.append(warning(CLUSTER, text, "give --kubeconfig if there is one"))
    else:
        cluster = examine_cluster(reviewer, needs_of(settings), clock)
        findings += cluster.findings
        there = cluster.reachable
        sourced = _resources(reviewer, settings) if there else sourced
        if there:
            absent = absent_namespaces(reviewer, sourced, settings.scope.namespaces)
            findings += [failure(CLUSTER, text, "check -n and --context") for text in absent]
    manifests = [manifest for manifest, _ in sourced.manifests]
    named = {BY_NAME[m.key.kind].platform_key(m).namespace for m in manifests}
    vvp = examine_platform(client, settings, named, clock)
    findings = [*vvp.findings, *findings]
    if reviewer is not None and there:
        findings += [parked(manifests), webhooks(reviewer)]
    if vvp.reachable:
        findings.append(tokens(vvp.accesses, settings, clock()))
    if reviewer is not None and vvp.reachable and there and not sourced.errors:
        vvp_namespaces = [namespace for namespace, _ in vvp.accesses]
        findings.append(orphans(client, vvp_namespaces, manifests, settings, reviewer.cluster_id()))
    findings += [failure("resources", error, "see the rights above") for error in sourced.errors]
    redacted = client.tokens.hiding.value(tuple(findings))
    return Examination(redacted, vvp.reachable or there)


def _resources(reviewer: Reviewer, settings: Settings) -> LoadedManifests:
    """The resources of the cluster; a list that fails is told in ``errors``."""
    try:
        return read_cluster(reviewer.list_kind, KINDS, settings.scope.namespaces)
    except ClusterError as error:
        return LoadedManifests(errors=[str(error)])
