"""Brakes: a class of changes that is too large waits for a person's word; the rest goes on."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from builders import REMOVED, going, manifest, observed, planned, policy, snapshot, status
from vpsync.model.change import Action, Change
from vpsync.model.decision import Blocked
from vpsync.model.reasons import Reason
from vpsync.model.resource import Manifest
from vpsync.planning.plan import Plan
from vpsync.planning.policy import Brakes

PARALLELISM = "/spec/template/spec/parallelism"


def fleet(total: int, *, updates: int = 0, deletions: int = 0, **brakes: object) -> Plan:
    """So many deployments, of which some are to be restarted and others are to go."""
    resources: list[Manifest] = []
    objects = []
    for number in range(total):
        name = f"job-{number}"
        known = status(id=f"id-of-{name}")
        if number < deletions:
            resources.append(going(name=name))
            objects.append(observed(resources[-1]))
            continue
        resources.append(manifest(name=name, status=known, generation=2))
        change = {PARALLELISM: 9} if number < deletions + updates else {}
        objects.append(observed(resources[-1], change))
    rules = policy(brakes=Brakes(**brakes), max_restarts=0)  # type: ignore[arg-type]
    return planned(*resources, vvp=snapshot(*objects), rules=rules)


def deleting(number: int) -> dict[str, object]:
    """The status of a resource whose deletion began in an earlier pass."""
    how = {"ready": "False", "synced": "False", "reason": Reason.Deleting}
    return status(**how, id=f"id-of-job-{number}")  # type: ignore[arg-type]


def held(decisions: Sequence[object]) -> int:
    return sum(1 for d in decisions if isinstance(d, Blocked) and d.reason is Reason.HeldByBrake)


@pytest.mark.parametrize(
    ("total", "number", "trips"),
    [(9, 9, False), (10, 3, False), (10, 4, True), (11, 3, False), (11, 4, True), (100, 31, True)],
)
def test_both_count_from_ten_objects_on_and_trip_beyond_thirty_percent(
    total: int, number: int, trips: bool
) -> None:
    for plan in (fleet(total, updates=number), fleet(total, deletions=number)):
        assert bool(plan.tripped) is trips
        assert held(plan.decisions) == (number if trips else 0)


def test_a_held_class_does_not_stop_the_other() -> None:
    plan = fleet(20, updates=2, deletions=10)
    assert held(plan.decisions) == 10
    assert [change.action for change in plan.changes] == [Action.UPDATE] * 2


def test_an_absolute_number_of_deletions_trips_at_any_size() -> None:
    assert fleet(3, deletions=2, max_deletes=1).tripped
    assert not fleet(3, deletions=1, max_deletes=1).tripped


def test_force_passes_and_says_so() -> None:
    plan = fleet(10, deletions=10, force=True)
    assert not plan.tripped
    assert "10 deletions of 10 objects" in plan.passed[0]
    assert len(plan.changes) == 10


def test_the_message_names_the_numbers_and_the_way_out() -> None:
    found = next(d for d in fleet(10, deletions=5).decisions if isinstance(d, Blocked))
    assert "5 deletions of 10 objects are more than --max-delete-percent 30" in found.message
    assert "--force" in found.message


def test_creations_and_records_do_not_count() -> None:
    resources = [manifest(name=f"job-{number}") for number in range(20)]
    plan = planned(*resources, vvp=snapshot(), rules=policy())
    assert not plan.tripped
    assert len(plan.changes) == 20


def test_a_deletion_that_began_is_not_held_back() -> None:
    resources = [going(name=f"job-{n}", status=deleting(n)) for n in range(12)]
    ended = {"/spec/state": "CANCELLED", "/status/state": "CANCELLED"}
    plan = planned(*resources, vvp=snapshot(*(observed(r, ended) for r in resources)))
    assert len(plan.changes) == 12


def test_leaving_objects_in_vvp_is_no_deletion() -> None:
    resources = [going(name=f"job-{n}", notes={"deletion-policy": "Orphan"}) for n in range(12)]
    plan = planned(*resources, vvp=snapshot(*(observed(r) for r in resources)))
    assert len(plan.changes) == 12


def test_restarts_beyond_the_limit_wait_for_the_next_pass() -> None:
    known = [status(id=f"id-of-job-{n}") for n in range(5)]
    resources = [manifest(name=f"job-{n}", status=known[n], generation=2) for n in range(5)]
    vvp = snapshot(*(observed(r, {PARALLELISM: 9}) for r in resources))
    plan = planned(*resources, vvp=vvp, rules=policy(max_restarts=2))
    assert len([d for d in plan.decisions if isinstance(d, Change)]) == 2
    assert all(d.reason is Reason.Progressing for d in plan.decisions if isinstance(d, Blocked))


def tenants(**updates: tuple[int, int]) -> Plan:
    """VVP namespaces with so many deployments each, of which some are to be restarted."""
    resources: list[Manifest] = []
    objects = []
    for place, (total, changing) in updates.items():
        for number in range(total):
            name = f"{place}-{number}"
            edits = {"/metadata/namespace": place, "/deploymentTargetName": REMOVED}
            edits |= {"/spec/sessionClusterName": "shared"}
            known = status(id=f"id-of-{name}", namespace=place)
            resources.append(manifest(name=name, edits=edits, status=known, generation=2))
            change = {PARALLELISM: 9} if number < changing else {}
            objects.append(observed(resources[-1], change))
    vvp = snapshot(*objects, namespaces=updates)
    return planned(*resources, vvp=vvp, rules=policy(max_restarts=0))


class TestTenants:
    def held_in(self, plan: Plan) -> set[str]:
        return {
            d.platform.namespace
            for d in plan.decisions
            if isinstance(d, Blocked) and d.platform and d.reason is Reason.HeldByBrake
        }

    def test_a_mass_change_of_one_does_not_hold_the_single_update_of_another(self) -> None:
        plan = tenants(a=(12, 12), b=(12, 1))
        assert self.held_in(plan) == {"a"}
        assert plan.tripped == (
            "12 updates of 12 objects in VVP namespace 'a' are more than --max-update-percent 30",
        )
        assert [change.platform.namespace for change in plan.changes] == ["b"]

    def test_a_small_one_is_held_where_all_of_them_together_change_too_much(self) -> None:
        assert self.held_in(tenants(a=(8, 8), b=(12, 1))) == {"a"}

    def test_a_small_one_is_not_held_where_all_together_are_within_the_limits(self) -> None:
        assert self.held_in(tenants(a=(8, 8), b=(30, 1))) == set()

    def test_a_large_one_is_held_although_all_together_are_within_the_limits(self) -> None:
        assert self.held_in(tenants(a=(10, 10), b=(90, 1))) == {"a"}

    def test_all_are_held_where_each_changes_a_little_too_much(self) -> None:
        plan = tenants(a=(8, 3), b=(8, 3))
        assert self.held_in(plan) == {"a", "b"}
        assert plan.tripped == ("6 updates of 16 objects are more than --max-update-percent 30",)


class TestConsent:
    """The annotation ``release-brake``: a person's word for one change, given on the resource."""

    def fleet(self, notes: dict[str, str], parallelism: int = 9) -> Plan:
        """Ten jobs of which four are to change; one of these has annotations."""
        resources = [
            manifest(
                name=f"job-{number}",
                status=status(id=f"id-of-job-{number}"),
                notes=notes if number == 0 else {},
            )
            for number in range(10)
        ]
        objects = [
            observed(one, {PARALLELISM: parallelism} if number < 4 else {})
            for number, one in enumerate(resources)
        ]
        return planned(*resources, vvp=snapshot(*objects), rules=policy(brakes=Brakes()))

    def word(self, plan: Plan) -> str:
        """The value that the message says."""
        first = plan.decisions[0]
        assert isinstance(first, Blocked)
        command = first.message.partition("kubectl ")[2]
        assert command.startswith("annotate --overwrite -n team vpdeployment job-0 ")
        return command.rpartition("release-brake=")[2]

    def test_lets_its_own_change_go_and_no_other(self) -> None:
        plan = self.fleet({"release-brake": self.word(self.fleet({}))})
        assert held(plan.decisions) == 3
        assert isinstance(next(d for d in plan.decisions if isinstance(d, Change)), Change)
        assert plan.tripped

    def test_counts_for_what_was_looked_at_and_not_for_what_came_since(self) -> None:
        word = self.word(self.fleet({}))
        assert held(self.fleet({"release-brake": word}, parallelism=8).decisions) == 4
        assert held(self.fleet({"release-brake": "yes"}).decisions) == 4

    def test_a_brake_that_holds_nothing_any_more_has_been_passed(self) -> None:
        resources = [manifest(name=f"job-{number}") for number in range(10)]
        objects = [observed(one, {PARALLELISM: 9}) for one in resources]
        vvp, rules = snapshot(*objects), policy(brakes=Brakes(), max_restarts=0)
        first = planned(*resources, vvp=vvp, rules=rules)
        words = {
            d.manifest.key.name: d.message.rpartition("release-brake=")[2]
            for d in first.decisions
            if isinstance(d, Blocked)
        }
        again = [manifest(name=name, notes={"release-brake": word}) for name, word in words.items()]
        plan = planned(*again, vvp=vvp, rules=rules)
        assert held(plan.decisions) == 0
        assert (len(plan.tripped), len(plan.passed)) == (0, 1)
