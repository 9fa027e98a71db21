"""References to other VVP objects, resolved anew in every pass."""

from __future__ import annotations

import pytest

from builders import REMOVED, Edits, blocked, changed, manifest, planned, sent, snapshot, target
from vpsync.errors import PlatformFault, PlatformUnauthorized
from vpsync.model.decision import Blocked, Unreadable
from vpsync.model.json import KnownAfterApply
from vpsync.model.observed import PlatformKey
from vpsync.model.reasons import Reason
from vpsync.model.resource import Reference
from vpsync.planning.diff.references import Contradiction, MissingReference, referenced, resolve

KIND, PLACE = "VpDeploymentTarget", "default"
JOBS = PlatformKey(KIND, PLACE, "jobs")
NEW = PlatformKey(KIND, PLACE, "new")
OTHER = target("other")


def reference(*names: str, ids: tuple[str, ...] = (), namespace: str = PLACE) -> Reference:
    return Reference(KIND, namespace, names, ids)


@pytest.mark.parametrize(
    "named",
    [
        reference("jobs"),
        reference(ids=("id-of-jobs",)),
        reference("jobs", ids=("id-of-jobs",)),
        reference("jobs", "jobs"),
    ],
    ids=["by name", "by id", "by both", "twice by name"],
)
def test_a_target_that_is_there_gives_its_id(named: Reference) -> None:
    assert resolve(named, snapshot(OTHER), frozenset()) == "id-of-jobs"
    seen = referenced(named, snapshot(OTHER))
    assert seen is not None
    assert seen.key == JOBS


def test_a_target_that_this_plan_creates_gives_an_id_known_after_apply() -> None:
    expected = KnownAfterApply((KIND, PLACE, "new"))
    assert resolve(reference("new"), snapshot(), {NEW}) == expected
    assert repr(expected) == "(known after apply)"


def test_a_target_that_is_there_is_not_waited_for() -> None:
    assert resolve(reference("jobs"), snapshot(), {JOBS}) == "id-of-jobs"


@pytest.mark.parametrize(
    ("named", "words"),
    [
        (reference("gone"), "VVP has no DeploymentTarget 'gone' in its namespace 'default'"),
        (reference(ids=("t-9",)), "VVP has no DeploymentTarget 't-9' in its namespace 'default'"),
        (reference("jobs", ids=("t-9",)), "VVP has no DeploymentTarget 't-9'"),
    ],
)
def test_a_target_that_is_not_there_is_missing(named: Reference, words: str) -> None:
    found = resolve(named, snapshot(), frozenset())
    assert isinstance(found, MissingReference)
    assert found.message.startswith(words)


@pytest.mark.parametrize(
    "named",
    [
        reference("jobs", "other"),
        reference("jobs", ids=("id-of-other",)),
        reference(ids=("id-of-jobs", "id-of-other")),
        reference("new", ids=("id-of-jobs",)),
    ],
)
def test_two_different_targets_contradict_each_other(named: Reference) -> None:
    found = resolve(named, snapshot(OTHER), {NEW})
    assert isinstance(found, Contradiction)
    assert "two different objects" in found.message


def test_a_reference_never_leaves_its_vvp_namespace() -> None:
    there = snapshot(namespaces=("default", "analytics"))
    found = resolve(reference("jobs", namespace="analytics"), there, frozenset())
    assert isinstance(found, MissingReference)
    by_id = resolve(reference(ids=("id-of-jobs",), namespace="analytics"), there, {JOBS})
    assert isinstance(by_id, MissingReference)


def test_a_list_that_failed_proves_no_absence() -> None:
    error = PlatformFault("GET deployment-targets: 500")
    failed = snapshot(failed={(KIND, PLACE): error})
    assert resolve(reference("gone"), failed, frozenset()) is error


def test_a_list_that_nobody_asked_for_proves_no_absence() -> None:
    unasked = snapshot(failed={})
    partial = type(unasked)(objects=unasked.objects, namespaces=unasked.namespaces)
    assert isinstance(resolve(reference("gone"), partial, frozenset()), PlatformFault)


class TestADeployment:
    def test_gets_the_id_of_its_target(self) -> None:
        assert sent(changed(manifest()))["/spec/deploymentTargetId"] == "id-of-jobs"

    @pytest.mark.parametrize("hint", ["deployment-target-id", "id"])
    def test_never_gets_it_from_an_annotation(self, hint: str) -> None:
        resource = manifest(notes={hint: "id-of-other"})
        change = changed(resource, snapshot(OTHER))
        assert sent(change)["/spec/deploymentTargetId"] == "id-of-jobs"

    def test_waits_for_a_target_that_is_missing(self) -> None:
        decision = blocked(manifest(edits={"/deploymentTargetName": "gone"}))
        assert decision.reason is Reason.DependencyNotReady
        assert "'gone'" in decision.message

    def test_is_invalid_with_two_different_targets(self) -> None:
        resource = manifest(edits={"/spec/deploymentTargetId": "id-of-other"})
        assert blocked(resource, snapshot(OTHER)).reason is Reason.InvalidSpec

    def test_counts_a_target_of_the_same_plan_as_there(self) -> None:
        new = manifest("VpDeploymentTarget", "new")
        plan = planned(manifest(edits={"/deploymentTargetName": "new"}), new)
        creation = plan.changes[1]
        assert sent(creation)["/spec/deploymentTargetId"] == KnownAfterApply((KIND, PLACE, "new"))

    @pytest.mark.parametrize(
        ("error", "kind"),
        [(PlatformFault("500"), Unreadable), (PlatformUnauthorized("403"), Blocked)],
    )
    def test_is_left_alone_while_targets_cannot_be_listed(
        self, error: PlatformFault, kind: type
    ) -> None:
        [decision] = planned(manifest(), vvp=snapshot(failed={(KIND, PLACE): error})).decisions
        assert isinstance(decision, kind)

    @pytest.mark.parametrize(
        "edits",
        [
            {"/deploymentTargetName": "jobs", "/spec/deploymentTargetName": "jobs"},
            {"/deploymentTargetName": "jobs", "/spec/deploymentTargetId": "id-of-jobs"},
            {"/deploymentTargetName": REMOVED, "/deploymentTargetId": "id-of-jobs"},
        ],
    )
    def test_may_name_the_same_target_twice(self, edits: Edits) -> None:
        change = changed(manifest(edits=edits))
        assert sent(change)["/spec/deploymentTargetId"] == "id-of-jobs"
