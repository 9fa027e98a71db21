"""A plan that is written, reviewed, and carried out exactly, or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from passes.scenario import manifest
from passes.world import unmasked
from vpsync.sandbox import Fault, HtmlPage, Sandbox, on

from .conftest import PARALLELISM, Done, Vpsync, settled, write

TOKEN = "token-of-the-team-in-both-runs"


@pytest.fixture
def flags(vvp: Sandbox, files: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Both runs have the token of VVP, by which masked values are bound."""
    monkeypatch.setenv("APPMANAGER_API_TOKEN", TOKEN)
    return ["-f", str(files), "--vvp-url", vvp.url]


@pytest.fixture
def plan(tmp_path: Path) -> str:
    return str(tmp_path / "plan.json")


@pytest.fixture
def vvp() -> Iterator[Sandbox]:
    """Requests are counted, so this VVP hides no secret: that would cost one more."""
    with Sandbox(unmasked()) as sandbox:
        yield sandbox
        assert sandbox.failures == []


def sent(vvp: Sandbox) -> list[str]:
    return [f"{request.method} {request.path}" for request in vvp.mutations()]


def refused(done: Done, vvp: Sandbox) -> list[str]:
    """What moved; nothing may have been sent."""
    assert done.code == 4
    assert sent(vvp) == []
    return [line for line in done.out.splitlines() if line.startswith("moved since the plan: ")]


class TestAPlanFile:
    def test_is_what_diff_prints_as_json(self, vpsync: Vpsync, flags: list[str], plan: str) -> None:
        printed = vpsync("diff", *flags, "-o", "json", "--plan-out", plan).out
        assert Path(plan).read_text() == printed
        assert "CANARY" not in printed

    def test_is_carried_out_as_it_stands(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str], plan: str
    ) -> None:
        vpsync("diff", *flags, "--plan-out", plan)
        done = vpsync("reconcile", "--once", *flags, "--plan", plan, "-o", "json")
        assert done.code == 0
        assert [one["outcome"] for one in done.report["changes"]] == ["applied", "applied"]
        planned = json.loads(Path(plan).read_text())
        assert done.report["checksum"] == planned["checksum"]
        assert len(sent(vvp)) == 2

    def test_holds_no_token_of_the_run_and_is_carried_out_all_the_same(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str], files: Path, plan: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        monkeypatch.setenv("APPMANAGER_API_TOKEN", "token-of-this-run")
        label = {"spec": {"metadata": {"labels": {"odd": "token-of-this-run"}}}}
        write(files / "deployment.yaml", manifest({"deployment": label}))
        vpsync("diff", *flags, "--plan-out", plan)
        assert "token-of-this-run" not in Path(plan).read_text()
        assert vpsync("reconcile", "--once", *flags, "--plan", plan).code == 0
        assert len(sent(vvp)) == 2

    def test_without_a_change_carries_out_nothing(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str], plan: str
    ) -> None:
        settled(vpsync, vvp, flags)
        vpsync("diff", *flags, "--plan-out", plan)
        done = vpsync("reconcile", "--once", *flags, "--plan", plan)
        assert (done.code, sent(vvp)) == (0, [])

    def test_can_be_checked_by_a_dry_run(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str], files: Path, plan: str
    ) -> None:
        vpsync("diff", *flags, "--plan-out", plan)
        call = ["reconcile", "--once", "--dry-run", *flags, "--plan", plan]
        assert vpsync(*call).code == 0
        (files / "target.yaml").unlink()
        assert refused(vpsync(*call), vvp)
        assert sent(vvp) == []


class TestAPlanThatIsNoLongerTrue:
    def test_since_a_change_vanished(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str], files: Path, plan: str
    ) -> None:
        vpsync("diff", *flags, "--plan-out", plan)
        (files / "deployment.yaml").unlink()
        [told] = refused(vpsync("reconcile", "--once", *flags, "--plan", plan), vvp)
        assert "VpDeployment team/orders: create of " in told
        assert told.endswith("is no longer planned")

    def test_since_a_change_appeared(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str], files: Path, plan: str
    ) -> None:
        vpsync("diff", *flags, "--plan-out", plan)
        write(files / "other.yaml", manifest({"target": {"metadata": {"name": "other"}}}))
        [told] = refused(vpsync("reconcile", "--once", *flags, "--plan", plan), vvp)
        assert "VpDeploymentTarget team/other: create of " in told
        assert told.endswith("is not in the plan")

    def test_since_a_manifest_changed(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str], files: Path, plan: str
    ) -> None:
        vpsync("diff", *flags, "--plan-out", plan)
        write(files / "deployment.yaml", manifest({"deployment": PARALLELISM}))
        [told] = refused(vpsync("reconcile", "--once", *flags, "--plan", plan), vvp)
        assert told.endswith("/spec/template/spec/parallelism was null → 2 and is null → 3")

    def test_since_somebody_changed_vvp(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str], files: Path, plan: str
    ) -> None:
        settled(vpsync, vvp, flags)
        write(files / "deployment.yaml", manifest({"deployment": PARALLELISM}))
        vpsync("diff", *flags, "--plan-out", plan)
        vvp.edit_deployment(
            "default", "orders", {"spec": {"template": {"spec": {"parallelism": 9}}}}
        )
        call = ["reconcile", "--once", *flags, "--plan", plan]
        [told] = refused(vpsync(*call), vvp)
        why = "1 field waits until VVP has finished its transition"
        assert told.endswith(f"parallelism is no longer planned; Progressing: {why}")
        vvp.settle()
        [told] = refused(vpsync(*call), vvp)
        assert told.endswith("/spec/template/spec/parallelism was 2 → 3 and is 9 → 3")

    def test_since_it_was_carried_out_already(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str], plan: str
    ) -> None:
        vpsync("diff", *flags, "--plan-out", plan)
        settled(vpsync, vvp, flags)
        assert len(refused(vpsync("reconcile", "--once", *flags, "--plan", plan), vvp)) == 2

    def test_is_told_in_json_too_with_what_would_be_done_now(
        self, vpsync: Vpsync, flags: list[str], files: Path, plan: str
    ) -> None:
        vpsync("diff", *flags, "--plan-out", plan)
        (files / "deployment.yaml").unlink()
        report = vpsync("reconcile", "--once", *flags, "--plan", plan, "-o", "json").report
        assert report["errors"][0].startswith("moved since the plan: VpDeployment team/orders: ")
        assert [one["name"] for one in report["changes"]] == ["jobs"]
        assert "outcome" not in report["changes"][0]

    def test_is_no_reason_where_nothing_could_be_decided(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str], plan: str
    ) -> None:
        vpsync("diff", *flags, "--plan-out", plan)
        vvp.faults.add(Fault(on("*", "."), HtmlPage(), times=None))
        assert vpsync("reconcile", "--once", *flags, "--plan", plan).code == 5


class TestBrakes:
    def test_are_passed_by_a_reviewed_plan_and_both_sides_say_so(
        self, vpsync: Vpsync, vvp: Sandbox, many: list[str], plan: str
    ) -> None:
        assert vpsync("reconcile", "--once", *many).code == 4
        assert sent(vvp) == []
        held = "10 updates of 12 objects are more than --max-update-percent 30"
        shown = vpsync("diff", *many, "--plan-out", plan).out
        assert f"brake passed: {held}: passed by --plan-out\n" in shown
        assert "Plan: 0 to create, 10 to change" in shown
        assert shown.count(f"    beyond a brake: {held}\n") == 10
        written = json.loads(Path(plan).read_text(encoding="utf-8"))
        assert [change["heldBy"] for change in written["changes"]] == [held] * 10
        done = vpsync("reconcile", "--once", *many, "--plan", plan)
        assert done.code == 0
        assert f"brake passed: {held}: passed by --plan\n" in done.out
        assert len(sent(vvp)) == 10

    def test_mark_only_what_they_would_hold(
        self, vpsync: Vpsync, many: list[str], files: Path, plan: str
    ) -> None:
        write(files / "new.yaml", manifest({"deployment": {"metadata": {"name": "new"}}}))
        vpsync("diff", *many, "--plan-out", plan)
        written = json.loads(Path(plan).read_text(encoding="utf-8"))
        held = {change["name"] for change in written["changes"] if "heldBy" in change}
        assert (len(held), "new" in held) == (10, False)

    def test_hold_without_a_review(self, vpsync: Vpsync, many: list[str]) -> None:
        shown = vpsync("diff", *many).out
        assert "held back: 10 updates of 12 objects" in shown
        assert "Plan: 0 to create, 0 to change" in shown


class TestRefusedWith2:
    @pytest.mark.parametrize(
        ("member", "value"),
        [("tool", "vpsync/0.0.1"), ("formatVersion", "9.0"), ("ownerId", "east"),
         ("complete", False), ("checksum", "sha256:x"), ("seal", "sha256:x"),
         ("summary", {"create": 0}), ("blocked", [{"kind": "VpDeployment"}]), ("errors", ["odd"])],
    )  # fmt: skip
    def test_a_plan_that_this_run_cannot_carry_out(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str], plan: str, member: str, value: object
    ) -> None:
        vpsync("diff", *flags, "--plan-out", plan)
        document = json.loads(Path(plan).read_text())
        Path(plan).write_text(json.dumps({**document, member: value}))
        done = vpsync("reconcile", "--once", *flags, "--plan", plan)
        assert (done.code, done.out, sent(vvp)) == (2, "", [])
        assert done.err.startswith(f"vpsync: --plan {plan} ")
        assert done.err.endswith("; write a new plan\n")

    def test_a_plan_that_is_not_there(self, vpsync: Vpsync, flags: list[str]) -> None:
        done = vpsync("reconcile", "--once", *flags, "--plan", "/nonexistent/plan.json")
        assert done.code == 2
        assert done.err == "vpsync: --plan /nonexistent/plan.json: No such file or directory\n"

    def test_a_plan_that_is_no_text(self, vpsync: Vpsync, flags: list[str], plan: str) -> None:
        Path(plan).write_bytes(b"\xff\xfe")
        assert vpsync("reconcile", "--once", *flags, "--plan", plan).code == 2

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["--loop", "--plan", "PLAN"], "--plan goes with --once"),
            (["--once", "--wait", "--plan", "PLAN"], "would go beyond it"),
        ],
    )
    def test_flags_that_would_do_more_than_the_plan(
        self, vpsync: Vpsync, flags: list[str], arguments: list[str], words: str
    ) -> None:
        done = vpsync("reconcile", *arguments, *flags)
        assert done.code == 2
        assert words in done.err

    def test_a_place_that_no_plan_can_be_written_to_before_anything_is_read(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str]
    ) -> None:
        done = vpsync("diff", *flags, "--plan-out", "/nonexistent/plan.json")
        assert done.code == 2
        assert vvp.requests == []


class TestSecretsOfAPlan:
    """With a key that both runs have, what is masked counts, too."""

    @pytest.fixture
    def key(self, tmp_path: Path) -> str:
        path = tmp_path / "key"
        path.write_text("k" * 32)
        return str(path)

    def test_are_bound_by_a_keyed_digest(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str], files: Path, plan: str, key: str
    ) -> None:
        keyed = [*flags, "--plan-key-file", key]
        printed = vpsync("diff", *keyed, "--plan-out", plan, "-o", "json").out
        assert "hmac-sha256:" in printed
        assert "CANARY" not in printed
        inner = {"flinkConfiguration": {"s3.secret-key": "CANARY-of-somebody-else"}}
        edits = {"spec": {"spec": {"template": {"spec": inner}}}}
        write(files / "deployment.yaml", manifest({"deployment": edits}))
        [told] = refused(vpsync("reconcile", "--once", *keyed, "--plan", plan), vvp)
        assert "holds another secret than the reviewed one" in told
        write(files / "deployment.yaml", manifest("deployment"))
        assert vpsync("reconcile", "--once", *keyed, "--plan", plan).code == 0

    def test_are_bound_by_the_token_of_vvp_where_there_is_no_key(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str], files: Path, plan: str
    ) -> None:
        printed = vpsync("diff", *flags, "--plan-out", plan, "-o", "json").out
        assert "hmac-sha256:" in printed
        assert TOKEN not in printed
        inner = {"flinkConfiguration": {"s3.secret-key": "CANARY-of-somebody-else"}}
        edits = {"spec": {"spec": {"template": {"spec": inner}}}}
        write(files / "deployment.yaml", manifest({"deployment": edits}))
        [told] = refused(vpsync("reconcile", "--once", *flags, "--plan", plan), vvp)
        assert "holds another secret than the reviewed one" in told

    @pytest.mark.parametrize("other", ["another-token-of-the-team", ""])
    @pytest.mark.parametrize("by_review", [True, False])
    def test_of_a_file_are_not_sent_where_the_runs_have_no_key_in_common(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str], plan: str, other: str, by_review: bool,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        tokens = [TOKEN, other] if by_review else [other, TOKEN]
        monkeypatch.setenv("APPMANAGER_API_TOKEN", tokens[0])
        vpsync("diff", *flags, "--plan-out", plan)
        monkeypatch.setenv("APPMANAGER_API_TOKEN", tokens[1])
        [told] = refused(vpsync("reconcile", "--once", *flags, "--plan", plan), vvp)
        assert told.endswith("give both the same --plan-key-file, or the same VVP token")

    def test_need_no_key_where_none_is_masked(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str], files: Path, plan: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        monkeypatch.delenv("APPMANAGER_API_TOKEN")
        (files / "deployment.yaml").unlink()
        vpsync("diff", *flags, "--plan-out", plan)
        assert vpsync("reconcile", "--once", *flags, "--plan", plan).code == 0
        assert len(sent(vvp)) == 1

    def test_of_another_key_are_not_the_reviewed_ones(
        self, vpsync: Vpsync, vvp: Sandbox, flags: list[str], plan: str, key: str
    ) -> None:
        vpsync("diff", *flags, "--plan-key-file", key, "--plan-out", plan)
        Path(key).write_text("another-key-of-enough-characters-" * 2)
        for more in (["--plan-key-file", key], []):
            assert refused(vpsync("reconcile", "--once", *flags, *more, "--plan", plan), vvp)

    def test_need_a_key_that_nobody_guesses(
        self, vpsync: Vpsync, flags: list[str], key: str
    ) -> None:
        Path(key).write_text("short")
        done = vpsync("diff", *flags, "--plan-key-file", key)
        assert (done.code, "less than 32 bytes" in done.err) == (2, True)
