"""A write carries what the manifest changed, and not the drift that the user left alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from builders import (
    blocked,
    changed,
    decided,
    desired,
    in_sync,
    manifest,
    note_at,
    observed,
    platform_of,
    policy,
    snapshot,
    status,
)
from vpsync.model.change import Cause, Verb
from vpsync.model.json import value_at
from vpsync.model.observed import Snapshot
from vpsync.model.options import DriftMode
from vpsync.model.reasons import Reason
from vpsync.planning.ownership.marker import OWNER, marker_for
from vpsync.planning.ownership.sent_values import LENGTH, MOST, sent_values

KNOWN = status(id="id-of-orders")
JAR = "/spec/template/spec/artifact/jarUri"
OPTION = "/spec/template/spec/flinkConfiguration/state.backend"
LEFT = pytest.mark.parametrize("mode", [DriftMode.WARN, DriftMode.IGNORE])


def drifted(mode: DriftMode, **edits: Any) -> Snapshot:
    """VVP departs in an option from what it was sent while drift was left alone."""
    before = manifest()
    marker = marker_for(before, str(platform_of(before)), "default")
    values = sent_values(desired(before), policy(drift=mode))
    text = replace(marker, values=values).text()
    return snapshot(observed(before, {note_at(OWNER): text, OPTION: "hashmap", **edits}))


def with_new_jar(**members: Any) -> Any:
    return manifest(edits={JAR: "s3://jobs/orders-2.jar"}, status=KNOWN, generation=2, **members)


@LEFT
def test_a_changed_field_goes_without_the_drift_beside_it(mode: DriftMode) -> None:
    change = changed(with_new_jar(), drifted(mode), drift=mode)
    assert (change.cause, [item.pointer for item in change.fields]) == (Cause.INTENT, [JAR])


@LEFT
def test_a_replacement_has_the_drift_as_vvp_has_it(mode: DriftMode) -> None:
    change = changed(with_new_jar(notes={"sync-mode": "replace"}), drifted(mode), drift=mode)
    assert change.verb is Verb.PUT
    backend = ("spec", "template", "spec", "flinkConfiguration", "state.backend")
    assert value_at(change.whole, backend) == "hashmap"


@LEFT
def test_a_drifted_field_that_the_manifest_changed_itself_is_sent(mode: DriftMode) -> None:
    one = manifest(edits={OPTION: "heap"}, status=KNOWN, generation=2)
    change = changed(one, drifted(mode), drift=mode)
    assert [(item.pointer, item.after) for item in change.fields] == [(OPTION, "heap")]


def test_a_changed_manifest_that_vvp_holds_already_leaves_only_drift() -> None:
    vvp = drifted(DriftMode.WARN, **{JAR: "s3://jobs/orders-2.jar"})
    left = blocked(with_new_jar(), vvp, drift=DriftMode.WARN)
    assert (left.reason, OPTION in left.message) == (Reason.Drifted, True)
    vvp = drifted(DriftMode.IGNORE, **{JAR: "s3://jobs/orders-2.jar"})
    in_sync(with_new_jar(), vvp, drift=DriftMode.IGNORE)


def test_where_drift_is_corrected_all_that_differs_goes() -> None:
    change = changed(with_new_jar(), drifted(DriftMode.WARN))
    assert [item.pointer for item in change.fields] == [JAR, OPTION]


def test_only_what_autopilot_may_scale_is_remembered_where_drift_is_corrected() -> None:
    one = desired(manifest())
    assert len(sent_values(one, policy())) == LENGTH
    assert len(sent_values(one, policy(drift=DriftMode.WARN))) > 5 * LENGTH


def test_of_too_many_values_none_is_remembered() -> None:
    options = {f"{OPTION}.{number}": "x" for number in range(MOST)}
    assert sent_values(desired(manifest(edits=options)), policy(drift=DriftMode.WARN)) == ""
    decided(manifest(edits=options, status=KNOWN), drift=DriftMode.WARN)
