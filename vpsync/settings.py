"""Every knob of a run, frozen, documented beside the field.

The command line fills it in; :mod:`vpsync.reconcile.run` reads it and hands each edge what it needs, never
the whole. Times are in seconds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from vpsync.errors import SettingsError
from vpsync.kinds import BY_NAME, KINDS
from vpsync.kinds.kind import Kind
from vpsync.model.options import Adopt, DriftMode
from vpsync.planning.policy import ALL, Brakes, Shard, Tenancy

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?")


@dataclass(frozen=True, slots=True)
class VvpSettings:
    """How Ververica Platform is reached."""

    app_manager_url: str = "http://localhost:8081/api"
    platform_url: str = "http://localhost:8081"
    edition: str = "auto"
    """``enterprise``, ``community`` or ``auto``."""
    ca_file: str | None = None
    client_cert_file: str | None = None
    client_key_file: str | None = None
    verify: bool = True
    proxy: str | None = None
    request_timeout: float = 30.0
    """Seconds for one whole request."""
    create_tokens: bool = True
    """Whether a run that VVP refuses for want of a token may create one for itself."""
    token_dir: str | None = None
    """A directory with one token file per VVP namespace."""
    token_file: str | None = None
    """A file with the token for every VVP namespace that has none of its own."""
    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The environment variables that hold tokens."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which resources a run is about."""

    files: tuple[str, ...] = ()
    """Files and directories; empty for a cluster."""
    namespaces: tuple[str, ...] = ()
    """Kubernetes namespaces; empty for all."""
    selector: str = ""
    kinds: tuple[Kind, ...] = KINDS
    owner_id: str = "default"
    vvp_namespaces: tuple[str, ...] = ()
    """Further VVP namespaces that a run is about, beside those of the manifests."""
    prune: bool = False
    """Whether what is ours and has no manifest any more is deleted; only with files."""
    shard: Shard = ALL
    """The VVP namespaces that a run is about; others are those of other runs."""
    kubeconfig: str | None = None
    context: str | None = None

    @property
    def in_cluster(self) -> bool:
        """Whether manifests come from a cluster, and statuses go there."""
        return not self.files


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Where a server listens."""

    host: str
    """Empty for all addresses of the machine."""
    port: int
    """0 for one that is free."""

    def __str__(self) -> str:
        return f"{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Monitoring:
    """Where the metrics of a run are served or sent, and who may read them."""

    address: ListenAddress | None = None
    """Where a loop serves metrics and health; None for nowhere."""
    is_default: bool = False
    """Whether nobody asked for that address."""
    cert_file: str | None = None
    """The certificate that is served with, and its key; None for no TLS."""
    key_file: str | None = None
    secure: bool = False
    """Whether the cluster is asked who may read the metrics."""
    textfile: str | None = None
    """Where a single run leaves its metrics, for the textfile collector of node-exporter."""
    pushgateway_url: str | None = None
    """Where a single run sends its metrics."""

    @property
    def delivers(self) -> bool:
        """Whether a single run leaves or sends its metrics anywhere."""
        return bool(self.textfile or self.pushgateway_url)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a run is configured with."""

    vvp: VvpSettings = VvpSettings()
    scope: Scope = Scope()
    concurrency: int = 8
    """Changes of one level that run side by side."""
    timeout: float = 600.0
    """Of a pass, or of all passes together with ``--wait``."""
    adopt: Adopt = Adopt.MATCHING
    drift: DriftMode = DriftMode.CORRECT
    brakes: Brakes = field(default_factory=Brakes)
    tenancy: Tenancy = field(default_factory=Tenancy)
    max_restarts: int = 20
    """Restarts of running jobs in one pass; 0 for no limit."""
    transition_timeout: float = 600.0
    """For how long a TRANSITIONING deployment is sent nothing but its state."""
    confirm_state_loss: bool = False
    savepoint_retries: int = 0
    reviewed_by: str = ""
    """The flag by which a plan goes through a review, which passes the brakes; empty without one."""
    plan_key: bytes = field(default=b"", repr=False)
    """What binds the masked values of a reviewed plan; empty where no key was given."""
    wait: bool = False
    """Whether passes are repeated until everything is ready or has failed."""
    fail_on_job_failure: bool = False
    """Whether every failed job makes a run fail; else, with ``wait``, those that the run changed do."""
    exit_zero_on_stalled: bool = False
    """Whether a run whose only problems are stalled resources ends with 0."""
    interval: float = 60.0
    """Seconds between the passes of a loop."""
    interval_jitter_percent: float = 10.0
    monitoring: Monitoring = Monitoring()
    read_from: tuple[str, ...] = ()
    """Files whose content is in these settings."""
    events: bool = False
    """Whether a loop starts a pass as soon as somebody changes a resource."""
    min_event_sync_interval: float = 5.0
    """Between the starts of two passes, where the second is for such a change."""
    leader_election: bool = False
    """Whether a run writes only while it holds the Lease of its owner id."""
    lease_timeout: float = 30.0
    """Seconds for which a run that is no loop waits for the Lease."""
    lease_namespace: str = ""
    """Where the Lease is; empty for the pod's namespace, else the context's."""
    user_agent: str = "vpsync"

    @property
    def passes_brakes(self) -> str:
        """What passes the brakes, in words; empty where nothing does."""
        return f"passed by {self.reviewed_by or '--force'}" if self.brakes.force else ""

    @property
    def sees_all_claimants(self) -> bool:
        """Whether the run sees every resource that may hold a VVP namespace, which bears no marker."""
        scope, admins = self.scope, self.tenancy.admin_namespaces
        if not scope.in_cluster or not (scope.namespaces or scope.selector):
            return True
        return not scope.selector and admins is not None and admins <= set(scope.namespaces)


def duration(text: str) -> float:
    """Seconds of ``90s``, ``5m``, ``1h30m`` or plain seconds; :class:`SettingsError` otherwise."""
    match = _DURATION.fullmatch(text.strip())
    if not match or not any(match.groups()):
        raise SettingsError(f"{text!r} is not a duration; write 90s, 5m or 1h30m")
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def kinds_named(names: str) -> tuple[Kind, ...]:
    """The kinds in a comma-separated list of names or plurals, in dependency order."""
    wanted = {name.strip().lower() for name in names.split(",") if name.strip()}
    by_label = {label: kind for kind in KINDS for label in (kind.name.lower(), kind.plural)}
    unknown = sorted(wanted - set(by_label))
    if unknown or not wanted:
        raise SettingsError(
            f"--kinds: unknown {', '.join(unknown)}; choose one of {', '.join(BY_NAME)}"
        )
    return tuple(kind for kind in KINDS if {kind.name.lower(), kind.plural} & wanted)


def pushgateway(url: str) -> str:
    """The address of a Pushgateway; :class:`SettingsError` for what is none, or may hold a secret."""
    base = url.rstrip("/")
    if "@" in url or "?" in url or "#" in url:
        # Such a part may be one, so it is not repeated.
        raise SettingsError(
            "--pushgateway-url must not hold a user, a password, a query or a fragment"
        )
    if not _is_base(base):
        raise SettingsError(f"--pushgateway-url {url}: write http://… or https://…")
    return base


def _is_base(url: str) -> bool:
    """Whether it has a scheme, a host, and a port where one is given."""
    try:
        parts = urlsplit(url)
        bad_port = parts.port == 0
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not bad_port


def urls(vvp_url: str | None, app_manager: str | None, platform: str | None) -> tuple[str, str]:
    """The two base URLs; ``--vvp-url`` excludes the other two, and all must be http or https."""
    if vvp_url and (app_manager or platform):
        raise SettingsError(
            "give --vvp-url, or --app-manager-api-url and --platform-api-url; not both"
        )
    base = (vvp_url or "http://localhost:8081").rstrip("/")
    chosen = (app_manager or f"{base}/api", platform or base)
    # What was typed is told: --vvp-url is the address of both, and the first has a path of ours.
    for url, typed in zip(chosen, (app_manager or base, platform or base), strict=True):
        if "@" in url:
            raise SettingsError("a VVP URL must not hold a user or a password; use a token")
        if "?" in url or "#" in url:
            # Such a part may hold a token, so it is not repeated.
            raise SettingsError(
                "an address with a query or a fragment is no URL of VVP; leave out what begins at ? or #"
            )
        if not _is_base(url):
            raise SettingsError(f"{typed!r} is no URL of VVP; write http://… or https://…")
    return chosen
