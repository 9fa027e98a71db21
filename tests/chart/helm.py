"""Runs helm on the charts of the checkout, without anything that the person who tests has set up for it."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "charts" / "vpsync"
CRDS_CHART = ROOT / "charts" / "vpsync-crds"
MATRIX = sorted((CHART / "ci").glob("*-values.yaml"))
"""Sets of values that people use, and two that set everything."""

Document = dict[str, Any]
RUNNERS = ("Deployment", "StatefulSet", "CronJob")
"""Kinds that run pods: a release has one of them."""

URL = {"vvp": {"url": "http://vvp.example.com"}}
"""The one value that has no default."""

_LIMIT_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Helm:
    """A helm, and a folder in which it keeps what it keeps."""

    program: Path
    home: Path
    kubeconfig: Path | None = None

    def run(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Runs a command; an ``AssertionError`` that shows what it said if it ends otherwise."""
        environment = {key: text for key, text in os.environ.items() if "HELM" not in key}
        environment |= {"HOME": str(self.home), "KUBECONFIG": str(self.kubeconfig or "/dev/null")}
        done = subprocess.run(
            [str(self.program), *arguments],
            env=environment, capture_output=True, text=True, timeout=_LIMIT_SECONDS, check=False,
        )  # fmt: skip
        assert done.returncode == code, f"helm {' '.join(arguments)}\n{done.stdout}{done.stderr}"
        return done

    def render(
        self,
        values: Path | Mapping[str, Any],
        *arguments: str,
        chart: Path = CHART,
        name: str = "vpsync",
        namespace: str = "vpsync",
    ) -> list[Document]:
        """The manifests of a chart with these values, without the CRDs of its folder ``crds``."""
        with tempfile.TemporaryDirectory() as folder:
            done = self.run("template", name, str(chart), "--namespace", namespace,
                            "--values", _file(values, folder), *arguments)  # fmt: skip
        return [one for one in yaml.safe_load_all(done.stdout) if one]

    def install(self, values: Mapping[str, Any], name: str, chart: Path, namespace: str) -> None:
        """Installs a release, and waits for nothing."""
        with tempfile.TemporaryDirectory() as folder:
            self.run("install", name, str(chart), "--namespace", namespace,
                     "--values", _file(values, folder))  # fmt: skip

    def refusal(self, values: Mapping[str, Any]) -> str:
        """What helm says about values that the chart refuses."""
        with tempfile.TemporaryDirectory() as folder:
            return self.run("template", "vpsync", str(CHART), "--values", _file(values, folder),
                            code=1).stderr  # fmt: skip


def _file(values: Path | Mapping[str, Any], folder: str) -> str:
    if isinstance(values, Path):
        return str(values)
    path = Path(folder, "values.yaml")
    # JSON is YAML, and other than yaml.safe_dump it quotes what Go would take for a boolean.
    path.write_text(json.dumps(values), encoding="utf-8")
    return str(path)


def of_kind(documents: list[Document], kind: str) -> Document:
    """The one document of a kind."""
    [found] = [document for document in documents if document["kind"] == kind]
    return found


def kinds(documents: list[Document]) -> set[str]:
    """The kinds of the documents."""
    return {document["kind"] for document in documents}


def pod(documents: list[Document]) -> Document:
    """The pod template of what runs the pods."""
    [found] = [one for one in documents if one["kind"] in RUNNERS]
    spec: Document = found["spec"]
    template: Document = (spec.get("jobTemplate", {}).get("spec") or spec)["template"]
    return template


def container(documents: list[Document]) -> Document:
    """The one container of the pods."""
    [found] = pod(documents)["spec"]["containers"]
    document: Document = found
    return document


def rules(documents: list[Document], kind: str, namespace: str | None = None) -> list[Document]:
    """The rules of all roles of a kind, of one namespace where it is named."""
    return [
        rule
        for document in documents
        if document["kind"] == kind
        if namespace in (None, document["metadata"].get("namespace"))
        for rule in document["rules"]
    ]
