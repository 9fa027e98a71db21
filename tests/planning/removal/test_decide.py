"""Deletion: one step a pass, from every state, and never of what is not ours.

The states of a deployment stand in ``deletions.yaml``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import yaml

from builders import (
    REMOVED,
    Edits,
    at,
    blocked,
    changed,
    decided,
    going,
    manifest,
    note_at,
    observed,
    planned,
    released,
    sent,
    snapshot,
    status,
    target,
)
from vpsync.errors import PlatformFault, PlatformUnauthorized, PlatformUnreachable
from vpsync.model.change import Action, Change, Effect, Verb
from vpsync.model.decision import Blocked, Decision, Finalized, Unreadable
from vpsync.model.observed import Observed, PlatformKey, Snapshot
from vpsync.model.reasons import Reason
from vpsync.model.resource import FINALIZER, GROUP, annotation
from vpsync.planning.ownership.marker import OWNER, marker_for
from vpsync.planning.queries import detail_query
from vpsync.planning.upsert.transition import TRANSITIONING_SINCE

Row = dict[str, Any]

ROWS: list[Row] = yaml.safe_load((Path(__file__).parent / "deletions.yaml").read_text("utf-8"))
KINDS_HELD = ["VpNamespace", "VpDeploymentTarget", "VpDeployment"]
ASKED = "; the deletion was requested at 2025-06-01T09:00:00Z"
ENDED = {"/spec/state": "CANCELLED", "/status/state": "CANCELLED"}


def view(*objects: Observed, **members: Any) -> Snapshot:
    """A view of VVP in which every namespace to be deleted is known to be empty."""
    return snapshot(*objects, **{"contents": {"analytics": ()}, **members})


def is_delete(decision: Decision) -> bool:
    return isinstance(decision, Change) and decision.verb is Verb.DELETE


def test_every_row_says_why_and_expects_one_thing() -> None:
    for row in ROWS:
        assert row["why"]
        assert len({"cancel", "delete", "waits"} & set(row)) == 1
        assert set(row) <= {"id", "why", "held", "since", "waiting", "cancel", "delete", "waits"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_the_next_step_from_every_state(row: Row) -> None:
    resource = going()
    if "waiting" in row:
        waiting = status("False", "False", reason=Reason.Deleting, since=-row["waiting"])
        resource = replace(resource, status={**waiting, "id": "id-of-orders"})
    edits = {place: REMOVED if value is None else value for place, value in row["held"].items()}
    if "since" in row:
        edits[note_at(TRANSITIONING_SINCE)] = at(-row["since"])
    seen = observed(manifest(), edits)
    decision = decided(resource, snapshot(seen))
    match decision:
        case Change(verb=Verb.PATCH):
            assert sent(decision) == {"/spec/state": "CANCELLED"}
            assert decision.effect.value == row.get("cancel")
            assert decision.metadata == {}
        case Change(verb=Verb.DELETE):
            assert row.get("delete")
            assert (decision.effect, decision.fields) == (Effect.NONE, ())
        case Blocked():
            assert decision.reason.name == row.get("waits")
            assert decision.observed is seen
        case _:
            pytest.fail(f"unexpected: {decision}")
    assert not isinstance(decision, Change) or decision.action is Action.DELETE


class TestStateThatWouldBeLost:
    """A stateful job goes without a savepoint only where a person said so."""

    STATELESS = MappingProxyType(
        {"/spec/upgradeStrategy/kind": "STATELESS", "/spec/restoreStrategy/kind": "NONE"}
    )

    def found(self, edits: Edits, *, wanted: Edits | None = None, **members: Any) -> Decision:
        resource = going(edits=wanted, confirmed=False, **members)
        return decided(
            resource, snapshot(observed(manifest(), {"/spec/state": "RUNNING", **edits}))
        )

    @pytest.mark.parametrize(
        ("state", "is_lost"),
        [
            ("RUNNING", True), ("TRANSITIONING", True), ("FAILED", True),
            ("SUSPENDED", False), ("CANCELLED", False), ("FINISHED", False),
        ],
    )  # fmt: skip
    def test_is_that_of_a_job_whose_last_state_is_in_no_savepoint(
        self, state: str, is_lost: bool
    ) -> None:
        decision = self.found({"/status/state": state})
        if is_lost:
            assert isinstance(decision, Blocked)
            assert decision.reason is Reason.StateLoss
        else:
            assert isinstance(decision, Change)
            assert sent(decision) == {"/spec/state": "CANCELLED"}

    def test_is_none_where_vvp_or_the_manifest_says_that_the_job_keeps_none(self) -> None:
        assert isinstance(self.found(self.STATELESS), Change)
        assert isinstance(self.found({}, wanted=self.STATELESS), Change)
        half = {
            "/spec/upgradeStrategy/kind": "STATELESS",
            "/spec/restoreStrategy/kind": "LATEST_STATE",
        }
        assert isinstance(self.found(half), Blocked)

    def test_goes_where_its_annotation_or_the_run_says_so_and_once_for_each_value(self) -> None:
        said = {"confirm-state-loss": "now"}
        assert isinstance(self.found({}, notes=said), Change)
        used = {"id": "id-of-orders", "lastHandled": said}
        assert isinstance(self.found({}, notes=said, status=used), Blocked)
        seen = snapshot(observed(manifest(), {}))
        assert isinstance(decided(going(confirmed=False), seen, confirm_state_loss=True), Change)

    def test_is_kept_by_a_policy_that_suspends_or_leaves_it_in_vvp(self) -> None:
        suspended = self.found({}, notes={"deletion-policy": "Suspend"})
        assert isinstance(suspended, Change)
        assert sent(suspended) == {"/spec/state": "SUSPENDED"}
        left = self.found({}, notes={"deletion-policy": "Orphan"})
        assert not isinstance(left, Blocked)

    def test_is_named_with_the_commands_that_keep_it_and_that_give_it_up(self) -> None:
        decision = self.found({})
        assert isinstance(decision, Blocked)
        command = f"kubectl annotate --overwrite -n team vpdeployment orders {GROUP}"
        assert decision.message == (
            "deleting default/orders would stop its job without a savepoint, and lose its state. "
            f"To take one first: {command}/deletion-policy=Suspend; "
            f'to go on anyway: {command}/confirm-state-loss="$(date -Is)"'
        )

    def test_of_a_failed_job_is_given_up_by_one_command(self) -> None:
        seen = {"/status/state": "FAILED"}
        assert isinstance(held := self.found(seen, notes={"deletion-policy": "Suspend"}), Blocked)
        assert f" {GROUP}/deletion-policy=Delete {GROUP}/confirm-state-loss=" in held.message
        both = {"deletion-policy": "Delete", "confirm-state-loss": "now"}
        assert isinstance(self.found(seen, notes=both), Change)

    def test_of_a_manifest_that_is_gone_is_given_up_by_the_run(self) -> None:
        decision = self.found({}, pruned=True)
        assert isinstance(decision, Blocked)
        assert "put the manifest back and set the annotation" in decision.message
        assert decision.message.endswith("to go on anyway, run once with --confirm-state-loss")


def test_a_wait_says_from_what_to_what_and_since_when() -> None:
    edits = {
        "/spec/state": "CANCELLED",
        "/status/state": "TRANSITIONING",
        note_at(TRANSITIONING_SINCE): at(-60),
    }
    decision = blocked(going(), snapshot(observed(manifest(), edits)))
    assert decision.message == (
        f"VVP is moving default/orders from TRANSITIONING to CANCELLED, since {at(-60)}{ASKED}"
    )


class TestTheFinalizer:
    @pytest.mark.parametrize("kind", KINDS_HELD)
    def test_goes_only_when_a_read_proved_absence(self, kind: str) -> None:
        vvp = view(namespaces=("default",))
        decision = released(going(kind, name="gone"), vvp)
        assert not decision.left_alone
        assert decision.message.startswith("VVP no longer has ")

    @pytest.mark.parametrize("kind", ["VpDeploymentTarget", "VpDeployment"])
    def test_goes_where_the_platform_lacks_the_vvp_namespace(self, kind: str) -> None:
        resource = going(kind, {"/metadata/namespace": "analytics"})
        failed = {(kind, "analytics"): PlatformFault("404")}
        assert not released(resource, snapshot(failed=failed)).left_alone

    @pytest.mark.parametrize("error", [PlatformFault("500"), PlatformUnreachable("no answer")])
    @pytest.mark.parametrize("kind", KINDS_HELD)
    def test_stays_while_vvp_cannot_be_read(self, kind: str, error: PlatformFault) -> None:
        vvp = view(namespaces=None, failed={(kind, "default"): error}, namespaces_failure=error)
        decision = decided(going(kind), vvp)
        assert isinstance(decision, Unreadable)
        assert decision.message == str(error)

    @pytest.mark.parametrize("kind", ["VpDeploymentTarget", "VpDeployment"])
    def test_stays_where_nobody_asked(self, kind: str) -> None:
        whole = snapshot()
        unasked = Snapshot(objects=whole.objects, namespaces=whole.namespaces)
        assert isinstance(decided(going(kind, name="gone"), unasked), Unreadable)

    @pytest.mark.parametrize("kind", KINDS_HELD)
    def test_stays_while_the_token_is_refused(self, kind: str) -> None:
        error = PlatformUnauthorized("401")
        vvp = view(namespaces=None, failed={(kind, "default"): error}, namespaces_failure=error)
        assert blocked(going(kind), vvp).reason is Reason.Unauthorized

    def test_that_is_not_set_holds_nothing(self) -> None:
        resource = going(finalizers=("another.example.com/finalizer",))
        assert not released(resource, snapshot(observed(manifest()))).left_alone

    def test_is_kept_track_of_among_those_of_others(self) -> None:
        resource = going(finalizers=("another.example.com/finalizer", FINALIZER))
        assert isinstance(decided(resource, snapshot(observed(manifest()))), Change)

    def test_of_a_savepoint_goes_and_its_data_stays(self) -> None:
        decision = released(going("VpSavepoint", finalizers=(FINALIZER,)))
        assert not decision.left_alone
        assert "left as they are" in decision.message

    def test_of_a_manifest_that_was_never_valid_goes(self) -> None:
        resource = going(edits={"/metadata/name": "Not/A/Name"}, status={})
        decision = released(resource)
        assert decision.left_alone
        assert decision.message == "no VVP object can have its name"

    def test_of_a_manifest_that_became_invalid_goes_by_the_same_rules(self) -> None:
        resource = going(edits={"/deploymentTargetName": REMOVED})
        assert isinstance(decided(resource, snapshot(observed(manifest()))), Change)
        assert not released(resource).left_alone


class TestAnObjectThatIsNotOurs:
    @pytest.mark.parametrize("kind", ["VpDeploymentTarget", "VpDeployment"])
    def test_with_another_owners_marker_is_left_alone(self, kind: str) -> None:
        seen = observed(manifest(kind), owner="theirs")
        decision = released(going(kind), snapshot(seen))
        assert decision.left_alone
        assert "of owner 'theirs'" in decision.message

    @pytest.mark.parametrize("kind", ["VpDeploymentTarget", "VpDeployment"])
    def test_with_another_resources_marker_is_left_alone(self, kind: str) -> None:
        other = marker_for(manifest(kind, namespace="elsewhere"), "default/orders", "default")
        name = manifest(kind).key.name
        text = replace(other, platform=f"default/{name}").text()
        seen = observed(manifest(kind), {note_at(OWNER): text})
        assert released(going(kind), snapshot(seen)).left_alone

    def test_with_a_marker_that_was_edited_is_left_alone(self) -> None:
        seen = observed(manifest(), {note_at(OWNER): '{"owner": "default"}'})
        assert released(going(status={}), snapshot(seen)).left_alone

    @pytest.mark.parametrize("kind", KINDS_HELD)
    def test_without_marker_that_differs_is_left_alone(self, kind: str) -> None:
        differs: dict[str, Edits] = {
            "VpNamespace": {"/roleBindings": []},
            "VpDeploymentTarget": {"/metadata/labels/team": "x"},
            "VpDeployment": {"/spec/template/spec/parallelism": 9},
        }
        seen = observed(manifest(kind), differs[kind], marked=False)
        decision = released(going(kind, status={}), view(seen))
        assert decision.left_alone
        assert "never owned by this resource" in decision.message

    @pytest.mark.parametrize("kind", ["VpDeploymentTarget", "VpDeployment"])
    def test_of_a_restored_cluster_that_differs_is_left_alone(self, kind: str) -> None:
        seen = observed(manifest(kind), {"/metadata/labels/team": "x"})
        assert released(going(kind, uid="another", status={}), snapshot(seen)).left_alone

    def test_is_not_deleted_for_a_manifest_that_is_invalid(self) -> None:
        resource = going(edits={"/spec/sessionClusterName": "beside-a-target"}, status={})
        assert released(resource, snapshot(observed(manifest(), marked=False))).left_alone

    def test_is_not_deleted_for_a_manifest_whose_target_is_missing(self) -> None:
        resource = going(edits={"/deploymentTargetName": "gone"}, status={})
        assert released(resource, snapshot(observed(manifest(), marked=False))).left_alone

    def test_that_is_equal_would_be_adopted_and_goes(self) -> None:
        seen = observed(manifest(), ENDED, marked=False)
        resource = going(edits={"/spec/state": "CANCELLED"}, status={})
        assert is_delete(decided(resource, snapshot(seen)))

    def test_that_is_equal_and_another_resource_stands_for_is_left_alone(self) -> None:
        moved = manifest(namespace="elsewhere")
        plan = planned(going(status={}), moved, vvp=snapshot(observed(manifest(), marked=False)))
        [adopts, leaves] = plan.decisions
        assert isinstance(adopts, Change)
        assert adopts.action is Action.ADOPT
        assert isinstance(leaves, Finalized)
        assert leaves.left_alone

    def test_of_a_name_that_two_have_is_not_deleted(self) -> None:
        seen = observed(manifest())
        decision = blocked(going(), snapshot(seen, doubled=frozenset({seen.key})))
        assert decision.reason is Reason.DeletionBlocked


class TestAnObjectThatIsOurs:
    def test_by_marker_goes(self) -> None:
        assert is_delete(decided(going(status={}), snapshot(observed(manifest(), ENDED))))

    def test_by_the_id_in_the_status_goes_although_its_marker_was_lost(self) -> None:
        seen = observed(manifest(), ENDED, marked=False)
        assert is_delete(decided(going(), snapshot(seen)))

    def test_goes_although_it_drifted(self) -> None:
        seen = observed(manifest(), {**ENDED, "/spec/template/spec/parallelism": 9})
        assert is_delete(decided(going(), snapshot(seen)))

    def test_goes_under_its_old_name_although_the_manifest_names_another(self) -> None:
        renamed = going(edits={"/metadata/name": "new-name"}, status={"id": "id-of-orders"})
        seen = observed(manifest(), ENDED)
        change = changed(renamed, snapshot(seen))
        assert change.verb is Verb.DELETE
        assert change.observed is seen

    @pytest.mark.parametrize("policy", ["Delete", "Suspend", "Orphan"])
    def test_is_not_tried_again_after_vvp_refused_until_somebody_asks(self, policy: str) -> None:
        known = {**status("False", "False", reason=Reason.Rejected), "id": "id-of-orders"}
        vvp, notes = snapshot(observed(manifest())), {"deletion-policy": policy}
        assert blocked(going(status=known, notes=notes), vvp).reason is Reason.Rejected
        asked = going(status=known, notes={**notes, "reconcile-requested-at": "now"})
        assert isinstance(decided(asked, vvp), Change)

    @pytest.mark.parametrize("kind", KINDS_HELD)
    def test_of_any_kind_is_not_tried_again_after_vvp_refused(self, kind: str) -> None:
        known = {**status("False", "False", reason=Reason.Rejected), "id": going(kind).status["id"]}
        vvp = view(observed(manifest(kind)))
        assert blocked(going(kind, status=known), vvp).reason is Reason.Rejected

    def test_is_tried_although_an_update_was_refused(self) -> None:
        known = {**status("False", "False", reason=Reason.Rejected), "id": "id-of-orders"}
        resource = going(status=known, generation=2)
        assert isinstance(decided(resource, snapshot(observed(manifest()))), Change)


class TestATarget:
    def test_goes_when_nothing_uses_it(self) -> None:
        assert is_delete(decided(going("VpDeploymentTarget")))

    @pytest.mark.parametrize(
        "edits",
        [{}, {"/spec/deploymentTargetId": REMOVED, "/spec/deploymentTargetName": "jobs"}, ENDED],
        ids=["by id", "by name", "by a job that ended"],
    )
    def test_in_use_is_blocked(self, edits: Edits) -> None:
        decision = blocked(going("VpDeploymentTarget"), snapshot(observed(manifest(), edits)))
        assert (decision.reason, decision.message) == (
            Reason.DeletionBlocked,
            "still used by deployment orders; delete it first, or leave it in VVP: kubectl annotate "
            f"--overwrite -n team vpdeploymenttarget jobs {annotation('deletion-policy')}=Orphan{ASKED}",
        )
        assert decision.observed is not None

    def test_in_use_by_many_names_five(self) -> None:
        users = [observed(manifest(name=f"job-{number}")) for number in range(7)]
        message = blocked(going("VpDeploymentTarget"), snapshot(*users)).message
        assert message.startswith(
            "still used by deployments job-0, job-1, job-2, job-3, job-4 and 2 more; delete them first"
        )

    def test_used_in_another_vvp_namespace_only_goes(self) -> None:
        there = manifest(edits={"/metadata/namespace": "analytics"})
        vvp = snapshot(observed(there), namespaces=("default", "analytics"))
        assert is_delete(decided(going("VpDeploymentTarget"), vvp))

    def test_is_left_alone_while_deployments_cannot_be_listed(self) -> None:
        vvp = snapshot(failed={("VpDeployment", "default"): PlatformFault("500")})
        assert isinstance(decided(going("VpDeploymentTarget"), vvp), Unreadable)


class TestAVvpNamespace:
    SEEN = observed(manifest("VpNamespace"))

    def test_that_is_empty_goes(self) -> None:
        assert is_delete(decided(going("VpNamespace"), view(self.SEEN)))

    def test_that_holds_anything_is_blocked_and_says_what_and_the_way_out(self) -> None:
        held = {"analytics": ("2 deployments", "1 savepoint")}
        decision = blocked(going("VpNamespace"), view(self.SEEN, contents=held))
        assert decision.reason is Reason.DeletionBlocked
        assert "still holds 2 deployments, 1 savepoint" in decision.message
        assert "delete-contents" in decision.message
        assert decision.observed is not None

    @pytest.mark.parametrize(
        "contents",
        [{}, {"another": ()}, {"analytics": ("deployments that could not be listed",)}],
        ids=["nobody looked", "another was looked at", "a list failed"],
    )
    def test_that_cannot_be_read_counts_as_holding_something(self, contents: Any) -> None:
        decision = blocked(going("VpNamespace"), view(self.SEEN, contents=contents))
        assert decision.reason is Reason.DeletionBlocked

    @pytest.mark.parametrize("contents", [{}, {"analytics": ("2 deployments",)}])
    def test_goes_with_its_contents_where_that_is_asked_for(self, contents: Any) -> None:
        resource = going("VpNamespace", notes={"delete-contents": "true"})
        assert is_delete(decided(resource, view(self.SEEN, contents=contents)))

    @pytest.mark.parametrize(("owner", "cluster"), [("green", "here"), ("default", "there")])
    @pytest.mark.parametrize("notes", [{}, {"delete-contents": "true"}], ids=["asked", "with all"])
    def test_does_not_go_with_what_another_cluster_or_owner_holds(
        self, owner: str, cluster: str, notes: dict[str, str]
    ) -> None:
        marker = marker_for(manifest(), "analytics/orders", owner, cluster=cluster).text()
        seen = view(
            self.SEEN,
            contents={"analytics": ("1 deployment (orders)",)},
            content_markers={"analytics": (marker,)},
        )
        decision = decided(going("VpNamespace", notes=notes), seen, cluster="here")
        assert isinstance(decision, Blocked)
        assert decision.reason is Reason.DeletionBlocked
        assert "Nothing of theirs is deleted with it" in decision.message
        assert "delete-contents" not in decision.message
        assert "deletion-policy=Orphan" in decision.message

    def test_goes_with_what_this_cluster_holds_where_that_is_asked_for(self) -> None:
        marker = marker_for(manifest(), "analytics/orders", "default", cluster="here").text()
        resource = going("VpNamespace", notes={"delete-contents": "true"})
        held = {"analytics": ("1 deployment",)}
        seen = view(self.SEEN, contents=held, content_markers={"analytics": (marker,)})
        assert is_delete(decided(resource, seen, cluster="here"))

    @pytest.mark.parametrize("text", ["True", "yes", "1", "", "false"])
    def test_does_not_go_with_its_contents_for_any_other_word(self, text: str) -> None:
        resource = going("VpNamespace", notes={"delete-contents": text})
        decision = decided(resource, view(self.SEEN, contents={"analytics": ("2 deployments",)}))
        assert isinstance(decision, Blocked)

    def test_that_is_being_deleted_is_waited_for(self) -> None:
        ending = observed(
            manifest("VpNamespace"), {"/lifecyclePhase": "LIFECYCLE_PHASE_TERMINATING"}
        )
        assert blocked(going("VpNamespace"), view(ending)).reason is Reason.Deleting

    def test_that_was_never_claimed_is_left_alone(self) -> None:
        seen = observed(manifest("VpNamespace"), {"/roleBindings": []})
        assert released(going("VpNamespace", status={}), view(seen)).left_alone


def test_a_cancel_tells_that_a_job_is_stopped() -> None:
    change = changed(going(), snapshot(observed(manifest())))
    assert (change.effect, change.verb, change.action) == (Effect.STOP, Verb.PATCH, Action.DELETE)
    [field] = change.fields
    assert (field.before, field.after) == ("RUNNING", "CANCELLED")


def test_a_target_is_still_there_while_the_deployment_that_uses_it_goes() -> None:
    plan = planned(going("VpDeploymentTarget"), going(), vvp=snapshot(observed(manifest(), ENDED)))
    first, second = plan.decisions
    assert is_delete(first)
    assert first.manifest.key.kind == "VpDeployment"
    assert isinstance(second, Blocked)
    assert second.reason is Reason.DeletionBlocked


def test_a_target_that_was_never_ours_is_left_alone_although_it_is_in_use() -> None:
    theirs = target(edits={note_at(OWNER): REMOVED, "/metadata/labels/team": "x"})
    vvp = snapshot(observed(manifest()), theirs)
    assert released(going("VpDeploymentTarget", status={}), vvp).left_alone


class TestSuspendFirst:
    """``deletion-policy: Suspend`` deletes only what left a savepoint of its last job."""

    RESOURCE = going(
        notes={"deletion-policy": "Suspend"},
        status={"id": "id-of-orders", "observedGeneration": 1, "job": {"startedAt": at(-600)}},
    )
    SUSPENDED = observed(manifest(), {"/spec/state": "SUSPENDED", "/status/state": "SUSPENDED"})

    def decide(self, *savepoints: tuple[float, str, str]) -> Decision:
        key = PlatformKey("VpSavepoint", "default", "")
        bodies = [
            {"metadata": {"origin": origin, "createdAt": at(age)}, "status": {"state": state}}
            for age, origin, state in savepoints
        ]
        taken = [Observed(key, f"savepoint-{n}", body) for n, body in enumerate(bodies)]
        vvp = snapshot(self.SUSPENDED, savepoints={self.SUSPENDED.id: taken})
        return decided(self.RESOURCE, vvp)

    def test_a_running_job_is_suspended(self) -> None:
        change = changed(self.RESOURCE, snapshot(observed(manifest())))
        assert sent(change) == {"/spec/state": "SUSPENDED"}

    @pytest.mark.parametrize("wanted", ["RUNNING", None])
    def test_the_stop_is_shown_against_the_state_that_vvp_has(self, wanted: str | None) -> None:
        change = changed(self.RESOURCE, snapshot(observed(manifest(), {"/spec/state": wanted})))
        assert [(item.before, item.after) for item in change.fields] == [(wanted, "SUSPENDED")]

    def test_a_completed_savepoint_of_the_suspension_lets_it_go(self) -> None:
        assert is_delete(self.decide((-300, "SUSPEND", "COMPLETED")))

    @pytest.mark.parametrize(
        "savepoints",
        [
            [],
            [(-300, "SUSPEND", "FAILED")],
            [(-300, "USER_REQUEST", "COMPLETED")],
            [(-900, "SUSPEND", "COMPLETED")],
            [(-400, "SUSPEND", "COMPLETED"), (-300, "SUSPEND", "FAILED")],
        ],
        ids=["none", "failed", "asked for by hand", "of an earlier job", "a newer one failed"],
    )
    def test_anything_less_blocks(self, savepoints: list[tuple[float, str, str]]) -> None:
        decision = self.decide(*savepoints)
        assert isinstance(decision, Blocked)
        assert decision.reason is Reason.DeletionBlocked
        assert "no completed savepoint" in decision.message
        assert f"{annotation('deletion-policy')}=Delete" in decision.message

    def test_one_that_never_ran_has_no_state_to_keep(self) -> None:
        known = {"id": self.SUSPENDED.id, "observedGeneration": 1}
        resource = going(notes={"deletion-policy": "Suspend"}, status=known)
        unasked = detail_query([], snapshot(self.SUSPENDED), [self.RESOURCE]).histories
        asked = detail_query([], snapshot(self.SUSPENDED), [resource]).histories
        assert not unasked
        assert asked == {("default", self.SUSPENDED.id)}
        vvp = snapshot(
            self.SUSPENDED,
            savepoints={self.SUSPENDED.id: []},
            never_ran=frozenset({self.SUSPENDED.id}),
        )
        assert is_delete(decided(resource, vvp))
