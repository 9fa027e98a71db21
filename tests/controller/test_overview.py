"""What the page of a loop knows: its last passes, and resources that are listed only while somebody looks."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

from builders import blocked, manifest
from vpsync.controller.overview import KEPT_FOR, MOST_PASSES, Looked, PageContents, page_contents_of
from vpsync.errors import ClusterUnreachable
from vpsync.model.decision import Blocked
from vpsync.model.reasons import Reason
from vpsync.render.report import Report
from vpsync.render.resources import row_of
from vpsync.settings import Scope, Settings
from vpsync.status.conditions import concluded

NOW = datetime(2025, 6, 15, 15, 6, 40, tzinfo=UTC)
WAITING = Report((concluded(blocked(manifest(edits={"/deploymentTargetName": "missing"}))),))


@dataclass
class Cluster:
    """Notes how often it is asked."""

    asked: int = 0
    error: ClusterUnreachable | None = None
    now: float = 0.0
    rows: list[Looked] = field(default_factory=lambda: [([row_of(manifest(), "vpd")], [])])

    def look(self) -> Looked:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return self.rows[0]

    def contents(self) -> PageContents:
        return PageContents(Settings(), self.look, lambda: NOW, lambda: self.now)


def text_of(contents: PageContents) -> str:
    return contents.page("text/html").body.decode()


def test_passes_are_told_the_last_one_first_and_the_oldest_forgotten() -> None:
    contents = Cluster().contents()
    contents.note(Report(errors=("the very first one",)), 1.0)
    for _ in range(MOST_PASSES - 1):
        contents.note(Report(), 1.0)
    contents.note(ClusterUnreachable("the cluster is away"), 2.5)
    contents.note(None, 0.5)
    text = text_of(contents)
    assert text.index("The pass failed because of a bug in vpsync") < text.index(
        "the cluster is away"
    )
    assert "2.5 s" in text
    assert "the very first one" not in text


def test_a_pass_is_told_as_good_only_where_nobody_has_anything_to_mend() -> None:
    stalled = Report((concluded(Blocked(manifest(), Reason.NotOwned, "another's")),))
    for outcome, tone in ((Report(), "good"), (stalled, "warn"), (Report(errors=("x",)), "bad")):
        contents = Cluster().contents()
        contents.note(outcome, 1.0)
        assert f'<p class="{tone}">' in text_of(contents)


def test_what_the_last_pass_left_is_told_also_after_one_that_learnt_nothing() -> None:
    contents = Cluster().contents()
    contents.note(WAITING, 1.0)
    contents.note(None, 1.0)
    assert Reason.DependencyNotReady.name in text_of(contents)


def test_the_cluster_is_asked_once_in_a_while_however_many_look_and_never_before() -> None:
    cluster = Cluster()
    contents = cluster.contents()
    contents.note(Report(), 1.0)
    assert cluster.asked == 0
    for _ in range(10):
        contents.page("text/html")
    assert cluster.asked == 1
    cluster.now = KEPT_FOR
    contents.page("text/html")
    assert cluster.asked == 2


def test_a_cluster_that_is_away_is_told_on_the_page_and_is_no_empty_list_to_programs() -> None:
    cluster = Cluster(error=ClusterUnreachable("the cluster is away"))
    assert "the cluster is away" in text_of(cluster.contents())
    assert cluster.contents().page("application/json").status == 503


def test_programs_get_the_json_of_get() -> None:
    page = Cluster().contents().page("application/json")
    assert (page.status, page.content_type) == (200, "application/json")
    [one] = json.loads(page.body)["resources"]
    assert (one["kind"], one["name"]) == ("VpDeployment", "orders")


def test_no_page_may_be_framed_or_told_of_to_others() -> None:
    headers = Cluster().contents().page("text/html").headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "no-referrer"


def test_without_a_cluster_no_list_is_shown() -> None:
    contents = page_contents_of(Settings(scope=Scope(files=("manifests",))))
    contents.note(WAITING, 1.0)
    assert "DependencyNotReady" in text_of(contents)
    assert "1 resource" not in text_of(contents)
