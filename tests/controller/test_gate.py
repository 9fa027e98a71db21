"""Who may read the metrics is for the cluster to say: asked once a while, and never by a stranger's flood."""

from __future__ import annotations

import base64
import threading
from dataclasses import dataclass, field
from typing import Any

import pytest

from vpsync.cluster.reviews import UserInfo
from vpsync.controller.endpoints import Endpoints
from vpsync.controller.gate import (
    ADMITTED_FOR,
    AT_ONCE,
    LONGEST_TOKEN,
    MOST_ADMITTED,
    MOST_REFUSED,
    REFUSED_FOR,
    Admission,
    Gate,
)
from vpsync.controller.health import health_of
from vpsync.controller.metrics import Metrics
from vpsync.controller.overview import PageContents
from vpsync.errors import ClusterForbidden, ClusterUnreachable, RequestError
from vpsync.kinds import KINDS
from vpsync.settings import Settings

PROMETHEUS, TEAM = UserInfo("prometheus"), UserInfo("team")


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


@dataclass
class Cluster:
    """Knows two tokens, of which one may get the metrics; notes what it is asked."""

    asked: list[str] = field(default_factory=list)
    error: RequestError | None = None
    now: float = 0.0

    def caller(self, token: str) -> UserInfo | None:
        self.asked.append(token)
        if self.error is not None:
            raise self.error
        return {"good": PROMETHEUS, "other": TEAM}.get(token)

    def may_get(self, caller: UserInfo, path: str) -> bool:
        return caller == PROMETHEUS and path == "/metrics"

    def gate(self, **members: Any) -> Gate:
        return Gate(self.caller, self.may_get, lambda: self.now, **members)


@pytest.mark.parametrize(
    ("header", "verdict"),
    [
        ("Bearer good", Admission.ADMITTED),
        ("bearer good", Admission.ADMITTED),
        ("Bearer other", Admission.FORBIDDEN),
        ("Bearer unknown", Admission.UNKNOWN),
        (basic("anybody:good"), Admission.ADMITTED),
        (basic("anybody:other"), Admission.FORBIDDEN),
        (basic("good"), Admission.UNKNOWN),
        ("Basic ?", Admission.UNKNOWN),
        ("Basic /w==", Admission.UNKNOWN),
    ],
)
def test_a_token_counts_for_what_its_owner_may_get(header: str, verdict: Admission) -> None:
    assert Cluster().gate().admit(header, "/metrics") is verdict


def test_what_is_admitted_on_one_path_is_not_on_another() -> None:
    gate = Cluster().gate()
    assert gate.admit("Bearer good", "/metrics") is Admission.ADMITTED
    assert gate.admit("Bearer good", "/") is Admission.FORBIDDEN


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "good",
        "Digest good",
        "Basic good",
        f"Bearer {'x' * (LONGEST_TOKEN + 1)}",
    ],
)
def test_what_is_no_token_is_refused_without_asking(header: str) -> None:
    cluster = Cluster()
    assert cluster.gate().admit(header, "/metrics") is Admission.UNKNOWN
    assert cluster.asked == []


@pytest.mark.parametrize(("token", "seconds"), [("good", ADMITTED_FOR), ("other", REFUSED_FOR)])
def test_an_answer_counts_for_a_while_and_no_longer(token: str, seconds: float) -> None:
    cluster = Cluster()
    gate = cluster.gate()
    for cluster.now in (0.0, seconds - 1, seconds + 1):
        gate.admit(f"Bearer {token}", "/metrics")
    assert len(cluster.asked) == 2


def test_where_the_cluster_does_not_answer_who_was_admitted_stays_so_and_nobody_else_comes_in(
    caplog: pytest.LogCaptureFixture,
) -> None:
    cluster = Cluster()
    gate = cluster.gate()
    gate.admit("Bearer good", "/metrics")
    cluster.error = ClusterUnreachable("CANARY")
    assert gate.admit("Bearer good", "/metrics") is Admission.ADMITTED
    assert gate.admit("Bearer new", "/metrics") is Admission.UNANSWERED
    cluster.error = ClusterForbidden("CANARY", status=403)
    assert gate.admit("Bearer new", "/metrics") is Admission.UNANSWERED
    cluster.error = None
    assert gate.admit("Bearer new", "/metrics") is Admission.UNKNOWN, "no answer is not kept"
    assert "create tokenreviews" in caplog.text
    assert "CANARY" not in caplog.text


def test_strangers_push_nobody_out_of_what_is_kept_and_fill_no_memory() -> None:
    cluster = Cluster()
    gate = cluster.gate()
    gate.admit("Bearer good", "/metrics")
    for number in range(MOST_REFUSED + 50):
        gate.admit(f"Bearer guess-{number}", "/metrics")
    cluster.asked.clear()
    assert gate.admit("Bearer good", "/metrics") is Admission.ADMITTED
    assert cluster.asked == []
    assert len(gate._refused) == MOST_REFUSED
    anybody = Gate(lambda token: UserInfo(token), lambda caller, path: True)
    for number in range(MOST_ADMITTED + 50):
        anybody.admit(f"Bearer {number}", "/metrics")
    assert len(anybody._admitted) == MOST_ADMITTED


def test_no_token_is_kept_or_shown() -> None:
    gate = Cluster().gate()
    gate.admit("Bearer good", "/metrics")
    assert "good" not in repr(gate)
    assert all("good" not in key for key in gate._admitted)


def test_the_cluster_is_asked_by_few_at_a_time() -> None:
    release, inside = threading.Event(), list[str]()

    def slow(token: str) -> UserInfo | None:
        inside.append(token)
        release.wait(5)
        return None

    gate = Gate(slow, lambda caller, path: True, patience=0.05)
    threads = [
        threading.Thread(target=gate.admit, args=(f"Bearer {number}", "/metrics"))
        for number in range(3 * AT_ONCE)
    ]
    for thread in threads:
        thread.start()
    assert gate.admit("Bearer last", "/metrics") is Admission.UNANSWERED
    assert len(inside) == AT_ONCE
    release.set()
    for thread in threads:
        thread.join()


class TestPages:
    @pytest.mark.parametrize(
        ("token", "status"), [("good", 200), ("other", 403), ("unknown", 401), ("", 401)]
    )
    def test_metrics_are_for_those_who_are_admitted(self, token: str, status: int) -> None:
        page = self.endpoints(Cluster()).answer("/metrics", {"Authorization": f"Bearer {token}"})
        assert page.status == status
        assert (b"vpsync_build_info" in page.body) == (status == 200)
        assert page.headers == ({"WWW-Authenticate": "Bearer"} if status == 401 else {})

    def test_probes_are_for_everybody(self) -> None:
        cluster = Cluster()
        for path in ("/healthz", "/readyz"):
            assert self.endpoints(cluster).answer(path, {}).status in (200, 503)
        assert cluster.asked == []

    def test_where_the_cluster_is_away_it_is_503(self) -> None:
        cluster = Cluster(error=ClusterUnreachable("away"))
        page = self.endpoints(cluster).answer("/metrics", {"Authorization": "Bearer good"})
        assert page.status == 503

    def endpoints(self, cluster: Cluster) -> Endpoints:
        health = health_of(Settings(), lambda: 0.0)
        contents = PageContents(Settings(), lambda: ((), ()))
        return Endpoints(Metrics(KINDS), health, contents, cluster.gate())
