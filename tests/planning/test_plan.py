"""The plan as a whole: order, levels, claims, and that the order of the input means nothing."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from builders import (
    at,
    decided,
    desired,
    going,
    manifest,
    note_at,
    observed,
    planned,
    policy,
    snapshot,
    status,
    with_savepoints,
)
from vpsync.errors import PlatformFault
from vpsync.model.change import Action, Change, Verb
from vpsync.model.decision import Blocked, InSync, Invalid, Unreadable
from vpsync.model.finding import Finding
from vpsync.model.observed import PlatformKey
from vpsync.model.reasons import Reason
from vpsync.model.resource import Manifest
from vpsync.planning.ownership.marker import OWNER, marker_for
from vpsync.planning.plan import Plan, declare, invalid_in, plan
from vpsync.planning.policy import Tenancy
from vpsync.planning.queries import initial_query

ENDED = {"/spec/state": "CANCELLED", "/status/state": "CANCELLED"}
OLD, YOUNG = "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"


def names(found: Plan) -> list[str]:
    return [f"{change.action} {change.key.kind} {change.key.name}" for change in found.changes]


class TestTheOrder:
    FLEET = (
        manifest("VpNamespace", "a-place"),
        manifest("VpDeploymentTarget", "b-jobs", {"/metadata/namespace": "a-place"}),
        manifest(
            name="a-job",
            edits={"/metadata/namespace": "a-place", "/deploymentTargetName": "b-jobs"},
        ),
        manifest(name="b-job", edits={"/deploymentTargetName": "jobs"}),
        manifest("VpSavepoint", "a-point", {"/deploymentName": "running"}),
        going(name="old-job"),
        going("VpDeploymentTarget", name="old-target"),
        going("VpNamespace", name="old-place"),
        manifest(name="running"),
    )
    RUNNING = observed(manifest(name="running"))
    VVP = snapshot(
        RUNNING,
        observed(manifest(name="old-job"), ENDED),
        observed(manifest("VpDeploymentTarget", "old-target")),
        observed(manifest("VpNamespace", "old-place")),
        contents={"old-place": ()},
        savepoints={RUNNING.id: ()},
    )
    EXPECTED = (
        "create VpNamespace a-place",
        "create VpDeploymentTarget b-jobs",
        "create VpDeployment a-job",
        "create VpDeployment b-job",
        "create VpSavepoint a-point",
        "delete VpDeployment old-job",
        "delete VpDeploymentTarget old-target",
        "delete VpNamespace old-place",
    )

    def test_is_by_dependency_and_for_deletions_in_reverse(self) -> None:
        assert tuple(names(planned(*self.FLEET, vvp=self.VVP))) == self.EXPECTED

    def test_is_the_order_of_the_levels(self) -> None:
        levels = planned(*self.FLEET, vvp=self.VVP).levels()
        assert [[change.key.name for change in group] for group in levels] == [
            ["a-place"],
            ["b-jobs"],
            ["a-job", "b-job"],
            ["a-point"],
            ["old-job"],
            ["old-target"],
            ["old-place"],
        ]

    def test_has_no_level_without_changes(self) -> None:
        assert planned().levels() == []
        assert planned(manifest(), vvp=snapshot(observed(manifest()))).levels() == []

    @pytest.mark.parametrize("first", range(len(FLEET)))
    def test_does_not_depend_on_the_order_of_the_input(self, first: int) -> None:
        expected = planned(*self.FLEET, vvp=self.VVP).decisions
        rotated = (*self.FLEET[first:], *self.FLEET[:first])
        for order in (rotated, rotated[::-1]):
            assert planned(*order, vvp=self.VVP).decisions == expected

    @pytest.mark.parametrize("order", list(permutations(range(4))))
    def test_does_not_depend_on_any_permutation(self, order: tuple[int, ...]) -> None:
        four = [
            self.FLEET[0],
            self.FLEET[1],
            self.FLEET[2],
            manifest("VpDeployment", "broken", ODD),
        ]
        expected = planned(*four, vvp=self.VVP).decisions
        assert planned(*(four[index] for index in order), vvp=self.VVP).decisions == expected


ODD = {"/metadata/name": "Not/A/Name"}


def test_a_plan_holds_one_decision_for_every_resource() -> None:
    resources = [*TestTheOrder.FLEET, manifest(name="broken", edits=ODD)]
    found = planned(*resources, vvp=TestTheOrder.VVP)
    assert sorted(str(item.manifest.key) for item in found.decisions) == sorted(
        str(resource.key) for resource in resources
    )


class TestDeclaring:
    def test_lists_for_an_invalid_resource_only_what_it_is_permitted(self) -> None:
        bad = manifest(notes={"drift": "sometimes"}, status=status(id="x", namespace="secret"))
        tenancy = Tenancy({"team": frozenset({"default"})})
        _, _, refused = declare([(bad, ())], tenancy)
        assert invalid_in(refused, tenancy) == []
        assert invalid_in(refused, Tenancy()) == [bad]
        assert initial_query([], [], invalid=[bad]).collections == {("secret", "VpDeployment")}

    def test_sorts_resources_into_valid_deleted_and_invalid(self) -> None:
        broken = manifest(name="broken", edits=ODD)
        wanted, deleted, invalid = declare([(manifest(), ()), (going(), ()), (broken, ())])
        assert [item.manifest for item in wanted] == [manifest()]
        assert deleted == [going()]
        assert [item.manifest for item in invalid] == [broken]
        assert isinstance(invalid[0], Invalid)
        assert invalid[0].findings[0].subject == "/spec/metadata/name"

    def test_takes_the_problems_of_a_schema_as_they_are(self) -> None:
        finding = Finding("/spec/spec", "is required")
        [item] = declare([(manifest(), [finding])])[2]
        assert isinstance(item, Invalid)
        assert item.findings == (finding,)

    def test_asks_no_valid_manifest_of_a_deletion(self) -> None:
        finding = Finding("/spec/spec", "is required")
        _, deleted, invalid = declare([(going(edits=ODD), [finding])])
        assert (len(deleted), invalid) == (1, [])


class TestAnInvalidManifest:
    def test_deletes_nothing_and_changes_nothing(self) -> None:
        vvp = snapshot(observed(manifest(), {"/metadata/labels/team": "x"}))
        findings = {manifest().key: [Finding("/spec", "is wrong")]}
        found = planned(manifest(status=status(id="id-of-orders")), vvp=vvp, findings=findings)
        assert found.changes == ()
        [decision] = found.decisions
        assert isinstance(decision, Invalid)

    def test_stops_no_other(self) -> None:
        others = [manifest(name=f"job-{number}") for number in range(9)]
        found = planned(manifest(name="broken", edits=ODD), *others)
        assert len(found.changes) == 9


class TestOneVvpObjectForTwoResources:
    def rivals(self, *created: str, **how: Any) -> list[Manifest]:
        return [
            manifest(namespace=f"team-{place}", created=moment, **how)
            for place, moment in zip("abc", created, strict=False)
        ]

    def winner(self, *rivals: Manifest, **vvp: Any) -> str:
        decisions = planned(*rivals, **vvp).decisions
        lost = [item for item in decisions if isinstance(item, Blocked)]
        assert len(lost) == len(rivals) - 1
        assert {item.reason for item in lost} == {Reason.NotOwned}
        [won] = [item for item in decisions if not isinstance(item, Blocked)]
        assert all(str(won.manifest.key) in item.message for item in lost)
        return won.manifest.key.namespace

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    def test_belongs_to_the_oldest(self, order: tuple[int, ...]) -> None:
        rivals = self.rivals(YOUNG, OLD, YOUNG)
        assert self.winner(*(rivals[index] for index in order)) == "team-b"

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    def test_belongs_to_the_first_by_name_where_they_are_as_old(
        self, order: tuple[int, ...]
    ) -> None:
        rivals = self.rivals(OLD, OLD, OLD)
        assert self.winner(*(rivals[index] for index in order)) == "team-a"

    def test_belongs_to_the_one_that_the_marker_names(self) -> None:
        old, young = self.rivals(OLD, YOUNG)
        assert self.winner(old, young, vvp=snapshot(observed(young))) == "team-b"

    def test_says_why_it_is_the_others(self) -> None:
        old, young = self.rivals(OLD, YOUNG)
        for vvp, why in ((snapshot(), "is older"), (snapshot(observed(young)), "has it already")):
            told = [
                item.message
                for item in planned(old, young, vvp=vvp).decisions
                if isinstance(item, Blocked)
            ]
            assert [
                f"stands for the same VVP object default/orders and {why}; " in m for m in told
            ] == [True]

    def test_says_of_files_what_is_so_of_files(self) -> None:
        one, two = (
            manifest(name=name, edits={"/metadata/name": "orders"}, in_file=True)
            for name in ("one", "two")
        )
        [told] = [item for item in planned(two, one).decisions if isinstance(item, Blocked)]
        assert told.message == (
            "VpDeployment team/one stands for the same VVP object default/orders and comes first by name; "
            "only one of the two can have it: remove this one, which changes nothing in VVP, or set another "
            "spec.metadata.name in it"
        )

    def test_says_what_to_do(self) -> None:
        old, young = self.rivals(OLD, YOUNG)
        [told] = [one for one in planned(old, young).decisions if isinstance(one, Blocked)]
        assert told.message.endswith(
            "; only one of the two can have it: remove this one, which changes nothing in VVP, or set "
            "another spec.metadata.name in it. To hand the object over, do this, then delete the other "
            "one: kubectl annotate --overwrite -n team-a vpdeployment orders "
            "ververicaplatform.fintechstudios.com/deletion-policy=Orphan"
        )

    def test_belongs_to_the_one_whose_status_knows_it(self) -> None:
        old = self.rivals(OLD)[0]
        young = manifest(namespace="team-z", created=YOUNG, status={"id": "id-of-orders"})
        vvp = snapshot(observed(old, marked=False))
        assert self.winner(old, young, vvp=vvp) == "team-z"

    def test_is_younger_in_a_file_than_in_a_cluster(self) -> None:
        from_file = manifest(namespace="team-a", in_file=True)
        assert self.winner(from_file, manifest(namespace="team-b")) == "team-b"

    def test_is_the_same_under_two_kubernetes_names(self) -> None:
        one = manifest(name="one", edits={"/metadata/name": "same"}, created=YOUNG)
        two = manifest(name="two", edits={"/metadata/name": "same"}, created=OLD)
        [won] = planned(one, two).changes
        assert won.key.name == "two"

    def test_is_not_the_same_in_two_vvp_namespaces(self) -> None:
        vvp = snapshot(
            observed(manifest("VpDeploymentTarget", edits={"/metadata/namespace": "analytics"})),
            namespaces=("default", "analytics"),
        )
        there = manifest(namespace="elsewhere", edits={"/metadata/namespace": "analytics"})
        assert len(planned(manifest(), there, vvp=vvp).changes) == 2

    def test_belongs_to_a_holder_outside_of_this_run_by_its_marker(self) -> None:
        outside = marker_for(manifest(namespace="out-of-scope"), "default/orders", "default")
        vvp = snapshot(observed(manifest(), {note_at(OWNER): outside.text()}))
        for rival in self.rivals(OLD):
            decision = decided(rival, vvp)
            assert isinstance(decision, Blocked)
            assert "out-of-scope/orders" in decision.message

    def test_of_a_vvp_namespace_too(self) -> None:
        rivals = [
            manifest("VpNamespace", namespace=place, created=moment)
            for place, moment in (("team-a", YOUNG), ("team-b", OLD))
        ]
        assert self.winner(*rivals) == "team-b"

    def test_may_be_shared_by_savepoints(self) -> None:
        points = [manifest("VpSavepoint", name) for name in ("one", "two")]
        assert len(planned(*points, vvp=with_savepoints()).changes) == 2

    def test_of_a_resource_that_is_being_deleted_is_not_lost_to_another(self) -> None:
        vvp = snapshot(observed(manifest(), ENDED))
        rival = manifest(namespace="elsewhere", created=OLD)
        waits, deletes = planned(going(), rival, vvp=vvp).decisions
        assert isinstance(waits, Blocked)
        assert isinstance(deletes, Change)
        assert deletes.verb is Verb.DELETE


class TestWhatThePlanCreates:
    def test_counts_as_there_for_what_refers_to_it(self) -> None:
        new = manifest("VpDeploymentTarget", "new")
        job = manifest(edits={"/deploymentTargetName": "new"})
        assert [change.action for change in planned(job, new).changes] == [Action.CREATE] * 2

    def test_does_not_count_where_it_is_held_back(self) -> None:
        refused = status("False", "False", reason=Reason.Rejected)
        new = manifest("VpDeploymentTarget", "new", status=refused)
        job = manifest(edits={"/deploymentTargetName": "new"})
        assert planned(job, new).changes == ()

    def test_does_not_count_where_it_is_only_changed(self) -> None:
        drifted = observed(manifest("VpDeploymentTarget", "new"), {"/metadata/labels/team": "x"})
        new = manifest("VpDeploymentTarget", "new")
        job = manifest(edits={"/deploymentTargetName": "new"})
        first, second = planned(job, new, vvp=snapshot(drifted)).changes
        assert first.action is Action.UPDATE
        assert {item.after for item in second.fields if "Target" in item.pointer} == {drifted.id}


class TestAFailureStaysInItsPlace:
    VVP = snapshot(
        observed(manifest(name="known")),
        observed(manifest("VpDeploymentTarget", edits={"/metadata/namespace": "analytics"})),
        namespaces=("default", "analytics"),
        failed={("VpDeployment", "default"): PlatformFault("GET deployments: 500")},
    )

    def test_a_failed_list_neither_creates_nor_changes_nor_deletes(self) -> None:
        here = [manifest(), manifest(name="known"), going(name="known-too")]
        found = planned(*here, vvp=self.VVP)
        assert found.changes == ()
        assert {type(item) for item in found.decisions} == {Unreadable}

    def test_other_vvp_namespaces_and_kinds_go_on(self) -> None:
        there = manifest(edits={"/metadata/namespace": "analytics"})
        found = planned(manifest(), there, manifest("VpDeploymentTarget", "new"), vvp=self.VVP)
        assert names(found) == ["create VpDeploymentTarget new", "create VpDeployment orders"]


def test_planning_twice_gives_the_same_plan_byte_by_byte() -> None:
    first, second = (planned(*TestTheOrder.FLEET, vvp=TestTheOrder.VVP) for _ in range(2))
    assert repr(first) == repr(second)


def test_planning_takes_any_iterables_once() -> None:
    whole = plan([desired(manifest())], [going()], [], snapshot(observed(manifest())), policy())
    lazy = plan(
        iter([desired(manifest())]),
        iter([going()]),
        iter([]),
        snapshot(observed(manifest())),
        policy(),
    )
    assert lazy == whole


def test_a_world_that_matches_has_no_changes() -> None:
    fleet = [manifest(name=f"job-{number}") for number in range(20)]
    fleet += [manifest("VpDeploymentTarget"), manifest("VpNamespace")]
    fleet = [
        manifest(item.key.kind, item.key.name, status=status(id=seen.id), created=at(-number))
        for number, item in enumerate(fleet)
        for seen in [observed(item)]
    ]
    found = planned(*fleet, vvp=snapshot(*map(observed, fleet)))
    assert {type(item) for item in found.decisions} == {InSync}


def test_keys_are_sorted_by_kind_namespace_and_name() -> None:
    keys = [PlatformKey("a", "b", "c"), PlatformKey("a", "a", "z"), PlatformKey("b", "a", "a")]
    assert sorted(reversed(keys)) == [keys[1], keys[0], keys[2]]
