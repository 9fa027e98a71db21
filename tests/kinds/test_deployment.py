"""What is special about deployments: their target, their values, their states."""

from __future__ import annotations

from typing import Any

import pytest

from builders import REMOVED, Edits, desired, manifest, observed
from vpsync.errors import InvalidManifest
from vpsync.kinds.annotations import STOP_WITH_DRAIN
from vpsync.kinds.deployment import DEPLOYMENT, TEMPLATE_SPEC, failing_message
from vpsync.kinds.job import (
    SPEC_VERSION,
    TRANSITIONING_NOTE,
    desired_state,
    has_run,
    is_transitioning,
    keeps_state,
)
from vpsync.model.annotating import RECONCILE, asking
from vpsync.model.json import value_at
from vpsync.model.observed import PlatformKey
from vpsync.model.reasons import Reason
from vpsync.model.resource import Reference

NOTE = f"/metadata/annotations/{TRANSITIONING_NOTE}"
CONFIGURATION = "/spec/template/spec/flinkConfiguration"


def reference(edits: Edits) -> Reference | None:
    return desired(manifest(edits={"/deploymentTargetName": REMOVED, **edits})).reference


def findings(edits: Edits) -> dict[str, str]:
    with pytest.raises(InvalidManifest) as caught:
        desired(manifest(edits=edits))
    return {finding.subject: finding.text for finding in caught.value.findings}


def at_template(edits: Edits, path: tuple[str, ...]) -> Any:
    return value_at(desired(manifest(edits=edits)).body, (*TEMPLATE_SPEC, *path))


class TestTarget:
    @pytest.mark.parametrize("place", ["/deploymentTargetName", "/spec/deploymentTargetName"])
    def test_may_be_named_beside_the_spec_or_in_it(self, place: str) -> None:
        assert reference({place: "jobs"}) == Reference("VpDeploymentTarget", "default", ("jobs",))

    @pytest.mark.parametrize("place", ["/deploymentTargetId", "/spec/deploymentTargetId"])
    def test_may_be_given_by_its_id(self, place: str) -> None:
        assert reference({place: "t-1"}) == Reference("VpDeploymentTarget", "default", (), ("t-1",))

    def test_named_twice_alike_is_one_reference(self) -> None:
        found = reference({"/deploymentTargetName": "jobs", "/spec/deploymentTargetName": "jobs"})
        assert found == Reference("VpDeploymentTarget", "default", ("jobs",))

    def test_named_and_numbered_is_compared_after_resolving(self) -> None:
        found = reference({"/deploymentTargetName": "jobs", "/spec/deploymentTargetId": "t-1"})
        assert found == Reference("VpDeploymentTarget", "default", ("jobs",), ("t-1",))

    def test_is_looked_for_in_the_vvp_namespace_of_the_deployment(self) -> None:
        found = reference({"/deploymentTargetName": "jobs", "/metadata/namespace": "analytics"})
        assert found == Reference("VpDeploymentTarget", "analytics", ("jobs",))

    def test_never_stands_in_the_body_unresolved(self) -> None:
        body = desired(manifest(edits={"/spec/deploymentTargetName": "jobs"})).body
        assert {"deploymentTargetName", "deploymentTargetId"}.isdisjoint(body["spec"])

    def test_is_never_taken_from_an_annotation(self) -> None:
        resource = manifest(notes={"deployment-target-id": "t-9"})
        assert desired(resource).reference == Reference("VpDeploymentTarget", "default", ("jobs",))

    def test_may_be_left_to_vvps_defaults_or_to_a_session_cluster(self) -> None:
        assert reference({}) is None
        assert reference({"/spec/sessionClusterName": "shared"}) is None

    @pytest.mark.parametrize(
        "place",
        [
            "/deploymentTargetName",
            "/deploymentTargetId",
            "/spec/deploymentTargetName",
            "/spec/deploymentTargetId",
        ],
    )
    def test_and_session_cluster_together_are_invalid(self, place: str) -> None:
        edits = {"/deploymentTargetName": REMOVED, "/spec/sessionClusterName": "a", place: "b"}
        assert list(findings(edits)) == ["/spec/spec/sessionClusterName"]


class TestValues:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (True, "true"),
            (False, "false"),
            (0, "0"),
            (4, "4"),
            (0.5, "0.5"),
            ("yes", "yes"),
            ("", ""),
        ],
    )
    def test_of_the_configuration_are_texts(self, value: Any, text: str) -> None:
        assert at_template({f"{CONFIGURATION}/a.b": value}, ("flinkConfiguration", "a.b")) == text

    @pytest.mark.parametrize(("value", "text"), [(1.15, "1.15"), ("1.10", "1.10"), (2, "2")])
    def test_of_the_flink_version_are_texts(self, value: Any, text: str) -> None:
        place = "/spec/template/spec/artifact/flinkVersion"
        assert at_template({place: value}, ("artifact", "flinkVersion")) == text

    @pytest.mark.parametrize(
        ("value", "number"), [("500m", 0.5), ("1.5", 1.5), (0.5, 0.5), ("2", 2)]
    )
    def test_of_cpu_are_numbers(self, value: Any, number: float) -> None:
        place = "/spec/template/spec/resources/taskmanager/cpu"
        assert at_template({place: value}, ("resources", "taskmanager", "cpu")) == number

    def test_of_memory_in_bytes_are_texts(self) -> None:
        place = "/spec/template/spec/resources/taskmanager/memory"
        told = at_template({place: 2_000_000_000}, ("resources", "taskmanager", "memory"))
        assert told == "2000000000"

    @pytest.mark.parametrize("role", ["jobmanager", "taskmanager"])
    @pytest.mark.parametrize("value", ["much", "1e999999999", "1e400", True, [], {}])
    def test_of_cpu_that_are_no_quantities_are_a_problem(self, role: str, value: Any) -> None:
        told = findings({f"/spec/template/spec/resources/{role}/cpu": value})
        [(place, message)] = told.items()
        assert place == f"/spec/spec/template/spec/resources/{role}/cpu"
        assert message.endswith('; write 0.5, "1.5" or "500m"')

    @pytest.mark.parametrize(
        "place",
        [
            "/spec/state",
            "/spec/upgradeStrategy/kind",
            "/spec/restoreStrategy/kind",
            "/spec/template/spec/artifact/kind",
        ],
    )
    def test_that_tell_kinds_apart_are_in_upper_case(self, place: str) -> None:
        body = desired(manifest(edits={place: "none"})).body
        assert value_at(body, tuple(place.split("/")[1:])) == "NONE"

    @pytest.mark.parametrize("value", [False, 0, "", [], ["a"], [{"a": None}]])
    def test_that_are_false_zero_or_empty_are_declared(self, value: Any) -> None:
        assert at_template({"/spec/template/spec/unknown": value}, ("unknown",)) == value

    def test_of_unknown_fields_pass_through(self) -> None:
        edits = {"/spec/jobFailureExpirationTime": "P1D", "/spec/template/spec/new": {"a": [1]}}
        body = desired(manifest(edits=edits)).body
        assert body["spec"]["jobFailureExpirationTime"] == "P1D"
        assert at_template(edits, ("new",)) == {"a": [1]}

    def test_may_be_left_out_altogether(self) -> None:
        assert desired(manifest(edits={"/spec": REMOVED})).body["spec"] == {}


class TestState:
    def test_left_out_is_sent_at_creation_only(self) -> None:
        open_ended = desired(manifest(edits={"/spec/state": REMOVED}))
        assert desired_state(open_ended) == ""
        assert DEPLOYMENT.creation(open_ended) == {"spec": {"state": "RUNNING"}}

    def test_declared_is_the_one_at_creation(self) -> None:
        stopped = desired(manifest(edits={"/spec/state": "CANCELLED"}))
        assert desired_state(stopped) == "CANCELLED"
        assert DEPLOYMENT.creation(stopped) == {}


RESOURCES = (*TEMPLATE_SPEC, "resources", "taskmanager")
EQUAL: list[tuple[tuple[str, ...], Any, Any]] = [
    (("spec", "state"), "RUNNING", "running"),
    (("spec", "upgradeStrategy", "kind"), "STATELESS", "Stateless"),
    (("spec", "restoreStrategy", "kind"), "NONE", "none"),
    ((*TEMPLATE_SPEC, "artifact", "kind"), "JAR", "jar"),
    ((*RESOURCES, "memory"), "1g", "1000m"),
    ((*RESOURCES, "memory"), "1G", "1000000000"),
    ((*RESOURCES, "cpu"), 1, 1.0),
    ((*TEMPLATE_SPEC, "flinkConfiguration", "a"), "4", 4),
    ((*TEMPLATE_SPEC, "flinkConfiguration", "a"), "true", True),
    ((*TEMPLATE_SPEC, "kubernetes", "pods", "tolerations"), [], None),
    (("spec", "unknown"), False, False),
]
UNEQUAL: list[tuple[tuple[str, ...], Any, Any]] = [
    (("spec", "state"), "RUNNING", "CANCELLED"),
    (("spec", "state"), "RUNNING", None),
    ((*TEMPLATE_SPEC, "artifact", "jarUri"), "s3://a", "S3://A"),
    ((*RESOURCES, "memory"), "1g", "1gi"),
    ((*RESOURCES, "memory"), "1g", None),
    ((*RESOURCES, "memory"), "1g", "much"),
    ((*RESOURCES, "cpu"), 1, 1.5),
    ((*TEMPLATE_SPEC, "flinkConfiguration", "a"), "4", 5),
    ((*TEMPLATE_SPEC, "flinkConfiguration", "a"), "None", None),
    ((*TEMPLATE_SPEC, "flinkConfiguration", "a"), "", None),
    ((*TEMPLATE_SPEC, "parallelism"), 0, None),
    (("spec", "unknown"), False, None),
]


@pytest.mark.parametrize(("path", "declared", "held"), EQUAL)
def test_values_that_mean_the_same_to_vvp_are_no_difference(
    path: tuple[str, ...], declared: Any, held: Any
) -> None:
    assert DEPLOYMENT.same(path, declared, held)


@pytest.mark.parametrize(("path", "declared", "held"), UNEQUAL)
def test_values_that_vvp_tells_apart_differ(
    path: tuple[str, ...], declared: Any, held: Any
) -> None:
    assert not DEPLOYMENT.same(path, declared, held)


@pytest.mark.parametrize(
    "path",
    [
        ("metadata", "labels", "team"),
        ("metadata", "annotations", "note"),
        ("spec", "template", "metadata", "annotations", "ssl"),
        (*TEMPLATE_SPEC, "flinkConfiguration", "state.backend"),
        (*TEMPLATE_SPEC, "logging", "log4jLoggers", ""),
        (*TEMPLATE_SPEC, "kubernetes", "pods", "labels", "app"),
        (*TEMPLATE_SPEC, "kubernetes", "pods", "envVars"),
    ],
)
def test_keys_of_maps_are_removed_when_they_are_declared_no_more(path: tuple[str, ...]) -> None:
    assert DEPLOYMENT.removable(path)


@pytest.mark.parametrize(
    "path",
    [
        ("spec", "state"),
        ("spec", "upgradeStrategy", "kind"),
        ("spec", "restoreStrategy", "allowNonRestoredState"),
        ("spec", "deploymentTargetId"),
        ("spec", "sessionClusterName"),
        ("spec", "maxJobCreationAttempts"),
        (*TEMPLATE_SPEC, "parallelism"),
        (*TEMPLATE_SPEC, "numberOfTaskManagers"),
        (*RESOURCES, "cpu"),
        (*TEMPLATE_SPEC, "artifact", "mainArgs"),
        (*TEMPLATE_SPEC, "logging", "loggingProfile"),
        (*TEMPLATE_SPEC, "flinkConfiguration"),
        ("metadata", "displayName"),
    ],
)
def test_structural_fields_are_released_when_they_are_declared_no_more(
    path: tuple[str, ...],
) -> None:
    assert not DEPLOYMENT.removable(path)


def test_what_vvp_never_returns_is_not_compared() -> None:
    assert not DEPLOYMENT.compared(("spec", "startFromSavepoint", "kind"))
    assert DEPLOYMENT.compared(("spec", "state"))


JUDGEMENTS: list[Any] = [
    pytest.param({}, {}, "True", Reason.Succeeded, id="running as declared"),
    pytest.param(
        {"/spec/state": "CANCELLED"}, {}, "True", Reason.Succeeded, id="cancelled as declared"
    ),
    pytest.param(
        {"/spec/state": "SUSPENDED"}, {}, "True", Reason.Succeeded, id="suspended as declared"
    ),
    pytest.param(
        {}, {"/status/state": "FINISHED"}, "True", Reason.Finished, id="finished is a normal end"
    ),
    pytest.param(
        {"/spec/state": "CANCELLED"},
        {"/status/state": "FINISHED"},
        "False",
        Reason.Progressing,
        id="finished, but to be cancelled",
    ),
    pytest.param(
        {"/spec/state": REMOVED},
        {"/spec/state": "CANCELLED", "/status/state": "CANCELLED"},
        "True",
        Reason.Succeeded,
        id="no declared state: whatever VVP wants",
    ),
    pytest.param(
        {}, {"/status/state": "TRANSITIONING"}, "False", Reason.Progressing, id="transitioning"
    ),
    pytest.param({}, {NOTE: "true"}, "False", Reason.Progressing, id="about to transition"),
    pytest.param(
        {}, {"/status/state": "SUSPENDED"}, "False", Reason.Progressing, id="not yet there"
    ),
    pytest.param({}, {"/status": REMOVED}, "False", Reason.Progressing, id="no status yet"),
    pytest.param({}, {"/status/state": "FAILED"}, "False", Reason.JobFailed, id="failed"),
    pytest.param(
        {"/spec/state": "CANCELLED"},
        {"/status/state": "FAILED"},
        "False",
        Reason.JobFailed,
        id="failed on the way to be cancelled",
    ),
    pytest.param(
        {},
        {"/status/state": "MIGRATING"},
        "Unknown",
        Reason.UnknownState,
        id="a state of the future",
    ),
    pytest.param(
        {},
        {
            "/status/running/conditions": [
                {"type": "JobFailing", "status": "True", "message": "OOM"}
            ]
        },
        "False",
        Reason.JobFailing,
        id="running and failing",
    ),
]


@pytest.mark.parametrize(("declared", "held", "ready", "reason"), JUDGEMENTS)
def test_readiness_follows_from_the_state(
    declared: Edits, held: Edits, ready: str, reason: Reason
) -> None:
    resource = manifest(edits=declared)
    judgement = DEPLOYMENT.judge(desired(resource), observed(resource, held))
    assert (judgement.ready, judgement.reason) == (ready, reason)


def test_a_failed_job_says_how_to_start_it_again() -> None:
    resource = manifest()
    failed = DEPLOYMENT.judge(desired(resource), observed(resource, {"/status/state": "FAILED"}))
    assert failed.advice.endswith(asking(resource, RECONCILE))


def test_an_unknown_state_is_shown_as_it_is() -> None:
    resource = manifest()
    odd = DEPLOYMENT.judge(desired(resource), observed(resource, {"/status/state": "Migrating"}))
    assert "'Migrating'" in odd.message


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ({"type": "JobFailing", "status": "True", "message": "OOM", "reason": "R"}, "OOM"),
        ({"type": "JobFailing", "status": "True", "reason": "R"}, "R"),
        ({"type": "JobFailing", "status": "True"}, "no message"),
        ({"type": "JobFailing", "status": "False", "message": "was"}, None),
        ({"type": "ClusterUnreachable", "status": "True", "message": "x"}, None),
        ("odd", None),
        (None, None),
    ],
)
def test_a_failing_job_is_told_by_vvps_condition(condition: Any, message: str | None) -> None:
    seen = observed(manifest(), {"/status/running/conditions": [condition]})
    assert failing_message(seen) == message


@pytest.mark.parametrize("conditions", [None, "odd", {"type": "JobFailing"}, 5])
def test_odd_conditions_tell_nothing(conditions: Any) -> None:
    assert failing_message(observed(manifest(), {"/status/running/conditions": conditions})) is None


def test_vvps_annotation_tells_of_a_transition_before_the_state_does() -> None:
    assert is_transitioning(observed(manifest(), {NOTE: "true"}))
    assert is_transitioning(observed(manifest(), {"/status/state": "TRANSITIONING"}))
    assert not is_transitioning(observed(manifest(), {NOTE: "false"}))


@pytest.mark.parametrize(
    ("state", "ran"),
    [
        ("RUNNING", True),
        ("SUSPENDED", True),
        ("FINISHED", True),
        ("FAILED", True),
        ("TRANSITIONING", True),
        ("CANCELLED", False),
        ("", False),
    ],
)
def test_only_states_that_follow_a_start_prove_a_run(state: str, ran: bool) -> None:
    assert has_run(observed(manifest(), {"/status/state": state})) is ran


@pytest.mark.parametrize(
    ("upgrade", "restore", "keeps"),
    [
        ("STATELESS", "NONE", False),
        ("stateless", "none", False),
        ("STATELESS", "LATEST_STATE", True),
        ("STATEFUL", "NONE", True),
        ("NONE", "NONE", True),
        (REMOVED, "NONE", True),
        ("STATELESS", REMOVED, True),
    ],
)
def test_only_stateless_without_restore_has_no_state_to_lose(
    upgrade: Any, restore: Any, keeps: bool
) -> None:
    edits = {"/spec/upgradeStrategy/kind": upgrade, "/spec/restoreStrategy/kind": restore}
    assert keeps_state(desired(manifest(edits=edits)).body) is keeps


def test_status_mirrors_id_version_state_job_and_target() -> None:
    shown = DEPLOYMENT.status(observed(manifest()))
    assert set(shown) == set(DEPLOYMENT.status_keys())
    assert shown["id"] == "id-of-orders"
    assert shown["resourceVersion"] == 3
    assert shown["state"] == "RUNNING"
    assert shown["running"]["jobId"] == "job-1"
    assert shown["deploymentTargetId"] == "id-of-jobs"


def test_status_of_a_deployment_without_state_has_none() -> None:
    shown = DEPLOYMENT.status(observed(manifest(), {"/status": REMOVED}))
    assert (shown["state"], shown["running"]) == (None, None)


def test_a_key_shows_vvp_namespace_and_name_even_where_they_are_equal() -> None:
    assert str(PlatformKey("VpDeployment", "orders", "orders")) == "orders/orders"


def test_the_annotation_for_draining_is_exported_and_those_of_vvps_controllers_are_not() -> None:
    notes = {STOP_WITH_DRAIN: "true", SPEC_VERSION: "4", "team": "orders"}
    seen = observed(manifest(), {"/metadata/annotations": notes})
    kept = DEPLOYMENT.persons_part(seen)["metadata"]["annotations"]
    assert kept == {STOP_WITH_DRAIN: "true", "team": "orders"}


PODS = (*TEMPLATE_SPEC, "kubernetes", "pods")


@pytest.mark.parametrize(
    ("path", "member"),
    [
        (("spec", "restoreStrategy", "allowNonRestoredState"), None),
        ((*PODS, "volumeMounts"), "readOnly"),
        ((*PODS, "hostNetwork"), None),
        ((*PODS, "envVars"), "optional"),
    ],
)
def test_absent_is_false_where_that_is_the_default(
    path: tuple[str, ...], member: str | None
) -> None:
    def at(value: Any) -> Any:
        return (
            value
            if member is None
            else [{"name": "a", **({} if value is None else {member: value})}]
        )

    for one, other, same in ((False, None, True), (None, False, True), (True, None, False),
                             (True, False, False), (False, True, False)):  # fmt: skip
        assert DEPLOYMENT.same(path, at(one), at(other)) is same, (one, other)


def test_absent_is_not_false_where_the_default_is_true() -> None:
    for name in ("automountServiceAccountToken", "enableServiceLinks"):
        assert not DEPLOYMENT.same((*PODS, name), False, None)
