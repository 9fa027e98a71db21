"""The table of exit codes, row by row, and which one wins."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from passes.scenario import manifest
from vpsync.sandbox import (
    Fault,
    Hang,
    HtmlPage,
    PresetToken,
    Respond,
    Sandbox,
    SandboxOptions,
    on,
)

from .conftest import PARALLELISM, Vpsync, settled, write

INVALID = {
    "metadata": {"name": "invalid"},
    "spec": {"spec": {"template": {"spec": {"parallelism": 0}}}},
}


EQUAL_TARGET = {
    "metadata": {"name": "there", "labels": {"team": "orders"}},
    "spec": {"kubernetes": {"namespace": "flink"}},
}
"""A target at VVP that is nobody's and equals the one of the scenarios."""


@pytest.fixture
def flags(vvp: Sandbox, files: Path) -> list[str]:
    return ["-f", str(files), "--vvp-url", vvp.url]


class TestDone:
    def test_0_when_everything_is_applied_and_when_it_is_in_sync(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str]
    ) -> None:
        assert vpsync("reconcile", "--once", *flags).code == 0
        vvp.settle()
        assert vpsync("reconcile", "--once", *flags).code == 0

    def test_0_for_a_preview_with_changes(self, vpsync: Vpsync, flags: list[str]) -> None:
        assert vpsync("diff", *flags).code == 0

    def test_0_while_something_waits(self, vpsync: Vpsync, vvp: Sandbox, files: Path) -> None:
        (files / "target.yaml").unlink()
        assert vpsync("reconcile", "--once", "-f", str(files), "--vvp-url", vvp.url).code == 0

    def test_0_when_there_is_nothing(self, vpsync: Vpsync, vvp: Sandbox, tmp_path: Path) -> None:
        done = vpsync("reconcile", "--once", "-f", str(tmp_path), "--vvp-url", vvp.url)
        assert (done.code, done.out) == (0, "No changes. 0 resources in sync.\n")


class TestHeld:
    def test_4_for_a_prune_without_any_manifest(
        self, vpsync: Vpsync, vvp: Sandbox, tmp_path: Path
    ) -> None:
        empty = tmp_path / "empty"
        empty.mkdir()
        flags = ["-f", str(empty), "--prune", "--vvp-url", vvp.url]
        held = vpsync("reconcile", "--once", *flags)
        assert held.code == 4
        assert "without any manifest" in held.out
        assert vpsync("diff", *flags).code == 0
        assert vpsync("reconcile", "--once", "--force", *flags).code == 0


class TestChanges:
    def test_1_only_when_asked_for(self, vpsync: Vpsync, vvp: Sandbox, flags: list[str]) -> None:
        assert vpsync("diff", "--exit-code", *flags).code == 1
        vpsync("reconcile", "--once", *flags)
        vvp.settle()
        assert vpsync("diff", "--exit-code", *flags).code == 0

    def test_1_for_a_creation_a_change_an_adoption_and_drift_each_alone(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str], files: Path
    ) -> None:
        preview = ["diff", "--exit-code", *flags]
        assert vpsync(*preview).code == 1, "creations only"
        settled(vpsync, vvp, flags)
        assert vpsync(*preview).code == 0
        vvp.edit_deployment("default", "orders", {"metadata": {"labels": {"team": "theirs"}}})
        assert vpsync(*preview).code == 1, "drift only"
        settled(vpsync, vvp, flags)
        write(files / "deployment.yaml", manifest({"deployment": PARALLELISM}))
        assert vpsync(*preview).code == 1, "a change only"
        settled(vpsync, vvp, flags)
        vvp.call("POST", "/api/v1/namespaces/default/deployment-targets", EQUAL_TARGET)
        write(files / "there.yaml", manifest({"target": {"metadata": {"name": "there"}}}))
        done = vpsync(*preview, "-o", "json")
        assert [change["action"] for change in done.report["changes"]] == ["adopt"]
        assert done.code == 1, "an adoption only"

    def test_1_for_a_deletion_alone(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str], files: Path
    ) -> None:
        settled(vpsync, vvp, flags)
        (files / "deployment.yaml").unlink()
        assert vpsync("diff", "--exit-code", *flags).code == 0, "files alone delete nothing"
        done = vpsync("diff", "--exit-code", "--prune", "--confirm-state-loss", *flags)
        assert "Plan: 0 to create, 0 to change, 0 to adopt, 1 to delete, 1 in sync." in done.out
        assert done.code == 1
        assert vpsync("diff", "--prune", "--confirm-state-loss", *flags).code == 0

    def test_0_for_a_renewed_record_alone(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str], files: Path
    ) -> None:
        settled(vpsync, vvp, flags)
        released = {"spec": {"spec": {"template": {"spec": {"parallelism": None}}}}}
        write(files / "deployment.yaml", manifest({"deployment": released}))
        done = vpsync("diff", "--exit-code", *flags)
        assert done.code == 0
        assert (
            "/spec/template/spec/parallelism: is no longer declared and keeps its value" in done.out
        )
        assert done.out.endswith("0 to delete, 1 in sync, 1 recorded.\n")

    def test_0_without_being_asked_whatever_there_is_to_do(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str]
    ) -> None:
        settled(vpsync, vvp, flags)
        vvp.edit_deployment("default", "orders", {"metadata": {"labels": {"team": "theirs"}}})
        for command in (["diff"], ["reconcile", "--once", "--dry-run"]):
            assert vpsync(*command, *flags).code == 0

    def test_a_job_that_failed_is_no_change(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str]
    ) -> None:
        settled(vpsync, vvp, flags)
        vvp.script_state("default", "orders", "FAILED", "out of memory")
        assert vpsync("diff", "--exit-code", *flags).code == 0

    def test_3_wins_over_1(self, vpsync: Vpsync, flags: list[str], files: Path) -> None:
        write(files / "invalid.yaml", manifest({"deployment": INVALID}))
        assert vpsync("diff", "--exit-code", *flags).code == 3


class TestBrakes:
    """A brake: an error for a reconcile, told by a preview, and 1 where that is asked for."""

    @pytest.mark.parametrize(
        ("command", "code"),
        [
            (["diff"], 0),
            (["diff", "--exit-code"], 1),
            (["reconcile", "--once", "--dry-run"], 0),
            (["reconcile", "--once"], 4),
            (["reconcile", "--once", "--force"], 0),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
    )
    def test_by_command(
        self, vpsync: Vpsync, vvp: Sandbox, many: list[str], command: list[str], code: int
    ) -> None:
        vvp.forget_requests()
        assert vpsync(*command, *many).code == code
        assert bool(vvp.mutations()) == ("--force" in command)

    def test_4_wins_over_3_and_3_over_1(self, vpsync: Vpsync, many: list[str], files: Path) -> None:
        write(files / "invalid.yaml", manifest({"deployment": INVALID}))
        assert vpsync("reconcile", "--once", *many).code == 4
        assert vpsync("diff", "--exit-code", *many).code == 3
        assert vpsync("diff", *many).code == 3

    def test_5_wins_over_4(self, vpsync: Vpsync, vvp: Sandbox, many: list[str]) -> None:
        vvp.faults.add(Fault(on("*", "."), HtmlPage(), times=None))
        assert vpsync("reconcile", "--once", *many).code == 5


class TestUsage:
    @pytest.mark.parametrize(
        "call",
        [
            ["diff", "--nonsense"],
            ["diff", "-o", "xml"],
            ["diff", "-f", "/nonexistent"],
            ["diff", "--exit-code", "-f", "/nonexistent"],
            ["reconcile"],
            ["reconcile", "--once", "--loop"],
            ["reconcile", "--once", "-f", "/nonexistent"],
            ["reconcile", "--once", "--dry-run", "-f", "/nonexistent"],
            ["reconcile", "--once", "--plan", "/nonexistent"],
        ],
        ids=" ".join,
    )
    def test_2_for_what_makes_no_sense(self, vpsync: Vpsync, call: list[str]) -> None:
        done = vpsync(*call)
        assert (done.code, done.out) == (2, "")


class TestProblems:
    def test_3_for_an_invalid_manifest_and_the_others_are_done(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str], files: Path
    ) -> None:
        write(files / "invalid.yaml", manifest({"deployment": INVALID}))
        assert vpsync("reconcile", "--once", *flags).code == 3
        assert vvp.deployment("default", "orders") is not None

    def test_3_for_a_file_that_cannot_be_read(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str], files: Path
    ) -> None:
        (files / "broken.yaml").write_text("a: [")
        assert vpsync("reconcile", "--once", *flags).code == 3
        assert vvp.deployment("default", "orders") is not None

    @pytest.mark.parametrize(
        "wrong", [{"kind": "VpDeploymnt"}, {"apiVersion": "ververicaplatform.example.com/v1beta1"}]
    )
    def test_3_for_a_mistyped_kind_or_group_and_nothing_is_pruned(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str], files: Path, wrong: dict[str, str]
    ) -> None:
        vpsync("reconcile", "--once", *flags)
        vvp.settle()
        sent = len(vvp.mutations())
        write(files / "deployment.yaml", {**manifest("deployment"), **wrong})
        done = vpsync("reconcile", "--once", "--prune", *flags)
        assert done.code == 3
        assert "did you mean 'VpDeployment'?" in done.out or "/apiVersion" in done.out
        assert len(vvp.mutations()) == sent

    def test_3_for_what_vvp_refuses(self, vpsync: Vpsync, vvp: Sandbox, flags: list[str]) -> None:
        vvp.reject(on("POST", "/deployments$"), "no")
        assert vpsync("reconcile", "--once", *flags).code == 3

    def test_3_when_waiting_runs_out(self, vpsync: Vpsync, vvp: Sandbox, files: Path) -> None:
        (files / "target.yaml").unlink()
        done = vpsync(
            "reconcile", "--once", "--wait", "--timeout", "0.6s", "-f", str(files), "--vvp-url", vvp.url
        )  # fmt: skip
        assert done.code == 3
        assert "--wait ran out" in done.err

    def test_0_for_a_failed_job(self, vpsync: Vpsync, vvp: Sandbox, flags: list[str]) -> None:
        """A job's end is VVP's result, not ours."""
        vpsync("reconcile", "--once", *flags)
        vvp.settle()
        vvp.script_state("default", "orders", "FAILED", "out of memory")
        assert vpsync("reconcile", "--once", *flags).code == 0
        assert vpsync("reconcile", "--once", "--wait", *flags).code == 0

    def test_3_for_any_failed_job_where_that_is_asked_for(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str]
    ) -> None:
        settled(vpsync, vvp, flags)
        vvp.script_state("default", "orders", "FAILED", "out of memory")
        for wait in ([], ["--wait"]):
            done = vpsync("reconcile", "--once", "--fail-on-job-failure", *wait, *flags)
            assert done.code == 3
            assert "the job of VpDeployment team/orders has failed" in done.err

    def test_3_for_a_job_that_failed_after_the_run_started_it_and_the_report_has_it(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str]
    ) -> None:
        settled(vpsync, vvp, flags)
        vvp.script_state("default", "orders", "FAILED", "out of memory")
        vvp.fail_next_start("default", "orders", "no such class")
        write(Path(flags[1]) / "deployment.yaml", manifest({"deployment": PARALLELISM}))
        done = vpsync("reconcile", "--once", "--wait", *flags, "-o", "json")
        assert done.code == 3
        told = [(item["name"], item["reason"]) for item in done.report["notReady"]]
        assert told == [("orders", "JobFailed")]


class TestStalledIsNoFailureOnRequest:
    """``--exit-zero-on-stalled``: a Job that fails should be for whoever runs vpsync."""

    @pytest.fixture(autouse=True)
    def asked_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("VPSYNC_EXIT_ZERO_ON_STALLED", "true")

    def test_0_for_an_invalid_resource_and_one_that_vvp_refuses(
        self, vpsync: Vpsync, vvp: Sandbox, files: Path, flags: list[str]
    ) -> None:
        write(files / "invalid.yaml", manifest({"deployment": INVALID}))
        vvp.reject(on("POST", "/deployments$"), "no")
        done = vpsync("reconcile", "--once", *flags)
        assert done.code == 0
        assert "1 failed, 1 invalid." in done.out

    def test_3_for_a_write_that_may_go_well_next_time(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str]
    ) -> None:
        vvp.faults.add(Fault(on("POST", "/deployments$"), Respond(503, "later")))
        assert vpsync("reconcile", "--once", *flags).code == 3

    def test_3_for_a_manifest_that_cannot_be_read(
        self, vpsync: Vpsync, files: Path, flags: list[str]
    ) -> None:
        (files / "broken.yaml").write_text("a: [", encoding="utf-8")
        assert vpsync("reconcile", "--once", *flags).code == 3

    def test_3_when_waiting_runs_out(self, vpsync: Vpsync, flags: list[str], files: Path) -> None:
        (files / "target.yaml").unlink()
        wait = ("--wait", "--timeout", "0.6s")
        assert vpsync("reconcile", "--once", *wait, *flags).code == 3

    def test_2_for_a_loop(self, vpsync: Vpsync, flags: list[str]) -> None:
        assert vpsync("reconcile", "--loop", *flags).code == 2


class TestUnreachable:
    @pytest.mark.parametrize(
        "command",
        [
            ["diff"],
            ["diff", "--exit-code"],
            ["reconcile", "--once"],
            ["reconcile", "--once", "--dry-run"],
        ],
    )
    def test_5_when_nothing_could_be_decided(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str], command: list[str]
    ) -> None:
        vvp.faults.add(Fault(on("*", "."), HtmlPage(), times=None))
        done = vpsync(*command, *flags)
        assert done.code == 5
        assert vvp.mutations() == []

    def test_5_when_nobody_answers(self, vpsync: Vpsync, files: Path) -> None:
        done = vpsync("diff", "-f", str(files), "--vvp-url", "http://127.0.0.1:1")
        assert done.code == 5
        assert "Traceback" not in done.err

    def test_5_when_the_only_vvp_namespace_refuses_us(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str]
    ) -> None:
        vvp.faults.add(Fault(on("*", "^/api/"), Respond(403), times=None))
        assert vpsync("reconcile", "--once", *flags).code == 5

    def test_5_when_the_cluster_does_not_answer(self, vpsync: Vpsync, tmp_path: Path) -> None:
        config = {
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            "users": [{"name": "u", "user": {}}],
        }  # fmt: skip
        path = write(tmp_path / "kubeconfig", config)
        done = vpsync("diff", "--kubeconfig", str(path))
        assert done.code == 5
        assert done.err.startswith(
            "vpsync: the Kubernetes API server does not answer at http://127.0.0.1:1 ("
        )
        assert len(done.err.splitlines()) == 1

    def test_waiting_ends_at_once(self, vpsync: Vpsync, vvp: Sandbox, flags: list[str]) -> None:
        vvp.faults.add(Fault(on("*", "."), HtmlPage(), times=None))
        started = time.monotonic()
        assert vpsync("reconcile", "--once", "--wait", *flags).code == 5
        assert time.monotonic() - started < 10


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Processes of their own, ended at the latest with the test."""
    running: list[subprocess.Popen[str]] = []

    def begin(*arguments: str, **environment: str) -> subprocess.Popen[str]:
        kept = {name: text for name, text in os.environ.items() if name in ("PATH", "PYTHONPATH")}
        process = subprocess.Popen(
            [sys.executable, "-m", "vpsync", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=kept | {"VPSYNC_METRICS_ADDR": "0"} | environment,
        )
        running.append(process)
        return process

    yield begin
    for process in running:
        process.kill()
        process.communicate()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class TestSignals:
    def test_end_a_wait_without_another_pass_and_say_so(
        self, start: Start, vvp: Sandbox, flags: list[str], files: Path
    ) -> None:
        write(
            files / "deployment.yaml",
            manifest({"deployment": {"spec": {"deploymentTargetName": "gone"}}}),
        )
        process = start("reconcile", "--once", "--wait", *flags)
        wait_for(lambda: len([one for one in vvp.requests if "/deployments" in one.path]) >= 5)
        time.sleep(1.2)  # That pass is over, and the next one is more than a second away.
        asked = len(vvp.requests)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
        assert process.returncode == 143
        assert "waiting  VpDeployment team/orders" in out
        assert "vpsync: interrupted; what was sent goes on in VVP\n" in err
        assert len(vvp.requests) == asked

    @pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
    def test_end_a_run_in_good_order(
        self, start: Start, vvp: Sandbox, flags: list[str], number: signal.Signals, code: int
    ) -> None:
        vvp.faults.add(Fault(on("POST", "/deployment-targets$"), Hang(0.6)))
        process = start("reconcile", "--once", *flags, "-o", "json")
        wait_for(lambda: bool(vvp.mutations()))
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
        assert process.returncode == code, err
        report = json.loads(out)
        assert report["complete"] is False
        assert [change["outcome"] for change in report["changes"]] == ["applied", "skipped"]
        assert len(vvp.mutations()) == 1, "what was begun is finished, and nothing more is begun"

    @pytest.mark.parametrize(
        "command", [["diff"], ["diff", "--exit-code"], ["reconcile", "--once", "--dry-run"]]
    )
    def test_end_a_preview(
        self, start: Start, vvp: Sandbox, flags: list[str], command: list[str]
    ) -> None:
        vvp.faults.add(Fault(on("GET", "."), Hang(0.2), times=None))
        process = start(*command, *flags)
        wait_for(lambda: bool(vvp.requests))
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
        assert process.returncode == 143

    def test_end_a_wait_with_what_was_done_and_no_advice_on_settings(
        self, start: Start, files: Path
    ) -> None:
        with Sandbox(SandboxOptions(polls_per_transition=10_000)) as slow:
            line = ["-f", str(files), "--vvp-url", slow.url]
            process = start("reconcile", "--once", "--wait", *line)
            wait_for(lambda: bool(slow.mutations()) and slow.requests[-1].method == "GET")
            time.sleep(1.0)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
        assert process.returncode == 130, err
        assert "Applied: 2 created" in out
        assert "--vvp-url" not in err
        assert "nothing could be decided" not in err

    def test_end_a_loop_with_0(self, start: Start, vvp: Sandbox, flags: list[str]) -> None:
        process = start("reconcile", "--loop", "--interval", "60s", *flags)
        wait_for(lambda: len(vvp.mutations()) >= 2)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
        assert process.returncode == 0, err
        assert "Applied: 2 created" in err
        assert out == ""

    def test_the_second_one_ends_at_once(
        self, start: Start, vvp: Sandbox, flags: list[str]
    ) -> None:
        vvp.faults.add(Fault(on("GET", "."), Hang(8), times=None))
        process = start("diff", *flags, "--vvp-request-timeout", "10s")
        wait_for(lambda: bool(vvp.requests))
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
        assert process.returncode == 143
        assert time.monotonic() - started < 3

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    @pytest.mark.parametrize("how", ["--once", "--loop"])
    def test_leave_no_token_of_the_run_behind(
        self, start: Start, files: Path, number: signal.Signals, how: str
    ) -> None:
        people = [PresetToken("default", "people", "owner", "owner-secret")]
        with Sandbox(SandboxOptions(auth=True), tokens=people) as vvp:
            vvp.faults.add(Fault(on("POST", "/deployment-targets$"), Hang(0.6)))
            flags = ("-f", str(files), "--vvp-url", vvp.url)
            process = start("reconcile", how, *flags, PLATFORM_API_TOKEN="owner-secret")
            wait_for(lambda: bool([r for r in vvp.requests if r.path.endswith("-targets")]))
            wait_for(lambda: len(vvp.snapshot()["default"]["apiTokens"]) == 2)
            process.send_signal(number)
            process.communicate(timeout=20)
            assert set(vvp.snapshot()["default"]["apiTokens"]) == {"people"}

    @pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
    def test_end_the_sandbox_with_0(self, start: Start, host: str) -> None:
        process = start("sandbox", "--listen", f"{host}:0")
        assert process.stderr is not None
        told = process.stderr.readline()
        assert "VVP sandbox (enterprise" in told
        assert f" at http://{host}:" in told
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_a_sandbox_for_one_run_needs_nothing_else(vpsync: Vpsync, files: Path) -> None:
    done = vpsync("reconcile", "--once", "--sandbox", "--wait", "-f", str(files))
    assert done.code == 0
    assert "2 created" in done.out


def test_a_machine_without_further_threads_is_told_in_plain_words(
    vpsync: Vpsync, flags: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def submit(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(ThreadPoolExecutor, "submit", submit)
    done = vpsync("reconcile", "--once", *flags)
    assert done.code == 3
    assert "gives the process no further thread; raise its limit" in done.err
    assert "fault of vpsync" not in done.err
