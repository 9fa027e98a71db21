"""The deletion of a savepoint with its data: only on request, only of our own, and followed to its end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from builders import (
    at,
    blocked,
    changed,
    decided,
    manifest,
    observed,
    planned,
    released,
    savepoint,
    snapshot,
    status,
    with_savepoints,
)
from vpsync.errors import PlatformUnauthorized, PlatformUnreachable
from vpsync.model.change import Action, Change, Verb
from vpsync.model.decision import Finalized, Unreadable
from vpsync.model.observed import Observed, Snapshot
from vpsync.model.reasons import Reason
from vpsync.model.resource import FINALIZER, Manifest
from vpsync.planning.ownership.marker import marker_for
from vpsync.planning.queries import detail_query, initial_query

KNOWN = {"id": "sp-1", "deploymentId": "id-of-orders", "state": "COMPLETED"}
INTENT = {
    "nonce": "n-1",
    "deploymentId": "id-of-orders",
    "after": at(-600),
    "requested": at(-300),
}


def deleted(notes: dict[str, str] | None = None, **members: Any) -> Manifest:
    """A savepoint that is to go with its data, known to VVP by its status."""
    notes = {"deletion-policy": "Delete"} if notes is None else notes
    defaults = {"deletion_requested": at(-60), "finalizers": (FINALIZER,), "status": KNOWN}
    return manifest("VpSavepoint", notes=notes, **{**defaults, **members})


def mark(resource: Manifest, owner: str = "default", nonce: str = "n-1") -> str:
    return marker_for(resource, "default", owner, nonce).text()


def running(*found: Observed) -> Snapshot:
    return with_savepoints(*found)


class TestOrphan:
    @pytest.mark.parametrize("notes", [{}, {"deletion-policy": "Orphan"}])
    def test_leaves_savepoint_and_data_alone(self, notes: dict[str, str]) -> None:
        resource = deleted(notes)
        assert "left as they are" in released(resource, running(savepoint())).message

    def test_asks_vvp_nothing(self) -> None:
        resource = deleted({})
        assert initial_query([], [resource]).collections == frozenset()
        assert detail_query([], snapshot(), [resource]).savepoints == frozenset()


class TestStates:
    @pytest.mark.parametrize("state", ["COMPLETED", "FAILED"])
    def test_what_has_ended_is_deleted_and_never_by_force(self, state: str) -> None:
        found = changed(deleted(), running(savepoint(state=state)))
        assert (found.action, found.verb) == (Action.DELETE, Verb.DELETE)
        assert found.observed is not None
        assert found.observed.id == "sp-1"

    def test_what_is_being_taken_is_waited_for(self) -> None:
        found = blocked(deleted(), running(savepoint(state="STARTED")))
        assert (found.reason, found.observed is not None) == (Reason.Deleting, True)

    def test_what_is_being_taken_for_ever_is_deleted_all_the_same(self) -> None:
        old = savepoint(state="STARTED", edits={"/metadata/createdAt": at(-601)})
        assert changed(deleted(), running(old)).verb is Verb.DELETE

    @pytest.mark.parametrize("state", ["PENDING_DELETION", "DELETING"])
    def test_what_is_going_is_followed(self, state: str) -> None:
        found = blocked(deleted(), running(savepoint(state=state)))
        assert found.reason is Reason.Deleting
        assert state in found.message
        assert f"the deletion was requested at {at(-60)}" in found.message

    def test_a_deletion_that_failed_says_why_and_is_tried_again_on_request(self) -> None:
        failed = savepoint(
            state="FAILED_DELETION", edits={"/status/failure": {"message": "denied"}}
        )
        found = blocked(deleted(), running(failed))
        assert found.reason is Reason.DeletionBlocked
        assert found.detail == "denied"
        assert "reconcile-requested-at" in found.message
        asked = deleted({"deletion-policy": "Delete", "reconcile-requested-at": "now"})
        assert changed(asked, running(failed)).verb is Verb.DELETE
        handled = {**KNOWN, "lastHandled": {"reconcile-requested-at": "now"}}
        again = blocked(replace(asked, status=handled), running(failed))
        assert again.reason is Reason.DeletionBlocked

    def test_only_a_list_without_it_ends_the_deletion(self) -> None:
        assert "no longer has" in released(deleted(), running()).message

    def test_a_vvp_namespace_that_is_gone_took_it_along(self) -> None:
        vvp = snapshot(namespaces=())
        assert "no longer has the namespace" in released(deleted(), vvp).message
        assert detail_query([], vvp, [deleted()]).savepoints == frozenset()

    @pytest.mark.parametrize("reason", [Reason.Rejected, Reason.Unsupported])
    def test_what_vvp_refused_is_not_sent_again_until_it_is_asked_for(self, reason: Reason) -> None:
        told = {**KNOWN, **status("False", "False", reason=reason)}
        resource = deleted(status=told)
        assert blocked(resource, running(savepoint())).reason is reason
        notes = {"deletion-policy": "Delete", "reconcile-requested-at": "now"}
        assert changed(deleted(notes, status=told), running(savepoint())).verb is Verb.DELETE


class TestWhose:
    def test_is_told_by_the_status(self) -> None:
        vvp = running(savepoint("sp-0"), savepoint("sp-1"), savepoint("sp-2"))
        found = changed(deleted(), vvp)
        assert found.observed is not None
        assert found.observed.id == "sp-1"

    def test_is_told_by_the_marker_where_the_status_is_lost(self) -> None:
        resource = deleted(status={})
        vvp = running(savepoint("sp-7", marker=mark(resource)), savepoint("sp-8"))
        found = changed(resource, vvp)
        assert found.observed is not None
        assert found.observed.id == "sp-7"

    def test_is_another_resources_by_its_marker_whatever_the_status_says(self) -> None:
        other = mark(manifest("VpSavepoint", "other"))
        found = released(deleted(), running(savepoint(marker=other)))
        assert found.left_alone

    @pytest.mark.parametrize("owner", ["default-2", "blue"])
    def test_is_another_owners_by_its_marker(self, owner: str) -> None:
        resource = deleted()
        assert released(resource, running(savepoint(marker=mark(resource, owner)))).left_alone

    def test_is_that_of_the_same_name_in_another_life_by_its_uid(self) -> None:
        before = manifest("VpSavepoint", uid="another")
        assert released(deleted(), running(savepoint(marker=mark(before)))).left_alone

    @pytest.mark.parametrize("note", ["id", "adopt"])
    def test_is_never_told_by_an_annotation(self, note: str) -> None:
        resource = deleted({"deletion-policy": "Delete", note: "sp-1"}, status={})
        assert isinstance(decided(resource, running(savepoint())), Finalized)

    def test_is_left_alone_while_another_resource_stands_for_it_too(self) -> None:
        twin = manifest("VpSavepoint", "twin", status=KNOWN)
        [_, found] = planned(twin, deleted(), vvp=running(savepoint())).decisions
        assert isinstance(found, Finalized)
        assert found.left_alone

    def test_is_every_attempt_of_the_resource_one_after_the_other(self) -> None:
        resource = deleted()
        first = savepoint("sp-0", "FAILED", marker=mark(resource, nonce="n-0"))
        second = savepoint("sp-1", marker=mark(resource))
        going = savepoint("sp-1", "DELETING", marker=mark(resource))
        for found, wanted in (([first, second], "sp-1"), ([first, going], "sp-0")):
            change = changed(resource, running(*found))
            assert change.observed is not None
            assert change.observed.id == wanted
        assert blocked(resource, running(going)).reason is Reason.Deleting


class TestLostAnswer:
    def resource(self, **members: Any) -> Manifest:
        return deleted(status={"intent": {**INTENT, **members}})

    def test_is_waited_for_as_long_as_the_request_may_be_under_way(self) -> None:
        found = blocked(self.resource(requested=at(-10)), running())
        assert (found.reason, "not shown it yet" in found.message) == (Reason.Deleting, True)

    def test_is_found_by_its_marker(self) -> None:
        resource = self.resource()
        assert changed(resource, running(savepoint(marker=mark(resource)))).verb is Verb.DELETE

    def test_that_cannot_be_told_from_a_strangers_deletes_nothing(self) -> None:
        found = blocked(self.resource(), running(savepoint()))
        assert found.reason is Reason.DeletionBlocked
        assert "sp-1" in found.message
        assert "Orphan" in found.message

    def test_that_made_nothing_ends_the_deletion(self) -> None:
        old = savepoint(edits={"/metadata/createdAt": at(-3_600)})
        assert "never reached VVP" in released(self.resource(), running(old)).message


class TestStateOfADeployment:
    """VVP does not say which savepoints are eligible; the one a job starts from next is not sent."""

    @staticmethod
    def stopped(state: str, *found: Observed) -> Snapshot:
        job = observed(manifest(), {"/spec/state": "CANCELLED", "/status/state": state})
        return with_savepoints(*found, deployment=job)

    @pytest.mark.parametrize("state", ["SUSPENDED", "CANCELLED", "FAILED"])
    def test_is_kept_where_it_would_start_again_from_this_savepoint(self, state: str) -> None:
        found = blocked(deleted(), self.stopped(state, savepoint()))
        assert found.reason is Reason.DeletionBlocked
        assert f"'orders' is {state}" in found.message

    def test_is_not_in_danger_where_there_is_a_newer_one(self) -> None:
        newer = savepoint("sp-2", edits={"/metadata/createdAt": at(-1)})
        found = changed(deleted(), self.stopped("SUSPENDED", savepoint(), newer))
        assert found.verb is Verb.DELETE

    def test_is_in_danger_where_the_newer_one_is_going_too(self) -> None:
        newer = savepoint("sp-2", "DELETING", {"/metadata/createdAt": at(-1)})
        found = blocked(deleted(), self.stopped("SUSPENDED", savepoint(), newer))
        assert found.reason is Reason.DeletionBlocked

    def test_is_no_matter_once_the_deployment_is_gone(self) -> None:
        vvp = snapshot(savepoints={"id-of-orders": [savepoint()]})
        assert isinstance(decided(deleted(), vvp), Change)


class TestUnknown:
    def test_a_failed_list_never_reads_as_gone(self) -> None:
        away = PlatformUnreachable("away")
        vvp = snapshot(observed(manifest()), failed_savepoints={"id-of-orders": away})
        assert isinstance(decided(deleted(), vvp), Unreadable)

    def test_nor_does_one_of_deployments_where_the_status_is_lost(self) -> None:
        away = PlatformUnreachable("away")
        vvp = snapshot(failed={("VpDeployment", "default"): away})
        assert isinstance(decided(deleted(status={}), vvp), Unreadable)

    @pytest.mark.parametrize("known", [KNOWN, {}])
    def test_a_refused_token_is_no_proof_either(self, known: dict[str, Any]) -> None:
        refused = PlatformUnauthorized("no")
        vvp = snapshot(
            failed={("VpDeployment", "default"): refused},
            failed_savepoints={"id-of-orders": refused},
        )
        assert blocked(deleted(status=known), vvp).reason is Reason.Unauthorized

    def test_a_paused_one_waits(self) -> None:
        resource = deleted({"deletion-policy": "Delete", "paused": "true"})
        assert blocked(resource, running(savepoint())).reason is Reason.Paused

    def test_a_policy_that_means_nothing_deletes_and_drops_nothing(self) -> None:
        resource = deleted({"deletion-policy": "delete"})
        assert blocked(resource, running(savepoint())).reason is Reason.InvalidAnnotation


def test_vvp_is_asked_for_the_deployments_and_for_the_savepoints_of_one() -> None:
    assert initial_query([], [deleted()]).collections == {("default", "VpDeployment")}
    assert detail_query([], snapshot(), [deleted()]).savepoints == {("default", "id-of-orders")}
    found = detail_query([], snapshot(observed(manifest())), [deleted(status={})])
    assert found.savepoints == {("default", "id-of-orders")}


def test_vvp_is_asked_for_the_savepoint_itself_where_its_id_is_known() -> None:
    going = {(("default", "id-of-orders"), "sp-1")}
    assert detail_query([], snapshot(), [deleted()]).going == going
    nameless = {**KNOWN, "id": None}
    assert detail_query([], snapshot(), [deleted(status=nameless)]).going == frozenset()
    assert detail_query([], snapshot(), [deleted({})]).going == frozenset()
