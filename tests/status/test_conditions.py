"""The conditions that follow from what was decided and what came of it."""

from __future__ import annotations

import pytest

from builders import applied, at, changed, desired, going, manifest, observed, snapshot, status
from render.cases import CASES, Case
from vpsync.errors import PlatformConflict, PlatformFault
from vpsync.model.change import FieldChange
from vpsync.model.condition import MESSAGE_LIMIT, OURS, Condition, find_condition, merged_conditions
from vpsync.model.decision import Blocked, InSync
from vpsync.model.outcome import Failed, Result
from vpsync.model.reasons import Reason, Weight
from vpsync.model.resource import annotation
from vpsync.render.report import is_problem, is_unsettled
from vpsync.status.conditions import concluded, observed_of


def named(name: str) -> Result:
    [case] = [case for case in CASES if case.name == name]
    return case.result


IDS = [case.name for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=IDS)
class TestEveryRow:
    def test_has_the_conditions_of_the_table(self, case: Case) -> None:
        told = case.result.conditions
        found = None if told is None else {c.type: (c.status, c.reason) for c in told}
        assert found == case.expected

    def test_is_told_in_words_with_reasons_of_the_list(self, case: Case) -> None:
        for condition in case.result.conditions or ():
            assert condition.message
            assert condition.reason in Reason.__members__

    def test_is_a_problem_only_where_a_person_has_something_to_mend(self, case: Case) -> None:
        assert is_problem(case.result) is case.problem

    def test_never_stalls_and_reconciles_at_once(self, case: Case) -> None:
        kinds = {condition.type for condition in case.result.conditions or ()}
        assert not {"Stalled", "Reconciling"} <= kinds


def test_rows_have_names_of_their_own() -> None:
    assert len(set(IDS)) == len(IDS)


@pytest.mark.parametrize(
    ("name", "unsettled"),
    [
        ("in the desired state", False),
        ("finished, and should run", False),
        ("running and failing", False),
        ("failed, and VVP holds what is declared", False),
        ("rejected by VVP", False),
        ("in a VVP namespace that refuses the token", False),
        ("released", False),
        ("transitioning", True),
        ("waits for its target", True),
        ("in a VVP namespace that cannot be read", True),
        ("a change without an answer", True),
        ("created, and its job starts", True),
        ("deleted", True),
        ("in use, so not deleted", True),
        ("a savepoint that is asked for", True),
    ],
)
def test_waiting_ends_when_all_is_ready_or_has_failed(name: str, unsettled: bool) -> None:
    assert is_unsettled(named(name)) is unsettled


def test_an_object_that_is_not_ours_is_shown_nowhere() -> None:
    assert observed_of(named("not owned")) is None
    adoption = changed(manifest(), snapshot(observed(manifest(), marked=False)))
    assert observed_of(concluded(adoption)) is None
    assert observed_of(concluded(adoption, Failed(adoption, PlatformFault("500")))) is None


def test_a_field_that_vvp_does_not_keep_is_told() -> None:
    resource = manifest()
    unkept = FieldChange(("spec", "paralelism"), None, 3)
    decision = InSync(desired(resource), observed(resource), (unkept,))
    told = concluded(decision).conditions
    [synced] = [condition for condition in told or () if condition.type == "Synced"]
    assert synced.status == "True"
    assert synced.message == (
        "VVP was sent what the resource declares, but does not keep /spec/paralelism: is that spelled "
        "right, and does this VVP know it?"
    )


class TestACondition:
    def as_json(self, state: str, previous: dict[str, str] | None) -> dict[str, object]:
        return Condition("Ready", state, "Succeeded", "fine").as_json(3, at(), previous)

    def test_has_all_members_that_kubernetes_wants(self) -> None:
        assert self.as_json("True", None) == {
            "type": "Ready",
            "status": "True",
            "reason": "Succeeded",
            "message": "fine",
            "observedGeneration": 3,
            "lastTransitionTime": at(),
        }

    def test_keeps_its_time_while_its_status_is_the_same(self) -> None:
        before = {"status": "True", "lastTransitionTime": at(-99), "reason": "Finished"}
        assert self.as_json("True", before)["lastTransitionTime"] == at(-99)

    @pytest.mark.parametrize("before", ["False", "Unknown", None])
    def test_takes_the_present_time_when_its_status_changes(self, before: str | None) -> None:
        previous = {"lastTransitionTime": at(-99), **({"status": before} if before else {})}
        assert self.as_json("True", previous)["lastTransitionTime"] == at()

    @pytest.mark.parametrize("length", [MESSAGE_LIMIT, MESSAGE_LIMIT + 1, 100_000])
    def test_has_a_message_that_kubernetes_takes(self, length: int) -> None:
        message = Condition("Ready", "True", "x", "ä" * length).as_json(1, at(), None)["message"]
        assert len(message) == MESSAGE_LIMIT
        assert message.endswith("ä" if length == MESSAGE_LIMIT else "…")

    def test_may_speak_of_an_earlier_generation(self) -> None:
        told = Condition("Ready", "True", "x", "y", 2).as_json(3, at(), None)
        assert told["observedGeneration"] == 2


class TestTheList:
    THEIRS = {"type": "Healthy", "status": "True", "reason": "x", "message": ""}

    def test_keeps_the_conditions_of_others_behind_ours(self) -> None:
        before = {"conditions": [self.THEIRS, *status()["conditions"]]}
        merged = merged_conditions(before, [Condition("Ready", "True", "x")], 1, at())
        assert [condition["type"] for condition in merged] == ["Ready", "Healthy"]

    def test_drops_ours_that_are_true_no_more(self) -> None:
        before = status("False", reason=Reason.Rejected)
        merged = merged_conditions(before, [Condition("Ready", "True", "x")], 1, at())
        assert [condition["type"] for condition in merged] == ["Ready"]

    @pytest.mark.parametrize("odd", [None, [], "odd", 5, ["odd", None]])
    def test_may_be_missing_or_odd(self, odd: object) -> None:
        merged = merged_conditions({"conditions": odd}, [Condition("Ready", "True", "x")], 1, at())
        assert [condition["type"] for condition in merged] == ["Ready"]
        assert find_condition({"conditions": odd}, "Ready") is None

    def test_is_ours_for_four_types(self) -> None:
        assert OURS == ("Ready", "Synced", "Reconciling", "Stalled")


class TestReasons:
    def test_have_a_meaning_each(self) -> None:
        for reason in Reason:
            assert reason.meaning.endswith(".")
            assert str(reason) == reason.name
            assert reason.name.isalnum()

    def test_have_one_weight_each(self) -> None:
        for reason in Reason:
            assert (reason.stalled, reason.waiting) == (
                reason.weight is Weight.STALLED,
                reason.weight is Weight.WAITING,
            )

    @pytest.mark.parametrize("name", ["Progressing", "DependencyNotReady", "DeletionBlocked"])
    def test_of_waiting_stall_nothing(self, name: str) -> None:
        assert Reason[name].waiting

    def test_do_not_stand_twice_for_the_same(self) -> None:
        meanings = [reason.meaning for reason in Reason]
        assert len(set(meanings)) == len(meanings)


def test_only_what_vvp_says_is_cleaned() -> None:
    words = "give the token: it is missing"
    blocked = Blocked(manifest(), Reason.DeletionBlocked, words, detail="token: CANARY\x1b[31m")
    for condition in concluded(blocked).conditions or ():
        assert condition.message == f"{words}; VVP says: token: ***"


@pytest.mark.parametrize(
    ("policy", "state", "told"),
    [
        ("Delete", "RUNNING", "cancelled first, deleted in a later pass"),
        ("Suspend", "RUNNING", "suspended with a savepoint first, deleted in a later pass"),
        ("Orphan", "RUNNING", "VVP keeps the object, without our marker"),
        ("Delete", "CANCELLED", "VVP was told to delete it"),
    ],
)
def test_a_deletion_says_what_was_sent_for_it(policy: str, state: str, told: str) -> None:
    resource = going(notes={"deletion-policy": policy})
    before = observed(manifest(), {"/spec/state": state, "/status/state": state})
    result = applied(resource, before, snapshot(before))
    messages = {c.message for c in result.conditions or ()}
    assert len(messages) == 1
    assert told in messages.pop()


def test_a_deletion_that_vvp_refuses_says_what_lets_it_go_on() -> None:
    resource = going()
    change = changed(resource, snapshot(observed(manifest(), {"/spec/state": "CANCELLED",
                                                              "/status/state": "CANCELLED"})))  # fmt: skip
    told = concluded(change, Failed(change, PlatformConflict("409: still in use"))).conditions or ()
    assert {one.reason for one in told} == {"DeletionBlocked"}
    assert all(annotation("deletion-policy") in one.message for one in told)
