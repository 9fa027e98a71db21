"""The rights that ``doctor`` asks about are those that the shipped role grants, no more and no fewer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from fakes.faults import Answer, Fault, on
from fakes.kubernetes import FakeKubernetes
from vpsync.cluster.access import Reviewer
from vpsync.doctor.cluster import EVENTS, needed_rights
from vpsync.errors import ClusterError
from vpsync.kinds import KINDS

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
    needed = {right for kind in KINDS for right in needed_rights(kind)} | set(EVENTS)
    assert granted - optional == needed


class TestReviewer:
    @pytest.mark.parametrize("allowed", [True, False])
    def test_asks_about_one_right_and_takes_the_servers_word(self, allowed: bool) -> None:
        kubernetes = FakeKubernetes()
        data = json.dumps({"status": {"allowed": allowed}}).encode()
        kubernetes.faults.append(
            Fault(on("POST", "/selfsubjectaccessreviews$"), Answer(201, data=data))
        )
        reviewer = Reviewer(kubernetes)
        assert reviewer.may("patch", "example.com", "things/status", "team") is allowed
        [call] = kubernetes.calls
        assert call.path == "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        assert call.body["spec"] == {"resourceAttributes": {
            "verb": "patch", "group": "example.com", "resource": "things", "subresource": "status",
            "namespace": "team",
        }}  # fmt: skip

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
