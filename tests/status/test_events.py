"""Events: our own on a change only, VVP's once each."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from builders import (
    NOW,
    REMOVED,
    applied,
    at,
    changed,
    decided,
    desired,
    going,
    in_sync,
    manifest,
    note_at,
    observed,
    snapshot,
    status,
)
from vpsync.errors import PlatformFault, PlatformRejected
from vpsync.model.change import FieldChange
from vpsync.model.decision import InSync, Invalid
from vpsync.model.event import Event
from vpsync.model.finding import Finding
from vpsync.model.outcome import Failed, Result
from vpsync.model.resource import Manifest, annotation
from vpsync.planning.ownership.marker import OWNER
from vpsync.status.conditions import concluded
from vpsync.status.events import FIRST_SIGHT_COUNT, mirrored_events, own_events
from vpsync.status.patches import status_patch

STOPPED = {"/spec/state": "CANCELLED", "/status/state": "CANCELLED"}


def told(result: Result) -> list[tuple[str, str, bool]]:
    return [(event.reason, event.action, event.warning) for event in own_events(result)]


class TestOurOwn:
    CHANGES: tuple[Any, ...] = (
        (applied(manifest(), observed(manifest())), ("Created", "Create")),
        (
            applied(
                manifest(
                    generation=2, status=status(), edits={"/spec/template/spec/parallelism": 9}
                ),
                observed(manifest()),
                snapshot(observed(manifest())),
            ),
            ("Updated", "Update"),
        ),
        (
            applied(
                manifest(status=status()),
                observed(manifest()),
                snapshot(observed(manifest(), {"/metadata/labels/team": "x"})),
            ),
            ("DriftCorrected", "Update"),
        ),
        (
            applied(manifest(), observed(manifest()), snapshot(observed(manifest(), marked=False))),
            ("Adopted", "Adopt"),
        ),
        (
            applied(going(), observed(manifest()), snapshot(observed(manifest()))),
            ("Cancelled", "Delete"),
        ),
        (applied(going(), None, snapshot(observed(manifest(), STOPPED))), ("Deleted", "Delete")),
    )

    @pytest.mark.parametrize(("result", "expected"), CHANGES, ids=lambda item: str(item)[:20])
    def test_tell_what_was_done(self, result: Result, expected: tuple[str, str]) -> None:
        assert told(result) == [(*expected, False)]

    def test_name_the_fields_that_changed_and_no_value(self) -> None:
        drifted = observed(
            manifest(), {"/spec/template/spec/flinkConfiguration/state.backend": "CANARY"}
        )
        [event] = own_events(
            applied(manifest(status=status()), observed(manifest()), snapshot(drifted))
        )
        assert event.note == (
            "put back default/orders in VVP: was changed in VVP "
            "(/spec/template/spec/flinkConfiguration/state.backend)"
        )

    @pytest.mark.parametrize(
        ("policy", "begins"), [("Delete", "cancelling "), ("Suspend", "suspending ")]
    )
    def test_of_a_job_that_is_stopped_for_a_deletion_do_not_say_that_it_has_ended(
        self, policy: str, begins: str
    ) -> None:
        resource = going(notes={"deletion-policy": policy})
        before = observed(manifest())
        [event] = own_events(applied(resource, before, snapshot(before)))
        assert event.note.startswith(f"{begins}default/orders in VVP: ")

    def test_name_five_fields_and_count_the_rest(self) -> None:
        before = observed(manifest(), {f"/metadata/labels/l{number}": "x" for number in range(8)})
        resource = manifest(edits={f"/metadata/labels/l{number}": "y" for number in range(8)})
        [event] = own_events(applied(resource, observed(resource), snapshot(before)))
        assert event.note.endswith("/metadata/labels/l4 and 3 more)")

    def test_say_that_a_job_was_stopped_in_vvp(self) -> None:
        result = applied(
            manifest(status=status()), observed(manifest()), snapshot(observed(manifest(), STOPPED))
        )
        assert "was stopped in VVP" in own_events(result)[0].note

    def test_are_none_where_nothing_was_done(self) -> None:
        for result in (
            concluded(in_sync(manifest(), snapshot(observed(manifest())))),
            concluded(changed(manifest())),
            concluded(decided(manifest(edits={"/deploymentTargetName": "gone"}))),
        ):
            assert own_events(result) == []

    def test_are_none_for_a_failure_that_is_tried_again(self) -> None:
        change = changed(manifest())
        assert own_events(concluded(change, Failed(change, PlatformFault("500")))) == []

    def test_have_a_stamp_that_is_the_same_for_the_same_change(self) -> None:
        first, second = (own_events(applied(manifest(), observed(manifest()))) for _ in range(2))
        assert first == second

    def test_have_a_stamp_of_their_own_for_each_change(self) -> None:
        stamps = [own_events(result)[0].stamp for result, _ in self.CHANGES]
        stamps += [
            own_events(
                applied(
                    manifest(status=status()),
                    observed(manifest()),
                    snapshot(
                        observed(
                            manifest(),
                            {"/metadata/labels/team": "x", "/metadata/resourceVersion": version},
                        )
                    ),
                )
            )[0].stamp
            for version in (8, 9)
        ]
        assert len(set(stamps)) == len(stamps)


class TestTheEndOfADeletion:
    def test_is_told(self) -> None:
        [event] = own_events(concluded(decided(going())))
        assert (event.reason, event.warning) == ("Released", False)
        assert event.note == "the deletion is complete: VVP no longer has default/orders"

    def test_that_leaves_vvp_alone_is_a_warning(self) -> None:
        seen = observed(manifest(), owner="theirs")
        [event] = own_events(concluded(decided(going(), snapshot(seen))))
        assert (event.reason, event.warning) == ("LeftAlone", True)
        assert "theirs" in event.note

    def test_that_is_not_ours_to_end_is_not_told(self) -> None:
        assert own_events(concluded(decided(going(finalizers=("another",))))) == []


class TestATrouble:
    REFUSAL = PlatformRejected("PATCH: 400: no such jar")

    def refused(self, resource: Manifest) -> Result:
        vvp = snapshot(observed(manifest(), {"/metadata/labels/team": "x"}))
        change = changed(resource, vvp)
        return concluded(change, Failed(change, self.REFUSAL))

    def test_is_a_warning_in_vvps_own_words(self) -> None:
        [event] = own_events(self.refused(manifest()))
        assert (event.reason, event.warning) == ("Rejected", True)
        assert event.note == "PATCH: 400: no such jar"

    def test_is_told_once(self) -> None:
        result = self.refused(manifest())
        assert own_events(result)
        known = replace(result.manifest, status=status_patch(result, snapshot(), at()))
        vvp = snapshot(observed(manifest(), {"/metadata/labels/team": "x"}))
        assert own_events(concluded(decided(known, vvp))) == []

    def test_is_told_again_when_it_is_another(self) -> None:
        vvp = snapshot(observed(manifest(), owner="theirs"))
        known = status_patch(concluded(decided(manifest(), vvp)), vvp, at())
        other = snapshot(observed(manifest(), owner="somebody-else"))
        assert own_events(concluded(decided(manifest(status=known), vvp))) == []
        assert len(own_events(concluded(decided(manifest(status=known), other)))) == 1

    def test_of_a_manifest_is_told_in_the_schemas_own_words(self) -> None:
        findings = (Finding("/spec/a", "is required"), Finding("/spec/b", "must be a number"))
        [event] = own_events(concluded(Invalid(manifest(), findings)))
        assert event.note == "/spec/a: is required; /spec/b: must be a number"
        assert (event.reason, event.warning) == ("InvalidSpec", True)

    def test_that_a_job_failed_is_told(self) -> None:
        vvp = snapshot(observed(manifest(), {"/status": {"state": "FAILED"}}))
        assert told(concluded(decided(manifest(), vvp))) == [("JobFailed", "Reconcile", True)]


def vvp_event(number: int, offset: float, **members: Any) -> dict[str, Any]:
    metadata = {
        "id": f"e-{number}",
        "name": "JOB_SUCCESSFULLY_STARTED",
        "createdAt": at(offset),
        "deploymentId": "id-of-orders",
        "jobId": "job-1",
    }
    return {"metadata": {**metadata, **members}, "spec": {"message": f"message {number}"}}


def remembering(last: str, *posted: str, **members: Any) -> Manifest:
    """A resource with events mirrored up to a time."""
    notes = {"last-event-timestamp": last}
    return manifest(notes=notes, status={**status(), "lastEventIds": list(posted)}, **members)


def stamps(events: tuple[Event, ...]) -> list[str]:
    return [event.stamp for event in events]


class TestVvpsAtFirstSight:
    def test_are_those_of_the_last_hour(self) -> None:
        items = [vvp_event(1, -3_601), vvp_event(2, -3_600), vvp_event(3, -1)]
        assert stamps(mirrored_events(manifest(), items, NOW).events) == ["vvp/e-2", "vvp/e-3"]

    def test_are_the_newest_twenty_of_them(self) -> None:
        items = [vvp_event(number, number - 1_000) for number in range(100)]
        mirrored = mirrored_events(manifest(), items, NOW)
        expected = [f"vvp/e-{number}" for number in range(80, 100)]
        assert (len(expected), stamps(mirrored.events)) == (FIRST_SIGHT_COUNT, expected)

    def test_remember_the_newest_of_all_although_none_was_posted(self) -> None:
        mirrored = mirrored_events(manifest(), [vvp_event(1, -9_000), vvp_event(2, -8_000)], NOW)
        assert (mirrored.events, mirrored.last, mirrored.last_ids) == ((), at(-8_000), ("e-2",))

    def test_are_none_where_vvp_has_none(self) -> None:
        mirrored = mirrored_events(manifest(), [], NOW)
        assert (mirrored.events, mirrored.last, mirrored.last_ids) == ((), "", ())

    def test_are_meant_by_a_memory_that_cannot_be_read(self) -> None:
        items = [vvp_event(1, -9_000), vvp_event(2, -10)]
        assert stamps(mirrored_events(remembering("soon"), items, NOW).events) == ["vvp/e-2"]


class TestVvpsLaterOn:
    def test_are_those_that_follow_the_last_one(self) -> None:
        items = [vvp_event(number, number * 10 - 100) for number in range(5)]
        mirrored = mirrored_events(remembering(at(-80), "e-2"), items, NOW)
        assert stamps(mirrored.events) == ["vvp/e-3", "vvp/e-4"]
        assert (mirrored.last, mirrored.last_ids) == (at(-60), ("e-4",))

    def test_are_not_bounded_by_number_or_age(self) -> None:
        items = [vvp_event(number, number - 90_000) for number in range(100)]
        mirrored = mirrored_events(remembering(at(-100_000)), items, NOW)
        assert len(mirrored.events) == 100

    def test_with_equal_timestamps_are_told_apart(self) -> None:
        items = [vvp_event(1, -10), vvp_event(2, -10), vvp_event(3, -10)]
        mirrored = mirrored_events(remembering(at(-10), "e-1", "e-3"), items, NOW)
        assert stamps(mirrored.events) == ["vvp/e-2"]
        assert mirrored.last_ids == ("e-1", "e-2", "e-3")

    def test_are_told_once_each_over_many_passes(self) -> None:
        items = [vvp_event(number, (number // 3) * 10 - 100) for number in range(12)]
        resource, posted = manifest(), list[str]()
        for known in range(1, len(items) + 1):
            mirrored = mirrored_events(resource, items[:known], NOW)
            posted += stamps(mirrored.events)
            resource = remembering(mirrored.last, *mirrored.last_ids)
        assert posted == [f"vvp/e-{number}" for number in range(12)]

    @pytest.mark.parametrize("order", list(permutations(range(4))))
    def test_do_not_depend_on_the_order_of_the_list(self, order: tuple[int, ...]) -> None:
        items = [vvp_event(1, -30), vvp_event(2, -20), vvp_event(3, -20), vvp_event(4, -10)]
        shuffled = mirrored_events(manifest(), [items[index] for index in order], NOW)
        assert shuffled == mirrored_events(manifest(), items, NOW)

    def test_are_none_when_nothing_is_new(self) -> None:
        items = [vvp_event(1, -20), vvp_event(2, -10)]
        assert mirrored_events(remembering(at(-10), "e-2"), items, NOW).events == ()

    def test_are_compared_by_time_and_not_by_text(self) -> None:
        items = [vvp_event(1, 0, createdAt="2025-06-15T17:06:30.5+02:00")]
        before, after = remembering("2025-06-15T15:06:30Z"), remembering("2025-06-15T15:06:31Z")
        assert len(mirrored_events(before, items, NOW).events) == 1
        assert mirrored_events(after, items, NOW).events == ()


class TestOneOfVvps:
    def mirrored(self, **members: Any) -> Event:
        [event] = mirrored_events(manifest(), [vvp_event(1, -10, **members)], NOW).events
        return event

    def test_keeps_name_words_time_and_ids(self) -> None:
        event = self.mirrored()
        assert (event.reason, event.note) == ("JOB_SUCCESSFULLY_STARTED", "message 1")
        assert (event.at, event.action, event.warning) == (at(-10), "Mirror", False)
        assert event.annotations == {
            annotation("id"): "e-1",
            annotation("deployment-id"): "id-of-orders",
            annotation("job-id"): "job-1",
        }

    @pytest.mark.parametrize(
        "name",
        [
            "TOO_MANY_FAILED_JOB_CREATION_ATTEMPTS",
            "TERMINATING_A_JOB_DUE_TO_AN_UNRECOVERABLE_FAILURE",
            "RESOURCE_QUOTA_EXCEEDED",
            "COULD_NOT_FIND_A_JOB_TO_SUSPEND",
            "FAILED_TO_STOP_SESSION_CLUSTER",
            "MULTIPLE_NON_TERMINAL_JOBS",
            "JOB_IS_NOT_CONFIGURED_WITH_SAVEPOINT_SUPPORT",
        ],
    )
    def test_that_tells_of_trouble_is_a_warning(self, name: str) -> None:
        assert self.mirrored(name=name).warning

    @pytest.mark.parametrize(
        "name", ["STATE_TRANSITION_IS_COMPLETED", "TRANSITIONED_TO_FINISHED_STATE", "EXTERNAL"]
    )
    def test_that_tells_of_none_is_normal(self, name: str) -> None:
        assert not self.mirrored(name=name).warning

    @pytest.mark.parametrize("name", [None, ""])
    def test_without_a_name_has_one_all_the_same(self, name: str | None) -> None:
        assert self.mirrored(name=name).reason == "EXTERNAL"

    @pytest.mark.parametrize(
        ("name", "reason"),
        [("A NAME", "A_NAME"), ("9_LIVES", "9_LIVES"), ("a/b:c", "a_b_c"), ("x" * 200, "x" * 128)],
    )
    def test_has_a_reason_that_kubernetes_takes(self, name: str, reason: str) -> None:
        assert self.mirrored(name=name).reason == reason

    def test_without_words_says_its_name(self) -> None:
        [event] = mirrored_events(
            manifest(), [{"metadata": vvp_event(1, -10)["metadata"], "spec": {}}], NOW
        ).events
        assert event.note == "JOB_SUCCESSFULLY_STARTED"

    def test_says_nothing_of_a_password(self) -> None:
        item = vvp_event(1, -10)
        item["spec"]["message"] = "cannot reach s3://key:CANARY@store, password=CANARY"
        [event] = mirrored_events(manifest(), [item], NOW).events
        assert "CANARY" not in event.note


def test_an_object_that_bears_a_foreign_marker_is_never_spoken_of_but_by_its_holder() -> None:
    seen = observed(manifest(), {"/metadata/labels/team": "CANARY"}, owner="theirs")
    [event] = own_events(concluded(decided(manifest(), snapshot(seen))))
    assert "CANARY" not in event.note
    assert "theirs" in event.note


def test_a_record_that_is_renewed_is_told_without_a_field() -> None:
    seen = observed(manifest(), {note_at(OWNER): REMOVED})
    resource = manifest(status=status(id="id-of-orders"))
    [event] = own_events(applied(resource, observed(manifest()), snapshot(seen)))
    assert event.note == (
        "changed default/orders in VVP: our marker on it was removed by hand; it is rewritten"
    )


class TestAFieldThatVvpDoesNotKeep:
    UNKEPT = FieldChange(("spec", "jobFailureExpirationTime"), None, "2h")

    def said(self, resource: Manifest) -> list[Event]:
        decision = InSync(desired(resource), observed(resource), (self.UNKEPT,))
        return own_events(concluded(decision))

    def test_is_told_by_a_warning_that_names_it(self) -> None:
        [event] = self.said(manifest(status=status()))
        assert (event.reason, event.warning) == ("NotKept", True)
        assert event.note.startswith("VVP does not keep /spec/jobFailureExpirationTime: ")

    def test_is_told_once(self) -> None:
        resource = manifest(status=status())
        decision = InSync(desired(resource), observed(resource), (self.UNKEPT,))
        conditions = concluded(decision).conditions or ()
        told = [condition.as_json(1, at(), None) for condition in conditions]
        assert self.said(manifest(status={**status(), "conditions": told})) == []
