"""What a status remembers of earlier passes."""

from __future__ import annotations

from typing import Any

import pytest

from builders import Edits, at, desired, manifest, note_at, observed, status
from vpsync.model.annotating import RECONCILE
from vpsync.model.reasons import Reason
from vpsync.model.resource import Manifest
from vpsync.model.timestamps import seconds
from vpsync.planning.ownership.history import (
    is_changed,
    is_new,
    is_pending,
    rejection,
    waiting_since,
    was_synced,
)
from vpsync.planning.ownership.marker import OWNER

PARALLELISM = "/spec/template/spec/parallelism"

ASKED = {RECONCILE: "now"}
HANDLED = {"lastHandled": ASKED}
WAITING = [reason for reason in Reason if reason.waiting]
SETTLED = [reason for reason in Reason if not reason.waiting]


@pytest.mark.parametrize(
    ("notes", "known", "pending"),
    [
        ({}, {}, False),
        (ASKED, {}, True),
        (ASKED, {"lastHandled": None}, True),
        (ASKED, {"lastHandled": {RECONCILE: "before"}}, True),
        (ASKED, HANDLED, False),
        ({}, HANDLED, False),
        ({RECONCILE: ""}, {}, True),
    ],
)
def test_every_new_value_of_a_request_asks_once(
    notes: dict[str, str], known: dict[str, Any], pending: bool
) -> None:
    assert is_pending(manifest(notes=notes, status=known), RECONCILE) is pending


@pytest.mark.parametrize(
    ("known", "new"),
    [
        ({}, True),
        ({"observedGeneration": -1}, True),
        ({"observedGeneration": 0}, False),
        ({"observedGeneration": 1}, False),
    ],
)
def test_a_resource_is_new_until_a_pass_judged_it(known: dict[str, Any], new: bool) -> None:
    assert is_new(manifest(status=known)) is new


class TestAChange:
    def test_is_a_generation_that_no_pass_saw(self) -> None:
        assert is_changed(manifest(status=status(), generation=2))
        assert not is_changed(manifest(status=status(), generation=1))

    def test_is_a_request_that_no_pass_acted_on(self) -> None:
        assert is_changed(manifest(status=status(), notes=ASKED))
        assert not is_changed(manifest(status={**status(), **HANDLED}, notes=ASKED))

    @pytest.mark.parametrize("reason", WAITING)
    def test_is_one_that_was_seen_and_could_not_be_sent(self, reason: Reason) -> None:
        assert is_changed(manifest(status=status("False", "False", reason=reason)))

    @pytest.mark.parametrize("reason", SETTLED)
    def test_is_none_that_was_refused(self, reason: Reason) -> None:
        assert not is_changed(manifest(status=status("False", "False", reason=reason)))

    def test_is_none_while_vvp_carries_it_out(self) -> None:
        sent = status("False", "True", reason=Reason.Progressing)
        assert not is_changed(manifest(status=sent))

    def test_is_nothing_that_a_new_resource_can_have(self) -> None:
        assert not is_changed(manifest(generation=3, notes=ASKED))


def synced(resource: Manifest, edits: Edits | None = None) -> bool:
    """Whether VVP was seen to hold what the resource declares; ``edits`` are of its object."""
    return was_synced(desired(resource), observed(manifest(in_file=not resource.in_cluster), edits))


class TestSynced:
    def test_is_what_the_condition_says_of_this_generation(self) -> None:
        assert synced(manifest(status=status()))
        assert not synced(manifest(status=status(), generation=2))

    @pytest.mark.parametrize("value", ["False", "Unknown"])
    def test_is_not_what_was_not_true(self, value: str) -> None:
        assert not synced(manifest(status=status("True", value)))

    @pytest.mark.parametrize("known", [{}, {"conditions": None}, {"conditions": "odd"}])
    def test_is_not_what_nobody_said(self, known: dict[str, Any]) -> None:
        assert not synced(manifest(status=known))

    def test_is_for_a_file_what_its_marker_says_was_sent(self) -> None:
        assert synced(manifest(in_file=True), {PARALLELISM: 9})
        assert not synced(manifest(in_file=True, edits={PARALLELISM: 9}))
        assert not synced(manifest(in_file=True, edits={"/deploymentTargetName": "others"}))

    @pytest.mark.parametrize("marker", [None, "{}", "odd"])
    def test_is_not_for_a_file_what_no_marker_says(self, marker: str | None) -> None:
        assert not synced(manifest(in_file=True), {note_at(OWNER): marker})


class TestARejection:
    @pytest.mark.parametrize("reason", [Reason.Rejected, Reason.Unsupported])
    def test_is_remembered_with_its_words(self, reason: Reason) -> None:
        found = rejection(manifest(status=status("False", "False", reason=reason)))
        assert found is not None
        assert (found.reason, found.message) == (reason, "as it was")

    @pytest.mark.parametrize(
        "reason", [r for r in Reason if r not in (Reason.Rejected, Reason.Unsupported)]
    )
    def test_is_no_other_trouble(self, reason: Reason) -> None:
        assert rejection(manifest(status=status("False", "False", reason=reason))) is None

    def test_is_of_one_generation(self) -> None:
        known = status("False", "False", reason=Reason.Rejected)
        assert rejection(manifest(status=known, generation=2)) is None

    def test_ends_with_a_request(self) -> None:
        known = status("False", "False", reason=Reason.Rejected)
        assert rejection(manifest(status=known, notes=ASKED)) is None
        assert rejection(manifest(status={**known, **HANDLED}, notes=ASKED)) is not None


def test_waiting_began_when_the_condition_turned_true() -> None:
    waiting = status("False", reason=Reason.Progressing, since=-90)
    assert waiting_since(manifest(status=waiting)) == at(-90)
    assert waiting_since(manifest(status=status())) is None
    odd = {"conditions": [{"type": "Reconciling", "lastTransitionTime": 5}]}
    assert waiting_since(manifest(status=odd)) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:10Z", 10.0),
        ("1970-01-01T00:00:10.5Z", 10.5),
        ("1970-01-01T00:00:10.123456789Z", 10.123456),
        ("1970-01-01T01:00:10+01:00", 10.0),
        ("1970-01-01T00:00:10", 10.0),
        ("10500", 10.5),
        ("", None),
        ("soon", None),
        ("9" * 400, None),
        ("-5", None),
        ("١٢٣", None),
        (5, None),
        (None, None),
        (["1970-01-01T00:00:10Z"], None),
    ],
)
def test_a_timestamp_is_a_number_of_seconds_or_none(text: Any, expected: float | None) -> None:
    assert seconds(text) == expected
