"""Flags that several commands share, in groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from vpsync.cli.globals import AddFlag, flag, global_options, under
from vpsync.errors import SettingsError
from vpsync.render.forms import FORMS
from vpsync.settings import duration

Command = TypeVar("Command", bound=Callable[..., Any])


class _Duration(click.ParamType[float]):
    """``90s``, ``5m``, ``1h30m`` or plain seconds."""

    name = "DURATION"

    def __init__(self, *, positive: bool = False) -> None:
        self.positive = positive
        """Whether a duration of zero is wrong usage."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The duration in seconds."""
        try:
            seconds = value if isinstance(value, float) else duration(str(value))
        except SettingsError as error:
            self.fail(str(error), param, ctx)
        if self.positive and seconds <= 0:
            self.fail("must be more than zero; write 90s, 5m or 1h30m", param, ctx)
        return seconds


def pass_options(command: Command) -> Command:
    """The flags of a command that runs a pass."""
    where = (FILES, SELECTION, KINDS, OWNER, _SHARD, _PRUNED, KUBECONFIG, CONNECTION, SANDBOX)
    return with_options(*where, _POLICY, _SAFETY, _OUTPUT)(command)


def loop_options(command: Command) -> Command:
    """The flags of a command that may run for months, beside others of its kind."""
    for option in reversed([*_LOOP, *_LEASE]):
        command = option(command)
    return command


def with_options(*groups: Sequence[AddFlag]) -> Callable[[Command], Command]:
    """The flags of these groups, in their order, and the global ones."""

    def add(command: Command) -> Command:
        for option in reversed([option for group in groups for option in group]):
            command = option(command)
        return global_options(command)

    return add


FILES = under(
    "Source",
    flag("-f", "--filename", "files", multiple=True, narrows=True, metavar="PATH",
         help="Manifests from a file, a directory or - for stdin, instead of a cluster. Repeatable."),
    flag("-n", "--watch-namespace", "namespaces", multiple=True, narrows=True, metavar="NAME",
         help="Kubernetes namespace; with -f, that of manifests that name none. Repeatable."),
)  # fmt: skip

NAMESPACES = under(
    "Source",
    flag("-n", "--watch-namespace", "namespaces", multiple=True, narrows=True, metavar="NAME",
         help="Kubernetes namespace (default: all). Repeatable."),
)  # fmt: skip

SELECTION = under(
    "Source",
    flag("-A", "--all-namespaces", is_flag=True, help="All Kubernetes namespaces (the default)."),
    flag("-l", "--selector", narrows=True, default="", metavar="LABELS",
         help="Only resources with these labels."),
)  # fmt: skip

KINDS = under(
    "Source",
    flag("--kinds", default="", metavar="KINDS", help="Only these kinds, comma-separated."),
)  # fmt: skip

OWNER = under(
    "Source",
    flag("--owner-id", default="default", show_default=True, metavar="ID",
         help="Identifies this cluster to VVP; must be unique among clusters that share a VVP."),
)  # fmt: skip

VVP_NAMESPACES = under(
    "Source",
    flag("--vvp-namespace", "vvp_namespaces", multiple=True, metavar="NAME",
         help="VVP namespace (default: all that VVP lists). Repeatable."),
)  # fmt: skip

_SHARD = under(
    "Source",
    flag("--shard", narrows=True, metavar="I/N",
         help="Only the VVP namespaces of shard I (from 0) of N: for N runs in parallel."),
)  # fmt: skip

_PRUNED = under(
    "Source",
    flag("--vvp-namespace", "vvp_namespaces", multiple=True, metavar="NAME",
         help="Additional VVP namespace for --prune. Repeatable."),
)  # fmt: skip

KUBECONFIG = under(
    "Source",
    flag("--kubeconfig", metavar="FILE",
         help="Kubeconfig (default: $KUBECONFIG, the pod's account, ~/.kube/config)."),
    flag("--context", metavar="NAME", help="Kubeconfig context."),
)  # fmt: skip

CONNECTION = under(
    "Connection",
    flag("--vvp-url", metavar="URL", help="VVP, without /api (default: http://localhost:8081)."),
    flag("--app-manager-api-url", metavar="URL", help="Application Manager only, with /api."),
    flag("--platform-api-url", metavar="URL", help="Platform API only."),
    flag("--vvp-edition", type=click.Choice(["enterprise", "community", "auto"]), default="auto",
         show_default=True, help="VVP edition."),
    flag("--vvp-token-dir", metavar="DIR",
         help="Directory with one token file per VVP namespace, named after it; read for every request."),
    flag("--vvp-token-file", metavar="FILE", help="Token for VVP namespaces without one of their own."),
    flag("--vvp-ca-file", metavar="FILE", help="CA certificates to trust for VVP."),
    flag("--vvp-client-cert-file", metavar="FILE", help="Client certificate for VVP."),
    flag("--vvp-client-key-file", metavar="FILE", help="Key of the client certificate."),
    flag("--vvp-insecure-skip-tls-verify", is_flag=True, help="Accept any certificate (dangerous)."),
    flag("--vvp-proxy", metavar="URL", help="Proxy for VVP; proxy variables of the environment are ignored."),
    flag("--vvp-request-timeout", type=_Duration(positive=True), default="30s", show_default=True,
         help="Time limit of a whole request."),
)  # fmt: skip

SANDBOX = under(
    "Connection",
    flag("--sandbox", is_flag=True, help="Run against a built-in VVP simulator."),
)  # fmt: skip

_POLICY = under(
    "Policy",
    flag("--concurrency", type=click.IntRange(min=1), default=8, show_default=True,
         help="Concurrent requests."),
    flag("--timeout", type=_Duration(positive=True), default="10m", show_default=True,
         help="Time limit of a pass, or of all passes of --wait."),
    flag("--transition-timeout", type=_Duration(), default="10m", show_default=True,
         help="How long to send a TRANSITIONING deployment nothing but its state."),
    flag("--savepoint-retries", type=click.IntRange(min=0), default=0, show_default=True,
         help="How often to retry a failed savepoint."),
    flag("--confirm-state-loss", is_flag=True,
         help="Proceed where stateful jobs lose their state: deletions, moves, empty starts."),
)  # fmt: skip

_SAFETY = under(
    "Safety",
    flag("--adopt", type=click.Choice(["never", "matching", "always"]), default="matching",
         show_default=True, help="Which VVP objects without a marker to take over."),
    flag("--drift", type=click.Choice(["correct", "warn", "ignore"]), default="correct",
         show_default=True, help="What to do when VVP differs from a declared field."),
    flag("--max-delete-percent", type=click.FloatRange(0, 100), default=30.0, show_default=True,
         help="Hold back all deletions above this share of managed objects (if 10 or more)."),
    flag("--max-update-percent", type=click.FloatRange(0, 100), default=30.0, show_default=True,
         help="Hold back all updates that affect jobs above this share."),
    flag("--max-deletes", type=click.IntRange(min=0), help="Hold back all deletions above this number."),
    flag("--max-restarts", type=click.IntRange(min=0), default=20, show_default=True,
         help="Most restarts of running jobs in one pass; 0 for no limit."),
    flag("--force", is_flag=True, help="Override the brakes, and say so."),
    flag("--prune", is_flag=True,
         help="With -f: delete managed VVP objects that no longer have a manifest."),
    flag("--namespace-map", narrows=True, metavar="FILE",
         help="YAML file: the VVP namespaces that each Kubernetes namespace may use; others may use none."),
    flag("--admin-namespace", "admin_namespaces", multiple=True, narrows=True, metavar="NAME",
         help="Take VpNamespaces only from this Kubernetes namespace. Repeatable."),
    flag("--target-namespaces", narrows=True, default="", metavar="NAMES",
         help="Kubernetes namespaces in which targets may run jobs, comma-separated."),
)  # fmt: skip

_LOOP = under(
    "Loop",
    flag("--interval", type=_Duration(positive=True), default="60s", show_default=True,
         help="Pause between passes; shorter while something is in progress."),
    flag("--interval-jitter-percent", type=click.FloatRange(0, 100), default=10.0, show_default=True,
         help="Random variation of the pause."),
    flag("--events", is_flag=True, help="Start a pass as soon as a resource changes."),
    flag("--min-event-sync-interval", type=_Duration(), default="5s", show_default=True,
         help="Minimum time between passes that changes start."),
)  # fmt: skip

_LEASE = under(
    "One writer",
    flag("--enable-leader-election", is_flag=True,
         help="Write only while holding the Lease of --owner-id: one writer at a time."),
    flag("--lease-timeout", type=_Duration(), default="30s", show_default=True,
         help="How long --once waits for the Lease before exit code 5; --loop waits as a standby."),
    flag("--lease-namespace", narrows=True, metavar="NAME",
         help="Kubernetes namespace of the Lease (default: the pod's, else the context's)."),
)  # fmt: skip

_OUTPUT = under(
    "Output",
    flag("-o", "--output", type=click.Choice(FORMS), default="text",
         show_default=True, help="Format of the report on stdout."),
    flag("--output-file", metavar="FILE",
         help="Write the report to FILE in the -o format; stdout still gets it as text."),
    flag("--quiet", is_flag=True,
         help="Print only problems, on stderr; rely on the exit code."),
)  # fmt: skip
