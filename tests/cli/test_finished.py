"""A finished batch job whose manifest changed is told without a cluster, too, until it has run."""

from __future__ import annotations

from pathlib import Path

import pytest

from passes.scenario import manifest
from vpsync.sandbox import Sandbox

from .conftest import PARALLELISM, Vpsync, settled, write

WORDS = "the new version has not run; to run it: "


@pytest.fixture
def flags(vvp: Sandbox, files: Path) -> list[str]:
    return ["-f", str(files), "--vvp-url", vvp.url]


@pytest.mark.parametrize("command", [("reconcile", "--once"), ("diff",)], ids=" ".join)
def test_text_json_and_markdown_say_that_the_new_version_has_not_run(
    vpsync: Vpsync, vvp: Sandbox, flags: list[str], command: tuple[str, ...]
) -> None:
    settled(vpsync, vvp, flags)
    vvp.script_state("default", "orders", "FINISHED")
    assert WORDS not in vpsync(*command, *flags).out
    write(Path(flags[1]) / "deployment.yaml", manifest({"deployment": PARALLELISM}))
    assert WORDS in vpsync("reconcile", "--once", *flags).out
    assert WORDS in vpsync(*command, *flags).out
    if command == ("diff",):
        assert WORDS in vpsync(*command, *flags, "-o", "markdown").out
    report = vpsync(*command, *flags, "-o", "json").report
    assert [(one["name"], one["reason"]) for one in report["notRun"]] == [("orders", "Finished")]
    assert report["notReady"] == []
    vvp.script_state("default", "orders", "RUNNING")
    done = vpsync(*command, *flags, "-o", "json")
    assert "notRun" not in done.report


def test_with_wait_a_changed_job_that_has_not_run_is_one_row(
    vpsync: Vpsync, vvp: Sandbox, flags: list[str]
) -> None:
    settled(vpsync, vvp, flags)
    vvp.script_state("default", "orders", "FINISHED")
    once = ("reconcile", "--once", "--wait", *flags)
    write(Path(flags[1]) / "deployment.yaml", manifest({"deployment": PARALLELISM}))
    waited = vpsync(*once)
    assert waited.out.count(WORDS) == 1
    [row] = [line for line in waited.out.splitlines() if WORDS in line]
    assert row.startswith("changed")
    assert "\nnot run" not in waited.out
    assert "\nnot run  " in vpsync(*once).out


def test_with_wait_it_is_one_entry_for_programs(
    vpsync: Vpsync, vvp: Sandbox, flags: list[str]
) -> None:
    settled(vpsync, vvp, flags)
    vvp.script_state("default", "orders", "FINISHED")
    write(Path(flags[1]) / "deployment.yaml", manifest({"deployment": PARALLELISM}))
    report = vpsync("reconcile", "--once", "--wait", *flags, "-o", "json").report
    assert [one["name"] for one in report["changes"]] == ["orders"]
    assert [one["name"] for one in report["notRun"]] == ["orders"]
