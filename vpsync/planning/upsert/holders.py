"""Who holds a VVP object that a resource may not have, in words, with the way out.

What is said is what the marker proves and the run saw: a holder that is another resource of this owner is
named, and so is one that is no longer there.
"""

from __future__ import annotations

from vpsync.model.annotating import annotating
from vpsync.model.decision import Blocked
from vpsync.model.observed import PlatformKey
from vpsync.model.reasons import Reason
from vpsync.model.resource import Desired, Manifest, ResourceKey
from vpsync.planning.case import Case
from vpsync.planning.ownership.marker import OWNER, read_marker

_UNMARK = f"take the annotation {OWNER} off the object in VVP"


def held_by_rival(rival: Desired, loser: Desired, why: str, own: PlatformKey | None) -> Blocked:
    """That another resource, which this run sees, stands for the same VVP object and keeps it.

    ``own`` is the object that the loser has in VVP all the same, by its status: to remove such a resource
    would remove that.
    """
    key = loser.platform
    if own is None:
        advice = _one_of_two(rival.manifest)
    elif own == key:
        advice = (
            "only one of the two can have it; to remove this one and leave the object alone, do this first: "
            f"{annotating(loser.manifest, 'deletion-policy', 'Orphan')}"
        )
    else:
        advice = f"this resource has {own} in VVP: set spec.metadata back to that"
    text = f"{rival.key} stands for the same VVP object {key} and {why}; {advice}"
    return Blocked(loser.manifest, Reason.NotOwned, text, key)


def held_by_marker(case: Case) -> str:
    """That the marker on a VVP object names somebody else."""
    assert case.observed is not None, "what VVP does not have, nobody holds"
    marker = read_marker(case.observed.annotations.get(OWNER))
    if marker is None:
        return (
            f"the marker on the VVP object {case.key} cannot be read, as if it was edited by hand; "
            f"{_UNMARK}, and nobody owns it"
        )
    if holder := marker.foreign_holder(case.policy.owner_id, case.policy.cluster):
        return (
            f"the VVP object {case.key} belongs to {holder}; remove this resource, which changes nothing "
            "in VVP, or set another spec.metadata.name in it. To have the object here, run vpsync release "
            "there first"
        )
    namespace, _, name = marker.resource.partition("/")
    sibling = ResourceKey(case.manifest.key.kind, namespace, name)
    text = f"the VVP object {case.key} belongs to {marker.resource}"
    other = case.present.get(sibling)
    if other is not None and other.deleting:
        return f"{text}, which is being deleted; it is this resource's turn when that is gone"
    if other is not None:
        return f"{text}; {_one_of_two(other)}"
    return (
        f"{text} by its marker, and this run sees no such resource; if it is gone for good, {_UNMARK}, "
        "and this resource may adopt it; else set another spec.metadata.name"
    )


def _one_of_two(other: Manifest) -> str:
    text = (
        "only one of the two can have it: remove this one, which changes nothing in VVP, or set another "
        "spec.metadata.name in it"
    )
    if not other.in_cluster:
        return text
    policy = annotating(other, "deletion-policy", "Orphan")
    return f"{text}. To hand the object over, do this, then delete the other one: {policy}"


def held_by_another_cluster(case: Case, identity: str) -> str:
    """That another cluster seems to hold it under this owner id; ``identity`` is the object's in VVP."""
    return (
        f"the VVP object {case.key} belongs to {case.proof.holder}, under the same --owner-id "
        f"{case.policy.owner_id!r}. Another cluster seems to hold it: --owner-id must differ between "
        "clusters. If this cluster was restored or the resource was made again, run once with "
        f"--adopt=always, or take it over: {annotating(case.manifest, 'adopt', identity)}"
    )


def nobody(case: Case) -> str:
    """Why an unowned object counts as nobody's, as the end of a sentence about it."""
    if case.proof.former:
        return f"its marker names an earlier {case.proof.former}, which is no longer there"
    return "it is not owned by anyone"


def adopted_from(case: Case, equal: bool) -> str:
    """How an object is adopted, and from whom: a reason that never calls a marked object nobody's."""
    how = "equal" if equal else "adopted as requested"
    if case.proof.holder:
        return f"{how}; taken over from {case.proof.holder}"
    if case.proof.former:
        return f"{how}; {nobody(case)}"
    return f"{how} and not owned by anyone" if equal else how
