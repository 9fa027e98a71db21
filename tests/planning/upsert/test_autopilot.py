"""What Autopilot scales is left to it while its policy is active, and shown."""

from __future__ import annotations

from typing import Any

import pytest

from builders import (
    Edits,
    blocked,
    changed,
    desired,
    in_sync,
    manifest,
    note_at,
    observed,
    snapshot,
    status,
)
from vpsync.errors import PlatformError, PlatformFault, PlatformForbidden, PlatformNotFound
from vpsync.model.change import Cause, Verb
from vpsync.model.json import value_at
from vpsync.model.observed import Snapshot
from vpsync.model.options import DriftMode
from vpsync.model.reasons import Reason
from vpsync.planning.ownership.marker import OWNER, marker_for
from vpsync.planning.queries import detail_query
from vpsync.ververica.observe import observe_details

KNOWN = status(id="id-of-orders")
PARALLELISM = "/spec/template/spec/parallelism"
CPU = "/spec/template/spec/resources/taskmanager/cpu"
MANAGERS = "/spec/template/spec/numberOfTaskManagers"
OPTION = "/spec/template/spec/flinkConfiguration/state.backend"

DECLARED = {PARALLELISM: 2, CPU: 1, MANAGERS: 3, OPTION: "rocksdb"}
ACTIVE = {"default": frozenset({"id-of-orders"})}


OLD_MARKER = marker_for(manifest(), "default/orders", "default").text()
"""As it was written before it had digests of values."""


def resource(**members: Any) -> Any:
    return manifest(edits=DECLARED, **{"status": KNOWN, **members})


def scaled(edits: Edits, autopilot: Any = ACTIVE, **members: Any) -> Snapshot:
    return snapshot(observed(resource(), edits), autopilot=autopilot, **members)


@pytest.mark.parametrize("place", [PARALLELISM, CPU, MANAGERS])
class TestAField:
    def test_is_shown_and_left_while_a_policy_is_active(self, place: str) -> None:
        found = blocked(resource(), scaled({place: 9}))
        assert (found.reason, found.desired is not None) == (Reason.Drifted, True)
        assert found.message == f"VVP's Autopilot is active: {place} is left as VVP has it"

    def test_is_corrected_where_the_policy_is_of_another_deployment(self, place: str) -> None:
        other = {"default": frozenset({"id-of-others"})}
        assert changed(resource(), scaled({place: 9}, other)).cause is Cause.DRIFT

    def test_is_left_where_the_policy_is_named_by_name(self, place: str) -> None:
        named = {"default": frozenset({"orders"})}
        assert blocked(resource(), scaled({place: 9}, named)).reason is Reason.Drifted

    def test_is_left_where_vvp_does_not_tell(self, place: str) -> None:
        found = blocked(resource(), scaled({place: 9}, {"default": None}))
        assert found.reason is Reason.Drifted
        assert found.message.startswith("cannot tell whether VVP's Autopilot is active")

    def test_is_sent_where_the_manifest_changed(self, place: str) -> None:
        one = manifest(edits={**DECLARED, place: 5}, status=KNOWN, generation=2)
        change = changed(one, scaled({place: 9}))
        assert (change.cause, [item.pointer for item in change.fields]) == (Cause.INTENT, [place])

    @pytest.mark.parametrize("in_file", [False, True])
    def test_is_left_where_the_manifest_changed_elsewhere(self, place: str, in_file: bool) -> None:
        told = {"in_file": True} if in_file else {"status": KNOWN, "generation": 2}
        before = manifest(edits=DECLARED, **({"in_file": True} if in_file else {"status": KNOWN}))
        one = manifest(edits={**DECLARED, OPTION: "hashmap"}, **told)
        vvp = snapshot(observed(before, {place: 9}), autopilot=ACTIVE)
        change = changed(one, vvp)
        assert (change.cause, [item.pointer for item in change.fields]) == (Cause.INTENT, [OPTION])
        assert f"{place} is left as VVP has it" in change.reason
        assert detail_query([desired(one)], vvp).autopilot == {"default"}

    def test_is_sent_where_nothing_is_remembered_of_what_was_sent(self, place: str) -> None:
        one = resource(generation=2)
        held = observed(resource(), {place: 9, note_at(OWNER): OLD_MARKER})
        change = changed(one, snapshot(held, autopilot=ACTIVE))
        assert [item.pointer for item in change.fields] == [place]

    def test_is_asked_about(self, place: str) -> None:
        vvp = scaled({place: 9})
        assert detail_query([desired(resource())], vvp).autopilot == {"default"}


def test_other_drift_goes_without_what_is_left_and_says_so() -> None:
    change = changed(resource(), scaled({PARALLELISM: 9, CPU: 4, OPTION: "hashmap"}))
    assert [item.pointer for item in change.fields] == [OPTION]
    assert "was changed in VVP; VVP's Autopilot is active" in change.reason
    assert f"{PARALLELISM}, {CPU} are left" in change.reason


def test_a_replacement_keeps_what_is_left() -> None:
    one = resource(notes={"sync-mode": "replace"})
    change = changed(one, scaled({PARALLELISM: 9, OPTION: "hashmap"}))
    assert change.verb is Verb.PUT
    assert value_at(change.whole, ("spec", "template", "spec", "parallelism")) == 9
    assert value_at(change.whole, ("spec", "template", "spec", "numberOfTaskManagers")) == 3


def test_a_deployment_at_work_is_told_by_its_state() -> None:
    """VVP restarts the job to carry out what Autopilot decided: that is no difference that waits."""
    edits = {PARALLELISM: 9, "/status/state": "TRANSITIONING"}
    assert blocked(resource(), scaled(edits)).reason is Reason.Drifted


@pytest.mark.parametrize(
    ("mode", "reason"), [(DriftMode.WARN, "drift is 'warn'"), (DriftMode.IGNORE, "")]
)
def test_where_drift_is_left_anyway_autopilot_does_not_matter(mode: DriftMode, reason: str) -> None:
    vvp = scaled({PARALLELISM: 9})
    if mode is DriftMode.IGNORE:
        in_sync(resource(), vvp, drift=mode)
    else:
        assert reason in blocked(resource(), vvp, drift=mode).message


class TestNothingIsAsked:
    def test_where_nothing_differs(self) -> None:
        assert detail_query([desired(resource())], scaled({})).autopilot == frozenset()

    @pytest.mark.parametrize("edits", [{OPTION: "x"}, {"/spec/maxJobCreationAttempts": 7}])
    def test_where_something_else_differs(self, edits: Edits) -> None:
        assert detail_query([desired(resource())], scaled(edits)).autopilot == frozenset()

    def test_where_the_same_is_written_otherwise(self) -> None:
        memory = "/spec/template/spec/resources/taskmanager/memory"
        one = manifest(edits={memory: "1024Mi"}, status=KNOWN)
        assert (
            detail_query([desired(one)], scaled({memory: "1Gi", CPU: 1.0})).autopilot == frozenset()
        )

    def test_for_a_changed_manifest(self) -> None:
        edits = {**DECLARED, PARALLELISM: 5}
        one = desired(manifest(edits=edits, status=KNOWN, generation=2))
        assert detail_query([one], scaled({PARALLELISM: 9})).autopilot == frozenset()

    def test_of_the_community_edition(self) -> None:
        vvp = scaled({PARALLELISM: 9}, community=True)
        assert detail_query([desired(resource())], vvp).autopilot == frozenset()

    def test_where_drift_is_ignored(self) -> None:
        one = desired(resource(notes={"drift": "ignore"}))
        assert detail_query([one], scaled({PARALLELISM: 9})).autopilot == frozenset()


class ResourceSelection:
    """A client that answers one question."""

    def __init__(self, answer: frozenset[str] | PlatformError) -> None:
        self.answer = answer

    def autopiloted(self, namespace: str) -> frozenset[str]:
        """The answer, or the error."""
        if isinstance(self.answer, PlatformError):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("answer", "known"),
    [
        (frozenset({"x"}), frozenset({"x"})),
        (PlatformNotFound("GET /autopilot: 404"), frozenset()),
        (PlatformForbidden("GET /autopilot: 403"), frozenset()),
        (PlatformFault("GET /autopilot: 501", status=501), frozenset()),
        (PlatformFault("GET /autopilot: 500"), None),
    ],
    ids=str,
)
def test_only_answers_that_say_so_mean_that_there_is_none(answer: Any, known: Any) -> None:
    wanted = detail_query([desired(resource())], scaled({PARALLELISM: 9}))
    client: Any = ResourceSelection(answer)
    client.raw_list = lambda *arguments: []
    client.job = lambda *arguments: {}
    seen = observe_details(client, snapshot(), wanted, 1)
    assert seen.autopilot == {"default": known}
