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
         help="Kubernetes namespace; repeatable, default all. With -f: of manifests that name none."),
)  # fmt: skip

NAMESPACES = under(
    "Source",
    flag("-n", "--watch-namespace", "namespaces", multiple=True, narrows=True, metavar="NAME",
         help="Kubernetes namespace; repeatable, default all."),
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
         help="Tells clusters apart that share a VVP; must differ between them."),
)  # fmt: skip

VVP_NAMESPACES = under(
    "Source",
    flag("--vvp-namespace", "vvp_namespaces", multiple=True, metavar="NAME",
         help="VVP namespace; repeatable, default all that VVP lists."),
)  # fmt: skip

_SHARD = under(
    "Source",
    flag("--shard", narrows=True, metavar="I/N",
         help="Only the VVP namespaces of shard I, from 0, of N: for N runs side by side."),
)  # fmt: skip

_PRUNED = under(
    "Source",
    flag("--vvp-namespace", "vvp_namespaces", multiple=True, metavar="NAME",
         help="VVP namespace beside those of the manifests, for --prune. Repeatable."),
)  # fmt: skip

KUBECONFIG = under(
    "Source",
    flag("--kubeconfig", metavar="FILE", help="Default: $KUBECONFIG, the pod's account, ~/.kube/config."),
    flag("--context", metavar="NAME", help="Context of the kubeconfig."),
)  # fmt: skip

CONNECTION = under(
    "Connection",
    flag("--vvp-url", metavar="URL", help="VVP, without /api (default http://localhost:8081)."),
    flag("--app-manager-api-url", metavar="URL", help="Application Manager alone, with /api."),
    flag("--platform-api-url", metavar="URL", help="Platform API alone."),
    flag("--vvp-edition", type=click.Choice(["enterprise", "community", "auto"]), default="auto",
         show_default=True, help="Edition of VVP."),
    flag("--vvp-token-dir", metavar="DIR",
         help="One token file per VVP namespace, named after it; read for every request."),
    flag("--vvp-token-file", metavar="FILE", help="Token for VVP namespaces without one of their own."),
    flag("--vvp-ca-file", metavar="FILE", help="CA certificates to trust for VVP."),
    flag("--vvp-client-cert-file", metavar="FILE", help="Client certificate for VVP."),
    flag("--vvp-client-key-file", metavar="FILE", help="Key of the client certificate."),
    flag("--vvp-insecure-skip-tls-verify", is_flag=True, help="Accept any certificate. Dangerous."),
    flag("--vvp-proxy", metavar="URL", help="Proxy for VVP; those of the environment are not used."),
    flag("--vvp-request-timeout", type=_Duration(positive=True), default="30s", show_default=True,
         help="Limit of one whole request."),
)  # fmt: skip

SANDBOX = under(
    "Connection",
    flag("--sandbox", is_flag=True, help="Start a VVP simulator for this run and use it."),
)  # fmt: skip

_POLICY = under(
    "Policy",
    flag("--concurrency", type=click.IntRange(min=1), default=8, show_default=True,
         help="Requests side by side."),
    flag("--timeout", type=_Duration(positive=True), default="10m", show_default=True,
         help="Limit of a pass, or of all passes of --wait."),
    flag("--transition-timeout", type=_Duration(), default="10m", show_default=True,
         help="How long only its state is sent to a TRANSITIONING deployment."),
    flag("--savepoint-retries", type=click.IntRange(min=0), default=0, show_default=True,
         help="How often a failed savepoint is asked for again."),
    flag("--confirm-state-loss", is_flag=True,
         help="Go on where stateful jobs lose their state: deletions, moves, empty starts."),
)  # fmt: skip

_SAFETY = under(
    "Safety",
    flag("--adopt", type=click.Choice(["never", "matching", "always"]), default="matching",
         show_default=True, help="Which VVP objects without a marker are taken over."),
    flag("--drift", type=click.Choice(["correct", "warn", "ignore"]), default="correct",
         show_default=True, help="What is done where VVP departs from a declared field."),
    flag("--max-delete-percent", type=click.FloatRange(0, 100), default=30.0, show_default=True,
         help="Hold deletions back beyond this share of our objects (from 10 on)."),
    flag("--max-update-percent", type=click.FloatRange(0, 100), default=30.0, show_default=True,
         help="Hold updates that touch a job back beyond this share."),
    flag("--max-deletes", type=click.IntRange(min=0), help="Hold deletions back beyond this number."),
    flag("--max-restarts", type=click.IntRange(min=0), default=20, show_default=True,
         help="Restarts of running jobs in one pass; 0 for no limit."),
    flag("--force", is_flag=True, help="Pass the brakes, and say so."),
    flag("--prune", is_flag=True,
         help="With -f: delete what is ours in these VVP namespaces and has no manifest any more."),
    flag("--namespace-map", narrows=True, metavar="FILE",
         help="YAML: which VVP namespaces each Kubernetes namespace may use; all others none."),
    flag("--admin-namespace", "admin_namespaces", multiple=True, narrows=True, metavar="NAME",
         help="Take VpNamespaces only from this Kubernetes namespace. Repeatable."),
    flag("--target-namespaces", narrows=True, default="", metavar="NAMES",
         help="Kubernetes namespaces that targets may run jobs in, comma-separated."),
)  # fmt: skip

_LOOP = under(
    "Loop",
    flag("--interval", type=_Duration(positive=True), default="60s", show_default=True,
         help="Pause between passes; shorter while something is under way."),
    flag("--interval-jitter-percent", type=click.FloatRange(0, 100), default=10.0, show_default=True,
         help="By how much the pause varies."),
    flag("--events", is_flag=True, help="Start a pass as soon as somebody changes a resource."),
    flag("--min-event-sync-interval", type=_Duration(), default="5s", show_default=True,
         help="Least time between two passes for such changes."),
)  # fmt: skip

_LEASE = under(
    "One writer",
    flag("--enable-leader-election", is_flag=True,
         help="Write only while holding the Lease of --owner-id, so that one run writes at a time."),
    flag("--lease-timeout", type=_Duration(), default="30s", show_default=True,
         help="How long --once waits for the Lease (then exit code 5); --loop waits as standby."),
    flag("--lease-namespace", narrows=True, metavar="NAME",
         help="Kubernetes namespace of the Lease. Default: the pod's, else the context's."),
)  # fmt: skip

_OUTPUT = under(
    "Output",
    flag("-o", "--output", type=click.Choice(FORMS), default="text",
         show_default=True, help="Form of the report on stdout."),
    flag("--output-file", metavar="FILE",
         help="Write the report in the form of -o to FILE; stdout has it as text."),
    flag("--quiet", is_flag=True,
         help="Nothing on stdout, only problems on stderr; the exit code tells."),
)  # fmt: skip
