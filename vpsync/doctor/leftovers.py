"""What older operators, crashed runs and deleted resources left behind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from vpsync.cluster.client import Reader
from vpsync.doctor.finding import ok, warning
from vpsync.errors import ClusterError, PlatformError
from vpsync.kinds import KINDS
from vpsync.kinds.leftovers import has_parked_fields
from vpsync.model.finding import Finding
from vpsync.model.json import JsonObject, objects_in
from vpsync.model.observed import Observed
from vpsync.model.phrases import listed
from vpsync.model.resource import GROUP, Manifest, ResourceKey
from vpsync.model.timestamps import seconds
from vpsync.planning.ownership.marker import (
    OWNER,
    Marker,
    Ownership,
    ownership_of,
    read_marker,
)
from vpsync.settings import Settings
from vpsync.ververica.client import Client
from vpsync.ververica.probe import Access

_CONFIGURATIONS = ("validatingwebhookconfigurations", "mutatingwebhookconfigurations")


def parked(manifests: Iterable[Manifest]) -> Finding:
    """Fields that an older conversion webhook put into annotations."""
    check = "parked fields"
    parked_keys = [str(one.key) for one in manifests if has_parked_fields(one.annotations)]
    if not parked_keys:
        return ok(check, "none")
    names = listed(sorted(parked_keys), 5)
    text = f"{len(parked_keys)} with fields in annotations of an older webhook: {names}"
    return warning(check, text, "write them into the spec and drop the annotations v1beta2.Vp*")


def webhooks(reader: Reader) -> Finding:
    """Webhook configurations of the Go operator: with it gone, they refuse every write."""
    check = "old webhooks"
    configurations = []
    for plural in _CONFIGURATIONS:
        try:
            answer = reader.get(f"/apis/admissionregistration.k8s.io/v1/{plural}")
        except ClusterError:
            text = "the account may not list webhook configurations, so they are not looked at"
            return warning(check, text, f"kubectl get {','.join(_CONFIGURATIONS)}")
        items = objects_in(answer.get("items")) if isinstance(answer, dict) else []
        configurations += [f"{plural}/{_name(item)}" for item in items if _is_of_our_group(item)]
    if not configurations:
        return ok(check, "none")
    names = sorted(configurations)
    return warning(check, listed(names, 5), f"kubectl delete {' '.join(names)}")


def _name(item: JsonObject) -> str:
    metadata = item.get("metadata")
    return str(metadata.get("name") if isinstance(metadata, dict) else "?")


def _is_of_our_group(configuration: JsonObject) -> bool:
    rules = [
        rule
        for webhook in objects_in(configuration.get("webhooks"))
        for rule in objects_in(webhook.get("rules"))
    ]
    return any(GROUP in (rule.get("apiGroups") or ()) for rule in rules)


def tokens(accesses: Sequence[tuple[str, Access]], settings: Settings, now: datetime) -> Finding:
    """Tokens of runs that ended without removing them; those of others are none of our business."""
    check = "tokens of old runs"
    pattern = re.compile(rf"vpsync-{re.escape(settings.scope.owner_id)}-[0-9a-f]{{8}}")
    dead = []
    for vvp_namespace, token_access in accesses:
        for token in token_access.tokens:
            name = str(token.get("name") or "").rpartition("/")[2]
            made = seconds(str(token.get("createTime") or ""))
            old = made is None or now.timestamp() - made > 2 * settings.timeout
            if pattern.fullmatch(name) and old:
                dead.append(f"{vvp_namespace}/{name}")
    if not dead:
        return ok(check, "none")
    text = f"{len(dead)} left by runs that crashed: {listed(sorted(dead), 5)}"
    return warning(check, text, "delete them in VVP: they are owners' tokens that nobody uses")


def orphans(
    client: Client,
    vvp_namespaces: Iterable[str],
    manifests: Iterable[Manifest],
    settings: Settings,
    cluster_id: str = "",
) -> Finding:
    """VVP objects that are marked as ours, and for which there is no resource.

    They were lost, or are another cluster's; a deletion is never advised on a guess. A marker
    without a UID was written for a manifest in a file, of which a cluster knows nothing.
    """
    check = "lost objects"
    marked = [
        one
        for vvp_namespace in vvp_namespaces
        for one in _marked_objects(client, vvp_namespace, settings)
    ]
    present = {manifest.key: manifest for manifest in manifests}
    absent = [one for one in marked if one.resource not in present]
    if not absent:
        return _shared(check, marked, present, cluster_id)
    names = listed(sorted(map(str, absent)), 5)
    text = f"{len(absent)} of {len(marked)} have no resource in this cluster: {names}"
    if cluster_id and all(one.marker.cluster == cluster_id for one in absent):
        advice = "apply the resources again, which adopts them, or delete the objects in VVP"
    elif any(one.marker.is_of_another_cluster(cluster_id) for one in absent):
        advice = (
            "another cluster holds some of them under the same --owner-id, which must differ between "
            "clusters; delete nothing"
        )
    else:
        advice = (
            "they were lost, or another cluster holds them under the same --owner-id: find out which before "
            "anything is deleted"
        )
    return warning(check, text, advice)


def _shared(
    check: str,
    marked: Sequence[_Marked],
    present: Mapping[ResourceKey, Manifest],
    cluster_id: str,
) -> Finding:
    """Whether somebody else holds what has a resource in this cluster, too: another cluster, or an
    earlier resource of that name."""
    others = [one for one in marked if one.marker.is_of_another_cluster(cluster_id)]
    if not others:
        former = [one for one in marked if _is_of_another(one, present[one.resource], cluster_id)]
        return _former(check, former, len(marked))
    names = listed(sorted(map(str, others)), 5)
    text = f"none, but another cluster holds {len(others)} under the same --owner-id: {names}"
    advice = "give each cluster its own --owner-id; if this one was restored, run once with --adopt=always"
    return warning(check, text, advice)


def _is_of_another(one: _Marked, manifest: Manifest, cluster_id: str) -> bool:
    """Whether the marker is that of an earlier resource than the one that has its name now."""
    proof = ownership_of(manifest, one.observed, one.marker.owner, cluster_id)
    return proof.ownership is not Ownership.OURS


def _former(check: str, former: Sequence[_Marked], count: int) -> Finding:
    """Whether markers name resources that are no longer there: those of that name now are others."""
    if not former:
        return ok(check, f"none of the {count} that are marked as ours")
    names = listed(sorted(map(str, former)), 5)
    text = f"the markers of {len(former)} of {count} name a resource of that name with another UID: {names}"
    advice = (
        "if it was deleted and made again, a pass adopts what is equal, and vpsync diff tells what differs; "
        "a marker that names no cluster may also be another cluster's"
    )
    return warning(check, text, advice)


@dataclass(frozen=True, slots=True)
class _Marked:
    """A VVP object that is marked as ours."""

    observed: Observed
    resource: ResourceKey
    marker: Marker

    def __str__(self) -> str:
        noun = self.resource.kind.removeprefix("Vp")
        return f"{noun} {self.observed.key} of {self.resource.namespace}/{self.resource.name}"


def _marked_objects(client: Client, vvp_namespace: str, settings: Settings) -> Iterator[_Marked]:
    """What is marked as ours in a VVP namespace."""
    scope = settings.scope
    for kind in KINDS:
        if not kind.annotated or kind.listed_by_reference:
            continue
        try:
            objects = client.list_kind(kind, vvp_namespace)
        except PlatformError:
            continue  # Told by the check of its token.
        for observed in objects:
            marker = read_marker(observed.annotations.get(OWNER))
            if marker is None or not marker.uid or marker.owner != scope.owner_id:
                continue
            home, _, name = marker.resource.partition("/")
            within = not scope.namespaces or home in scope.namespaces
            if marker.platform == str(observed.key) and within:
                yield _Marked(observed, ResourceKey(kind.name, home, name), marker)
