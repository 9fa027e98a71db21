"""The picture of the dashboard draws what it is given, and nothing of elsewhere."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from docs.dashboard import dashboard
from docs.panels import FILE, Line, cut, picture, worded

HOSTILE = '<script>"&'


def drawn(values: tuple[float, ...]) -> str:
    points = tuple((1000.0 + 10 * number, value) for number, value in enumerate(values))
    return picture(
        lambda query, legend: [Line(f"{HOSTILE}{number}", points) for number in range(9)]
    )


@pytest.mark.parametrize("values", [(), (0.0,), (0.0, 0.0), (1.0, 5.0, 2.5), (1e12, 1e-9)])
def test_it_is_well_formed_whatever_there_is_to_draw(values: tuple[float, ...]) -> None:
    root = ElementTree.fromstring(drawn(values))
    texts = [one.text for one in root.iter() if one.text]
    for panel in dashboard()["panels"]:
        assert panel["title"] in texts
    tags = {one.tag.rpartition("}")[2] for one in root.iter()}
    assert tags <= {"svg", "title", "style", "rect", "g", "text", "path"}
    assert ("no data" in texts) == (not values)


def test_lines_stay_within_their_panel() -> None:
    root = ElementTree.fromstring(drawn((0.0, 7.0, 3.0)))
    for panel in (one for one in root.iter() if one.tag.endswith("}g")):
        frames = [one.attrib for one in panel if one.tag.endswith("}rect")]
        if not frames:
            continue
        wide, high = float(frames[0]["width"]), float(frames[0]["height"])
        for path in (one for one in panel if one.tag.endswith("}path")):
            if "h10" in path.attrib["d"]:
                continue
            for point in re.split("[ML]", path.attrib["d"])[1:]:
                x, y = map(float, point.split())
                assert 0 <= x <= wide
                assert 0 <= y <= high


def test_where_nothing_was_told_there_is_no_line() -> None:
    told = tuple((float(at), 1.0) for at in (*range(40), *range(60, 90)))
    paths = re.findall(r'd="(M[^"h]+)"', picture(lambda query, legend: [Line("one", told)]))
    assert paths
    assert all(path.count("M") == 2 for path in paths)


def test_a_name_that_is_too_long_keeps_its_beginning_and_its_end() -> None:
    assert cut("vpsync-0", 20) == "vpsync-0"
    assert cut("VpDeploymentTarget InvalidAnnotation", 15) == "VpDeplo…otation"


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [(0.5, "percentunit", "50%"), (3 * 2**20, "bytes", "3 MiB"), (0.04, "s", "0.04 s"),
     (75.2, "s", "75 s"), (0.25, "reqps", "0.25 /s"), (12, "short", "12"), (1.5, "short", "1.5")],
)  # fmt: skip
def test_figures_are_told_with_their_unit(value: float, unit: str, words: str) -> None:
    assert worded(value, unit) == words


def test_the_picture_in_the_pages_is_of_this_dashboard() -> None:
    texts = [one.text for one in ElementTree.parse(FILE).iter() if one.text]
    assert all(panel["title"] in texts for panel in dashboard()["panels"])
    assert "no data" not in texts
