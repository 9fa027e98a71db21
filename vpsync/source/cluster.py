"""Manifests from the raw lists of a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from vpsync.errors import ClusterError, ClusterNotFound
from vpsync.kinds.kind import Kind
from vpsync.model.json import JsonObject
from vpsync.source.files import LoadedManifests
from vpsync.source.manifest import read_manifest
from vpsync.source.strangers import is_ours


class NamespaceReader(Protocol):
    """Can say of a namespace that it is not there."""

    def lacks_namespace(self, name: str) -> bool:
        """Whether the cluster says that it has no such namespace; False where it does not say."""
        ...


ListKind = Callable[[Kind, str], Iterable[JsonObject]]
"""Lists the resources of one kind in one namespace (empty: all), or raises ClusterError."""


def begin_lists(list_kind: ListKind, kinds: Iterable[Kind], namespaces: Iterable[str]) -> ListKind:
    """Begins all lists now; what is returned gives each of them once, and after that lists anew."""
    lists = _lists(kinds, namespaces)
    pool = ThreadPoolExecutor(max(1, len(lists)))
    begun = {one: pool.submit(_whole, list_kind, *one) for one in lists}
    pool.shutdown(wait=False)

    def begun_or_new(kind: Kind, namespace: str) -> Iterable[JsonObject]:
        early = begun.pop((kind, namespace), None)
        return early.result() if early is not None else list_kind(kind, namespace)

    return begun_or_new


def read_cluster(
    list_kind: ListKind, kinds: Iterable[Kind], namespaces: Iterable[str]
) -> LoadedManifests:
    """Everything of the given kinds; no namespaces means all of them.

    A list that fails is told in ``errors``; what it would have held is neither created nor deleted.
    When all of them fail nothing can be decided, and the first error is raised.
    """
    wanted = _lists(kinds, namespaces)
    sourced = LoadedManifests()
    failures: list[ClusterError] = []
    with ThreadPoolExecutor(max_workers=max(1, len(wanted))) as pool:
        for answer in pool.map(lambda one: _listed(list_kind, *one), wanted):
            if isinstance(answer, ClusterError):
                failures.append(answer)
                continue
            for document in answer:
                if is_ours(document):
                    sourced.manifests.append(read_manifest(document, "cluster"))
    if failures and len(failures) == len(wanted):
        raise _first(failures)
    sourced.errors += [str(failure) for failure in failures]
    return sourced


def absent_namespaces(
    cluster: NamespaceReader, sourced: LoadedManifests, namespaces: Iterable[str]
) -> list[str]:
    """What is wrong with the namespaces that nothing was found in, in words: a list of nothing does not tell.

    An account that may not look is believed.
    """
    there = {manifest.key.namespace for manifest, _ in sourced.manifests}
    return [
        f"-n {name}: there is no such namespace in the cluster"
        for name in namespaces
        if name not in there and cluster.lacks_namespace(name)
    ]


def _first(failures: Sequence[ClusterError]) -> ClusterError:
    """What is said of lists that all failed."""
    if all(isinstance(failure, ClusterNotFound) for failure in failures):
        text = (
            "nothing could be decided: the cluster lacks the CRDs; install them: "
            "vpsync crds | kubectl apply -f -"
        )
        return ClusterNotFound(text, status=failures[0].status)
    return failures[0]


def _lists(kinds: Iterable[Kind], namespaces: Iterable[str]) -> list[tuple[Kind, str]]:
    return [(kind, namespace) for kind in kinds for namespace in (tuple(namespaces) or ("",))]


def _whole(list_kind: ListKind, kind: Kind, namespace: str) -> list[JsonObject]:
    return list(list_kind(kind, namespace))


def _listed(list_kind: ListKind, kind: Kind, namespace: str) -> list[JsonObject] | ClusterError:
    try:
        return _whole(list_kind, kind, namespace)
    except ClusterError as error:
        return error
