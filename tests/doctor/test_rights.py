"""The rights that ``doctor`` asks about are those that the shipped role grants, no more and no fewer."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import yaml

from fakes.faults import Answer, Call, Fault, on
from fakes.kubernetes import FakeKubernetes
from vpsync.cluster.access import Reviewer
from vpsync.doctor.rights import EVENTS, examine_rights, needed_rights, needs_of
from vpsync.errors import ClusterError
from vpsync.kinds import KINDS
from vpsync.model.finding import Finding, Severity
from vpsync.planning.policy import Shard
from vpsync.settings import Scope, Settings

SHIPPED = Path(__file__).resolve().parents[2] / "k8s" / "cronjob.yaml"


def test_the_rights_that_are_asked_about_are_those_of_the_shipped_role() -> None:
    documents = yaml.safe_load_all(SHIPPED.read_text(encoding="utf-8"))
    [role] = [one for one in documents if one["kind"] == "ClusterRole"]
    granted = {
        (verb, group, resource)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    # A run can do without knowing which cluster it is in.
    optional = {("get", "", "namespaces")}
    rights = {right for kind in KINDS for right in needed_rights(kind)} | set(EVENTS)
    needed = {(right.verb, right.group, right.resource) for right in rights}
    assert granted - optional == needed


@pytest.mark.parametrize(
    ("settings", "more"),
    [
        (Settings(), set()),
        (Settings(events=True), {"rights to watch"}),
        (Settings(leader_election=True, lease_namespace="tools"), {"rights on Leases"}),
        (Settings(scope=Scope(shard=Shard(1, 3)), lease_namespace="tools"), {"rights on Leases"}),
        (
            Settings(events=True, leader_election=True, lease_namespace="tools"),
            {"rights to watch", "rights on Leases"},
        ),
    ],
)
def test_what_a_loop_needs_is_asked_about_where_it_is_wanted(
    settings: Settings, more: set[str]
) -> None:
    asked = {need.check for need in needs_of(settings)}
    assert asked - {need.check for need in needs_of(Settings())} == more
    told = examined(settings)
    assert set(told) == asked
    assert {one.severity for one in told.values()} == {Severity.OK}


def test_each_verb_that_is_missing_on_a_lease_is_told_with_the_rule_to_add() -> None:
    settings = Settings(leader_election=True, lease_namespace="tools")
    assert examined(settings)["rights on Leases"].text == (
        "list, create, get vpsync-default, update vpsync-default in tools"
    )
    for verb in ("get", "list", "create", "update"):
        told = examined(settings, partial(_is_on_leases, verb))
        found = told.pop("rights on Leases")
        assert found.severity is Severity.ERROR
        assert found.text.startswith(f"may not {verb} ")
        assert found.text.endswith("in tools")
        assert found.next_step == (
            "add this rule to a Role of this account in tools: "
            f"{{apiGroups: [coordination.k8s.io], resources: [leases], verbs: [{verb}]}}"
        )
        assert {one.severity for one in told.values()} == {Severity.OK}


def test_the_lease_of_every_shard_is_asked_about_so_that_a_role_that_names_too_few_is_seen() -> (
    None
):
    settings = Settings(
        scope=Scope(owner_id="main", shard=Shard(0, 5)),
        leader_election=True,
        lease_namespace="tools",
    )
    named = [f"vpsync-main-{index}" for index in range(3)]
    found = examined(settings, lambda one: "name" in one and one["name"] not in named)
    assert found["rights on Leases"].text == (
        "may not get vpsync-main-3, vpsync-main-4 or update vpsync-main-3, vpsync-main-4 in tools"
    )


@pytest.mark.parametrize(
    ("namespaces", "where", "role"),
    [
        ((), "in all namespaces", "a ClusterRole of this account"),
        (("a", "b"), "in b", "a Role of this account in b"),
    ],
)
def test_a_kind_that_may_not_be_watched_is_told_with_the_rule_to_add(
    namespaces: tuple[str, ...], where: str, role: str
) -> None:
    settings = Settings(scope=Scope(namespaces=namespaces), events=True)
    told = examined(
        settings,
        lambda one: (one["verb"] == "watch" and one["resource"] == "vpsavepoints"
                     and one["namespace"] in ("", "b")),
    )  # fmt: skip
    found = told.pop("rights to watch")
    assert found.text == f"may not watch vpsavepoints {where}"
    assert found.next_step == (
        f"add this rule to {role}: {{apiGroups: [ververicaplatform.fintechstudios.com], "
        "resources: [vpsavepoints], verbs: [watch]}"
    )
    assert {one.severity for one in told.values()} == {Severity.OK}


def _is_on_leases(verb: str, asked: dict[str, str]) -> bool:
    return (asked["verb"], asked["resource"]) == (verb, "leases")


def examined(
    settings: Settings, lacking: Callable[[dict[str, str]], bool] = lambda one: False
) -> dict[str, Finding]:
    """What is found where an account lacks these rights, and has all others."""
    kubernetes = FakeKubernetes()

    def lacks(call: Call) -> bool:
        return lacking(call.body["spec"]["resourceAttributes"])

    for match, allowed in ((lacks, False), (on("POST", ""), True)):
        data = json.dumps({"status": {"allowed": allowed}}).encode()
        kubernetes.faults.append(Fault(match, Answer(201, data=data), times=None))
    found = examine_rights(Reviewer(kubernetes), needs_of(settings))
    return {one.subject: one for one in found}


class TestReviewer:
    @pytest.mark.parametrize("allowed", [True, False])
    def test_asks_about_one_right_and_takes_the_servers_word(self, allowed: bool) -> None:
        kubernetes = FakeKubernetes()
        data = json.dumps({"status": {"allowed": allowed}}).encode()
        kubernetes.faults.append(
            Fault(on("POST", "/selfsubjectaccessreviews$"), Answer(201, data=data), times=2)
        )
        reviewer = Reviewer(kubernetes)
        assert reviewer.may("patch", "example.com", "things/status", "team") is allowed
        [call] = kubernetes.calls
        assert call.path == "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        asked = {
            "verb": "patch", "group": "example.com", "resource": "things", "subresource": "status",
            "namespace": "team",
        }  # fmt: skip
        assert call.body["spec"] == {"resourceAttributes": asked}
        reviewer.may("patch", "example.com", "things/status", "team", "one")
        assert kubernetes.calls[-1].body["spec"] == {"resourceAttributes": asked | {"name": "one"}}

    @pytest.mark.parametrize("body", [{}, {"status": {}}, {"status": {"allowed": "yes"}}, []])
    def test_an_answer_that_says_nothing_is_no_permission(self, body: object) -> None:
        kubernetes = FakeKubernetes()
        answer = Answer(201, data=json.dumps(body).encode())
        kubernetes.faults.append(Fault(on("POST", "/selfsubjectaccessreviews$"), answer))
        with pytest.raises(ClusterError, match="does not say"):
            Reviewer(kubernetes).may("list", "example.com", "things", "")

    def test_has_no_verb_that_changes_anything(self) -> None:
        verbs = {
            name for name in dir(Reviewer) if name.startswith(("patch", "create", "delete", "put"))
        }
        assert verbs == set()
