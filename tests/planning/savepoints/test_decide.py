"""Savepoints: taken exactly once, whatever becomes of the request or its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from builders import (
    REMOVED,
    Edits,
    at,
    blocked,
    changed,
    decided,
    going,
    identity_of,
    in_sync,
    manifest,
    note_at,
    observed,
    planned,
    policy,
    savepoint,
    sent,
    snapshot,
    status,
    target,
    with_savepoints,
)
from vpsync.errors import PlatformFault, PlatformUnauthorized
from vpsync.kinds.job import SPEC_VERSION
from vpsync.kinds.savepoint import SAVEPOINT
from vpsync.model.change import Action, Change, Effect, Verb
from vpsync.model.decision import Blocked, Finalized, InSync, Unreadable
from vpsync.model.observed import Observed, Snapshot
from vpsync.model.options import Adopt
from vpsync.model.reasons import Reason
from vpsync.model.resource import FINALIZER, Manifest, annotation
from vpsync.planning.ownership.marker import OWNER, marker_for, read_marker, unsealed
from vpsync.planning.savepoints.write_ahead import (
    SavepointRequest,
    read_request,
    request_annotation,
    request_for,
    request_text,
)

LONG_AGO, JUST_NOW = at(-121), at(-119)
"""Before and within the time that an unanswered request can still be under way (120 s)."""

JOB = observed(manifest())


def nonce_of(change: Change) -> str:
    marker = read_marker(change.metadata[OWNER])
    assert marker is not None
    return marker.nonce


NONCE = nonce_of(changed(manifest("VpSavepoint"), with_savepoints()))
"""Of the first request for the savepoint ``before-upgrade``."""


def asked(requested: str = LONG_AGO, **members: Any) -> dict[str, Any]:
    """The status of a savepoint whose request was recorded and never answered."""
    intent = SavepointRequest(NONCE, JOB.id, at(-3_600), requested)
    return {"observedGeneration": 1, "attempts": 1, "intent": intent.as_json(), **members}


def resource(edits: Edits | None = None, **members: Any) -> Manifest:
    return manifest("VpSavepoint", edits=edits, **members)


def mark(nonce: str = NONCE, of: Manifest | None = None, owner: str = "default") -> str:
    return marker_for(of or resource(), "default", owner, nonce).text()


@pytest.mark.parametrize(
    ("location", "rest"),
    [(None, "; a savepoint needs a running job"), ("s3://bucket/savepoint-1", "")],
)
def test_before_its_deployment_only_one_that_is_to_be_taken_needs_a_job(
    location: str | None, rest: str
) -> None:
    edits = {"/spec/savepointLocation": location} if location else None
    found = planned(manifest(), resource(edits), vvp=snapshot(target()))
    [decision] = (one for one in found.decisions if isinstance(one, Blocked))
    assert decision.reason is Reason.DependencyNotReady
    assert decision.message.endswith(f"is created in this pass{rest}")


class TestOfAnotherClustersJob:
    """Two clusters with one owner id and equal manifests: a savepoint would read the other's job."""

    MARKER = marker_for(manifest(), str(JOB.key), "default", cluster="there")
    SEEN = with_savepoints(deployment=observed(manifest(), {note_at(OWNER): MARKER.text()}))

    def test_none_is_taken_and_the_way_out_is_told(self) -> None:
        decision = blocked(resource(), self.SEEN, cluster="here")
        assert decision.reason is Reason.NotPermitted
        assert (
            "belongs to team/orders of another cluster; give each cluster its own --owner-id"
            in decision.message
        )

    @pytest.mark.parametrize(
        "rules", [{"cluster": "there"}, {"cluster": ""}, {"cluster": "here", "adopt": Adopt.ALWAYS}]
    )
    def test_one_is_taken_in_its_own_cluster_and_in_a_restored_one(
        self, rules: dict[str, Any]
    ) -> None:
        assert changed(resource(), self.SEEN, **rules).action is Action.CREATE


class TestOfALostCluster:
    """The cluster was built anew: its resources have other UIDs, and this one holds the job now."""

    OLD = manifest("VpSavepoint", uid="uid-in-the-lost-cluster")
    REBUILT: Mapping[str, Any] = {"cluster": "here", "adopt": Adopt.ALWAYS}
    """The run that is to take over what the lost cluster held."""

    def made(self, identity: str = "sp-1", cluster: str = "lost", **created: Any) -> Observed:
        marker = marker_for(self.OLD, "default", "default", f"{identity}-1", cluster)
        return savepoint(identity, marker=marker.text(), **created)

    def test_a_savepoint_is_not_taken_again(self) -> None:
        seen = self.made()
        vvp = with_savepoints(savepoint("sp-0"), seen)
        assert in_sync(resource(), vvp, **self.REBUILT).observed is seen

    def test_a_name_that_is_used_again_later_gets_a_savepoint_of_then(self) -> None:
        found = changed(resource(), with_savepoints(self.made()), cluster="here")
        assert found.action is Action.CREATE

    def test_one_that_is_named_is_adopted_and_no_other(self) -> None:
        vvp = with_savepoints(self.made("sp-1"), self.made("sp-2"))
        found = in_sync(resource(notes={"adopt": "sp-1"}), vvp, cluster="here")
        assert found.observed.id == "sp-1"
        waiting = blocked(resource(notes={"adopt": "sp-3"}), vvp, cluster="here")
        assert waiting.reason is Reason.DependencyNotReady

    @pytest.mark.parametrize(
        ("cluster", "here"), [("lost", ""), ("", "here"), ("here", "here")],
        ids=["this one is unknown", "that one is unknown", "it was made again in this one"],
    )  # fmt: skip
    def test_nothing_is_guessed(self, cluster: str, here: str) -> None:
        vvp = with_savepoints(self.made(cluster=cluster))
        found = changed(resource(), vvp, cluster=here, adopt=Adopt.ALWAYS)
        assert found.action is Action.CREATE

    def test_what_this_cluster_asked_for_is_its_own(self) -> None:
        known = resource(status=asked(LONG_AGO))
        vvp = with_savepoints(self.made())
        assert changed(known, vvp, **self.REBUILT).reason.endswith("sent again")

    def test_one_that_an_annotation_asked_for_there_is_not_taken_again(self) -> None:
        host = manifest(notes={"savepoint-requested-at": "monday"})
        elder = manifest(uid="uid-in-the-lost-cluster")
        marker = marker_for(elder, "default/orders", "default", cluster="lost").text()
        held = observed(elder, {note_at(OWNER): marker})
        old = manifest("VpSavepoint", name="orders@monday", uid="uid-in-the-lost-cluster")
        there = marker_for(old, "default", "default", "n-1", "lost").text()
        vvp = snapshot(held, savepoints={held.id: (savepoint("sp-1", marker=there),)})
        plan = planned(host, vvp=vvp, rules=policy(**self.REBUILT))
        assert [one.action for one in plan.changes] == [Action.ADOPT]
        [followed] = [one for one in plan.decisions if isinstance(one, InSync)]
        assert followed.observed.id == "sp-1"
        # The deployment may be taken over by its annotation alone, and waits where savepoints cannot be read.
        named = replace(host, annotations={**host.annotations, annotation("adopt"): held.id})
        plan = planned(named, vvp=vvp, rules=policy(cluster="here"))
        assert [one.action for one in plan.changes] == [Action.ADOPT]
        assert [one.observed.id for one in plan.decisions if isinstance(one, InSync)] == ["sp-1"]
        away = snapshot(held, failed_savepoints={held.id: PlatformFault("503", status=503)})
        [unread] = planned(host, vvp=away, rules=policy(**self.REBUILT)).decisions
        assert isinstance(unread, Unreadable)
        assert unread.manifest is host
        # One that was never taken is asked for once the deployment is held from here.
        never = planned(
            host, vvp=snapshot(held, savepoints={held.id: ()}), rules=policy(**self.REBUILT)
        )
        assert [one.action for one in never.changes] == [Action.ADOPT]

    def test_the_savepoint_goes_with_no_resource_of_another(self) -> None:
        leaving = going(
            "VpSavepoint",
            notes={"deletion-policy": "Delete"},
            finalizers=(FINALIZER,),
            status=status(id="sp-1", state="COMPLETED", deploymentId=identity_of(manifest())),
        )
        decision = decided(leaving, with_savepoints(self.made()), cluster="here")
        assert isinstance(decision, Finalized)
        assert decision.left_alone


class TestARequest:
    def test_is_a_post_with_the_deployments_id_and_a_marker(self) -> None:
        change = changed(resource(), with_savepoints())
        assert (change.action, change.verb, change.effect) == (
            Action.CREATE,
            Verb.POST,
            Effect.NONE,
        )
        assert sent(change) == {"/metadata/deploymentId": "id-of-orders"}
        marker = read_marker(change.metadata[OWNER])
        assert marker is not None
        assert (marker.owner, marker.resource, marker.uid) == (
            "default",
            "team/before-upgrade",
            "uid-of-before-upgrade",
        )

    def test_has_a_nonce_that_is_the_same_until_another_attempt_is_due(self) -> None:
        nonces = {
            nonce_of(changed(resource(status=known), with_savepoints())) for known in ({}, asked())
        }
        assert nonces == {NONCE}
        assert NONCE.endswith("-1")

    def test_has_a_nonce_of_its_own_for_each_resource(self) -> None:
        others = [
            resource(),
            resource(name="another"),
            resource(namespace="elsewhere"),
            resource(uid="another-uid"),
        ]
        nonces = set()
        for other in others:
            job = observed(manifest(namespace=other.key.namespace))
            nonces.add(nonce_of(changed(other, with_savepoints(deployment=job))))
        assert len(nonces) == len(others)

    def test_finds_the_deployment_by_its_id_too(self) -> None:
        edits = {"/deploymentName": REMOVED, "/metadata/deploymentId": "id-of-orders"}
        change = changed(resource(edits), with_savepoints())
        assert sent(change) == {"/metadata/deploymentId": "id-of-orders"}

    def test_with_a_location_registers_that_snapshot_also_without_a_job(self) -> None:
        stopped = observed(manifest(), {"/status/state": "CANCELLED"})
        edits = {"/spec/savepointLocation": "s3://old/one", "/spec/flinkSavepointId": "f-1"}
        change = changed(resource(edits), with_savepoints(deployment=stopped))
        assert sent(change) == {
            "/metadata/deploymentId": "id-of-orders",
            "/spec/savepointLocation": "s3://old/one",
            "/spec/flinkSavepointId": "f-1",
            "/status/state": "COMPLETED",
        }

    @pytest.mark.parametrize(("location", "sent_along"), [("s3://old/one", "7"), ("", None)])
    def test_brings_the_version_of_the_spec_where_it_registers(
        self, location: str, sent_along: str | None
    ) -> None:
        job = observed(manifest(), {note_at(SPEC_VERSION): "7"})
        edits = {"/spec/savepointLocation": location}
        change = changed(resource(edits), with_savepoints(deployment=job))
        assert change.metadata.get(SPEC_VERSION) == sent_along

    @pytest.mark.parametrize(
        "state", ["SUSPENDED", "CANCELLED", "TRANSITIONING", "FAILED", "FINISHED", "MIGRATING", ""]
    )
    def test_needs_a_running_job(self, state: str) -> None:
        stopped = observed(manifest(), {"/status/state": state})
        decision = blocked(resource(), with_savepoints(deployment=stopped))
        assert decision.reason is Reason.DependencyNotReady
        assert (state or "new") in decision.message

    def test_is_not_made_again_after_a_rejection(self) -> None:
        refused = status("False", "False", reason=Reason.Rejected)
        vvp = with_savepoints()
        assert blocked(resource(status=refused), vvp).reason is Reason.Rejected
        again = resource(status=refused, notes={"reconcile-requested-at": "now"})
        assert changed(again, vvp).action is Action.CREATE


class TestTheDeployment:
    def test_that_is_missing_is_waited_for(self) -> None:
        decision = blocked(resource())
        assert decision.reason is Reason.DependencyNotReady
        assert "'orders'" in decision.message

    def test_that_this_plan_creates_is_waited_for(self) -> None:
        _, decision = planned(manifest(), resource()).decisions
        assert getattr(decision, "reason", None) is Reason.DependencyNotReady

    def test_named_and_numbered_differently_is_invalid(self) -> None:
        other = observed(manifest(name="other"))
        vvp = snapshot(JOB, other, savepoints={JOB.id: (), other.id: ()})
        decision = blocked(resource({"/metadata/deploymentId": other.id}), vvp)
        assert decision.reason is Reason.InvalidSpec

    def test_in_another_vvp_namespace_is_not_found(self) -> None:
        vvp = snapshot(JOB, namespaces=("default", "analytics"), savepoints={JOB.id: ()})
        decision = blocked(resource({"/metadata/namespace": "analytics"}), vvp)
        assert decision.reason is Reason.DependencyNotReady

    def test_whose_list_failed_decides_nothing(self) -> None:
        vvp = snapshot(failed={("VpDeployment", "default"): PlatformFault("500")})
        assert isinstance(decided(resource(), vvp), Unreadable)


class TestAListOfSavepoints:
    def test_that_failed_decides_nothing(self) -> None:
        vvp = snapshot(JOB, failed_savepoints={JOB.id: PlatformFault("500")})
        assert isinstance(decided(resource(), vvp), Unreadable)

    def test_that_nobody_asked_for_decides_nothing(self) -> None:
        assert isinstance(decided(resource(), snapshot(JOB)), Unreadable)
        assert isinstance(decided(resource(status=asked()), snapshot(JOB)), Unreadable)

    def test_that_was_refused_is_unauthorized(self) -> None:
        vvp = snapshot(JOB, failed_savepoints={JOB.id: PlatformUnauthorized("403")})
        assert blocked(resource(), vvp).reason is Reason.Unauthorized


class TestASavepointWhoseIdIsKnown:
    KNOWN: dict[str, Any] = {"observedGeneration": 1, "id": "sp-1"}

    @pytest.mark.parametrize("state", ["STARTED", "COMPLETED", "FAILED", "DELETING", "ODD", ""])
    def test_is_followed_in_every_state(self, state: str) -> None:
        seen = savepoint("sp-1", state)
        vvp = with_savepoints(savepoint("sp-0"), seen)
        assert in_sync(resource(status=self.KNOWN), vvp).observed is seen

    def test_is_followed_by_its_id_and_not_by_a_marker(self) -> None:
        vvp = with_savepoints(savepoint("sp-0", marker=mark()), savepoint("sp-1"))
        assert in_sync(resource(status=self.KNOWN), vvp).observed.id == "sp-1"

    def test_is_gone_when_vvp_pruned_it_and_never_taken_again(self) -> None:
        decision = blocked(resource(status=self.KNOWN), with_savepoints(savepoint("sp-0")))
        assert decision.reason is Reason.Gone
        again = resource(status=self.KNOWN, notes={"reconcile-requested-at": "now"})
        assert blocked(again, with_savepoints()).reason is Reason.Gone

    DONE: dict[str, Any] = {
        **KNOWN,
        "state": "COMPLETED",
        "location": "s3://savepoints/sp-1",
        "deploymentId": JOB.id,
        "jobId": "job-1",
    }
    GONE: dict[str, Any] = {**DONE, **status("False", "False", reason=Reason.Gone), **DONE}

    @pytest.mark.parametrize("known", [DONE, GONE], ids=["was there", "was gone"])
    def test_and_that_was_completed_is_gone_where_a_list_lacks_it(self, known: Any) -> None:
        decision = blocked(resource(status=known), with_savepoints(savepoint("sp-2")))
        assert (decision.reason, "not taken again" in decision.message) == (Reason.Gone, True)

    def test_and_that_was_gone_stays_so_until_a_list_shows_it_again(self) -> None:
        gone = resource(status=self.GONE)
        assert blocked(gone, snapshot(JOB)).reason is Reason.Gone
        assert in_sync(gone, with_savepoints(savepoint("sp-1"))).observed.id == "sp-1"

    @pytest.mark.parametrize("state", ["PENDING_DELETION", "DELETING", "FAILED_DELETION"])
    def test_and_that_was_completed_is_followed_while_vvp_deletes_it(self, state: str) -> None:
        vvp = with_savepoints(savepoint("sp-1", state))
        assert in_sync(resource(status=self.DONE), vvp).observed.state == state

    def test_and_that_was_completed_is_history_while_nobody_asked(self) -> None:
        settled = resource(status=self.DONE)
        assert SAVEPOINT.settled(settled) is not None
        for vvp in (snapshot(), snapshot(JOB), with_savepoints(savepoint("sp-1", "FAILED"))):
            seen = in_sync(settled, vvp).observed
            assert (seen.id, seen.state) == ("sp-1", "COMPLETED")
            assert seen.body["spec"] == {"savepointLocation": "s3://savepoints/sp-1"}


class TestASavepointWithOurMarker:
    def test_is_ours_although_the_answer_was_lost(self) -> None:
        seen = savepoint("sp-9", "STARTED", marker=mark())
        found = in_sync(resource(status=asked()), with_savepoints(savepoint("sp-1"), seen))
        assert found.observed is seen

    @pytest.mark.parametrize("requested", [LONG_AGO, JUST_NOW])
    def test_is_ours_however_long_ago_it_was_asked_for(self, requested: str) -> None:
        seen = savepoint("sp-9", marker=mark())
        known = asked(requested)
        assert in_sync(resource(status=known), with_savepoints(seen)).observed is seen

    def test_is_ours_although_the_status_was_lost(self) -> None:
        seen = savepoint("sp-9", marker=mark())
        assert in_sync(resource(), with_savepoints(seen)).observed is seen

    def test_of_another_attempt_is_not_the_one_that_was_asked_for(self) -> None:
        old = savepoint("sp-8", "FAILED", marker=mark(NONCE.replace("-1", "-0")))
        change = changed(resource(status=asked()), with_savepoints(old))
        assert change.reason == "the request never reached VVP; sent again"

    @pytest.mark.parametrize(
        "text",
        [
            mark(owner="theirs"),
            mark(of=manifest("VpSavepoint", name="another")),
            mark(of=manifest("VpSavepoint", namespace="elsewhere")),
            mark(of=manifest("VpSavepoint", uid="another-uid")),
            mark()[:-1],
        ],
        ids=["owner", "name", "namespace", "uid", "tampered"],
    )
    def test_is_not_ours_with_the_marker_of_another(self, text: str) -> None:
        decision = decided(resource(), with_savepoints(savepoint("sp-9", marker=text)))
        assert isinstance(decision, Change)

    def test_of_a_file_is_a_resources_too(self) -> None:
        from_file = mark(of=manifest("VpSavepoint", in_file=True))
        in_sync(resource(), with_savepoints(savepoint("sp-9", marker=from_file)))


class TestAnUnansweredRequest:
    def test_may_still_be_under_way_and_is_waited_for(self) -> None:
        decision = blocked(resource(status=asked(JUST_NOW)), with_savepoints())
        assert decision.reason is Reason.Progressing
        assert JUST_NOW in decision.message

    def test_is_waited_for_although_a_request_of_the_user_is_pending(self) -> None:
        known = asked(JUST_NOW)
        notes = {"reconcile-requested-at": "now"}
        decision = blocked(resource(status=known, notes=notes), with_savepoints())
        assert decision.reason is Reason.Progressing

    def test_that_nothing_came_of_is_sent_again(self) -> None:
        for vvp in (with_savepoints(), with_savepoints(savepoint("sp-0", edits=self.AT_THAT_TIME))):
            change = changed(resource(status=asked()), vvp)
            assert change.reason == "the request never reached VVP; sent again"

    AT_THAT_TIME: Edits = {"/metadata/createdAt": at(-3_600)}

    def test_that_an_unmarked_savepoint_may_have_come_of_is_for_a_person(self) -> None:
        strangers = (savepoint("sp-7"), savepoint("sp-8"))
        decision = blocked(resource(status=asked()), with_savepoints(*strangers))
        assert decision.reason is Reason.CreateResultUnknown
        assert "it may be sp-7 or sp-8" in decision.message
        for identity in ("sp-7", "sp-8"):
            assert f"If it is {identity}: kubectl annotate " in decision.message
            assert f"/adopt={identity}; " in decision.message
        assert "/reconcile-requested-at" in decision.message

    def test_is_never_matched_by_time_alone(self) -> None:
        only = savepoint("sp-7", edits={"/metadata/createdAt": at(-120)})
        decision = blocked(resource(status=asked()), with_savepoints(only))
        assert decision.reason is Reason.CreateResultUnknown

    @pytest.mark.parametrize(
        "stranger",
        [
            savepoint("sp-7", edits={"/metadata/createdAt": at(-3_601)}),
            savepoint("sp-7", edits={"/metadata/createdAt": at(-3_600)}),
            savepoint("sp-7", edits={"/metadata/origin": "SUSPEND"}),
            savepoint("sp-7", edits={"/metadata/origin": "RETAINED_CHECKPOINT"}),
            savepoint("sp-7", marker=mark(of=manifest("VpSavepoint", name="another"))),
            savepoint("sp-7", marker=mark(owner="theirs")),
        ],
        ids=["older", "as old", "of a suspension", "a checkpoint", "another's", "theirs"],
    )
    def test_did_not_make_what_cannot_be_its_own(self, stranger: Observed) -> None:
        assert isinstance(decided(resource(status=asked()), with_savepoints(stranger)), Change)

    @pytest.mark.parametrize(
        "edits",
        [
            {"/metadata/createdAt": REMOVED},
            {"/metadata/createdAt": "odd"},
            {"/metadata/origin": REMOVED},
            {note_at(OWNER): "edited"},
        ],
    )
    def test_may_have_made_what_says_too_little(self, edits: Edits) -> None:
        decision = blocked(
            resource(status=asked()), with_savepoints(savepoint("sp-7", edits=edits))
        )
        assert decision.reason is Reason.CreateResultUnknown

    def test_before_which_vvp_had_none_may_have_made_any(self) -> None:
        intent = SavepointRequest(NONCE, JOB.id, "", LONG_AGO)
        known = {**asked(), "intent": intent.as_json()}
        old = savepoint("sp-7", edits={"/metadata/createdAt": at(-100_000)})
        decision = blocked(resource(status=known), with_savepoints(old))
        assert decision.reason is Reason.CreateResultUnknown

    def test_did_not_make_what_another_resource_has(self) -> None:
        other = resource(name="another", status={"id": "sp-7"})
        vvp = with_savepoints(savepoint("sp-7"))
        decisions = planned(other, resource(status=asked()), vvp=vvp).decisions
        assert [type(item).__name__ for item in decisions] == ["InSync", "Change"]

    def test_is_looked_for_at_the_deployment_that_it_was_sent_to(self) -> None:
        recreated = observed(manifest(), identity="id-of-the-second")
        vvp = snapshot(
            recreated,
            savepoints={JOB.id: (savepoint("sp-7", marker=mark()),), recreated.id: ()},
        )
        assert in_sync(resource(status=asked()), vvp).observed.id == "sp-7"


class TestThePersonWhoDecides:
    STUCK: dict[str, Any] = {
        **asked(),
        **{"conditions": status(reason=Reason.CreateResultUnknown, since=-60)["conditions"]},
    }

    def test_may_say_which_one_it_is(self) -> None:
        chosen = savepoint("sp-8")
        stuck = resource(status=self.STUCK, notes={"adopt": "sp-8"})
        found = in_sync(stuck, with_savepoints(savepoint("sp-7"), chosen))
        assert found.observed is chosen

    @pytest.mark.parametrize("owner", ["theirs", "default"])
    def test_may_not_say_that_it_is_anothers(self, owner: str) -> None:
        another = mark(of=manifest("VpSavepoint", name="another"), owner=owner)
        stuck = resource(status=self.STUCK, notes={"adopt": "sp-8"})
        decision = decided(stuck, with_savepoints(savepoint("sp-8", marker=another)))
        assert not isinstance(decision, InSync)

    def test_takes_no_new_one_by_a_mistyped_id(self) -> None:
        found = blocked(resource(notes={"adopt": "sp-typo"}), with_savepoints())
        assert found.reason is Reason.DependencyNotReady
        assert "sp-typo" in found.message

    def test_may_ask_for_another_one(self) -> None:
        stuck = resource(status=self.STUCK, notes={"reconcile-requested-at": "now"})
        change = changed(stuck, with_savepoints(savepoint("sp-7")))
        assert change.action is Action.CREATE

    def test_asks_once_with_one_value(self) -> None:
        known = {**self.STUCK, "lastHandled": {"reconcile-requested-at": "now"}}
        stuck = resource(status=known, notes={"reconcile-requested-at": "now"})
        decision = blocked(stuck, with_savepoints(savepoint("sp-7")))
        assert decision.reason is Reason.CreateResultUnknown

    @pytest.mark.parametrize("found", [(), (savepoint("sp-7"),)])
    def test_does_not_ask_again_by_the_value_whose_answer_was_lost_too(
        self, found: tuple[Observed, ...]
    ) -> None:
        intent = SavepointRequest(NONCE, JOB.id, at(-3_600), at(-30))
        known = {**self.STUCK, "intent": intent.as_json()}
        stuck = resource(status=known, notes={"reconcile-requested-at": "now"})
        assert blocked(stuck, with_savepoints(*found)).reason is Reason.Progressing

    @pytest.mark.parametrize("reason", [Reason.Unauthorized, Reason.Rejected, Reason.Gone])
    def test_does_not_ask_by_a_value_while_another_trouble_was_told(self, reason: Reason) -> None:
        known = {**asked(), "conditions": status(reason=reason, since=-60)["conditions"]}
        stuck = resource(status=known, notes={"reconcile-requested-at": "now"})
        decision = blocked(stuck, with_savepoints(savepoint("sp-7")))
        assert decision.reason is Reason.CreateResultUnknown

    def test_does_not_ask_by_a_value_from_before_it_was_known(self) -> None:
        notes = {"reconcile-requested-at": "now"}
        decision = blocked(
            resource(status=asked(), notes=notes), with_savepoints(savepoint("sp-7"))
        )
        assert decision.reason is Reason.CreateResultUnknown


class TestAFailedSavepoint:
    FAILED = savepoint("sp-1", "FAILED")
    KNOWN: dict[str, Any] = {"observedGeneration": 1, "id": "sp-1", "attempts": 1}

    def test_is_not_asked_for_again_by_itself(self) -> None:
        in_sync(resource(status=self.KNOWN), with_savepoints(self.FAILED))

    def test_is_asked_for_again_as_often_as_the_setting_allows(self) -> None:
        vvp = with_savepoints(self.FAILED)
        change = changed(resource(status=self.KNOWN), vvp, savepoint_retries=1)
        assert nonce_of(change) == NONCE.replace("-1", "-2")
        twice = {**self.KNOWN, "attempts": 2}
        assert not isinstance(decided(resource(status=twice), vvp, savepoint_retries=1), Change)
        assert isinstance(decided(resource(status=twice), vvp, savepoint_retries=2), Change)

    @pytest.mark.parametrize("state", ["STARTED", "COMPLETED", "DELETING", "ODD", ""])
    def test_is_the_only_one_that_is_asked_for_again(self, state: str) -> None:
        vvp = with_savepoints(savepoint("sp-1", state))
        decision = decided(resource(status=self.KNOWN), vvp, savepoint_retries=5)
        assert not isinstance(decision, Change)

    def test_is_asked_for_again_only_while_the_job_runs(self) -> None:
        stopped = observed(manifest(), {"/status/state": "SUSPENDED"})
        vvp = with_savepoints(self.FAILED, deployment=stopped)
        assert not isinstance(
            decided(resource(status=self.KNOWN), vvp, savepoint_retries=1), Change
        )

    def test_of_a_file_is_not_asked_for_again(self) -> None:
        failed = savepoint("sp-1", "FAILED", marker=mark(of=resource(in_file=True)))
        decision = decided(resource(in_file=True), with_savepoints(failed), savepoint_retries=5)
        assert not isinstance(decision, Change)

    def test_of_an_earlier_attempt_is_not_taken_for_the_later_one(self) -> None:
        first = savepoint("sp-1", "FAILED", marker=mark())
        intent = SavepointRequest(NONCE.replace("-1", "-2"), JOB.id, at(-60), JUST_NOW)
        known = {"observedGeneration": 1, "attempts": 2, "intent": intent.as_json(), "id": None}
        decision = blocked(resource(status=known), with_savepoints(first), savepoint_retries=1)
        assert decision.reason is Reason.Progressing


class TestAFile:
    """It has no status: the intent is an annotation on the deployment."""

    FROM_FILE = manifest("VpSavepoint", in_file=True)

    def view(self, intent: SavepointRequest | str | None, *found: Observed) -> Snapshot:
        text = (
            request_text(self.FROM_FILE, intent) if isinstance(intent, SavepointRequest) else intent
        )
        place = note_at(request_annotation(self.FROM_FILE))
        edits = {place: REMOVED if text is None else text}
        return with_savepoints(*found, deployment=observed(manifest(), edits))

    def intent(self, requested: str = LONG_AGO, identity: str = "") -> SavepointRequest:
        change = changed(self.FROM_FILE, self.view(None))
        return replace(request_for(change, (), requested), id=identity)

    def test_asks_for_a_savepoint_once(self) -> None:
        assert changed(self.FROM_FILE, self.view(None)).action is Action.CREATE

    def test_knows_the_one_that_came_of_it(self) -> None:
        seen = savepoint("sp-5")
        found = in_sync(self.FROM_FILE, self.view(self.intent(identity="sp-5"), seen))
        assert found.observed is seen

    def test_knows_that_vvp_pruned_it(self) -> None:
        decision = blocked(self.FROM_FILE, self.view(self.intent(identity="sp-5")))
        assert decision.reason is Reason.Gone

    def test_waits_for_a_request_that_may_be_under_way(self) -> None:
        decision = blocked(self.FROM_FILE, self.view(self.intent(JUST_NOW)))
        assert decision.reason is Reason.Progressing

    def test_leaves_what_cannot_be_told_to_a_person(self) -> None:
        decision = blocked(self.FROM_FILE, self.view(self.intent(), savepoint("sp-7")))
        assert decision.reason is Reason.CreateResultUnknown

    def test_sends_again_what_nothing_came_of(self) -> None:
        assert isinstance(decided(self.FROM_FILE, self.view(self.intent())), Change)

    @pytest.mark.parametrize(
        ("stamp", "asks"),
        [(at(-60), True), (at(-10_000), False), (LONG_AGO, False), ("yes", False)],
        ids=["later", "earlier", "at that time", "no time"],
    )
    def test_asks_for_another_by_a_time_after_the_intent(self, stamp: str, asks: bool) -> None:
        again = manifest("VpSavepoint", in_file=True, notes={"reconcile-requested-at": stamp})
        decision = decided(again, self.view(self.intent(), savepoint("sp-7")))
        assert isinstance(decision, Change) is asks

    @pytest.mark.parametrize("text", ["", "nonsense", '{"nonce": "x"}', "[1]"])
    def test_takes_an_annotation_that_was_edited_for_none(self, text: str) -> None:
        assert isinstance(decided(self.FROM_FILE, self.view(text)), Change)

    def test_never_believes_a_status_that_stands_in_it(self) -> None:
        claims = replace(self.FROM_FILE, status={"id": "sp-7", **asked()})
        decision = decided(claims, self.view(None, savepoint("sp-7")))
        assert isinstance(decision, Change)

    def test_has_an_annotation_of_its_own_for_each_savepoint(self) -> None:
        others = {
            request_annotation(manifest("VpSavepoint", name, namespace=namespace, in_file=True))
            for name in ("a", "b")
            for namespace in ("x", "y")
        }
        assert len(others) == 4


class TestTheIntent:
    def test_reads_back_as_written(self) -> None:
        intent = SavepointRequest("n-1", "d-1", at(-60), at())
        assert read_request(intent.as_json()) == intent
        known = replace(intent, id="sp-1")
        assert read_request(unsealed(request_text(resource(), known))) == known

    @pytest.mark.parametrize("odd", [None, {}, {"nonce": None}, {"nonce": 5}, {"after": "x"}])
    def test_without_a_nonce_is_none(self, odd: Any) -> None:
        assert read_request(odd) is None

    def test_remembers_the_nonce_the_deployment_and_the_newest_savepoint(self) -> None:
        older = savepoint("sp-1", edits={"/metadata/createdAt": at(-100)})
        newer = savepoint("sp-2", edits={"/metadata/createdAt": at(-50)})
        change = changed(resource(), with_savepoints())
        for found in ((older, newer), (newer, older)):
            assert request_for(change, found, at()) == SavepointRequest(
                NONCE, JOB.id, at(-50), at()
            )

    def test_of_the_first_savepoint_remembers_no_other(self) -> None:
        change = changed(resource(), with_savepoints())
        assert request_for(change, (), at()).after == ""

    def test_without_a_deployment_is_looked_for_at_the_one_that_is_named(self) -> None:
        known = {**asked(), "intent": {"nonce": NONCE, "requested": LONG_AGO}}
        assert isinstance(decided(resource(status=known), with_savepoints()), Change)


def test_the_id_of_the_deployment_is_that_of_the_builders() -> None:
    assert identity_of(manifest()) == JOB.id
