"""Counts what a run does, for Prometheus; one registry a run."""

from __future__ import annotations

import platform
import time
from collections import Counter as Count
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from vpsync import __version__
from vpsync.controller import families, tally
from vpsync.controller.families import Family
from vpsync.controller.tally import Labels
from vpsync.kinds.kind import Kind
from vpsync.model.reasons import Reason
from vpsync.model.stage import Stage
from vpsync.net.deadline import READS
from vpsync.net.exchange import Exchange
from vpsync.render.report import Report

TARGETS = ("vvp", "kubernetes")
_STATUSES = frozenset(HTTPStatus)


class _Known(Collector):
    """A gauge without a value until one is known: 0 would read as long ago, or as lost."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self.values: dict[Labels, float] = {}

    def collect(self) -> Iterator[Metric]:
        """The values that are known."""
        samples = GaugeMetricFamily(
            self._family.name, self._family.help, labels=self._family.labels
        )
        for labels, value in tuple(self.values.items()):
            samples.add_metric(labels, value)
        yield samples


@dataclass(slots=True)
class _Recount:
    """A gauge that every pass counts anew; what is no more is 0 from then on."""

    gauge: Gauge
    known: dict[Labels, None] = field(default_factory=dict)

    def expect(self, labels: Iterable[Labels]) -> None:
        """These are told also where there is nothing to count."""
        self._set(Count(), labels)

    def count(self, counts: Count[Labels]) -> None:
        """Sets the gauge to what a pass counted."""
        self._set(counts, counts)

    def _set(self, counts: Count[Labels], more: Iterable[Labels]) -> None:
        self.known |= dict.fromkeys(more)
        for labels in self.known:
            self.gauge.labels(*labels).set(counts[labels])


class Metrics:
    """The metrics of one run over these kinds; safe to share between threads."""

    def __init__(
        self,
        kinds: Iterable[Kind],
        wall_clock: Callable[[], float] = time.time,
        shards: int = 1,
    ) -> None:
        # A second series for each counter, which nobody asks for.
        disable: Callable[[], None] = disable_created_metrics
        disable()
        self.registry = CollectorRegistry()
        self._wall_clock = wall_clock
        self._names = tuple(kind.name for kind in kinds)
        self._stage: tuple[Stage, float] | None = None
        build = self._gauge(families.BUILD)
        build.labels(__version__, platform.python_version()).set(1)
        self._last_pass = self._known(families.LAST_PASS)
        self._last_success = self._known(families.LAST_SUCCESS)
        self._failures = self._gauge(families.FAILURES)
        self._passes = self._histogram(families.PASSES)
        self._stages = self._histogram(families.STAGES)
        self._reconciled = self._counter(families.RECONCILED)
        self._errors = self._counter(families.ERRORS)
        self._resources = _Recount(self._gauge(families.RESOURCES))
        self._conditions = _Recount(self._gauge(families.CONDITIONS))
        self._reasons = _Recount(self._gauge(families.REASONS))
        self._drifted = _Recount(self._gauge(families.DRIFTED))
        self._not_owned = _Recount(self._gauge(families.NOT_OWNED))
        self._paused = _Recount(self._gauge(families.PAUSED))
        self._jobs = _Recount(self._gauge(families.JOBS))
        self._recounts = (
            self._resources, self._conditions, self._reasons, self._drifted, self._not_owned,
            self._paused, self._jobs,
        )  # fmt: skip
        self._requests = self._counter(families.REQUESTS)
        self._request_duration = self._histogram(families.REQUEST_DURATION)
        self._in_flight = self._gauge(families.IN_FLIGHT)
        self._writes = self._counter(families.WRITES)
        self._leader = self._known(families.LEADER)
        self._gauge(families.SHARDS).set(shards)
        self._expect()

    # What is told --------------------------------------------------------------------------------

    def begin(self, target: str) -> None:
        """Counts a request that begins."""
        self._in_flight.labels(target).inc()

    def observe(self, exchange: Exchange) -> None:
        """Counts a request that has ended, with its duration."""
        target, method = exchange.target, exchange.method
        self._in_flight.labels(target).dec()
        self._requests.labels(target, method, _code(exchange.status)).inc()
        self._request_duration.labels(target, method).observe(exchange.seconds)
        if method not in READS:
            self._writes.labels(target, method).inc()

    def enter(self, stage: Stage | None) -> None:
        """A stage of a pass begins, and the one before it ends; None where the pass is over."""
        now = time.monotonic()
        if self._stage is not None:
            before, since = self._stage
            self._stages.labels(before).observe(now - since)
        self._stage = None if stage is None else (stage, now)

    @property
    def is_untold(self) -> bool:
        """Whether no pass is over yet."""
        return not self._last_pass.values

    def note(self, report: Report | None, seconds: float) -> None:
        """A pass is over; ``report`` is None where it broke off."""
        self.enter(None)
        self._passes.observe(seconds)
        now = self._wall_clock()
        self._last_pass.values[()] = now
        if is_success(report):
            self._last_success.values[()] = now
            self._failures.set(0)
        else:
            self._failures.inc()
        if report is not None:
            self._count(report)

    def lead(self, lease: str, *, leading: bool) -> None:
        """This process holds that Lease, or does not; never called where there is none.

        One that does not hold it counts no resources and no failures, and has no last success: those are
        for the holder to tell.
        """
        self._leader.values[lease,] = float(leading)
        if not leading:
            self._failures.set(0)
            self._last_pass.values.clear()
            self._last_success.values.clear()
            for recount in self._recounts:
                recount.count(Count())

    def recall(self, last_success: float | None, failures: float) -> None:
        """What earlier runs knew, for one that cannot know."""
        if last_success is not None:
            self._last_success.values[()] = last_success
        self._failures.set(failures)

    # How it is counted ---------------------------------------------------------------------------

    def _count(self, report: Report) -> None:
        for labels, count in tally.results_in(report).items():
            self._reconciled.labels(*labels).inc(count)
        for labels, count in tally.errors_in(report).items():
            self._errors.labels(*labels).inc(count)
        self._resources.count(tally.states_in(report))
        self._conditions.count(tally.conditions_in(report))
        self._reasons.count(tally.reasons_in(report))
        self._drifted.count(tally.drifted_in(report))
        self._not_owned.count(tally.blocked_in(report, Reason.NotOwned))
        self._paused.count(tally.blocked_in(report, Reason.Paused))
        self._jobs.count(tally.jobs_in(report))

    def _expect(self) -> None:
        """What is asked for in alerts is there from the start, for what appears at 1 never rose."""
        kinds = [(name,) for name in self._names]
        for recount in (self._drifted, self._not_owned, self._paused):
            recount.expect(kinds)
        self._jobs.expect((state,) for state in tally.JOB_STATES)
        self._conditions.expect((name, *one) for name in self._names for one in tally.CONDITIONS)
        reasons = [("Stalled", one) for one in Reason if one.stalled]
        reasons += [("Reconciling", one) for one in Reason if one.waiting]
        self._reasons.expect((name, *(c, r.name)) for name in self._names for c, r in reasons)
        for kind in self._names:
            for result in tally.RESULTS:
                self._reconciled.labels(kind, result)
        for target in TARGETS:
            self._in_flight.labels(target)
            for verb in ("POST", "PATCH", "PUT", "DELETE"):
                self._writes.labels(target, verb)

    # How it is made ------------------------------------------------------------------------------

    def _known(self, family: Family) -> _Known:
        known = _Known(family)
        self.registry.register(known)
        return known

    def _gauge(self, family: Family) -> Gauge:
        return Gauge(family.name, family.help, family.labels, registry=self.registry)

    def _counter(self, family: Family) -> Counter:
        return Counter(family.name, family.help, family.labels, registry=self.registry)

    def _histogram(self, family: Family) -> Histogram:
        return Histogram(
            family.name,
            family.help,
            family.labels,
            registry=self.registry,
            buckets=family.buckets,
        )


def is_success(report: Report | None) -> bool:
    """Whether a pass read all, and wrote all that it had to; what is stalled is no failure of the pass.

    Nor is it where VVP refuses the token of one namespace among others: its resources are stalled.
    """
    return (
        report is not None
        and report.decided
        and len(report.errors) == report.refused
        and not report.moved
        and not report.interrupted
    )


def _code(status: int) -> str:
    """A status as a label: those that have a name, and of others the class alone."""
    if status == 0:
        return "none"
    return str(status) if status in _STATUSES else f"{status // 100}xx"
