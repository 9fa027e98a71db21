"""The checks of VVP: reachable, version and edition, Platform API, tokens and their roles, clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from vpsync.doctor.finding import Examination, clock_skew, failure, ok, warning
from vpsync.errors import (
    PlatformError,
    PlatformFault,
    PlatformUnauthorized,
    PlatformUnreachable,
)
from vpsync.model.finding import Finding
from vpsync.model.phrases import counted
from vpsync.model.releases import FULL_SUPPORT, release_in, shown_release
from vpsync.settings import Settings
from vpsync.ververica.client import Client
from vpsync.ververica.observe import NO_PLATFORM_API
from vpsync.ververica.probe import Access, Role, access, system_version
from vpsync.ververica.tokens import PLATFORM

VVP, API, CLOCK = "VVP", "Platform API", "clock of VVP"


def examine_platform(
    client: Client,
    settings: Settings,
    named: Iterable[str],
    clock: Callable[[], datetime],
) -> Examination:
    """Looks at VVP; ``named`` are the VVP namespaces that resources name."""
    vvp = settings.vvp
    try:
        version = system_version(client)
    except (PlatformUnreachable, PlatformFault) as error:
        advice = "check --vvp-url, the network and --vvp-ca-file"
        finding = failure(VVP, f"{vvp.platform_url} does not answer as VVP does: {error}", advice)
        return Examination((finding,), reachable=False)
    except PlatformError:
        version = ""
    skew = clock_skew(CLOCK, client.transport.date, clock())
    namespaces, edition, platform_api = _platform_api(client, settings)
    vvp_namespaces = (
        settings.scope.vvp_namespaces or namespaces or tuple(sorted({*named} or {"default"}))
    )
    accesses, roles = [], []
    for vvp_namespace in vvp_namespaces:
        try:
            token_access = access(client, vvp_namespace)
        except PlatformError as error:
            roles.append(failure(_token(vvp_namespace), str(error), "look into VVP's log"))
            continue
        accesses.append((vvp_namespace, token_access))
        roles.append(_role(vvp_namespace, token_access, creates=_creates(settings)))
    first = _version(version, edition, vvp.platform_url)
    return Examination((first, platform_api, *roles, skew), accesses=tuple(accesses))


def _version(version: str, edition: str, address: str) -> Finding:
    shown = f"{version or 'of unknown version'}, {edition}, at {address}"
    release = release_in(version)
    if release is None:
        return warning(VVP, shown, "compare its version with the README by hand")
    if release < FULL_SUPPORT:
        advice = f"upgrade VVP: before {shown_release(FULL_SUPPORT)}, targets cannot be adopted or changed"
        return warning(VVP, shown, advice)
    if release >= (3,):
        return failure(VVP, shown, "vpsync speaks the API of VVP 2.x only")
    return ok(VVP, shown)


def _platform_api(client: Client, settings: Settings) -> tuple[tuple[str, ...], str, Finding]:
    """The VVP namespaces that are listed, the edition, and what that says."""
    if settings.vvp.edition == "community":
        return ("default",), "community edition", ok(API, "not used, as --vvp-edition says")
    try:
        namespaces = tuple(sorted(namespace.id for namespace in client.namespaces()))
    except PlatformUnauthorized as error:
        advice = f"set {PLATFORM} to an admin's token; without it VpNamespaces cannot be managed"
        # Else a namespace's token was tried, which need not be good for this.
        severity = failure if settings.vvp.tokens.get(PLATFORM) else warning
        return (), "enterprise edition", severity(API, str(error), advice)
    except PlatformError as error:
        if error.status in NO_PLATFORM_API:
            return ("default",), "community edition", ok(API, "none, as in the Community Edition")
        return (), "edition unknown", failure(API, str(error), "look into VVP's log")
    count = counted(len(namespaces), "VVP namespace")
    return namespaces, "enterprise edition", ok(API, f"lists {count}")


def _creates(settings: Settings) -> bool:
    """Whether a reconcile would create a token where it has none."""
    return settings.vvp.create_tokens and bool(settings.vvp.tokens.get(PLATFORM))


def _token(vvp_namespace: str) -> str:
    return f"token of {vvp_namespace}"


def _role(vvp_namespace: str, token_access: Access, *, creates: bool) -> Finding:
    check = _token(vvp_namespace)
    variable = f"APPMANAGER_API_TOKEN_{vvp_namespace.upper().replace('-', '_')}"
    match token_access.role:
        case Role.NONE if creates and not token_access.has_token:
            text = "none is set; a reconcile creates one for its run"
            return warning(check, text, f"set {variable} to be without that")
        case Role.NONE:
            return failure(
                check, token_access.refusal, f"set {variable} to an owner's or editor's token"
            )
        case Role.VIEWER:
            text = "may only read: enough for diff, not for reconcile"
            return failure(check, text, f"set {variable} to an owner's or editor's token")
        case Role.EDITOR:
            text = "editor: enough for deployments and savepoints, not for targets"
            return warning(check, text, f"set {variable} to an owner's token if targets are yours")
        case Role.OWNER if not token_access.has_token:
            return ok(check, "none is needed: VVP lets everybody do everything")
        case Role.OWNER:
            return ok(check, "owner")
