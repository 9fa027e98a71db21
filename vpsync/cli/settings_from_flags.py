"""What the flags make: :class:`~vpsync.settings.Settings`, and where the report goes."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import click

from vpsync import __version__
from vpsync.cli.output import Output
from vpsync.cli.tenancy import namespace_map
from vpsync.kinds.kind import SHORT_NAME
from vpsync.model.options import Adopt, DriftMode
from vpsync.planning.policy import ALL, Brakes, Shard, Tenancy
from vpsync.settings import Scope, Settings, VvpSettings, kinds_named, urls

USER_AGENT = f"vpsync/{__version__} (python {platform.python_version()})"

_SHARD = re.compile(r"(0|[1-9][0-9]{0,3})/([1-9][0-9]{0,3})")


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
        fail_on_job_failure=values.get("fail_on_job_failure", False),
        exit_zero_on_stalled=values.get("exit_zero_on_stalled", False),
        interval=values.get("interval", 60.0),
        interval_jitter_percent=values.get("interval_jitter_percent", 10.0),
        read_from=tuple(filter(None, [values["namespace_map"]])),
        events=_events(values),
        min_event_sync_interval=values.get("min_event_sync_interval", 5.0),
        leader_election=values.get("enable_leader_election", False),
        lease_timeout=values.get("lease_timeout", 30.0),
        lease_namespace=_lease_namespace(values),
        user_agent=USER_AGENT,
    )


def reading_settings(values: dict[str, Any]) -> Settings:
    """The settings of a command that runs no pass: where to look, and at what."""
    vvp = _vvp(values) if "vvp_url" in values else VvpSettings()
    return Settings(
        vvp=vvp,
        scope=_scope(values),
        events=values.get("events", False),
        leader_election=values.get("enable_leader_election", False),
        lease_namespace=_lease_namespace(values),
        user_agent=USER_AGENT,
    )


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
        token_dir=_readable("--vvp-token-dir", values["vvp_token_dir"], directory=True),
        token_file=_readable("--vvp-token-file", values["vvp_token_file"]),
        tokens={key: text for key, text in os.environ.items() if "API_TOKEN" in key},
    )


def _tenancy(values: dict[str, Any]) -> Tenancy:
    admins = frozenset(values["admin_namespaces"])
    targets = frozenset(
        values["target_namespaces"].split(",") if values["target_namespaces"] else ()
    )
    for flag, names in (("--admin-namespace", admins), ("--target-namespaces", targets)):
        for name in names:
            check_namespace(flag, name)
    map_file = values["namespace_map"]
    return Tenancy(
        namespaces=namespace_map(map_file) if map_file else None,
        admin_namespaces=admins or None,
        target_namespaces=targets or None,
    )


def _owner_id(values: dict[str, Any]) -> str:
    """The owner-id, which becomes a part of the names of tokens and Leases."""
    owner_id = str(values.get("owner_id", "default"))
    if not SHORT_NAME.fullmatch(owner_id):
        raise click.UsageError(
            "--owner-id: lower-case letters, digits and '-', at most 63 of them."
        )
    return owner_id


def _events(values: dict[str, Any]) -> bool:
    """Whether resources are watched; wrong usage where nothing is there to be watched, or nobody waits."""
    wanted = bool(values.get("events"))
    if wanted and values.get("files"):
        raise click.UsageError("--events watches a cluster; it does not go with -f.")
    if wanted and not values.get("loop"):
        raise click.UsageError("--events goes with --loop; --once is one pass anyway.")
    return wanted


def _lease_namespace(values: dict[str, Any]) -> str:
    """Where the Lease is; wrong usage where there is no cluster to keep it."""
    named = str(values.get("lease_namespace") or "")
    if values.get("enable_leader_election") and values.get("files"):
        raise click.UsageError(
            "--enable-leader-election needs a cluster, which keeps the Lease; it does not go with -f."
        )
    if named:
        check_namespace("--lease-namespace", named)
    return named


def check_namespace(flag: str, name: str) -> None:
    """Wrong usage where a name cannot be one of a Kubernetes namespace; it may become part of a URL."""
    if not SHORT_NAME.fullmatch(name):
        hint = "; repeat the flag for several" if "," in name else ""
        raise click.UsageError(f"{flag} {name}: that is no name of a Kubernetes namespace{hint}.")


def _scope(values: dict[str, Any]) -> Scope:
    """The scope, as far as the command has flags for it."""
    files = values.get("files", ())
    namespaces = tuple(name for name in values.get("namespaces", ()) if name != "all-namespaces")
    for name in namespaces:
        check_namespace("-n", name)
    if values.get("all_namespaces"):
        if namespaces:
            raise click.UsageError("choose one of -A and -n.")
        namespaces = ()
    vvp_namespaces, kinds = values.get("vvp_namespaces", ()), values.get("kinds", "")
    for name in vvp_namespaces:
        if not SHORT_NAME.fullmatch(name):
            raise click.UsageError(f"--vvp-namespace {name}: not a valid VVP namespace name.")
    if values.get("prune"):
        _check_prune(files, kinds)
    if files:
        _check_files(values, namespaces)
    scope = Scope(
        files=files,
        namespaces=namespaces,
        selector=values.get("selector", ""),
        owner_id=_owner_id(values),
        vvp_namespaces=vvp_namespaces,
        prune=values.get("prune", False),
        shard=_shard(values.get("shard")),
        kubeconfig=values.get("kubeconfig"),
        context=values.get("context"),
    )
    return replace(scope, kinds=kinds_named(kinds)) if kinds else scope


def _shard(text: str | None) -> Shard:
    """The shard of ``I/N``."""
    if text is None:
        return ALL
    match = _SHARD.fullmatch(text)
    if match is None or int(match[1]) >= int(match[2]):
        raise click.UsageError(
            f"--shard {text}: write I/N, where I counts from 0 and is less than N: 0/3 is the first of three."
        )
    return Shard(int(match[1]), int(match[2]))


def _check_files(values: dict[str, Any], namespaces: Sequence[str]) -> None:
    """Refuses what has no meaning for files, or would let them say whose they are."""
    if len(namespaces) > 1:
        raise click.UsageError(
            "with -f, -n is the namespace of manifests that name none: give it once."
        )
    if values.get("selector"):
        raise click.UsageError("-l selects in a cluster; it does not go with -f.")
    if (values.get("namespace_map") or values.get("admin_namespaces")) and not namespaces:
        raise click.UsageError(
            "with -f, --namespace-map and --admin-namespace need -n: it says whose manifests these are."
        )


def _check_prune(files: Sequence[str], kinds: str) -> None:
    if not files:
        raise click.UsageError("--prune goes with -f; in a cluster, delete the resource instead.")
    if kinds:
        raise click.UsageError(
            "--prune sees all kinds or none: what --kinds leaves out has a manifest."
        )


def _readable(name: str, path: str | None, *, directory: bool = False) -> str | None:
    if path and not os.access(path, os.R_OK):
        raise click.UsageError(f"{name} {path}: there is no such file, or it cannot be read.")
    if path and os.path.isdir(path) != directory:
        raise click.UsageError(f"{name} {path}: that is {'no' if directory else 'a'} directory.")
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
