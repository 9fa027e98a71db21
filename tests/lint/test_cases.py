"""What is found in files, case by case, as ``vpsync validate`` prints it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from vpsync.errors import SettingsError
from vpsync.kinds import KINDS
from vpsync.lint.check import validate
from vpsync.model.finding import LintReport, Severity
from vpsync.render.lint import lint_as_text
from vpsync.schema.load import SchemaSet
from vpsync.source.documents import documents

[(_, CASES)] = documents(Path(__file__).with_name("cases.yaml").read_text(encoding="utf-8"))
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def report(names: list[str], **options: Any) -> LintReport:
    return validate(names, SchemaSet(kind.name for kind in KINDS), **options)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, so that paths are short."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("case", CASES, ids=[case["rule"] for case in CASES])
@pytest.mark.parametrize("strict", [False, True], ids=["", "strict"])
def test_rule(here: Path, case: dict[str, Any], strict: bool) -> None:
    for name, text in case["files"].items():
        (here / name).write_text(text, encoding="utf-8")
    found = report(list(case["files"]), strict=strict)
    expected = case.get("strict", case["findings"]) if strict else case["findings"]
    assert lint_as_text(found).splitlines()[:-1] == expected


@pytest.mark.parametrize("strict", [False, True])
def test_the_examples_have_no_problem(strict: bool) -> None:
    found = report([str(EXAMPLES)], strict=strict)
    assert (found.findings, found.files > 10, found.resources > 10) == ((), True, True)


TARGET = """\
apiVersion: ververicaplatform.fintechstudios.com/v1beta2
kind: VpDeploymentTarget
metadata: {name: jobs}
spec: {spec: 5}
"""


class TestStandardInput:
    def test_is_read_once_and_named_stdin(self) -> None:
        texts = iter([TARGET.encode()])
        found = report(["-"], read_stdin=lambda: next(texts))
        [finding] = found.findings
        assert finding.location is not None
        assert (finding.location.file, finding.location.line, finding.location.column) == (
            "stdin",
            4,
            8,
        )

    def test_that_is_no_text_is_told(self) -> None:
        [finding] = report(["-"], read_stdin=lambda: b"\xff").findings
        assert finding.text == "is not UTF-8 text"


def test_a_name_that_does_not_exist_is_wrong_usage(here: Path) -> None:
    with pytest.raises(SettingsError, match=r"^gone\.yaml: there is no such file or directory$"):
        report(["gone.yaml"])


def test_documents_of_other_kinds_are_counted(here: Path) -> None:
    (here / "a.yaml").write_text("kind: Pod\n---\nkind: Job\n---\n")
    (here / "b.yaml").write_text("")
    found = report(["."])
    assert (found.files, found.resources, found.skipped, found.findings) == (2, 0, 2, ())


def test_the_namespace_of_the_run_is_that_of_manifests_without_one(here: Path) -> None:
    text = TARGET.replace("spec: 5", "")
    (here / "a.yaml").write_text(text)
    (here / "b.yaml").write_text(text.replace("jobs}", "jobs, namespace: team}"))
    [finding] = report(["."], namespace="team").findings
    assert finding.text == "VpDeploymentTarget team/jobs was already declared at a.yaml:1"
    assert finding.severity is Severity.ERROR
    assert finding.location is not None
    assert str(finding.location.resource) == "VpDeploymentTarget team/jobs"


def test_no_message_repeats_a_value(here: Path) -> None:
    """A value of a wrong type may be a secret."""
    secret = "CANARY"
    wrong: dict[str, Any] = {
        "apiVersion": "ververicaplatform.fintechstudios.com/v1beta2",
        "kind": "VpDeployment",
        "metadata": {"name": secret},
        "spec": {"spec": {"state": secret, "template": {"spec": {
            "parallelism": secret,
            "artifact": {"kind": "JAR", "jarUri": {"x": secret}},
            "kubernetes": {"pods": {"envVars": [{"name": "x", "value": [secret]}]}},
        }}}},
    }  # fmt: skip
    (here / "a.yaml").write_text(yaml.safe_dump(wrong))
    found = report(["a.yaml"], strict=True)
    assert len(found.findings) >= 4
    assert secret not in lint_as_text(found)


def test_another_namespace_than_the_one_of_the_run_is_an_error(here: Path) -> None:
    text = TARGET.replace("spec: 5", "")
    (here / "a.yaml").write_text(text.replace("jobs}", "jobs, namespace: theirs}"))
    assert report(["."]).findings == ()
    [finding] = report(["."], namespace="ours").findings
    assert finding.location is not None
    assert (finding.location.line, finding.subject) == (3, "/metadata/namespace")
    assert finding.text.startswith("is 'theirs', and -n is 'ours'")
