"""What the charts hold of other files is equal to them: CRDs, versions, the tables of values."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from docs.chart import CHARTS, CRDS, ROOT, made, values
from pages import anchors, code, page, rows, sections
from vpsync import __version__
from vpsync.kinds import KINDS
from vpsync.schema.admission import policies
from vpsync.schema.crds import crds

from .helm import CHART, CRDS_CHART, Document, Helm

BOTH = pytest.mark.parametrize("chart", [CHART, CRDS_CHART], ids=lambda path: path.name)
MADE = made()


@pytest.mark.parametrize("path", MADE, ids=lambda path: str(path.relative_to(CHARTS)))
def test_what_is_made_is_up_to_date(path: Path) -> None:
    written = path.read_text(encoding="utf-8")
    assert written == MADE[path], "make it anew with: python -m docs.chart"


def test_both_charts_have_the_crds_that_the_manifests_have() -> None:
    for path in CRDS:
        assert path.read_text("utf-8") == (ROOT / "k8s" / "crds.yaml").read_text("utf-8")


@BOTH
def test_a_chart_is_of_this_version(chart: Path) -> None:
    about = yaml.safe_load((chart / "Chart.yaml").read_text("utf-8"))
    assert about["name"] == chart.name
    assert about["appVersion"] == __version__


@BOTH
def test_the_table_of_values_leaves_none_out(chart: Path) -> None:
    described = {one.path for one in values(chart)}
    left_out = [
        path
        for path in _leaves(yaml.safe_load((chart / "values.yaml").read_text("utf-8")))
        if not any(path == one or path.startswith(f"{one}.") for one in described)
    ]
    assert left_out == []


@BOTH
def test_links_of_the_readme_lead_somewhere(chart: Path) -> None:

    for target in re.findall(r"\]\(([^)\s]+)\)", (chart / "README.md").read_text("utf-8")):
        name, _, anchor = target.partition("#")
        assert (chart / name).exists(), target
        if anchor:
            assert anchor in anchors((chart / name).read_text("utf-8")), target


def test_what_the_guide_puts_beside_values_of_the_old_chart_are_values() -> None:
    known = {one.path for one in values(CHART)}
    table = rows(sections(page("migration.md"), 2)["With Helm"])
    named = [name for row in table for name in code(row["vpsync"])]
    assert named
    assert set(named) <= known


def test_the_chart_of_crds_renders_our_crds_and_keeps_them(helm: Helm) -> None:
    rendered = helm.render({}, chart=CRDS_CHART)
    for document in rendered:
        metadata = document["metadata"]
        assert metadata.pop("annotations") == {"helm.sh/resource-policy": "keep"}
        assert metadata.pop("labels")["app.kubernetes.io/name"] == "vpsync-crds"
    assert rendered == list(crds(KINDS))


def test_the_chart_of_crds_lets_them_go_on_demand_and_takes_labels(helm: Helm) -> None:
    values = {"keep": False, "commonLabels": {"team": "a"}, "annotations": {"note": "b"}}
    for document in helm.render(values, chart=CRDS_CHART):
        assert document["metadata"]["annotations"] == {"note": "b"}
        assert document["metadata"]["labels"]["team"] == "a"


def test_the_chart_of_crds_has_policies_that_warn_on_demand(helm: Helm) -> None:
    values = {"warnings": True, "commonLabels": {"team": "a"}}
    rendered = helm.render(values, chart=CRDS_CHART)
    found = [one for one in rendered if one["kind"] != "CustomResourceDefinition"]
    for document in found:
        assert document["metadata"]["labels"]["team"] == "a"
        assert not document["metadata"]["annotations"], "they go with the release"
        for key in ("labels", "annotations"):
            del document["metadata"][key]
    assert sorted(found, key=_identity) == sorted(policies(KINDS), key=_identity)


def _identity(document: Document) -> tuple[str, str]:
    return document["kind"], document["metadata"]["name"]


def _leaves(values: object, path: str = "") -> list[str]:
    if isinstance(values, dict) and values:
        found: list[str] = []
        for key, below in values.items():
            found += _leaves(below, f"{path}.{key}".lstrip("."))
        return found
    return [path]
