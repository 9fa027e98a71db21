"""``export``: what it prints is adopted without a change, and holds nothing that it should not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from fakes.patches import merge
from passes.scenario import LIBRARY
from vpsync.sandbox import Fault, PresetToken, Respond, Sandbox, SandboxOptions, on
from vvp_objects import ODD, deployment, fill, made

from .conftest import Done, Vpsync, write
from .test_output import environment

Document = dict[str, Any]


@pytest.fixture
def full(vvp: Sandbox) -> Sandbox:
    """A VVP with one deployment of every odd kind, and a savepoint."""
    fill(vvp)
    for name, patch in ODD.items():
        made(vvp, "deployments", deployment(name, patch))
    bindings = [{"role": "owner", "members": ["group:x", "user:a@example.com"]}]
    vvp.call("POST", "/namespaces/v1/namespaces",
             {"name": "namespaces/analytics", "roleBindings": bindings})  # fmt: skip
    vvp.settle()
    plain = vvp.deployment("default", "plain")
    assert plain is not None
    made(vvp, "savepoints", {"metadata": {"deploymentId": plain["metadata"]["id"]}})
    vvp.settle()
    return vvp


def exported(done: Done) -> Iterator[Document]:
    yield from yaml.safe_load_all(done.out)


def by_name(done: Done, kind: str = "VpDeployment") -> dict[str, Document]:
    return {one["metadata"]["name"]: one for one in exported(done) if one["kind"] == kind}


class TestRoundTrip:
    @pytest.mark.parametrize("target_reference", ["as-sent", "both"])
    def test_a_preview_of_an_export_shows_adoptions_and_nothing_else(
        self, vpsync: Vpsync, full: Sandbox, tmp_path: Path, target_reference: str
    ) -> None:
        at = ("--vvp-url", full.url)
        done = vpsync("export", *at)
        assert (done.code, done.err) == (0, "")
        path = tmp_path / "all.yaml"
        path.write_text(done.out, encoding="utf-8")
        preview = vpsync("diff", "-f", str(path), *at, "-o", "json").report
        assert {change["action"] for change in preview["changes"]} == {"adopt"}
        assert [change["fields"] for change in preview["changes"] if change["fields"]] == []
        assert (preview["blocked"], preview["invalid"], preview["errors"]) == ([], [], [])
        summary = preview["summary"]
        assert (summary["adopt"], summary["inSync"]) == (len(ODD) + 1, 3)

    def test_to_adopt_it_changes_no_job(
        self, vpsync: Vpsync, full: Sandbox, tmp_path: Path
    ) -> None:
        at = ("--vvp-url", full.url)
        before = {name: full.deployment("default", name) or {} for name in ODD}
        directory = tmp_path / "out"
        assert vpsync("export", *at, "--output-dir", str(directory)).code == 0
        assert vpsync("reconcile", "--once", "-f", str(directory), *at).code == 0
        full.settle()
        for name, held in before.items():
            after = full.deployment("default", name) or {}
            assert after["spec"] == held["spec"], name
            assert after["status"] == held["status"], name
        quiet = vpsync("diff", "--exit-code", "-f", str(directory), *at)
        assert quiet.out == f"No changes. {len(ODD) + 4} resources in sync.\n"
        sent = [request for request in full.mutations() if request.method in ("POST", "DELETE")]
        assert sent == [], "above all no savepoint is taken"

    def test_what_is_ours_is_exported_as_its_resource_declares_it(
        self, vpsync: Vpsync, vvp: Sandbox, tmp_path: Path
    ) -> None:
        """Also where a secret is left out that was declared: it must not read as removed."""
        at, held, out = ("--vvp-url", vvp.url), tmp_path / "held", tmp_path / "out"
        held.mkdir()
        artifact = {"jarUri": "s3://jobs/orders-1.jar"}
        orders = merge(LIBRARY["deployment"],
                       {"spec": {"spec": {"template": {"spec": {"artifact": artifact}}}}})  # fmt: skip
        for name, document in (
            ("a", LIBRARY["target"]),
            ("b", orders),
            ("c", LIBRARY["savepoint"]),
        ):
            write(held / f"{name}.yaml", document)
        for _ in range(3):
            vpsync("reconcile", "--once", "-f", str(held), *at)
            vvp.settle()
        mark = vvp.requests[-1].number
        before = vvp.deployment("default", "orders") or {}
        done = vpsync("export", *at, "--output-dir", str(out), "--kinds",
                      "vpdeployments,vpdeploymenttargets,vpsavepoints")  # fmt: skip
        assert done.code == 0
        paths = sorted(str(path.relative_to(out)) for path in out.rglob("*.yaml"))
        assert paths == [
            "default/vpdeployment-orders.team.yaml",
            "default/vpdeploymenttarget-jobs.team.yaml",
            "default/vpsavepoint-before-upgrade.team.yaml",
        ]
        again = yaml.safe_load((out / paths[0]).read_text())
        assert (again["metadata"]["name"], again["metadata"]["namespace"]) == ("orders", "team")
        assert "loggingProfile" not in json.dumps(again), "VVP's own defaults are not declared"
        preview = vpsync("diff", "--exit-code", "-f", str(out), *at, "-o", "json")
        assert (preview.code, [c["fields"] for c in preview.report["changes"]]) == (0, [[]])
        assert vpsync("reconcile", "--once", "-f", str(out), *at).code == 0
        after = vvp.deployment("default", "orders") or {}
        assert (after["spec"], after["status"]) == (before["spec"], before["status"])
        assert {request.method for request in vvp.mutations(mark)} == {"PATCH"}

    def test_a_deletion_policy_that_its_marker_remembers_is_declared_again(
        self, vpsync: Vpsync, vvp: Sandbox, tmp_path: Path
    ) -> None:
        """A manifest without it would have the job deleted where it was to be suspended."""
        fill(vvp)
        key = "ververicaplatform.fintechstudios.com/deletion-policy"
        artifact = {"jarUri": "s3://jobs/orders-1.jar"}
        orders = merge(LIBRARY["deployment"], {
            "metadata": {"annotations": {key: "Suspend"}},
            "spec": {
                "spec": {"template": {"spec": {"artifact": artifact}}}, "deploymentTargetName": "VVP_Jobs",
            },
        })  # fmt: skip
        path = write(tmp_path / "orders.yaml", orders)
        vpsync("reconcile", "--once", "-f", str(path), "--vvp-url", vvp.url)
        vvp.settle()
        done = vpsync("export", "orders", "--vvp-url", vvp.url)
        assert by_name(done)["orders"]["metadata"]["annotations"][key] == "Suspend"

    @pytest.mark.parametrize("form", ["yaml", "json"])
    def test_it_is_utf_8_whatever_the_terminal_is(self, full: Sandbox, form: str) -> None:
        call = ["export", "unicode-labels", "--vvp-url", full.url, "-o", form]
        done = subprocess.run(
            [sys.executable, "-m", "vpsync", *call],
            env=environment(PYTHONIOENCODING="ascii"), capture_output=True, check=True,
        )  # fmt: skip
        assert "日本" in done.stdout.decode("utf-8")


class TestWhatIsLeftOut:
    def test_no_secret_is_in_it_and_a_comment_says_which(
        self, vpsync: Vpsync, full: Sandbox
    ) -> None:
        done = vpsync("--debug", "export", "secrets", "--vvp-url", full.url)
        assert "CANARY" not in done.out + done.err
        comments = [line for line in done.out.splitlines() if line.startswith("#")]
        assert [line.strip("# ") for line in comments[1:]] == [
            "/spec/template/spec/artifact/mainArgs",
            "/spec/template/spec/flinkConfiguration/s3.endpoint",
            "/spec/template/spec/flinkConfiguration/s3.secret-key",
            "/spec/template/spec/kubernetes/pods/envVars",
        ]

    def test_json_has_no_comments_so_stderr_says_it(self, vpsync: Vpsync, full: Sandbox) -> None:
        done = vpsync("export", "secrets", "--vvp-url", full.url, "-o", "json")
        assert done.report["kind"] == "List"
        assert "s3.secret-key" in done.err
        assert "CANARY" not in done.out + done.err

    def test_what_vvp_fills_in_is_not_in_it(self, vpsync: Vpsync, full: Sandbox) -> None:
        done = vpsync("export", "--vvp-url", full.url)
        for member in ("createdAt", "modifiedAt", "resourceVersion", "status:", "createTime",
                       "lifecyclePhase", "com.dataartisans", "deploymentTargetId"):  # fmt: skip
            assert member not in done.out

    def test_what_another_owner_holds_is_counted_and_not_shown(
        self, vpsync: Vpsync, full: Sandbox, tmp_path: Path
    ) -> None:
        at = ("--vvp-url", full.url)
        vpsync("export", *at, "--output-dir", str(tmp_path))
        vpsync("reconcile", "--once", "-f", str(tmp_path), *at, "--owner-id", "other")
        done = vpsync("export", *at, "--kinds", "vpdeployments,vpdeploymenttargets")
        assert (done.code, done.out) == (0, "")
        assert f"{len(ODD) + 1} left out: another --owner-id's" in done.err

    def test_a_field_that_must_be_there_and_holds_a_secret_keeps_its_object_out(
        self, vpsync: Vpsync, vvp: Sandbox
    ) -> None:
        fill(vvp)
        uri = {"jarUri": "https://ci:CANARY@example.com/a.jar"}
        patch = {"spec": {"template": {"spec": {"artifact": uri}}}}
        made(vvp, "deployments", deployment("hidden", patch))
        made(vvp, "deployments", deployment("plain"))
        done = vpsync("export", "--vvp-url", vvp.url, "--kinds", "VpDeployment")
        assert done.code == 3
        assert list(by_name(done)) == ["plain"]
        assert "Deployment default/hidden cannot be declared" in done.err
        assert "/spec/template/spec/artifact/jarUri" in done.err
        assert "CANARY" not in done.out + done.err

    def test_a_token_of_the_run_is_in_it_nowhere_whoever_put_it_there(
        self, vpsync: Vpsync, vvp: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("APPMANAGER_API_TOKEN", "CANARYtoken")
        fill(vvp)
        labels = {"a": "is CANARYtoken", "CANARYtoken": "b", "c": "d"}
        made(vvp, "deployments", deployment("plain", {"metadata": {"labels": labels}}))
        made(vvp, "deployments", deployment("canarytoken"))
        done = vpsync("export", "--vvp-url", vvp.url, "--kinds", "VpDeployment")
        assert done.code == 3
        assert "canarytoken" not in (done.out + done.err).lower()
        assert by_name(done)["plain"]["spec"]["metadata"]["labels"] == {"c": "d"}

    def test_savepoints_that_vvp_took_by_itself_are_its_own(
        self, vpsync: Vpsync, full: Sandbox
    ) -> None:
        full.call(
            "PATCH",
            "/api/v1/namespaces/default/deployments/plain",
            {"spec": {"state": "SUSPENDED"}},
        )
        full.settle()
        held = full.deployment("default", "plain") or {}
        assert len(full.savepoints("default", held["metadata"]["id"])) == 2
        done = vpsync("export", "--vvp-url", full.url, "--kinds", "vpsavepoints")
        [document] = exported(done)
        notes = document["metadata"]["annotations"]
        assert list(notes) == ["ververicaplatform.fintechstudios.com/adopt"]


class TestScope:
    def test_names_kinds_and_vvp_namespaces_narrow_it(self, vpsync: Vpsync, full: Sandbox) -> None:
        fill(full, "analytics")
        made(full, "deployments", deployment("plain"), "analytics")
        at = ("--vvp-url", full.url)
        both = by_name(vpsync("export", "plain", *at))
        assert set(both) == {"analytics-plain", "default-plain"}
        assert both["default-plain"]["spec"]["metadata"]["name"] == "plain"
        one = by_name(vpsync("export", "p*", *at, "--vvp-namespace", "analytics"))
        assert list(one) == ["plain"]
        pods = by_name(vpsync("export", "pod*", *at, "--kinds", "VpDeployment"))
        assert set(pods) == {"pods", "pod-templates"}

    def test_the_community_edition_has_one_vvp_namespace(self, vpsync: Vpsync) -> None:
        with Sandbox(SandboxOptions(edition="community")) as sandbox:
            fill(sandbox)
            made(sandbox, "deployments", deployment("plain"))
            done = vpsync("export", "--vvp-url", sandbox.url)
        assert (done.code, done.err) == (0, "")
        assert [one["kind"] for one in exported(done)] == ["VpDeploymentTarget", "VpDeployment"]

    def test_nothing_to_export_is_no_error(self, vpsync: Vpsync, full: Sandbox) -> None:
        done = vpsync("export", "nobody", "--vvp-url", full.url)
        assert (done.code, done.out) == (0, "")
        assert done.err == "vpsync: there is nothing to export\n"

    def test_names_before_vvp_2_4_that_cannot_be_declared_are_told(self, vpsync: Vpsync) -> None:
        with Sandbox(SandboxOptions(version="2.3.0")) as sandbox:
            fill_old(sandbox)
            done = vpsync("export", "--vvp-url", sandbox.url, "--kinds", "VpDeployment")
        assert done.code == 3
        assert list(by_name(done)) == ["fine"]
        assert "SELECT 1" in done.err


def fill_old(vvp: Sandbox) -> None:
    target = made(vvp, "deployment-targets",
                  {"metadata": {"name": "jobs"}, "spec": {"kubernetes": {"namespace": "flink"}}})  # fmt: skip
    by_id = {"spec": {"deploymentTargetName": None, "deploymentTargetId": target["metadata"]["id"]}}
    for name in ("fine", "SELECT 1"):
        made(vvp, "deployments", deployment(name, by_id))


class TestRefusals:
    def test_3_where_a_part_cannot_be_read_and_the_rest_is_exported(
        self, vpsync: Vpsync, full: Sandbox
    ) -> None:
        full.faults.add(
            Fault(on("GET", "/savepoints"), Respond(403, {"message": "no"}), times=None)
        )
        done = vpsync("export", "--vvp-url", full.url)
        assert done.code == 3
        assert "savepoints: 403" in done.err
        assert len(by_name(done)) == len(ODD)

    def test_5_where_nothing_can_be_read(self, vpsync: Vpsync) -> None:
        done = vpsync("export", "--vvp-url", "http://127.0.0.1:9")
        assert (done.code, done.out) == (5, "")
        tokens = [PresetToken("default", "t", "owner", "s")]
        with Sandbox(SandboxOptions(auth=True), tokens=tokens) as sandbox:
            refused = vpsync("export", "--vvp-url", sandbox.url)
        assert (refused.code, refused.out) == (5, "")
        assert "--vvp-namespace" in refused.err

    def test_an_unknown_vvp_namespace_is_told(self, vpsync: Vpsync, full: Sandbox) -> None:
        done = vpsync("export", "--vvp-url", full.url, "--vvp-namespace", "nowhere")
        assert (done.code, done.out) == (3, "")
        assert "VVP has no namespace 'nowhere'" in done.err

    @pytest.mark.parametrize(
        "arguments",
        [["--force"], ["-o", "json", "--output-dir", "x"], ["-o", "wide"], ["--kinds", "pods"]],
        ids=" ".join,
    )
    def test_2_for_flags_that_do_not_fit(self, vpsync: Vpsync, arguments: list[str]) -> None:
        assert vpsync("export", *arguments).code == 2


class TestFiles:
    def test_a_second_export_writes_nothing(
        self, vpsync: Vpsync, full: Sandbox, tmp_path: Path
    ) -> None:
        call = ("export", "--vvp-url", full.url, "--output-dir", str(tmp_path))
        first = vpsync(*call)
        assert len(first.out.splitlines()) == len(ODD) + 4
        assert vpsync(*call) == Done(0, "", "")

    def test_a_file_that_differs_stops_it_before_anything_is_written(
        self, vpsync: Vpsync, full: Sandbox, tmp_path: Path
    ) -> None:
        mine = tmp_path / "default" / "vpdeployment-plain.yaml"
        mine.parent.mkdir()
        mine.write_text("mine\n")
        call = ("export", "--vvp-url", full.url, "--output-dir", str(tmp_path))
        refused = vpsync(*call)
        assert refused.code == 2
        assert "--force" in refused.err
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == [mine]
        assert vpsync(*call, "--force").code == 0
        assert yaml.safe_load(mine.read_text())["kind"] == "VpDeployment"

    def test_a_directory_that_cannot_be_made_is_told(
        self, vpsync: Vpsync, full: Sandbox, tmp_path: Path
    ) -> None:
        (tmp_path / "file").write_text("")
        done = vpsync("export", "--vvp-url", full.url, "--output-dir", str(tmp_path / "file"))
        assert done.code == 2
        assert "file" in done.err
