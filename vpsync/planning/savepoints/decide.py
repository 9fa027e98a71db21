"""The decision about a savepoint: taken exactly once, then followed to its end.

VVP gives a savepoint no name of ours, so a POST whose answer is lost cannot simply be sent again.
Before the POST an intent is recorded (in the resource's status, or as an annotation on the deployment
where the manifest is a file). The POST carries a marker with the intent's nonce:

* a savepoint with that marker is ours, whatever became of the answer;
* an intent that is younger than a request can live may still be under way: wait;
* no marker, but a savepoint that nobody claims came into being since: it cannot be told whose it is,
  and a person decides;
* nothing came into being since: the request never arrived, and is sent again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from vpsync.errors import PlatformFault
from vpsync.kinds.job import SPEC_VERSION
from vpsync.kinds.savepoint import GOING, LOCATION
from vpsync.kinds.values import text_at
from vpsync.model.annotating import RECONCILE, SAVEPOINT_REQUEST, annotating, asking
from vpsync.model.change import Action, Change, Verb
from vpsync.model.condition import find_condition
from vpsync.model.decision import Decision, InSync
from vpsync.model.json import leaves, merged
from vpsync.model.observed import Location, Observed, PlatformKey
from vpsync.model.reasons import Reason
from vpsync.model.resource import Desired, Manifest
from vpsync.model.timestamps import seconds
from vpsync.planning.case import Case, Rule, first
from vpsync.planning.diff.references import referenced
from vpsync.planning.ownership.history import is_pending, rejection
from vpsync.planning.ownership.marker import OWNER, marker_for
from vpsync.planning.savepoints.holder import not_held_from_here
from vpsync.planning.savepoints.matching import ADOPT, may_be_ours, savepoint_of, taken_before
from vpsync.planning.savepoints.write_ahead import (
    SavepointRequest,
    known_id,
    known_request,
)
from vpsync.planning.upsert import rules

NO_LONGER = "VVP no longer has the savepoint; it is not taken again"

Homes = Mapping[PlatformKey, str]
"""The Kubernetes namespaces from which VVP objects are held, as far as the pass knows."""


@dataclass(frozen=True, slots=True)
class SavepointCase:
    """One savepoint, the deployment that it is of, and what VVP holds of that."""

    case: Case
    deployment: Observed
    request: SavepointRequest | None
    """What was recorded before VVP was asked for it; None where it never was."""
    savepoints: Sequence[Observed]
    """All savepoints of that deployment."""
    mine: Observed | None
    """The one that is this resource's."""
    claimed: Set[Location]
    """VVP namespaces and ids of those that other resources have."""

    @property
    def attempts(self) -> int:
        """How often it was asked for, from 1."""
        return int(self.case.manifest.status.get("attempts") or 1)

    @property
    def is_unanswered(self) -> bool:
        """Whether VVP's answer to a request is missing, and nobody asked for another one since."""
        request = self.request
        return request is not None and not _asks_for_another(self.case.manifest, request)


def decide_savepoint(case: Case, claimed: Set[Location], homes: Homes) -> Decision:
    """What to do about one savepoint.

    ``claimed`` are those that other resources have, ``homes`` the Kubernetes namespaces from which
    VVP objects are held.
    """
    decision = first(RULES, case)
    if decision is None:
        decision = _of_deployment(case, claimed, homes)
    return rules.as_paused(case, decision) if case.options.paused else decision


def settled(case: Case) -> Decision | None:
    """A completed savepoint is never taken again: it is followed where VVP was asked, else remembered.

    What VVP has no longer is gone until a list shows it again.
    """
    manifest, body = case.manifest, case.kind.settled(case.manifest)
    if body is None:
        return None
    identity = str(manifest.status.get("id") or "")
    source = (case.key.namespace, str(manifest.status.get("deploymentId")))
    listed = case.snapshot.savepoints.get(source)
    if listed is None or not identity:
        stalled = find_condition(manifest.status, "Stalled") or {}
        if stalled.get("reason") == Reason.Gone.name:
            return case.blocked(Reason.Gone, NO_LONGER)
    else:
        recorded = next((savepoint for savepoint in listed if savepoint.id == identity), None)
        if recorded is None:
            return case.blocked(Reason.Gone, NO_LONGER)
        if recorded.state in GOING:
            return InSync(case.desired, recorded)
    return InSync(case.desired, Observed(case.key, identity, body))


RULES: tuple[Rule[Case], ...] = (
    settled,
    rules.vvp_unreadable,
    rules.namespace_missing,
    rules.namespace_terminating,
    rules.dependency_missing,
)
"""What is decided before VVP's savepoints are looked at."""


def _of_deployment(case: Case, claimed: Set[Location], homes: Homes) -> Decision:
    """What to do about a savepoint whose deployment is known."""
    reference = case.desired.reference
    deployment = referenced(reference, case.snapshot) if reference else None
    if deployment is None:
        message = f"{reference} is created in this pass"
        message += "" if _registers(case) else "; a savepoint needs a running job"
        return case.blocked(Reason.DependencyNotReady, message)
    refused = not_held_from_here(case.manifest, deployment, case.policy, homes)
    if refused:
        return case.blocked(Reason.NotPermitted, refused)
    request = known_request(case.manifest, deployment)
    source = (request.deployment_id if request else "") or deployment.id
    location = (case.key.namespace, source)
    savepoints = case.snapshot.savepoints.get(location)
    if savepoints is None:
        unasked = PlatformFault(f"savepoints of deployment {source} were not listed")
        return case.unreadable(case.snapshot.failed_savepoints.get(location, unasked))
    mine = savepoint_of(case.manifest, request, savepoints, case.policy)
    one = SavepointCase(case, deployment, request, savepoints, mine, claimed)
    decision = first(TAKEN_ONCE, one)
    assert decision is not None, "the last rule always decides"
    return decision


def asked_for_again(one: SavepointCase) -> Decision | None:
    """One that VVP could not take is asked for again as often as the run permits."""
    again = one.attempts <= one.case.policy.savepoint_retries and one.case.manifest.in_cluster
    if one.mine is None or one.mine.state != "FAILED" or not again:
        return None
    if one.deployment.state != "RUNNING":
        return None
    return _creation(one, one.attempts + 1, "VVP could not take it; requested again")


def followed(one: SavepointCase) -> Decision | None:
    """One that is there is followed to its end."""
    return None if one.mine is None else InSync(one.case.desired, one.mine)


def pruned(one: SavepointCase) -> Decision | None:
    """One that was there is never taken again."""
    manifest = one.case.manifest
    if not known_id(manifest, one.request) and not taken_before(manifest, one.request):
        return None
    return one.case.blocked(Reason.Gone, NO_LONGER)


def under_way(one: SavepointCase) -> Decision | None:
    """A request that is younger than one can live may still arrive."""
    request, policy = one.request, one.case.policy
    if request is None or not one.is_unanswered:
        return None
    if policy.now - (seconds(request.requested) or 0.0) >= policy.intent_grace:
        return None
    text = f"requested at {request.requested}; VVP has not shown it yet"
    return one.case.blocked(Reason.Progressing, text)


def unknown_result(one: SavepointCase) -> Decision | None:
    """A savepoint that nobody claims came into being since: a person decides whose it is."""
    request = one.request
    if request is None or not one.is_unanswered:
        return None
    strangers = [s.id for s in one.savepoints if may_be_ours(s, request, one.claimed)]
    if not strangers:
        return None
    return one.case.blocked(Reason.CreateResultUnknown, _unknown(one.case.manifest, strangers))


def sent_again(one: SavepointCase) -> Decision | None:
    """Nothing came into being since: the request never arrived."""
    if not one.is_unanswered:
        return None
    return _creation(one, one.attempts, "the request never reached VVP; sent again")


def rejected(one: SavepointCase) -> Decision | None:
    """What VVP refused is not sent again until the resource changes."""
    refused = rejection(one.case.manifest)
    return None if refused is None else one.case.blocked(refused.reason, refused.message)


def nothing_to_adopt(one: SavepointCase) -> Decision | None:
    """Where one is named that is to be adopted, none is taken in its place."""
    wanted = one.case.manifest.note(ADOPT)
    if wanted is None:
        return None
    name = one.deployment.key.name
    text = f"VVP has no savepoint {wanted!r} of {name!r} that may be adopted"
    return one.case.blocked(Reason.DependencyNotReady, text)


def no_running_job(one: SavepointCase) -> Decision | None:
    """A savepoint is taken of a running job; only one that is registered needs none."""
    if _registers(one.case) or one.deployment.state == "RUNNING":
        return None
    state = one.deployment.state or "new"
    text = f"deployment {one.deployment.key.name!r} is {state}; a savepoint needs a running job"
    return one.case.blocked(Reason.DependencyNotReady, text)


def _registers(case: Case) -> bool:
    """Whether the savepoint is there already, and VVP is only to know of it."""
    return bool(text_at(case.desired.body, LOCATION))


def taken(one: SavepointCase) -> Decision:
    """VVP does not have it."""
    return _creation(one, one.attempts, "VVP does not have it")


TAKEN_ONCE: tuple[Rule[SavepointCase], ...] = (
    asked_for_again,
    followed,
    pruned,
    under_way,
    unknown_result,
    sent_again,
    rejected,
    nothing_to_adopt,
    no_running_job,
    taken,
)
"""The first that has something to say decides; the last always has."""


def _asks_for_another(manifest: Manifest, request: SavepointRequest) -> bool:
    """Whether a person who knows that it cannot be told asked for another one since."""
    recorded = seconds(request.requested) or 0.0
    if not manifest.in_cluster:
        return (seconds(manifest.note(RECONCILE)) or 0.0) > recorded
    stalled = find_condition(manifest.status, "Stalled") or {}
    if stalled.get("reason") != Reason.CreateResultUnknown.name:
        return False
    since = seconds(stalled.get("lastTransitionTime")) or 0.0
    return since > recorded and is_pending(manifest, RECONCILE)


def _creation(one: SavepointCase, attempt: int, reason: str) -> Change:
    desired, kind, policy = one.case.desired, one.case.kind, one.case.policy
    nonce = f"{_seed(desired)}-{attempt}"
    marker = marker_for(
        desired.manifest, str(desired.platform), policy.owner_id, nonce, policy.cluster
    )
    more = kind.creation(desired)
    body = leaves(merged(desired.body, more))
    # VVP copies the version of the spec to what it takes itself; what is registered has to bring it.
    version = one.deployment.annotations.get(SPEC_VERSION) if more else None
    return Change(
        Action.CREATE, Verb.POST, desired.manifest, desired.platform, reason,
        fields=tuple(kind.field(path, None, value) for path, value in sorted(body)),
        desired=desired,
        metadata={OWNER: marker.text(), **({SPEC_VERSION: version} if version else {})},
    )  # fmt: skip


def _seed(desired: Desired) -> str:
    key = desired.manifest.key
    identity = json.dumps([desired.manifest.uid, key.namespace, key.name])
    return hashlib.sha256(identity.encode()).hexdigest()[:12]


def _unknown(manifest: Manifest, strangers: list[str]) -> str:
    facts = (
        f"a savepoint was asked for and VVP's answer was lost; it may be {' or '.join(strangers)}. "
    )
    if manifest.host is not None:
        return f"{facts}To have another one taken: {asking(manifest, SAVEPOINT_REQUEST)}"
    ways = [
        f"If it is {identity}: {annotating(manifest, ADOPT, identity)}; " for identity in strangers
    ]
    return f"{facts}{''.join(ways)}to have another one taken: {asking(manifest, RECONCILE)}"
