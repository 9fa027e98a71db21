"""The pipelines and manifests of the pages on GitOps and migration do what they say."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from pages import blocks, page, rows, sections
from render.cases import CASES
from vpsync.cli import main
from vpsync.kinds import KINDS
from vpsync.model.exit_code import ExitCode
from vpsync.model.resource import GROUP
from vpsync.sandbox import PresetToken, Sandbox, SandboxOptions
from vpsync.schema.crds import crds

ROOT = Path(__file__).resolve().parents[2]
TEXT = page("gitops.md")
DOCUMENTS: list[dict[str, Any]] = [
    yaml.safe_load(block.text) for block in blocks(TEXT) if block.language == "yaml"
]
MANIFESTS = ("vpdeploymenttarget-v1beta1.yaml", "vpdeployment-v1beta1.yaml")
ROLES = ("viewer", "owner")


def named(name: str) -> dict[str, Any]:
    """The pipeline of that name: a workflow of GitHub."""
    [found] = [document for document in DOCUMENTS if document.get("name") == name]
    return found


@pytest.fixture
def vvp() -> Iterator[Sandbox]:
    tokens = [PresetToken("default", role, role, f"the-{role}s") for role in ROLES]
    with Sandbox(SandboxOptions(auth=True), tokens=tokens) as sandbox:
        yield sandbox


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "manifests").mkdir()
    for name in MANIFESTS:
        shutil.copy(ROOT / "examples" / name, tmp_path / "manifests")
    return tmp_path


def run(line: str, checkout: Path, vvp: Sandbox, role: str) -> None:
    """A command of a pipeline, with a token of that role."""
    done = subprocess.run(
        [sys.executable, "-m", *line.split()],
        cwd=checkout,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "VPSYNC_VVP_URL": vvp.url,
            "APPMANAGER_API_TOKEN": f"the-{role}s",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def steps(workflow: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The commands of vpsync in a workflow, each with the role of the token that it has."""
    [job] = workflow["jobs"].values()
    for step in job["steps"]:
        if step.get("run", "").startswith("vpsync "):
            secret = step.get("env", {}).get("APPMANAGER_API_TOKEN", "VVP_VIEWER_TOKEN")
            yield step["run"], re.findall(r"VVP_(\w+)_TOKEN", secret)[0].lower()


def test_the_preview_on_github_writes_a_comment_with_a_token_that_may_only_read(
    checkout: Path, vvp: Sandbox
) -> None:
    done = list(steps(named("preview")))
    assert len(done) == 2
    for line, role in done:
        assert role == "viewer"
        run(line, checkout, vvp, role)
    assert "2 to create" in (checkout / "comment.md").read_text("utf-8")
    assert vvp.mutations() == []


def test_the_reconcile_on_github_brings_the_files_to_vvp(checkout: Path, vvp: Sandbox) -> None:
    [(line, role)] = steps(named("reconcile"))
    run(line, checkout, vvp, role)
    assert vvp.deployment("default", "top-speed-windowing") is not None


def test_the_preview_on_gitlab_writes_a_comment(checkout: Path, vvp: Sandbox) -> None:
    [pipeline] = [document["preview"] for document in DOCUMENTS if "preview" in document]
    for line in pipeline["script"]:
        run(line, checkout, vvp, "viewer")
    assert (checkout / "comment.md").is_file()
    assert "body@comment.md" in pipeline["after_script"][0]


def test_the_loop_runs_as_the_cronjob_does() -> None:
    shipped = list(yaml.safe_load_all((ROOT / "k8s" / "cronjob.yaml").read_text("utf-8")))
    [cronjob] = [one for one in shipped if one["kind"] == "CronJob"]
    loop = yaml.safe_load((ROOT / "k8s/overlays/loop/deployment.yaml").read_text("utf-8"))
    ours, theirs = loop["spec"]["template"]["spec"], cronjob["spec"]["jobTemplate"]["spec"]
    theirs = theirs["template"]["spec"]
    [container], [other] = ours["containers"], theirs["containers"]
    for member in ("serviceAccountName", "securityContext", "terminationGracePeriodSeconds"):
        assert ours[member] == theirs[member]
    for member in ("image", "command", "env", "envFrom", "resources", "securityContext"):
        assert container[member] == other[member]
    assert set(other["args"]) - set(container["args"]) == {"--once"}
    name, *flags = container["args"]
    command = main.get_command(click.Context(main), name)
    assert command
    command.make_context(name, flags).close()


def test_health_checks_and_ignored_differences_are_of_our_kinds() -> None:
    [checks] = [document["healthChecks"] for document in DOCUMENTS if "healthChecks" in document]
    versions = {kind.name: kind.versions for kind in KINDS}
    for check in checks:
        group, version = check["apiVersion"].split("/")
        assert group == GROUP
        assert version in versions[check["kind"]]
    [ignored] = [one["ignoreDifferences"] for one in DOCUMENTS if "ignoreDifferences" in one]
    assert [one["group"] for one in ignored] == [GROUP]


def test_kstatus_is_told_by_all_its_words() -> None:
    table = rows(sections(TEXT, 2)["Flux"])
    assert {row["kstatus reads"] for row in table} == {case.kstatus for case in CASES}


def test_every_code_that_fails_a_step_is_explained() -> None:
    told = {int(row["Code"]) for row in rows(sections(TEXT, 2)["After the merge, from files"])}
    assert told == set(ExitCode) - {ExitCode.DONE, ExitCode.INTERRUPTED, ExitCode.TERMINATED}


class TestMigration:
    TEXT = page("migration.md")

    def test_keeps_every_crd(self) -> None:
        names = {kind.plural for kind in KINDS}
        [keep] = [block for block in blocks(self.TEXT) if "resource-policy=keep" in block.text]
        assert set(re.findall(rf"(\w+)\.{re.escape(GROUP)}", keep.text)) == names

    def test_switches_the_webhook_off_as_the_crds_do(self) -> None:
        [patch] = re.findall(r"-p '(\{\"spec\": \{\"conversion.*\})'", self.TEXT)
        wanted = json.loads(patch)["spec"]["conversion"]
        assert all(crd["spec"]["conversion"] == wanted for crd in crds(KINDS))
        [several] = re.findall(r"for crd in (.*); do", self.TEXT)
        assert set(several.split()) == {kind.plural for kind in KINDS if len(kind.versions) > 1}
