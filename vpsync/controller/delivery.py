"""Delivers the metrics of a single run, which is over before anybody could scrape it.

To a file for the textfile collector of node-exporter, to a Pushgateway, or to both; also where the run
failed. What the run cannot know, when the last success was, stays as an earlier run left it. A delivery that
fails is told and changes nothing else.
"""

from __future__ import annotations

import http.client
import logging
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import generate_latest, pushadd_to_gateway

from vpsync.controller import families
from vpsync.controller.metrics import Metrics
from vpsync.controller.monitor import Monitor, monitor_of
from vpsync.net.causes import cause_of
from vpsync.redact.text import printable
from vpsync.render.files import replace_file
from vpsync.settings import Scope, Settings

log = logging.getLogger(__name__)

PUSH_TIME = 10.0
"""Seconds that a Pushgateway has, whatever it answers."""

MAX_TEXTFILE = 1 << 20
"""Bytes of a file that earlier runs left."""

_SAMPLE = re.compile(
    rf"^({families.LAST_SUCCESS.name}|{families.FAILURES.name})"
    r" ([0-9]{1,20}(?:\.[0-9]{1,20})?(?:e\+?[0-9]{1,2})?)$",
    re.MULTILINE,
)
"""What is taken over of a file. Others may have written there: nothing else in it is understood."""

JOB = "vpsync"
"""The group at the Pushgateway, together with the owner id, and the shard where there are some."""


@contextmanager
def delivering(settings: Settings) -> Iterator[Monitor]:
    """A monitor whose metrics are delivered at the end, however that comes."""
    monitor, wanted = monitor_of(settings), settings.monitoring
    if wanted.textfile is not None:
        recall(monitor.metrics, Path(wanted.textfile))
    try:
        yield monitor
    finally:
        if monitor.metrics.is_untold:
            # It did not come to a pass: that is a failed one.
            monitor.metrics.note(None, 0.0)
        if wanted.textfile is not None:
            _write(monitor.metrics, Path(wanted.textfile))
        if wanted.pushgateway_url is not None:
            _push_in_time(monitor.metrics, wanted.pushgateway_url, _group(settings.scope))


def recall(metrics: Metrics, path: Path) -> None:
    """Takes over what the file of an earlier run tells of the last success, where there is such a file."""
    try:
        # What is no file of earlier runs, such as a pipe, might be waited for without end.
        text = _beginning(path) if path.is_file() else ""
    except (OSError, ValueError):
        return
    samples = {name: float(value) for name, value in _SAMPLE.findall(text)}
    success, failures = (
        samples.get(one.name) for one in (families.LAST_SUCCESS, families.FAILURES)
    )
    if success is not None or failures is not None:
        metrics.recall(success, failures or 0.0)


def _beginning(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return file.read(MAX_TEXTFILE)


def _write(metrics: Metrics, path: Path) -> None:
    try:
        replace_file(path, generate_latest(metrics.registry).decode("utf-8"))
    except OSError as error:
        log.warning("the metrics were not written: --metrics-textfile %s: %s", path, error.strerror)


def _group(scope: Scope) -> dict[str, str]:
    """What tells this run's metrics from those of others."""
    shard = {} if scope.shard.is_all else {"shard": str(scope.shard.index)}
    return {"owner_id": scope.owner_id, **shard}


def _push_in_time(metrics: Metrics, url: str, group: dict[str, str]) -> None:
    """Sends them, and gives up on a Pushgateway that takes its time."""
    failures: list[str] = []
    thread = threading.Thread(
        target=lambda: failures.append(_push(metrics, url, group)), daemon=True
    )
    thread.start()
    thread.join(PUSH_TIME)
    why = failures[0] if failures else f"no answer within {PUSH_TIME:g} s"
    if why:
        log.warning("the metrics were not sent: --pushgateway-url %s: %s", url, printable(why))


def _push(metrics: Metrics, url: str, group: dict[str, str]) -> str:
    """Why they could not be sent; empty where they were.

    By POST, which replaces metrics of the same name in the group: one that this run does not tell, as of
    the last success where it failed, stays.
    """
    try:
        pushadd_to_gateway(url, JOB, metrics.registry, group, PUSH_TIME, _without_proxy)
    except urllib.error.HTTPError as error:
        return f"it answers {error.code}"
    except urllib.error.URLError as error:
        reason = error.reason
        return cause_of(reason) if isinstance(reason, Exception) else "it cannot be reached"
    except (OSError, http.client.HTTPException, ValueError) as error:
        return cause_of(error)
    return ""


def _without_proxy(
    url: str, method: str, timeout: float | None, headers: Sequence[tuple[str, str]], data: bytes
) -> Callable[[], None]:
    """What sends a request as it is: by no proxy of the environment, and to no other place."""

    def send() -> None:
        request = urllib.request.Request(url, data=data, headers=dict(headers), method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects())
        opener.open(request, timeout=timeout).close()

    return send


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect is the answer, and an error."""

    def redirect_request(self, *arguments: object) -> None:
        """Follows no redirect: the metrics go where they were meant to go, or nowhere."""
