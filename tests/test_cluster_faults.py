"""A Kubernetes that refuses, conflicts, lags or is away: nothing is done twice, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from fakes.faults import Action, Answer, Call, CutBody, Fail, Stale, denied, denied_by_webhook, on
from passes.oracles import assert_all, assert_quiet
from passes.scenario import manifest
from passes.world import World, text_of
from vpsync.errors import ClusterError, ClusterForbidden, ClusterUnreachable
from vpsync.model.exit_code import ExitCode
from vpsync.model.outcome import Failed
from vpsync.model.resource import GROUP
from vpsync.sandbox import SandboxOptions

ALL = ("namespace", "target", "deployment", "savepoint")
CREATES = {
    "namespaces/analytics": 1,
    "deployment-targets/default/jobs": 1,
    "deployments/default/orders": 1,
    "savepoints/default/orders": 1,
}

AWAY: dict[str, Action] = {
    "status 500": Answer(500),
    "status 429": Answer(429, headers={"Retry-After": "1"}),
    "status 403": Answer(403),
    "connection refused": Fail(ConnectionRefusedError("refused")),
    "HTML with status 200": Answer(200, data=b"<html>login</html>"),
    "a cut body": CutBody(ConnectionResetError("cut")),
    "no list": Answer(200, data=b'{"items": null, "metadata": {}}'),
    "another shape": Answer(200, data=b"[]"),
    "a list of strings": Answer(200, data=b'{"items": ["x"], "metadata": {}}'),
    "objects without metadata": Answer(200, data=b'{"items": [{"metadata": 1}], "metadata": {}}'),
}


@pytest.fixture
def world() -> Iterator[World]:
    with World() as made:
        for name in ALL:
            made.create(manifest(name))
        yield made


@pytest.mark.parametrize("answer", AWAY.values(), ids=AWAY)
def test_when_no_list_can_be_had_nothing_is_decided(world: World, answer: Action) -> None:
    world.kubernetes.fault(on("GET", "."), answer, times=None)
    with pytest.raises(ClusterError):
        world.run()
    assert world.sandbox.requests == []
    assert world.kubernetes.mutations() == []


@pytest.mark.parametrize("answer", AWAY.values(), ids=AWAY)
def test_when_one_list_cannot_be_had_the_other_kinds_are_done(world: World, answer: Action) -> None:
    world.kubernetes.fault(on("GET", "/vpdeploymenttargets$"), answer, times=None)
    report = world.run()
    assert report.exit_code is ExitCode.PROBLEMS
    assert len(report.errors) == 1
    assert [str(r.manifest.key.kind) for r in report.applied_changes] == ["VpNamespace"]
    world.kubernetes.faults.clear()
    world.settle()
    assert_all(world, CREATES, {})


def test_refused_credentials_are_an_unreachable_cluster(world: World) -> None:
    world.kubernetes.fault(on("GET", "."), Answer(401), times=None)
    with pytest.raises(ClusterUnreachable, match="does not accept the credentials"):
        world.run()


@pytest.mark.parametrize("status", [403, 409, 422, 500])
def test_an_event_that_cannot_be_posted_never_fails_a_pass(world: World, status: int) -> None:
    world.kubernetes.fault(on("POST", "/events$"), Answer(status), times=None)
    settled = world.settle()
    assert settled.report.exit_code is ExitCode.DONE
    assert world.kubernetes.events == []
    assert_all(world, CREATES, {})


@pytest.mark.parametrize("status", [409, 422, 429, 500, 403])
def test_a_status_that_cannot_be_written_is_told_and_written_later(
    world: World, status: int
) -> None:
    fault = world.kubernetes.fault(on("PATCH", "/status$"), Answer(status), times=None)
    report = world.run()
    assert report.exit_code is ExitCode.PROBLEMS
    assert len(report.errors) == 4
    assert all("its status was not written" in error for error in report.errors)
    world.kubernetes.faults.remove(fault)
    world.settle()
    assert_all(world, CREATES, {})


@pytest.mark.parametrize("status", [403, 409, 422, 500])
def test_nothing_is_created_in_vvp_before_the_finalizer_is_set(world: World, status: int) -> None:
    world.kubernetes.fault(on("PATCH", "/vpdeploymenttargets/jobs$"), Answer(status), times=None)
    world.run()
    assert world.sandbox.target("default", "jobs") is None
    world.kubernetes.faults.clear()
    world.settle()
    assert_all(world, CREATES, {})


DENIALS = {
    "a policy": denied("no Flink on Fridays"),
    "a policy that forbids": denied("no Flink on Fridays", 403),
    "a policy that calls it too large": denied("no Flink on Fridays", 413),
    "a webhook": denied_by_webhook("no Flink on Fridays"),
    "a webhook that calls it invalid": denied_by_webhook("no Flink on Fridays", 422),
}


@pytest.mark.parametrize("denial", DENIALS.values(), ids=DENIALS)
class TestDenials:
    """What a policy or a webhook denies is no conflict: it is told in their words until it is permitted."""

    def stalled(self, world: World, kind: str, name: str) -> tuple[str, str] | None:
        found = world.find(kind, name)
        assert found is not None
        conditions = found["status"].get("conditions") or []
        stalled = [one for one in conditions if one["type"] == "Stalled"]
        return (stalled[0]["reason"], stalled[0]["message"]) if stalled else None

    def told(self, world: World) -> None:
        for _ in range(2):
            report = world.run()
            assert report.exit_code is ExitCode.PROBLEMS
            assert "no Flink on Fridays" in text_of(report)
            reason, message = self.stalled(world, "VpDeploymentTarget", "jobs") or ("", "")
            assert reason == "Rejected"
            assert "no Flink on Fridays" in message
        mark = world.mark()
        world.run()
        assert [call for call in world.writes(mark) if call.endswith("/jobs/status")] == [], (
            "told once"
        )

    def test_of_the_finalizer_leave_vvp_alone(self, world: World, denial: Action) -> None:
        fault = world.kubernetes.fault(on("PATCH", "/jobs$"), denial, times=None)
        self.told(world)
        assert world.sandbox.target("default", "jobs") is None
        world.kubernetes.faults.remove(fault)
        world.settle()
        assert self.stalled(world, "VpDeploymentTarget", "jobs") is None
        assert_all(world, CREATES, {})

    def test_of_an_annotation_are_told_beside_what_vvp_holds(
        self, world: World, denial: Action
    ) -> None:
        def annotates(call: Call) -> bool:
            return "annotations" in str(call.body) and call.path.endswith("/jobs")

        fault = world.kubernetes.fault(annotates, denial, times=None)
        world.run()
        self.told(world)
        found = world.find("VpDeploymentTarget", "jobs")
        assert found is not None
        ready = [one for one in found["status"]["conditions"] if one["type"] == "Ready"]
        assert ready[0]["status"] == "True", "VVP holds what is declared"
        world.kubernetes.faults.remove(fault)
        world.settle()
        assert self.stalled(world, "VpDeploymentTarget", "jobs") is None

    def test_of_the_removal_of_the_finalizer_keep_the_resource(
        self, world: World, denial: Action
    ) -> None:
        world.settle()
        world.delete("VpDeployment", "orders", confirmed=True)
        world.delete("VpSavepoint", "before-upgrade")
        world.delete("VpDeploymentTarget", "jobs")
        removes = on("PATCH", "/vpdeploymenttargets/jobs$")

        def takes_off(call: Call) -> bool:
            return removes(call) and '"remove"' in str(call.body).replace("'", '"')

        fault = world.kubernetes.fault(takes_off, denial, times=None)
        for _ in range(6):
            world.run()
        assert world.sandbox.target("default", "jobs") is None
        self.told(world)
        world.kubernetes.faults.remove(fault)
        for _ in range(3):
            world.run()
        assert world.find("VpDeploymentTarget", "jobs") is None

    def test_of_a_status_are_told_in_the_report(self, world: World, denial: Action) -> None:
        fault = world.kubernetes.fault(on("PATCH", "/jobs/status$"), denial, times=None)
        report = world.run()
        assert report.exit_code is ExitCode.PROBLEMS
        assert "no Flink on Fridays" in text_of(report)
        world.kubernetes.faults.remove(fault)
        world.settle()
        assert_all(world, CREATES, {})


def test_an_account_without_the_right_to_patch_is_no_denial(world: World) -> None:
    """The authoriser's 403 has the same status and reason as a policy's."""
    document = {
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": 'vpdeploymenttargets "jobs" is forbidden: User "x" cannot patch resource',
        "reason": "Forbidden", "code": 403, "details": {"name": "jobs", "kind": "vpx"},
    }  # fmt: skip
    answer = Answer(403, data=json.dumps(document).encode())
    world.kubernetes.fault(on("PATCH", "/jobs$"), answer, times=None)
    report = world.run()
    failed = [r.outcome for r in report.results if isinstance(r.outcome, Failed)]
    assert [type(outcome.error) for outcome in failed] == [ClusterForbidden]


def test_a_resource_that_is_gone_before_its_status_is_written_is_no_error(world: World) -> None:
    world.kubernetes.fault(on("PATCH", "/vpsavepoints/"), Answer(404), times=None)
    report = world.run()
    assert report.errors == ()
    assert report.exit_code is ExitCode.DONE


@pytest.mark.parametrize("keeps", [True, False], ids=["marked", "unmarked"])
@pytest.mark.parametrize("revisions", [1, 3, 10, 1000])
def test_lists_that_lag_behind_create_nothing_twice(revisions: int, keeps: bool) -> None:
    """Also a list that lacks statuses, intents and finalizers that are there."""
    with World(options=SandboxOptions(keep_annotations_on_savepoints=keeps)) as world:
        for name in ALL:
            world.create(manifest(name))
        for _ in range(6):
            world.run()
            world.kubernetes.fault(on("GET", "."), Stale(revisions), times=4)
            world.run()
            world.kubernetes.faults.clear()
        world.clock.advance(130)
        world.settle()
        assert_all(world, CREATES, {})


@pytest.mark.parametrize("revisions", [1, 3, 10])
def test_lists_that_lag_behind_lose_no_finalizer(world: World, revisions: int) -> None:
    world.settle()
    for document in world.kubernetes.all():
        world.delete(document["kind"], document["metadata"]["name"], confirmed=True)
    for _ in range(6):
        world.run()
        world.kubernetes.fault(on("GET", "."), Stale(revisions), times=4)
        world.run()
        world.kubernetes.faults.clear()
    world.settle()
    assert world.kubernetes.all() == []
    assert list(world.sandbox.snapshot()) == ["default"]
    assert world.sandbox.snapshot()["default"]["deployments"] == {}
    assert world.sandbox.snapshot()["default"]["targets"] == {}


def test_a_list_that_lags_behind_undoes_no_change_and_restarts_no_job(world: World) -> None:
    world.settle()
    patch = {"spec": {"spec": {"template": {"spec": {"parallelism": 3}}}}}
    world.edit("VpDeployment", "orders", patch)
    world.settle()
    for revisions in range(1, 20):
        world.kubernetes.fault(on("GET", "/vpdeployments$"), Stale(revisions))
        world.run()
        world.sandbox.settle()
    world.settle()
    held = world.sandbox.snapshot()["default"]["deployments"]["orders"]
    assert [job["spec"]["parallelism"] for job in held["jobs"]] == [2, 3]


def test_an_instruction_that_came_while_the_pass_ran_is_heeded(world: World) -> None:
    """Whoever says that a deletion is to leave VVP alone must not come too late by a moment."""
    world.settle()
    world.delete("VpDeployment", "orders", confirmed=True)
    orphan = {"metadata": {"annotations": {f"{GROUP}/deletion-policy": "Orphan"}}}

    def annotate(method: str, path: str) -> None:
        world.kubernetes.edit("VpDeployment", "team", "orders", orphan)

    # VVP is asked after the lists of Kubernetes were read.
    world.process.vvp.before = annotate
    world.run()
    world.process.vvp.before = lambda method, path: None
    world.settle()
    assert world.sandbox.snapshot()["default"]["deployments"]["orders"]["state"] == "RUNNING"
    assert world.find("VpDeployment", "orders") is None


def test_somebody_who_edits_while_a_pass_runs_is_not_overwritten(world: World) -> None:
    """The finalizer is set on the object that was read, or not at all."""
    edited = {"metadata": {"labels": {"edited": "meanwhile"}}}

    def edit(method: str, path: str) -> None:
        world.kubernetes.edit("VpDeploymentTarget", "team", "jobs", edited)

    # VVP is asked after the lists of Kubernetes were read.
    world.process.vvp.before = edit
    report = world.run()
    world.process.vvp.before = lambda method, path: None
    assert world.sandbox.target("default", "jobs") is None, "not without the finalizer"
    assert report.exit_code is ExitCode.DONE
    world.settle()
    found = world.find("VpDeploymentTarget", "jobs")
    assert found is not None
    assert found["metadata"]["labels"] == {"edited": "meanwhile"}
    assert_quiet(world)
