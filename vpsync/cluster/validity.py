"""Which clusters and users kubectl refuses, so that vpsync does too.

The rules are those of ``k8s.io/client-go/tools/clientcmd/validation.go`` and ``rest/transport.go``:
two sources of one thing are an error, and nobody is asked for a password. One rule is looser: a user
without credentials is nobody's business where the server is not asked by https.
"""

from __future__ import annotations

from collections.abc import Iterator

from vpsync.cluster.entries import Cluster, ExecPlugin, User
from vpsync.cluster.fields import unusable
from vpsync.cluster.kubeconfig import ResolvedContext

_VERSIONS = tuple(f"client.authentication.k8s.io/{version}" for version in ("v1", "v1beta1"))
_MODES = ("Never", "IfAvailable", "Always")


def require_usable(chosen: ResolvedContext) -> None:
    """:class:`SettingsError` with the first thing that is wrong with a cluster or its user."""
    for problem in _wrong_with_cluster(chosen.cluster):
        raise unusable(f"the cluster of context {chosen.name!r} {problem}")
    for problem in _wrong_with_user(chosen.user):
        raise unusable(f"user {chosen.user_name!r} {problem}")
    if chosen.cluster.server.startswith("https://") and not has_credentials(chosen.user):
        raise unusable(
            f"context {chosen.name!r} has no credentials: user {chosen.user_name!r} is missing or empty"
        )


def has_credentials(user: User) -> bool:
    """Whether a user can log in by any of the ways there are."""
    plain = user.token or user.token_file or user.username or user.password
    certificate = user.certificate or user.certificate_data
    return bool(plain or certificate or user.plugin or user.provider)


def _wrong_with_cluster(cluster: Cluster) -> Iterator[str]:
    if not cluster.server:
        yield "has no server"
    authority = cluster.authority or cluster.authority_data
    if cluster.authority and cluster.authority_data:
        yield "has both certificate-authority and certificate-authority-data"
    if authority and cluster.insecure:
        yield "has both insecure-skip-tls-verify and a certificate authority"


def _wrong_with_user(user: User) -> Iterator[str]:
    if (user.token or user.token_file) and (user.username or user.password):
        yield "has both a token and a password"
    if user.certificate or user.certificate_data:
        yield from _wrong_with_certificate(user)
    if (user.act_as_uid or user.act_as_groups or user.act_as_extra) and not user.act_as:
        yield "has as-uid, as-groups or as-user-extra without as"
    if user.plugin is not None:
        if user.provider is not None:
            yield "has both exec and auth-provider"
        yield from _wrong_with_plugin(user.plugin)


def _wrong_with_certificate(user: User) -> Iterator[str]:
    if user.certificate and user.certificate_data:
        yield "has both client-certificate and client-certificate-data"
    if user.key and user.key_data:
        yield "has both client-key and client-key-data"
    if not (user.key or user.key_data):
        yield "has a client certificate and no client-key"


def _wrong_with_plugin(plugin: ExecPlugin) -> Iterator[str]:
    if not plugin.command:
        yield "has an exec plugin without command"
    if plugin.api_version not in _VERSIONS:
        yield f"has an exec plugin whose apiVersion is none of {', '.join(_VERSIONS)}"
    if plugin.interactive_mode not in _MODES:
        yield f"has an exec plugin whose interactiveMode is none of {', '.join(_MODES)}"
    if not all(name for name, _ in plugin.environment):
        yield "has an exec plugin with a variable that has no name"
