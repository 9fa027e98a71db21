"""Flags that several commands share, and how they become :class:`~vpsync.settings.Settings`."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

import click

from vpsync import __version__
from vpsync.cli.globals import AddFlag, flag, global_options, under
from vpsync.cli.output import Output
from vpsync.cli.tenancy import namespace_map
from vpsync.kinds.kind import SHORT_NAME
from vpsync.planning.instructions import Adopt, DriftMode
from vpsync.planning.policy import Brakes, Tenancy
from vpsync.report.forms import FORMS
from vpsync.settings import Scope, Settings, VvpSettings, duration, kinds_named, urls

Command = TypeVar("Command", bound=Callable[..., Any])

USER_AGENT = f"vpsync/{__version__} (python {platform.python_version()})"


class Duration(click.ParamType[float]):
    """``90s``, ``5m``, ``1h30m`` or plain seconds."""

    name = "DURATION"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Seconds."""
        return value if isinstance(value, float) else duration(str(value))


def pass_options(command: Command) -> Command:
    """The flags of a command that runs a pass."""
    where = (FILES, SELECTION, KINDS, OWNER, _PRUNED, KUBECONFIG, CONNECTION, SANDBOX)
    return with_options(*where, _POLICY, _SAFETY, _OUTPUT)(command)


def with_options(*groups: Sequence[AddFlag]) -> Callable[[Command], Command]:
    """The flags of these groups, in their order, and the global ones."""

    def add(command: Command) -> Command:
        for option in reversed([option for group in groups for option in group]):
            command = option(command)
        return global_options(command)

    return add


FILES = under(
    "Source",
    flag("-f", "--filename", "files", multiple=True, metavar="PATH",
         help="Manifests from a file, a directory or - for stdin, instead of a cluster. Repeatable."),
    flag("-n", "--watch-namespace", "namespaces", multiple=True, metavar="NAME",
         help="Kubernetes namespace; repeatable, default all. With -f: of manifests that name none."),
)  # fmt: skip

NAMESPACES = under(
    "Source",
    flag("-n", "--watch-namespace", "namespaces", multiple=True, metavar="NAME",
         help="Kubernetes namespace; repeatable, default all."),
)  # fmt: skip

SELECTION = under(
    "Source",
    flag("-A", "--all-namespaces", is_flag=True, help="All Kubernetes namespaces (the default)."),
    flag("-l", "--selector", default="", metavar="LABELS", help="Only resources with these labels."),
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
    flag("--vvp-request-timeout", type=Duration(), default="30s", show_default=True,
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
    flag("--timeout", type=Duration(), default="10m", show_default=True,
         help="Limit of a pass, or of all passes of --wait."),
    flag("--transition-timeout", type=Duration(), default="10m", show_default=True,
         help="How long a TRANSITIONING deployment is left alone."),
    flag("--savepoint-retries", type=click.IntRange(min=0), default=0, show_default=True,
         help="How often a failed savepoint is asked for again."),
    flag("--confirm-state-loss", is_flag=True,
         help="Create deployments anew although their state is lost."),
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
    flag("--namespace-map", metavar="FILE",
         help="YAML: which VVP namespaces each Kubernetes namespace may use; all others none."),
    flag("--admin-namespace", "admin_namespaces", multiple=True, metavar="NAME",
         help="Take VpNamespaces only from this Kubernetes namespace. Repeatable."),
    flag("--target-namespaces", default="", metavar="NAMES",
         help="Kubernetes namespaces that targets may run jobs in, comma-separated."),
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


def output_from(values: Mapping[str, Any]) -> Output:
    """Where the report goes; :class:`~vpsync.errors.SettingsError` when it cannot go there."""
    return Output(values["output"], values["output_file"], values["quiet"])


def settings_from(values: dict[str, Any]) -> Settings:
    """The settings that the flags make; :class:`~vpsync.errors.SettingsError` when they do not fit."""
    return Settings(
        vvp=_vvp(values),
        scope=_scope(values),
        concurrency=values["concurrency"],
        timeout=values["timeout"],
        adopt=Adopt(values["adopt"]),
        drift=DriftMode(values["drift"]),
        brakes=Brakes(
            max_delete_percent=values["max_delete_percent"],
            max_update_percent=values["max_update_percent"],
            max_deletes=values["max_deletes"],
            force=values["force"],
        ),
        tenancy=_tenancy(values),
        max_restarts=values["max_restarts"],
        transition_timeout=values["transition_timeout"],
        confirm_state_loss=values["confirm_state_loss"],
        savepoint_retries=values["savepoint_retries"],
        wait=values.get("wait", False),
        interval=values.get("interval", 60.0),
        interval_jitter_percent=values.get("interval_jitter_percent", 10.0),
        user_agent=USER_AGENT,
    )


def reading_settings(values: dict[str, Any]) -> Settings:
    """The settings of a command that runs no pass: where to look, and at what."""
    vvp = _vvp(values) if "vvp_url" in values else VvpSettings()
    return Settings(vvp=vvp, scope=_scope(values), user_agent=USER_AGENT)


def _vvp(values: dict[str, Any]) -> VvpSettings:
    app_manager, platform_url = urls(
        values["vvp_url"], values["app_manager_api_url"], values["platform_api_url"]
    )
    if bool(values["vvp_client_cert_file"]) != bool(values["vvp_client_key_file"]):
        raise click.UsageError("--vvp-client-cert-file and --vvp-client-key-file go together.")
    return VvpSettings(
        app_manager_url=app_manager,
        platform_url=platform_url,
        edition=values["vvp_edition"],
        ca_file=_readable("--vvp-ca-file", values["vvp_ca_file"]),
        client_cert_file=_readable("--vvp-client-cert-file", values["vvp_client_cert_file"]),
        client_key_file=_readable("--vvp-client-key-file", values["vvp_client_key_file"]),
        verify=not values["vvp_insecure_skip_tls_verify"],
        proxy=values["vvp_proxy"],
        request_timeout=values["vvp_request_timeout"],
        create_tokens=not values.get("no_create_tokens", True),
        token_dir=_readable("--vvp-token-dir", values["vvp_token_dir"]),
        token_file=_readable("--vvp-token-file", values["vvp_token_file"]),
        tokens={key: text for key, text in os.environ.items() if "API_TOKEN" in key},
    )


def _tenancy(values: dict[str, Any]) -> Tenancy:
    admins = frozenset(values["admin_namespaces"])
    targets = frozenset(name for name in values["target_namespaces"].split(",") if name)
    map_file = values["namespace_map"]
    return Tenancy(
        namespaces=namespace_map(map_file) if map_file else None,
        admin_namespaces=admins or None,
        target_namespaces=targets or None,
    )


def _scope(values: dict[str, Any]) -> Scope:
    """The scope, as far as the command has flags for it."""
    files, selector = values.get("files", ()), values.get("selector", "")
    namespaces = tuple(name for name in values.get("namespaces", ()) if name != "all-namespaces")
    if values.get("all_namespaces"):
        if namespaces:
            raise click.UsageError("-A and -n exclude each other.")
        namespaces = ()
    if files and len(namespaces) > 1:
        raise click.UsageError(
            "with -f, -n is the namespace of manifests that name none: give it once."
        )
    if files and selector:
        raise click.UsageError("-l selects in a cluster; it does not go with -f.")
    vvp_namespaces, kinds = values.get("vvp_namespaces", ()), values.get("kinds", "")
    for name in vvp_namespaces:
        if not SHORT_NAME.fullmatch(name):
            raise click.UsageError(f"--vvp-namespace {name}: that is no name of a VVP namespace.")
    if values.get("prune"):
        _check_prune(files, kinds)
    scope = Scope(
        files=files,
        namespaces=namespaces,
        selector=selector,
        owner_id=values.get("owner_id", "default"),
        vvp_namespaces=vvp_namespaces,
        prune=values.get("prune", False),
        kubeconfig=values.get("kubeconfig"),
        context=values.get("context"),
    )
    return replace(scope, kinds=kinds_named(kinds)) if kinds else scope


def _check_prune(files: Sequence[str], kinds: str) -> None:
    if not files:
        raise click.UsageError("--prune goes with -f; in a cluster, delete the resource instead.")
    if kinds:
        raise click.UsageError(
            "--prune sees all kinds or none: what --kinds leaves out has a manifest."
        )


def _readable(name: str, path: str | None) -> str | None:
    if path and not os.access(path, os.R_OK):
        raise click.UsageError(f"{name} {path}: there is no such file, or it cannot be read.")
    return path


@contextmanager
def with_sandbox(settings: Settings, wanted: bool) -> Iterator[Settings]:
    """The settings, pointed at a simulator of their own when one is wanted."""
    if not wanted:
        yield settings
        return
    from vpsync.sandbox import Sandbox

    with Sandbox() as sandbox:
        vvp = replace(
            settings.vvp,
            app_manager_url=f"{sandbox.url}/api",
            platform_url=sandbox.url,
            edition="enterprise",
            create_tokens=False,
        )
        yield replace(settings, vvp=vvp)
