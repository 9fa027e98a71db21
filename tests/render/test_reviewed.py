"""A reviewed plan is the same as the present one, or it is said in what they differ."""

from __future__ import annotations

import json
from typing import Any

import pytest

from builders import REMOVED, changed, manifest, observed, snapshot, status
from vpsync.errors import SettingsError
from vpsync.render.json import json_text, report_as_json
from vpsync.render.report import Report
from vpsync.render.reviewed import moved, read_plan
from vpsync.status.conditions import concluded

PARALLELISM = "/spec/template/spec/parallelism"
PASSWORD = "/spec/template/spec/flinkConfiguration/s3.secret-key"
VERSION = "/metadata/resourceVersion"


def plan_of(*changes: Any, **more: Any) -> dict[str, Any]:
    results = tuple(concluded(change) for change in changes)
    return report_as_json(Report(results, applied=False, **more))


def change(
    edits: dict[str, Any],
    held: dict[str, Any] | None = None,
    name: str = "orders",
    generation: int = 2,
) -> Any:
    resource = manifest(name=name, edits=edits, generation=generation, status=status())
    return changed(resource, snapshot(observed(manifest(name=name), held)))


THREE = {PARALLELISM: 3}


def difference(before: Any, now: Any) -> tuple[str, ...]:
    """What moved; the checksums agree with it."""
    plans = plan_of(before), plan_of(now)
    told = moved(*plans)
    assert (plans[0]["checksum"] != plans[1]["checksum"]) == bool(told)
    return told


class TestMoved:
    def test_nothing_where_the_same_is_planned_again(self) -> None:
        assert difference(change(THREE), change(THREE)) == ()

    def test_a_field_with_another_value(self) -> None:
        assert difference(change(THREE), change({PARALLELISM: 4})) == (
            f"VpDeployment team/orders: {PARALLELISM} was 2 → 3 and is 2 → 4",
        )

    def test_a_field_that_vvp_holds_otherwise(self) -> None:
        assert difference(change(THREE), change(THREE, {PARALLELISM: 9})) == (
            f"VpDeployment team/orders: {PARALLELISM} was 2 → 3 and is 9 → 3",
        )

    def test_a_field_that_came_or_went(self) -> None:
        label = "/metadata/labels/stage"
        more = change({**THREE, label: "x"})
        assert difference(change(THREE), more) == (
            f'VpDeployment team/orders: {label} was in sync and is null → "x"',
        )
        assert difference(more, change(THREE)) == (
            f'VpDeployment team/orders: {label} was null → "x" and is in sync',
        )

    def test_what_it_does_to_the_job(self) -> None:
        [told] = difference(change(THREE), change(THREE, {"/status/state": "SUSPENDED"}))
        assert told == (
            'VpDeployment team/orders: effect was "restart-with-savepoint" and is "none"'
        )

    def test_a_field_that_is_released(self) -> None:
        [told] = difference(change({"/metadata/labels/stage": "x"}),
                            change({"/metadata/labels/stage": "x", PARALLELISM: REMOVED}))  # fmt: skip
        assert told.startswith("VpDeployment team/orders: released was [] and is [")

    def test_another_object_of_the_same_name(self) -> None:
        resource = manifest(edits=THREE, generation=2, status=status())
        other = changed(resource, snapshot(observed(manifest(), identity="another")))
        [told] = difference(change(THREE), other)
        assert told == ('VpDeployment team/orders: id in VVP was "id-of-orders" and is "another"')

    def test_another_vvp(self) -> None:
        plans = [plan_of(change(THREE), vvp_url=f"https://{name}.example.com") for name in "ab"]
        [told] = moved(*plans)
        assert told.startswith("VpDeployment team/orders: url in VVP was ")

    def test_changes_that_appeared_and_vanished(self) -> None:
        one, other = change(THREE), change(THREE, name="other")
        assert moved(plan_of(one), plan_of(other)) == (
            f"VpDeployment team/orders: update of {PARALLELISM} is no longer planned",
            f"VpDeployment team/other: update of {PARALLELISM} is not in the plan",
        )

    def test_another_order(self) -> None:
        one, other = change(THREE), change(THREE, name="other")
        assert moved(plan_of(one, other), plan_of(other, one)) == (
            "the changes are in another order",
        )

    def test_not_the_words_for_people(self) -> None:
        plans = plan_of(change(THREE)), plan_of(change(THREE))
        plans[1]["changes"][0]["reason"] = "in other words"
        assert moved(*plans) == ()

    def test_not_the_versions_that_vvp_moves_by_itself(self) -> None:
        assert difference(change(THREE), change(THREE, {VERSION: 99}, generation=3)) == ()


class TestSecrets:
    """Their values are not in the file, so what they belong to must not have moved."""

    def test_of_a_cluster_count_by_their_generation_where_the_runs_have_other_keys(self) -> None:
        edits = {PASSWORD: "CANARY"}
        plans = [plan_of(change(edits), plan_keys={"default": key}) for key in (b"one", b"two")]
        assert moved(*plans) == ()
        later = plan_of(change(edits, generation=3), plan_keys={"default": b"two"})
        assert moved(plans[0], later) == ("VpDeployment team/orders: generation was 2 and is 3",)

    def test_are_the_same_where_nothing_moved(self) -> None:
        assert difference(change({PASSWORD: "CANARY"}), change({PASSWORD: "CANARY"})) == ()

    def test_leave_no_trace_in_the_file(self) -> None:
        texts = {json_text(plan_of(change({PASSWORD: value}))) for value in ("1234", "1235")}
        assert len(texts) == 1, "no digest either: a short secret could be found by trying"

    def test_of_a_resource_that_was_edited_are_not_the_reviewed_ones(self) -> None:
        [told] = difference(
            change({PASSWORD: "CANARY"}), change({PASSWORD: "another"}, generation=3)
        )
        assert told == "VpDeployment team/orders: generation was 2 and is 3"

    def test_of_an_object_that_was_edited_are_not_the_reviewed_ones(self) -> None:
        [told] = difference(
            change({PASSWORD: "CANARY"}, {PASSWORD: "old"}),
            change({PASSWORD: "CANARY"}, {PASSWORD: "new", VERSION: 4}),
        )
        assert told == "VpDeployment team/orders: resourceVersion in VVP was 3 and is 4"


class TestThePlanFile:
    @staticmethod
    def read(plan: Any) -> Any:
        text = plan if isinstance(plan, str) else json.dumps(plan)
        present = plan_of()
        return read_plan(
            text, tool=present["tool"], format_version=present["formatVersion"], owner_id="default"
        )

    def test_is_read_as_it_was_written(self) -> None:
        plan = plan_of(change(THREE), change({PASSWORD: "CANARY"}, name="other"))
        assert self.read(json_text(plan)) == plan

    @pytest.mark.parametrize(
        ("edit", "words"),
        [
            ({"formatVersion": "2.0"}, "has the format '2.0', this run has '1.0'"),
            ({"tool": "vpsync/0.0.0"}, "was made by 'vpsync/0.0.0', this run has 'vpsync/"),
            ({"ownerId": "east"}, "was made with --owner-id 'east', this run has 'default'"),
            ({"complete": False}, "is not complete"),
            ({"checksum": "sha256:0"}, "was edited: its checksum does not match"),
            ({"changes": []}, "was edited"),
            ({"changes": [{}]}, "was edited"),
            ({"changes": [1]}, "was edited"),
            ({"changes": {}}, "is not a plan"),
        ],
    )
    def test_is_refused_where_it_cannot_be_carried_out(
        self, edit: dict[str, Any], words: str
    ) -> None:
        with pytest.raises(SettingsError, match=words.split("'")[0].strip()) as refused:
            self.read({**plan_of(change(THREE)), **edit})
        assert words in str(refused.value)

    @pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, "--- yaml"])
    def test_that_is_none_is_refused(self, text: str) -> None:
        with pytest.raises(SettingsError, match="is not a plan; write one with `vpsync diff"):
            self.read(text)

    def test_with_two_changes_of_one_resource_is_refused(self) -> None:
        with pytest.raises(SettingsError, match="was edited"):
            self.read(plan_of(change(THREE), change(THREE)))
