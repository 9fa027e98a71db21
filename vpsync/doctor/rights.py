"""The check of rights: what a pass does, and what the Lease and watches need where they are wanted.

The rights of a pass are those of the shipped role. The other two are granted apart in the shipped manifests,
so an account may well lack them: their findings tell the rule that is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from vpsync.cluster.access import Reviewer
from vpsync.cluster.connection import home_namespace
from vpsync.cluster.leases import lease_names
from vpsync.doctor.finding import failure, ok
from vpsync.errors import ClusterError
from vpsync.kinds import KINDS
from vpsync.kinds.kind import Kind
from vpsync.model.finding import Finding
from vpsync.model.phrases import listed
from vpsync.model.resource import GROUP
from vpsync.settings import Settings

_LEASES = "coordination.k8s.io"

BIND = "bind the ClusterRole of k8s/cronjob.yaml to this account"


@dataclass(frozen=True, slots=True)
class Right:
    """Something that an account may do."""

    verb: str
    group: str
    resource: str
    """A plural, with a subresource behind a slash."""
    name: str = ""
    """Of the one object that it is about; empty for all."""


EVENTS = (Right("create", "", "events"), Right("patch", "", "events"))


@dataclass(frozen=True, slots=True)
class Need:
    """Rights that serve one thing, and where they have to be."""

    check: str
    rights: tuple[Right, ...]
    namespaces: tuple[str, ...]
    """Empty for all."""
    advice: str = ""
    """What to do where one of them is missing; empty for the rule to add."""
    names_resources: bool = False
    """Whether a finding says of what the rights are, which ``check`` does not."""


def needed_rights(kind: Kind) -> tuple[Right, ...]:
    """What a pass does to a kind: as the shipped role grants it."""
    status = f"{kind.plural}/status"
    verbs = (("list", kind.plural), ("patch", kind.plural), ("patch", status))
    return tuple(Right(verb, GROUP, resource) for verb, resource in verbs)


def needs_of(settings: Settings) -> tuple[Need, ...]:
    """All that a run with these settings needs."""
    everywhere = settings.scope.namespaces
    needs = [
        Need(f"rights on {kind.name}", needed_rights(kind), everywhere, BIND) for kind in KINDS
    ]
    needs.append(Need("rights on events", EVENTS, everywhere, BIND))
    if settings.events:
        watch = tuple(Right("watch", GROUP, kind.plural) for kind in KINDS)
        needs.append(Need("rights to watch", watch, everywhere, names_resources=True))
    if settings.leader_election or not settings.scope.shard.is_all:
        needs.append(_of_leases(settings))
    return tuple(needs)


def _of_leases(settings: Settings) -> Need:
    """Those on the Leases of all shards: a role may name each, and an old one too few of them."""
    scope = settings.scope
    namespace = settings.lease_namespace or home_namespace(scope.kubeconfig, scope.context)
    rights = [Right(verb, _LEASES, "leases") for verb in ("list", "create")]
    rights += [
        Right(verb, _LEASES, "leases", name)
        for verb in ("get", "update")
        for name in lease_names(scope.owner_id, scope.shard.count)
    ]
    return Need("rights on Leases", tuple(rights), (namespace,))


def examine_rights(reviewer: Reviewer, needs: Sequence[Need]) -> Iterator[Finding]:
    """A finding for each need; one alone where the API server does not say."""
    asked = [
        (right, namespace)
        for need in needs
        for right in need.rights
        for namespace in need.namespaces or ("",)
    ]

    def may(one: tuple[Right, str]) -> bool:
        right, namespace = one
        return reviewer.may(right.verb, right.group, right.resource, namespace, right.name)

    try:
        with ThreadPoolExecutor(max_workers=8) as pool:
            answers = list(pool.map(may, asked))
    except ClusterError as error:
        yield failure("rights", str(error), "try again")
        return
    refused = [one for one, allowed in zip(asked, answers, strict=True) if not allowed]
    for need in needs:
        yield _found(need, [one for one in refused if one[0] in need.rights])


def _found(need: Need, lacking: list[tuple[Right, str]]) -> Finding:
    where = f"in {', '.join(need.namespaces)}" if need.namespaces else "in all namespaces"
    if not lacking:
        return ok(need.check, f"{', '.join(_shown(need, need.rights))} {where}")
    rights = list(dict.fromkeys(right for right, _ in lacking))
    namespaces = sorted({namespace for _, namespace in lacking if namespace})
    where = f"in {', '.join(namespaces)}" if namespaces else where
    advice = need.advice or _rule(rights, namespaces)
    return failure(need.check, f"may not {' or '.join(_shown(need, rights))} {where}", advice)


def _shown(need: Need, rights: Sequence[Right]) -> list[str]:
    """Rights in words, each once."""
    if need.names_resources:
        verbs = ", ".join(dict.fromkeys(right.verb for right in rights))
        return [f"{verbs} {listed([right.resource for right in rights], len(rights))}"]
    resources: dict[str, list[str]] = {}
    for right in rights:
        verb = f"{right.verb} status" if right.resource.endswith("/status") else right.verb
        resources.setdefault(verb, []).append(right.name)
    return [
        f"{verb} {listed(names, 5)}" if all(names) else verb for verb, names in resources.items()
    ]


def _rule(rights: Sequence[Right], namespaces: Sequence[str]) -> str:
    """The rule that is missing, as it stands in a role."""
    resources = dict.fromkeys(right.resource for right in rights)
    verbs = dict.fromkeys(right.verb for right in rights)
    role = (
        f"a Role of this account in {', '.join(namespaces)}"
        if namespaces
        else "a ClusterRole of this account"
    )
    return (
        f"add this rule to {role}: "
        f"{{apiGroups: [{rights[0].group}], resources: [{', '.join(resources)}], "
        f"verbs: [{', '.join(verbs)}]}}"
    )
