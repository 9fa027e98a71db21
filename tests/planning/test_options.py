"""Annotations: what they ask for is done, and what means nothing stops at that resource."""

from __future__ import annotations

import pytest

from builders import (
    blocked,
    changed,
    going,
    in_sync,
    manifest,
    observed,
    released,
    savepoint,
    snapshot,
    status,
)
from vpsync.kinds import KINDS
from vpsync.model.annotating import taking_off
from vpsync.model.change import Action, Cause, Effect, Verb
from vpsync.model.options import Adopt, DriftMode
from vpsync.model.reasons import Reason
from vpsync.model.resource import Manifest
from vpsync.planning.options import read_options
from vpsync.planning.ownership.managed_fields import MANAGED
from vpsync.planning.ownership.marker import OWNER

PARALLELISM = "/spec/template/spec/parallelism"
SYNCED = status(id="id-of-orders")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("paused", "yes"),
        ("management-policy", "observe"),
        ("drift", "Warn"),
        ("deletion-policy", "orphan"),
        ("delete-contents", "1"),
        ("ignore-fields", "spec/template"),
        ("create-only-fields", ""),
    ],
)
def test_an_unknown_value_is_refused_and_nothing_is_done(name: str, value: str) -> None:
    resource = manifest(notes={name: value}, status=SYNCED)
    found = blocked(resource, snapshot(observed(resource, {PARALLELISM: 9})))
    assert found.reason is Reason.InvalidAnnotation
    assert name in found.message


def test_a_misspelt_deletion_policy_deletes_nothing() -> None:
    resource = going(notes={"deletion-policy": "Orpahn"})
    assert blocked(resource, snapshot(observed(resource))).reason is Reason.InvalidAnnotation


def test_a_snapshot_that_was_only_registered_cannot_have_its_data_deleted() -> None:
    edits = {"/spec": {"savepointLocation": "s3://elsewhere/1"}}
    resource = manifest("VpSavepoint", edits=edits, notes={"deletion-policy": "Delete"})
    found = blocked(resource)
    assert found.reason is Reason.InvalidAnnotation
    assert "only registered, choose one of Orphan" in found.message


@pytest.mark.parametrize(
    ("kind", "policy"),
    [(kind.name, "Orphan" if kind.name == "VpSavepoint" else "Delete") for kind in KINDS],
)
@pytest.mark.parametrize("notes", [{}, {"drift": "warn"}])
def test_the_deletion_policy_has_a_default_of_each_kind(
    kind: str, policy: str, notes: dict[str, str]
) -> None:
    assert read_options(manifest(kind, notes=notes)).deletion == policy


class TestPaused:
    @pytest.mark.parametrize("notes", [{"paused": "true"}, {"management-policy": "Observe"}])
    def test_shows_the_change_and_does_not_make_it(self, notes: dict[str, str]) -> None:
        resource = manifest(notes=notes, status=SYNCED)
        found = blocked(resource, snapshot(observed(resource, {PARALLELISM: 9})))
        assert found.reason is Reason.Paused
        assert "would update" in found.message

    def test_creates_nothing(self) -> None:
        assert blocked(manifest(notes={"paused": "true"})).reason is Reason.Paused

    def test_shows_no_object_that_is_not_ours_as_its_own(self) -> None:
        resource = manifest(notes={"paused": "true"})
        found = blocked(resource, snapshot(observed(resource, marked=False)))
        assert found.observed is None

    def test_holds_a_deletion_back_and_says_so(self) -> None:
        resource = going(notes={"paused": "true"})
        found = blocked(resource, snapshot(observed(resource)))
        assert found.reason is Reason.Paused
        assert "deletion waits" in found.message
        assert found.message.endswith(taking_off(resource, "paused"))

    def test_false_is_as_if_it_were_not_there(self) -> None:
        assert changed(manifest(notes={"paused": "false"})).action is Action.CREATE


class TestDrift:
    def drifted(self, **notes: str) -> Manifest:
        return manifest(notes=notes, status=SYNCED)

    def test_is_corrected_unless_told_otherwise(self) -> None:
        resource = self.drifted()
        change = changed(resource, snapshot(observed(resource, {PARALLELISM: 9})))
        assert change.cause is Cause.DRIFT

    def test_is_only_shown_under_warn(self) -> None:
        resource = self.drifted(drift="warn")
        found = blocked(resource, snapshot(observed(resource, {PARALLELISM: 9})))
        assert found.reason is Reason.Drifted
        assert PARALLELISM in found.message

    def test_stays_drift_in_the_passes_after_a_warning(self) -> None:
        shown = status(synced="False", reason=Reason.Drifted, id="id-of-orders")
        resource = manifest(notes={"drift": "warn"}, status=shown)
        found = blocked(resource, snapshot(observed(resource, {PARALLELISM: 9})))
        assert found.reason is Reason.Drifted

    def test_is_not_even_shown_under_ignore(self) -> None:
        resource = self.drifted(drift="ignore")
        in_sync(resource, snapshot(observed(resource, {PARALLELISM: 9})))

    def test_of_the_run_gives_way_to_the_resource(self) -> None:
        resource = self.drifted(drift="correct")
        vvp = snapshot(observed(resource, {PARALLELISM: 9}))
        assert changed(resource, vvp, drift=DriftMode.WARN).cause is Cause.DRIFT

    def test_does_not_hold_back_what_the_manifest_changed(self) -> None:
        before = manifest(notes={"drift": "warn"}, status=SYNCED)
        resource = manifest(
            edits={PARALLELISM: 5}, notes={"drift": "warn"}, generation=2, status=SYNCED
        )
        change = changed(resource, snapshot(observed(before, {PARALLELISM: 9})))
        assert change.cause is Cause.INTENT


class TestIgnoredFields:
    @pytest.mark.parametrize("name", ["ignore-fields", "create-only-fields"])
    def test_are_sent_at_creation(self, name: str) -> None:
        change = changed(manifest(notes={name: PARALLELISM}))
        assert change.patch()["spec"]["template"]["spec"]["parallelism"] == 2

    @pytest.mark.parametrize("name", ["ignore-fields", "create-only-fields"])
    def test_are_never_sent_again(self, name: str) -> None:
        resource = manifest(notes={name: f"{PARALLELISM}, /metadata/labels"}, status=SYNCED)
        vvp = snapshot(observed(resource, {PARALLELISM: 9, "/metadata/labels/team": "theirs"}))
        assert changed(resource, vvp).fields == (), "only the record, which leaves them out"

    def test_do_not_hide_others(self) -> None:
        resource = manifest(
            notes={"ignore-fields": "/spec/template/spec/parallelism"}, status=SYNCED
        )
        option = "/spec/template/spec/flinkConfiguration/state.backend"
        change = changed(resource, snapshot(observed(resource, {option: "hashmap"})))
        assert [field.pointer for field in change.fields] == [option]


class TestAdoption:
    def test_never_leaves_an_equal_object_alone(self) -> None:
        resource = manifest()
        found = blocked(resource, snapshot(observed(resource, marked=False)), adopt=Adopt.NEVER)
        assert found.reason is Reason.NotOwned

    def test_always_takes_a_differing_object_over(self) -> None:
        resource = manifest()
        vvp = snapshot(observed(resource, {PARALLELISM: 9}, marked=False))
        change = changed(resource, vvp, adopt=Adopt.ALWAYS)
        assert (change.action, change.effect) == (Action.ADOPT, Effect.RESTART_WITH_SAVEPOINT)

    def test_by_annotation_takes_that_one_object_whatever_differs(self) -> None:
        resource = manifest(notes={"adopt": "id-of-orders"})
        vvp = snapshot(observed(resource, {PARALLELISM: 9}, marked=False))
        assert changed(resource, vvp, adopt=Adopt.NEVER).action is Action.ADOPT

    def test_by_annotation_takes_no_other_object(self) -> None:
        resource = manifest(notes={"adopt": "another-id"})
        vvp = snapshot(observed(resource, {PARALLELISM: 9}, marked=False))
        assert blocked(resource, vvp).reason is Reason.NotOwned

    def test_never_overwrites_the_marker_of_another_owner(self) -> None:
        resource = manifest(notes={"adopt": "id-of-orders"})
        vvp = snapshot(observed(resource, owner="green"))
        assert blocked(resource, vvp, adopt=Adopt.ALWAYS).reason is Reason.NotOwned

    def test_always_does_not_delete_what_was_never_ours(self) -> None:
        resource = going(status={"observedGeneration": -1})
        vvp = snapshot(observed(resource, {PARALLELISM: 9}, marked=False))
        assert released(resource, vvp, adopt=Adopt.ALWAYS).left_alone


class TestOrphan:
    def test_takes_marker_and_record_off_and_nothing_else(self) -> None:
        resource = going(notes={"deletion-policy": "Orphan"})
        change = changed(resource, snapshot(observed(resource)))
        assert change.patch() == {"metadata": {"annotations": {OWNER: None, MANAGED: None}}}
        assert (change.action, change.verb, change.effect) == (
            Action.DELETE, Verb.PATCH, Effect.NONE,
        )  # fmt: skip

    def test_lets_go_once_they_are_off(self) -> None:
        resource = going(notes={"deletion-policy": "Orphan"})
        found = released(resource, snapshot(observed(resource, marked=False)))
        assert "stays in VVP" in found.message

    def test_leaves_a_vvp_namespace_as_it_is(self) -> None:
        resource = going("VpNamespace", notes={"deletion-policy": "Orphan"})
        assert "stays in VVP" in released(resource, snapshot(observed(resource))).message


class TestSuspend:
    NOTES = {"deletion-policy": "Suspend"}

    def test_suspends_a_running_job_first(self) -> None:
        resource = going(notes=self.NOTES)
        change = changed(resource, snapshot(observed(resource)))
        assert change.patch() == {"spec": {"state": "SUSPENDED"}}
        assert change.effect is Effect.STOP

    def test_deletes_only_after_the_savepoint_is_completed(self) -> None:
        resource = going(notes=self.NOTES)
        job = observed(resource, {"/spec/state": "SUSPENDED", "/status/state": "SUSPENDED"})
        taken = savepoint(edits={"/metadata/origin": "SUSPEND"})
        assert blocked(resource, snapshot(job)).reason is Reason.DeletionBlocked
        started = savepoint(state="STARTED", edits={"/metadata/origin": "SUSPEND"})
        vvp = snapshot(job, savepoints={job.id: (started,)})
        assert blocked(resource, vvp).reason is Reason.DeletionBlocked
        done = snapshot(job, savepoints={job.id: (taken,)})
        assert changed(resource, done).verb is Verb.DELETE

    def test_is_blocked_by_a_failed_job(self) -> None:
        resource = going(notes=self.NOTES)
        found = blocked(resource, snapshot(observed(resource, {"/status/state": "FAILED"})))
        assert found.reason is Reason.DeletionBlocked
        assert "deletion-policy" in found.message

    def test_deletes_a_job_that_came_to_its_end(self) -> None:
        resource = going(notes=self.NOTES)
        job = observed(resource, {"/spec/state": "CANCELLED", "/status/state": "CANCELLED"})
        assert changed(resource, snapshot(job)).verb is Verb.DELETE
