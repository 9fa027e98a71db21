"""What is said of a VVP object that a resource may not have: who holds it, and what to do."""

from __future__ import annotations

import pytest

from builders import (
    blocked,
    changed,
    going,
    manifest,
    note_at,
    observed,
    own_notes,
    planned,
    snapshot,
    status,
)
from vpsync.model.change import Action
from vpsync.model.decision import Blocked
from vpsync.model.observed import Observed
from vpsync.model.options import Adopt
from vpsync.model.reasons import Reason
from vpsync.planning.ownership.marker import OWNER, marker_for

PARALLELISM = "/spec/template/spec/parallelism"
CLUSTER = "uid-of-this-cluster"


def marked(text: str, differs: bool = False) -> Observed:
    edits = {PARALLELISM: 9} if differs else {}
    return observed(manifest(), {**edits, note_at(OWNER): text})


def left_by(name: str, differs: bool = False, uid: str = "uid-of-the-writer") -> Observed:
    """The object ``default/orders`` with the marker of a resource of that name."""
    writer = manifest(name=name, uid=uid)
    return marked(marker_for(writer, "default/orders", "default", cluster=CLUSTER).text(), differs)


class TestAMarkerOfAnEarlierResource:
    """It was deleted and made again in this cluster: adoption is as for what bears no marker."""

    @pytest.mark.parametrize("adopt", [Adopt.MATCHING, Adopt.ALWAYS])
    def test_is_told_as_what_it_is_where_the_object_is_adopted(self, adopt: Adopt) -> None:
        seen = left_by("orders", uid="uid-of-the-deleted-one")
        change = changed(manifest(), snapshot(seen), cluster=CLUSTER, adopt=adopt)
        assert change.action is Action.ADOPT
        assert change.reason == (
            "VVP has it, equal; its marker names an earlier team/orders, which is no longer there"
        )

    def test_is_told_as_what_it_is_where_the_object_differs(self) -> None:
        seen = left_by("orders", differs=True, uid="uid-of-the-deleted-one")
        refused = blocked(manifest(), snapshot(seen), cluster=CLUSTER)
        assert refused.reason is Reason.NotOwned
        assert refused.message.startswith(
            "VVP already has default/orders, its marker names an earlier team/orders, which is no longer "
            f"there, and it differs in {PARALLELISM}; make the manifest equal, or take it over: kubectl "
        )
        assert refused.held is not None
        assert "not owned by anyone" not in refused.held.reason

    def test_without_one_the_object_is_nobodys(self) -> None:
        change = changed(manifest(), snapshot(observed(manifest(), marked=False)), cluster=CLUSTER)
        assert change.reason == "VVP has it, equal and not owned by anyone"


class TestAnotherResourceOfThisOwner:
    HELD = snapshot(left_by("elder"))

    def test_that_the_run_sees_is_named_with_the_way_out(self) -> None:
        elder = manifest(name="elder", edits={"/metadata/name": "moved"})
        found = planned(manifest(), elder, vvp=self.HELD)
        [refused] = [one for one in found.decisions if isinstance(one, Blocked)]
        assert refused.reason is Reason.NotOwned
        assert refused.message.startswith(
            "the VVP object default/orders belongs to team/elder; only one of the two can "
            "have it: remove this one, which changes nothing in VVP, or set another spec.metadata.name"
        )

    def told_to_beta(self, owner: str) -> str:
        """What is said to a resource that was renamed onto alpha's object, of that one's ``payments``."""
        own = observed(manifest(name=owner, edits={"/metadata/name": "payments"}))
        renamed = manifest(
            name="beta",
            edits={"/metadata/name": "orders"},
            status=status(id=own.id, namespace="default"),
        )
        found = planned(manifest(), renamed, vvp=snapshot(observed(manifest()), own))
        [refused] = [one for one in found.decisions if isinstance(one, Blocked)]
        return refused.message

    def test_a_resource_with_an_object_of_its_own_is_not_told_to_be_removed(self) -> None:
        assert self.told_to_beta("beta").endswith(
            "has it already; this resource has default/payments in VVP: set spec.metadata back to that"
        )

    def test_an_object_that_another_owns_by_now_is_none_of_its_own(self) -> None:
        assert "payments" not in self.told_to_beta("gamma")

    def test_an_object_that_both_have_by_their_statuses_is_left_alone_first(self) -> None:
        vvp = observed(manifest(), marked=False)
        both = [
            manifest(name=name, edits={"/metadata/name": "orders"}, status=status(id=vvp.id))
            for name in ("alpha", "beta")
        ]
        found = planned(*both, vvp=snapshot(vvp))
        [refused] = [one for one in found.decisions if isinstance(one, Blocked)]
        assert "which changes nothing in VVP" not in refused.message
        assert refused.message.endswith(
            "vpdeployment beta ververicaplatform.fintechstudios.com/deletion-policy=Orphan"
        )

    def test_that_is_being_deleted_lets_go_by_itself(self) -> None:
        elder = going(name="elder", edits={"/metadata/name": "orders"})
        found = planned(manifest(), elder, vvp=self.HELD)
        told = [one.message for one in found.decisions if isinstance(one, Blocked)]
        assert told == [
            "the VVP object default/orders belongs to team/elder, which is being deleted; it is this "
            "resource's turn when that is gone"
        ]

    def test_that_the_run_does_not_see_is_not_said_to_be_there(self) -> None:
        refused = blocked(manifest(), self.HELD)
        assert refused.reason is Reason.NotOwned
        assert refused.message == (
            "the VVP object default/orders belongs to team/elder by its marker, and this run "
            f"sees no such resource; if it is gone for good, take the annotation {OWNER} off the object "
            "in VVP, and this resource may adopt it; else set another spec.metadata.name"
        )


def test_a_marker_that_cannot_be_read_is_told_with_the_way_out() -> None:
    refused = blocked(manifest(), snapshot(marked("{}")))
    assert refused.message == (
        "the marker on the VVP object default/orders cannot be read, as if it was edited by hand; take the "
        f"annotation {OWNER} off the object in VVP, and nobody owns it"
    )


def test_an_object_that_is_taken_over_from_another_cluster_is_not_called_nobodys() -> None:
    notes = own_notes(manifest(uid="uid-of-theirs"))
    seen = marked(notes[OWNER])
    change = changed(manifest(), snapshot(seen), adopt=Adopt.ALWAYS)
    assert change.reason == "VVP has it, equal; taken over from team/orders with another UID"
