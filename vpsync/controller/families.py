"""The metrics: every name with its type, its labels and its meaning, in one closed list.

Labels take few values: kinds, reasons, states that VVP documents. No resource, no namespace and no word of
a server stands in one, so that neither their number nor what they hold grows with what people apply.
"""

from __future__ import annotations

from dataclasses import dataclass

REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
PASS_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
STAGE_SECONDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0)


@dataclass(frozen=True, slots=True)
class Family:
    """One metric: its name, type, help text and labels."""

    name: str
    type: str
    """``gauge``, ``counter`` or ``histogram``."""
    help: str
    """The help text, one sentence."""
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()
    """Upper bounds of a histogram; more than the last is counted, too."""


BUILD = Family(
    "vpsync_build_info", "gauge", "Always 1: which vpsync runs, on which Python.",
    ("version", "python"),
)  # fmt: skip
LAST_PASS = Family(
    "vpsync_last_pass_timestamp_seconds",
    "gauge",
    "When the last pass ended, whatever came of it; absent before that.",
)
LAST_SUCCESS = Family(
    "vpsync_last_success_timestamp_seconds",
    "gauge",
    "When a pass last read all, and wrote all that it had to; absent before that. A resource that is "
    "stalled is no failure of the pass.",
)
FAILURES = Family(
    "vpsync_consecutive_failures", "gauge", "Passes since the last success, all of them failed."
)
PASSES = Family(
    "vpsync_pass_duration_seconds", "histogram", "How long passes took.", buckets=PASS_SECONDS
)
STAGES = Family(
    "vpsync_pass_stage_duration_seconds", "histogram", "How long the stages of passes took.",
    ("stage",), STAGE_SECONDS,
)  # fmt: skip
RECONCILED = Family(
    "vpsync_reconcile_total", "counter", "What passes did about resources, one for each in a pass.",
    ("kind", "result"),
)  # fmt: skip
ERRORS = Family(
    "vpsync_reconcile_errors_total", "counter",
    "Resources that a pass failed over or found stalled, one for each in a pass.",
    ("kind", "reason"),
)  # fmt: skip
RESOURCES = Family(
    "vpsync_resources", "gauge",
    "Resources by VVP's state of their object; in lower case what VVP has no word for.",
    ("kind", "state"),
)  # fmt: skip
CONDITIONS = Family(
    "vpsync_resource_condition", "gauge", "Resources by each of their conditions.",
    ("kind", "condition", "status"),
)  # fmt: skip
REASONS = Family(
    "vpsync_resource_reason", "gauge",
    "Resources whose condition Stalled or Reconciling is true, by its reason.",
    ("kind", "condition", "reason"),
)  # fmt: skip
DRIFTED = Family(
    "vpsync_drifted_resources", "gauge",
    "Resources in whose VVP object the last pass found a declared field changed.",
    ("kind",),
)  # fmt: skip
NOT_OWNED = Family(
    "vpsync_owner_mismatch", "gauge", "Resources whose VVP object is another's.", ("kind",)
)
PAUSED = Family(
    "vpsync_paused_resources", "gauge", "Resources that are paused or only observed.", ("kind",)
)
JOBS = Family("vpsync_jobs", "gauge", "Jobs of deployments by their state.", ("state",))
REQUESTS = Family(
    "vpsync_http_requests_total", "counter",
    "HTTP requests, by the status of their answer; none where no answer came.",
    ("target", "method", "code"),
)  # fmt: skip
REQUEST_DURATION = Family(
    "vpsync_http_request_duration_seconds", "histogram",
    "How long HTTP requests took, to the last byte of their answer.",
    ("target", "method"), REQUEST_SECONDS,
)  # fmt: skip
IN_FLIGHT = Family(
    "vpsync_http_requests_in_flight", "gauge", "HTTP requests that wait for their answer.",
    ("target",),
)  # fmt: skip
WRITES = Family(
    "vpsync_writes_total", "counter",
    "HTTP requests that write; it stands still while nothing changes.",
    ("target", "verb"),
)  # fmt: skip
LEADER = Family(
    "vpsync_leader", "gauge",
    "1 where this process holds the Lease, 0 where another may; absent without a Lease.",
    ("lease",),
)  # fmt: skip

SHARDS = Family(
    "vpsync_shards", "gauge", "How many shards the work is divided into; 1 where it is not."
)

FAMILIES = (
    BUILD, LAST_PASS, LAST_SUCCESS, FAILURES, PASSES, STAGES, RECONCILED, ERRORS, RESOURCES, CONDITIONS,
    REASONS, DRIFTED, NOT_OWNED, PAUSED, JOBS, REQUESTS, REQUEST_DURATION, IN_FLIGHT, WRITES, LEADER, SHARDS,
)  # fmt: skip
"""All of them, in the order in which they are told."""
