"""Watches the passes of a run: counts them, keeps the heartbeat, and serves both beside a loop."""

from __future__ import annotations

import errno
import logging
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ParamSpec

from prometheus_client import ProcessCollector

from vpsync.controller.certificates import ServedCertificate
from vpsync.controller.connect import Hooks
from vpsync.controller.endpoints import Endpoints
from vpsync.controller.gate import gate_of
from vpsync.controller.health import Health, health_of
from vpsync.controller.metrics import Metrics
from vpsync.controller.overview import PageContents, page_contents_of
from vpsync.controller.server import MetricsServer
from vpsync.errors import SettingsError, VpsyncError
from vpsync.render.report import Report
from vpsync.settings import Monitoring, Settings

log = logging.getLogger(__name__)

Arguments = ParamSpec("Arguments")


@dataclass(frozen=True, slots=True)
class Monitor:
    """Collects what metrics, health and the page tell about a run."""

    metrics: Metrics
    health: Health
    contents: PageContents

    @property
    def hooks(self) -> Hooks:
        """The hooks by which passes report to this monitor."""
        metrics = self.metrics
        return Hooks(metrics.observe, metrics.begin, metrics.enter)

    def watched(self, run_pass: Callable[Arguments, Report]) -> Callable[Arguments, Report]:
        """The pass, which is counted however it ends."""

        def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Report:
            self.health.begin()
            started = time.monotonic()
            outcome: Report | VpsyncError | None = None
            try:
                outcome = run_pass(*args, **kwargs)
                return outcome
            except VpsyncError as error:
                outcome = error
                raise
            finally:
                self._note(outcome, time.monotonic() - started)

        return run

    def _note(self, outcome: Report | VpsyncError | None, seconds: float) -> None:
        self.metrics.note(outcome if isinstance(outcome, Report) else None, seconds)
        self.contents.note(outcome, seconds)
        self.health.end()

    def lead(self, lease: str, *, leading: bool) -> None:
        """This process holds that Lease from now on, or does not; one that waits for it is ready, too."""
        self.metrics.lead(lease, leading=leading)
        if leading:
            self.health.begin()
        else:
            self.health.stand_by()


def monitor_of(settings: Settings) -> Monitor:
    """A monitor for one run."""
    scope = settings.scope
    metrics = Metrics(scope.kinds, shards=scope.shard.count)
    health = health_of(settings, time.monotonic)
    return Monitor(metrics, health, page_contents_of(settings))


@contextmanager
def serving(settings: Settings) -> Iterator[Monitor]:
    """A monitor that is asked at ``--metrics-addr``, where that is wanted.

    :class:`SettingsError` where it cannot be opened. With the default address a loop goes on without, and
    says so: it may be the second one on this machine.
    """
    monitor = monitor_of(settings)
    ProcessCollector(registry=monitor.metrics.registry)
    server = _opened(settings, monitor)
    if server is None:
        yield monitor
        return
    with server:
        log.info("metrics and health at %s", server.url)
        yield monitor


def _opened(settings: Settings, monitor: Monitor) -> MetricsServer | None:
    """The server, not yet answering; None where there is to be none."""
    wanted = settings.monitoring
    if wanted.address is None:
        return None
    gate = gate_of(settings) if wanted.secure else None
    endpoints = Endpoints(monitor.metrics, monitor.health, monitor.contents, gate)
    try:
        return MetricsServer(wanted.address, endpoints.answer, _tls(wanted))
    except OSError as error:
        why = _why(error)
        if wanted.is_default and error.errno == errno.EADDRINUSE:
            log.warning(
                "no metrics and no health are served: --metrics-addr %s: %s", wanted.address, why
            )
            return None
        raise SettingsError(f"--metrics-addr {wanted.address}: {why}") from error


def _tls(wanted: Monitoring) -> Callable[[], ssl.SSLContext] | None:
    """What gives a connection its certificate; :class:`SettingsError` for one that is unusable."""
    if wanted.cert_file is None or wanted.key_file is None:
        return None
    served = ServedCertificate(wanted.cert_file, wanted.key_file)
    served.context()
    return served.context


def _why(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another process listens there; give another port, or 0 for none"
    return error.strerror or type(error).__name__
