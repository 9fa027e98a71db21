"""A real Prometheus on loopback, which scrapes given addresses and evaluates the shipped alerts."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from docs.monitoring import RULES

from .promtool import found

READY_SECONDS = 60


@dataclass(frozen=True)
class Prometheus:
    """A running one; asked over its API."""

    url: str

    def query(self, text: str) -> list[dict[str, Any]]:
        """The series of an instant query; an ``AssertionError`` for one that is none."""
        found = self._get("query", query=text)["result"]
        assert isinstance(found, list), text
        return found

    def alerts(self) -> dict[str, str]:
        """The state of each alert: ``inactive``, ``pending`` or ``firing``."""
        [group] = self._get("rules")["groups"]
        assert [one.get("lastError") for one in group["rules"] if one["health"] == "err"] == []
        return {one["name"]: one["state"] for one in group["rules"]}

    def targets(self) -> list[tuple[str, str]]:
        """Health and last error of each target."""
        found = self._get("targets")["activeTargets"]
        return [(one["health"], one["lastError"]) for one in found]

    def _get(self, what: str, **query: str) -> dict[str, Any]:
        address = f"{self.url}/api/v1/{what}?{urllib.parse.urlencode(query)}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(address, timeout=10) as answer:
                data: dict[str, Any] = json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{query}: {error.read().decode()}") from error
        return data


@contextmanager
def running(
    folder: Path, port: int, targets: Sequence[Mapping[str, Any]], **scrape: Any
) -> Iterator[Prometheus]:
    """One that scrapes ``targets`` each second, as the job ``vpsync``.

    ``targets`` are static configurations, ``scrape`` further members of the scrape configuration.
    """
    (folder / "prometheus.yml").write_text(
        yaml.safe_dump({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(RULES)],
            "scrape_configs": [
                {"job_name": "vpsync", "static_configs": [dict(one) for one in targets], **scrape}
            ],
        }),
        encoding="utf-8",
    )  # fmt: skip
    command = [
        found("prometheus"), f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{port}",
    ]  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            one = Prometheus(f"http://127.0.0.1:{port}")
            eventually(lambda: _answers(one, process), READY_SECONDS)
            yield one
        finally:
            process.terminate()
            process.wait(20)


def eventually(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Returns once something holds."""
    equals(holds, True, seconds)


def equals(found: Callable[[], object], wanted: object, seconds: float = 60) -> None:
    """Returns once something is as it should be; the ``AssertionError`` says what it is."""
    deadline = time.monotonic() + seconds
    while (last := found()) != wanted:
        assert time.monotonic() < deadline, f"{last} instead of {wanted}"
        time.sleep(0.2)


def _answers(one: Prometheus, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "Prometheus did not start; see its log"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        # 503 while it reads its files.
        with opener.open(f"{one.url}/-/ready", timeout=10):
            return bool(one.targets())
    except OSError:
        return False
