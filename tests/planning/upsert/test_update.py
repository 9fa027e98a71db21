"""VVP objects that are there: what is sent, what only shows, and what is not ours to change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from builders import (
    REMOVED,
    Edits,
    blocked,
    changed,
    desired,
    going,
    in_sync,
    manifest,
    note_at,
    observed,
    own_notes,
    released,
    sent,
    snapshot,
    status,
    target,
)
from vpsync.model.change import Action, Cause, Change, Effect, Verb
from vpsync.model.observed import Observed
from vpsync.model.options import Adopt
from vpsync.model.reasons import Reason
from vpsync.model.resource import Manifest, annotation
from vpsync.planning.ownership.history import declaration
from vpsync.planning.ownership.managed_fields import MANAGED, managed_text
from vpsync.planning.ownership.marker import OWNER, marker_for, read_marker

KNOWN = status(id="id-of-orders")
OPTION = "/spec/template/spec/flinkConfiguration/state.backend"
MARKER_AT, RECORD_AT = note_at(OWNER), note_at(MANAGED)


def held(edits: Edits | None = None, resource: Manifest | None = None, **how: Any) -> Observed:
    return observed(resource or manifest(), edits, **how)


def declared_in(change: Change) -> str:
    """What the marker of a change tells that a file declared."""
    marker = read_marker(change.metadata[OWNER])
    assert marker is not None
    return marker.declared


class TestAChange:
    def test_is_a_patch_of_what_differs_with_marker_and_record(self) -> None:
        resource = manifest(edits={OPTION: "hashmap"}, generation=2, status=KNOWN)
        change = changed(resource, snapshot(held()))
        assert (change.action, change.verb) == (Action.UPDATE, Verb.PATCH)
        assert change.patch() == {
            "metadata": {"annotations": own_notes(resource)},
            "spec": {"template": {"spec": {"flinkConfiguration": {"state.backend": "hashmap"}}}},
        }

    def test_shows_both_sides(self) -> None:
        change = changed(manifest(), snapshot(held({OPTION: "hashmap"})))
        [field] = change.fields
        assert (field.pointer, field.before, field.after) == (OPTION, "hashmap", "rocksdb")

    def test_addresses_the_object_that_was_read(self) -> None:
        seen = held({OPTION: "hashmap"}, identity="another-id")
        assert changed(manifest(), snapshot(seen)).observed is seen

    def test_removes_a_key_that_is_declared_no_more(self) -> None:
        before = manifest(edits={"/spec/template/spec/flinkConfiguration/gone": "x"})
        change = changed(manifest(), snapshot(held(resource=before)))
        assert sent(change) == {"/spec/template/spec/flinkConfiguration/gone": None}

    def test_leaves_alone_what_somebody_else_set(self) -> None:
        in_sync(manifest(), snapshot(held({"/spec/template/spec/flinkConfiguration/theirs": "x"})))

    @pytest.mark.parametrize("record", ["nonsense", "{}", 5, None, managed_text([("spec",)])[:-1]])
    def test_removes_nothing_on_the_word_of_a_record_that_was_edited(self, record: Any) -> None:
        before = manifest(edits={"/spec/template/spec/flinkConfiguration/gone": "x"})
        change = changed(manifest(), snapshot(held({RECORD_AT: record}, before)))
        assert (change.cause, change.fields) == (Cause.RECORD, ())
        assert "our record of managed fields was" in change.reason
        assert "by hand" in change.reason

    def test_removes_nothing_on_the_word_of_a_record_on_an_object_that_is_not_ours(self) -> None:
        before = manifest(edits={"/spec/template/spec/flinkConfiguration/gone": "x"})
        change = changed(manifest(), snapshot(held({MARKER_AT: REMOVED}, before)))
        assert (change.action, change.fields) == (Action.ADOPT, ())

    @pytest.mark.parametrize("value", [False, 0, "", []])
    def test_sends_false_zero_and_empty_values(self, value: Any) -> None:
        resource = manifest(edits={"/spec/custom": value})
        before = held({"/spec/custom": "something"}, resource)
        assert sent(changed(resource, snapshot(before))) == {"/spec/custom": value}

    def test_releases_a_structural_field_and_writes_the_record_only(self) -> None:
        resource = manifest(edits={"/spec/template/spec/parallelism": REMOVED})
        change = changed(resource, snapshot(held()))
        assert (change.cause, change.effect, change.fields) == (Cause.RECORD, Effect.NONE, ())
        assert change.metadata == own_notes(resource)


class TestTheCause:
    def test_is_the_manifest_where_its_generation_is_new(self) -> None:
        resource = manifest(edits={OPTION: "hashmap"}, generation=2, status=KNOWN)
        assert changed(resource, snapshot(held())).cause is Cause.INTENT

    def test_is_the_manifest_where_the_last_pass_could_not_send_it(self) -> None:
        waiting = status("False", "False", reason=Reason.RetryNextPass)
        assert (
            changed(manifest(status=waiting), snapshot(held({OPTION: "x"}))).cause is Cause.INTENT
        )

    def test_is_drift_where_vvp_held_this_generation_before(self) -> None:
        change = changed(manifest(status=KNOWN), snapshot(held({OPTION: "hashmap"})))
        assert (change.cause, change.reason) == (Cause.DRIFT, "was changed in VVP")

    @pytest.mark.parametrize("stopped", ["CANCELLED", "SUSPENDED"])
    def test_says_that_a_job_was_stopped(self, stopped: str) -> None:
        seen = held({"/spec/state": stopped, "/status/state": stopped})
        change = changed(manifest(status=KNOWN), snapshot(seen))
        assert (change.cause, change.effect) == (Cause.DRIFT, Effect.START)
        assert change.reason == "was stopped in VVP"

    def test_is_for_a_file_what_its_marker_tells(self) -> None:
        before = manifest(in_file=True)
        seen = snapshot(held({OPTION: "x"}, before))
        assert changed(before, seen).cause is Cause.DRIFT
        after = manifest(in_file=True, edits={OPTION: "hashmap"})
        assert changed(after, seen).cause is Cause.INTENT
        older = marker_for(before, "default/orders", "default").text()
        assert changed(before, snapshot(held({OPTION: "x", MARKER_AT: older}, before))).cause is (
            Cause.INTENT
        )

    def test_of_a_write_that_leaves_something_for_later_is_not_in_the_marker_of_a_file(
        self,
    ) -> None:
        before = manifest(in_file=True)
        after = manifest(in_file=True, edits={OPTION: "hashmap", "/spec/state": "CANCELLED"})
        busy = held({"/status/state": "TRANSITIONING"}, before)
        change = changed(after, snapshot(busy))
        assert [item.pointer for item in change.fields] == ["/spec/state"]
        assert declared_in(change) == declaration(desired(before))
        whole = changed(after, snapshot(held({}, before)))
        assert declared_in(whole) == declaration(desired(after))

    @pytest.mark.parametrize(
        "edits", [{MARKER_AT: REMOVED}, {RECORD_AT: REMOVED}, {RECORD_AT: managed_text([])}]
    )
    def test_is_the_record_where_no_value_differs(self, edits: Edits) -> None:
        change = changed(manifest(status=KNOWN), snapshot(held(edits)))
        assert (change.action, change.cause, change.effect) == (
            Action.UPDATE,
            Cause.RECORD,
            Effect.NONE,
        )
        assert change.fields == ()

    @pytest.mark.parametrize(
        ("edits", "told"),
        [
            ({RECORD_AT: "nonsense"}, "our record of managed fields was edited by hand"),
            ({RECORD_AT: REMOVED}, "our record of managed fields was removed by hand"),
            ({MARKER_AT: "nonsense"}, "our marker on it was edited by hand"),
            ({MARKER_AT: REMOVED}, "our marker on it was removed by hand"),
            ({MARKER_AT: REMOVED, RECORD_AT: REMOVED}, "our record of managed fields is updated"),
            ({RECORD_AT: managed_text([])}, "our record of managed fields is updated"),
        ],
    )
    @pytest.mark.parametrize("option", ["rocksdb", "hashmap"])
    def test_says_what_somebody_did_to_our_annotations(
        self, edits: Edits, told: str, option: str
    ) -> None:
        resource = manifest(status=KNOWN)
        change = changed(resource, snapshot(held({**edits, OPTION: option})))
        if option == "rocksdb":
            assert change.reason.startswith(told)
        elif "hand" in told:
            assert f"was changed in VVP; {told}" in change.reason
        else:
            assert change.reason == "was changed in VVP"

    def test_a_record_that_was_too_long_is_not_written_again(self) -> None:
        options = {f"/spec/template/spec/flinkConfiguration/option.{n}": "x" for n in range(2000)}
        resource = manifest(edits=options, status=KNOWN)
        seen = observed(resource)
        assert '"below"' in str(seen.annotations[MANAGED])
        in_sync(resource, snapshot(seen))
        fewer = changed(manifest(status=KNOWN), snapshot(seen))
        assert (fewer.cause, fewer.fields) == (Cause.RECORD, ())

    def test_a_record_that_is_up_to_date_is_not_written_again(self) -> None:
        in_sync(manifest(generation=9, status=KNOWN), snapshot(held()))


class TestTheUid:
    def test_of_a_resource_replaces_the_missing_one_of_a_file(self) -> None:
        change = changed(manifest(), snapshot(held(resource=manifest(in_file=True))))
        assert change.cause is Cause.RECORD
        assert change.metadata == own_notes(manifest())

    def test_is_never_changed_by_a_file(self) -> None:
        in_sync(manifest(in_file=True), snapshot(held()))
        change = changed(manifest(in_file=True), snapshot(held({OPTION: "x"})))
        written = read_marker(change.metadata[OWNER])
        assert written is not None
        assert written.uid == "uid-of-orders"

    def test_of_a_copy_is_not_taken_over_by_a_file(self) -> None:
        copy = marker_for(manifest(), "default/original", "default").text()
        change = changed(manifest(in_file=True), snapshot(held({MARKER_AT: copy})))
        written = read_marker(change.metadata[OWNER])
        assert written is not None
        assert (change.action, written.uid) == (Action.ADOPT, "")


class TestARejection:
    REFUSED = status("False", "False", reason=Reason.Rejected)

    def test_is_remembered_and_nothing_is_sent(self) -> None:
        decision = blocked(manifest(status=self.REFUSED), snapshot(held({OPTION: "x"})))
        assert (decision.reason, decision.message) == (Reason.Rejected, "as it was")

    def test_is_forgotten_when_the_resource_changes(self) -> None:
        changed(manifest(status=self.REFUSED, generation=2), snapshot(held({OPTION: "x"})))

    def test_is_forgotten_when_another_attempt_is_asked_for(self) -> None:
        resource = manifest(status=self.REFUSED, notes={"reconcile-requested-at": "now"})
        changed(resource, snapshot(held({OPTION: "x"})))

    def test_stands_when_the_request_was_acted_on(self) -> None:
        known = {**self.REFUSED, "lastHandled": {"reconcile-requested-at": "now"}}
        resource = manifest(status=known, notes={"reconcile-requested-at": "now"})
        assert blocked(resource, snapshot(held({OPTION: "x"}))).reason is Reason.Rejected

    def test_is_over_when_vvp_holds_what_is_declared(self) -> None:
        in_sync(manifest(status=self.REFUSED), snapshot(held()))

    def test_of_an_old_server_stands_in_the_same_way(self) -> None:
        refused = status("False", "False", reason=Reason.Unsupported)
        resource = manifest("VpDeploymentTarget", status=refused)
        decision = blocked(resource, snapshot(target(edits={"/metadata/labels/team": "x"})))
        assert decision.reason is Reason.Unsupported


class TestAdoption:
    def test_of_an_equal_object_writes_marker_and_record_only(self) -> None:
        change = changed(manifest(), snapshot(held(marked=False)))
        assert (change.action, change.effect, change.fields) == (Action.ADOPT, Effect.NONE, ())
        assert change.metadata == own_notes(manifest())

    def test_does_not_mind_what_is_not_declared(self) -> None:
        seen = held({"/spec/template/spec/flinkConfiguration/theirs": "x"}, marked=False)
        assert changed(manifest(), snapshot(seen)).action is Action.ADOPT

    @pytest.mark.parametrize(
        "edits",
        [
            {OPTION: "hashmap"},
            {OPTION: REMOVED},
            {"/metadata/labels/team": "x"},
            {"/spec/state": "CANCELLED"},
            {"/spec/deploymentTargetId": "another"},
        ],
    )
    def test_of_an_object_that_differs_is_refused(self, edits: Edits) -> None:
        decision = blocked(manifest(), snapshot(held(edits, marked=False)))
        assert decision.reason is Reason.NotOwned
        assert decision.observed is None
        assert next(iter(edits)) in decision.message

    def test_shows_no_value_of_an_object_that_is_not_ours(self) -> None:
        seen = held({OPTION: "CANARY"}, marked=False)
        assert "CANARY" not in blocked(manifest(), snapshot(seen)).message

    def test_names_three_differences_and_counts_the_rest(self) -> None:
        seen = held({"/metadata/labels": {}, "/spec/template/spec": {}}, marked=False)
        assert " and 2 more; " in blocked(manifest(), snapshot(seen)).message

    def test_of_a_copy_with_somebody_elses_marker_follows_the_same_rules(self) -> None:
        copy = marker_for(manifest("VpDeployment", "other"), "default/other", "theirs").text()
        assert changed(manifest(), snapshot(held({MARKER_AT: copy}))).action is Action.ADOPT
        seen = held({MARKER_AT: copy, OPTION: "x"})
        assert blocked(manifest(), snapshot(seen)).reason is Reason.NotOwned

    @pytest.mark.parametrize("edits", [{}, {OPTION: "x"}], ids=["equal", "differing"])
    def test_of_another_clusters_object_needs_somebodys_word(self, edits: Edits) -> None:
        twin, vvp = manifest(uid="another-uid"), snapshot(held(edits))
        found = blocked(twin, vvp)
        assert found.reason is Reason.NotOwned
        assert "--owner-id must differ between clusters" in found.message
        assert "nobody" not in found.message
        restored = manifest(uid="another-uid", notes={"adopt": "id-of-orders"})
        assert changed(restored, vvp).action is Action.ADOPT
        assert changed(twin, vvp, adopt=Adopt.ALWAYS).action is Action.ADOPT

    def test_of_another_clusters_object_is_not_its_deletion_either(self) -> None:
        assert released(going(uid="another-uid", status={}), snapshot(held())).left_alone

    @pytest.mark.parametrize("hint", ["id", "deployment-id"])
    def test_is_not_asked_for_by_a_hint_of_the_go_operator(self, hint: str) -> None:
        resource = manifest(notes={hint: "id-of-orders"})
        seen = held({OPTION: "x"}, marked=False)
        assert blocked(resource, snapshot(seen)).reason is Reason.NotOwned

    def test_of_an_equal_target_is_a_put(self) -> None:
        seen = observed(manifest("VpDeploymentTarget"), marked=False)
        change = changed(manifest("VpDeploymentTarget"), snapshot(seen))
        assert (change.action, change.verb) == (Action.ADOPT, Verb.PUT)

    def test_of_an_equal_failed_job_waits_until_it_may_be_touched(self) -> None:
        seen = held({"/status/state": "FAILED"}, marked=False)
        in_sync(manifest(), snapshot(seen))

    def test_of_an_equal_vvp_namespace_is_a_claim_in_the_status(self) -> None:
        resource = manifest("VpNamespace")
        decision = in_sync(resource, snapshot(observed(resource)))
        assert decision.observed.id == "analytics"

    @pytest.mark.parametrize("in_file", [False, True])
    def test_of_a_vvp_namespace_with_other_bindings_is_refused(self, in_file: bool) -> None:
        resource = manifest("VpNamespace", in_file=in_file)
        seen = observed(resource, {"/roleBindings": []})
        assert blocked(resource, snapshot(seen)).reason is Reason.NotOwned


class TestAForeignObject:
    @pytest.mark.parametrize("edits", [{}, {OPTION: "x"}])
    def test_is_never_touched(self, edits: Edits) -> None:
        decision = blocked(manifest(), snapshot(held(edits, owner="theirs")))
        assert decision.reason is Reason.NotOwned
        assert "belongs to team/orders of owner 'theirs'; " in decision.message

    def test_is_never_touched_whatever_the_annotations_claim(self) -> None:
        notes = {key: "id-of-orders" for key in ("id", "deployment-id")}
        resource = manifest(notes=notes, status=KNOWN)
        seen = held({OPTION: "x"}, owner="theirs")
        assert blocked(resource, snapshot(seen)).reason is Reason.NotOwned

    def test_shows_nothing_but_its_name_and_holder(self) -> None:
        decision = blocked(manifest(), snapshot(held({OPTION: "CANARY"}, owner="theirs")))
        assert decision.observed is None
        assert "CANARY" not in decision.message


class TestATarget:
    def test_takes_changed_labels_by_put(self) -> None:
        seen = target(edits={"/metadata/labels": {"team": "x"}})
        change = changed(manifest("VpDeploymentTarget"), snapshot(seen))
        assert (change.verb, change.effect) == (Verb.PUT, Effect.NONE)
        assert sent(change) == {"/metadata/labels/team": "orders"}

    @pytest.mark.parametrize("place", ["/spec/kubernetes/namespace", "/spec/other"])
    def test_with_a_changed_spec_is_immutable(self, place: str) -> None:
        resource = manifest("VpDeploymentTarget", edits={place: "changed"}, generation=2)
        decision = blocked(resource, snapshot(target()))
        assert decision.reason is Reason.Immutable
        assert place in decision.message
        assert decision.observed is not None

    def test_with_a_changed_spec_takes_no_other_change_either(self) -> None:
        edits = {"/spec/kubernetes/namespace": "changed", "/metadata/labels/team": "changed"}
        resource = manifest("VpDeploymentTarget", edits=edits, generation=2)
        assert blocked(resource, snapshot(target())).reason is Reason.Immutable

    def test_that_stops_to_declare_its_namespace_keeps_it(self) -> None:
        edits: Edits = {"/spec/kubernetes": {}}
        change = changed(manifest("VpDeploymentTarget", edits=edits), snapshot(target()))
        assert (change.cause, change.fields) == (Cause.RECORD, ())


class TestTheTargetOfADeployment:
    OTHER = target("other")
    ENDED = {"/spec/state": "SUSPENDED", "/status/state": "SUSPENDED"}
    STOPPED = {"/spec/state": "SUSPENDED"}

    def test_that_changed_is_sent_by_its_id_while_no_job_is_active(self) -> None:
        edits = {"/deploymentTargetName": "other", **self.STOPPED}
        change = changed(
            manifest(edits=edits, generation=2), snapshot(held(self.ENDED), self.OTHER)
        )
        assert sent(change) == {"/spec/deploymentTargetId": "id-of-other"}

    def test_that_changed_under_a_running_job_waits_for_consent(self) -> None:
        resource = manifest(edits={"/deploymentTargetName": "other"}, generation=2)
        vvp = snapshot(held(), self.OTHER)
        assert blocked(resource, vvp).reason is Reason.StateLoss
        for agreed in (
            changed(resource, vvp, confirm_state_loss=True),
            changed(replace(resource, annotations={annotation("confirm-state-loss"): "1"}), vvp),
        ):
            assert sent(agreed) == {"/spec/deploymentTargetId": "id-of-other"}
            assert agreed.effect is Effect.RESTART_WITH_SAVEPOINT

    def test_that_changed_under_a_job_without_state_is_sent(self) -> None:
        nothing = {"/spec/upgradeStrategy/kind": "STATELESS", "/spec/restoreStrategy/kind": "NONE"}
        resource = manifest(edits={"/deploymentTargetName": "other", **nothing}, generation=2)
        change = changed(resource, snapshot(held(nothing), self.OTHER))
        assert change.effect is Effect.RESTART_WITHOUT_SAVEPOINT

    def test_that_vvp_names_and_does_not_number_is_compared_by_its_id(self) -> None:
        by_name = {"/spec/deploymentTargetId": REMOVED, "/spec/deploymentTargetName": "jobs"}
        in_sync(manifest(), snapshot(held(by_name)))

    def test_that_vvp_names_and_that_changed_clears_the_name(self) -> None:
        by_name = {"/spec/deploymentTargetId": REMOVED, "/spec/deploymentTargetName": "other"}
        resource = manifest(edits=self.STOPPED)
        change = changed(resource, snapshot(held({**by_name, **self.ENDED}), self.OTHER))
        assert sent(change) == {
            "/spec/deploymentTargetId": "id-of-jobs",
            "/spec/deploymentTargetName": None,
        }

    def test_gives_way_to_a_session_cluster(self) -> None:
        edits = {"/deploymentTargetName": REMOVED, "/spec/sessionClusterName": "shared"}
        resource = manifest(edits={**edits, **self.STOPPED}, generation=2)
        change = changed(resource, snapshot(held(self.ENDED)))
        assert sent(change) == {
            "/spec/deploymentTargetId": None,
            "/spec/sessionClusterName": "shared",
        }

    def test_takes_the_place_of_a_session_cluster(self) -> None:
        edits = {"/deploymentTargetName": REMOVED, "/spec/sessionClusterName": "shared"}
        before = held(self.ENDED, resource=manifest(edits=edits))
        change = changed(manifest(edits=self.STOPPED, generation=2), snapshot(before))
        assert sent(change) == {
            "/spec/deploymentTargetId": "id-of-jobs",
            "/spec/sessionClusterName": None,
        }


class TestAVvpNamespace:
    RESOURCE = manifest("VpNamespace", status=status(id="analytics"))

    def test_takes_changed_bindings_by_put(self) -> None:
        seen = observed(self.RESOURCE, {"/roleBindings": []})
        change = changed(self.RESOURCE, snapshot(seen))
        assert (change.verb, change.metadata) == (Verb.PUT, {})
        assert sent(change) == {"/roleBindings": self.RESOURCE.spec["roleBindings"]}

    def test_that_stops_to_declare_bindings_is_cleared(self) -> None:
        cleared = manifest(
            "VpNamespace", edits={"/roleBindings": REMOVED}, status=status(id="analytics")
        )
        change = changed(cleared, snapshot(observed(self.RESOURCE)))
        assert sent(change) == {"/roleBindings": []}

    def test_with_the_same_bindings_in_another_order_is_in_sync(self) -> None:
        grouped = [{"role": "OWNER", "members": ["group:platform", "group:platform"]}]
        in_sync(self.RESOURCE, snapshot(observed(self.RESOURCE, {"/roleBindings": grouped})))
