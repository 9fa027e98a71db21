"""The credentials of a user, by the precedence that kubectl has.

A token, a password or a client certificate of the kubeconfig come before an exec plugin, which is then
not run at all; a token also comes before an auth provider. (``client-go``: ``exec.go``,
``UpdateTransportConfig``, and the round trippers of ``transport``.)
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from vpsync.cluster.credentials import (
    Anonymous,
    Credentials,
    NoCredentials,
    StoredCredentials,
    basic,
    bearer,
)
from vpsync.cluster.entries import User
from vpsync.cluster.exec_plugin import PluginCredentials
from vpsync.cluster.fields import unusable
from vpsync.cluster.oidc import OidcCredentials
from vpsync.cluster.plugin_process import PluginLimits
from vpsync.cluster.tls import KeyPair
from vpsync.model.json import JsonObject

_REPLACED = {"gcp": "gke-gcloud-auth-plugin", "azure": "kubelogin"}
"""Auth providers that kubectl had until 1.26, and the exec plugins that took their place."""


ReadPair = Callable[[], KeyPair | None]
"""Reads a client certificate from where it is; ``OSError`` when that cannot be done."""


def credentials_of(
    user: User, read_pair: ReadPair, cluster: JsonObject, limits: PluginLimits
) -> Credentials:
    """Where the credentials of a user come from; :class:`SettingsError` where that cannot work.

    ``read_pair`` is :func:`reader_of_pair` of the user, ``cluster`` what an exec plugin may know of the
    cluster, ``limits`` when it is ended.
    """
    header = _header(user)
    provider = user.provider
    if provider is not None and provider.name != "oidc":
        instead = _REPLACED.get(provider.name)
        hint = f"; use the exec plugin {instead}" if instead else ""
        raise unusable(f"there is no auth-provider {provider.name!r}{hint}")
    if provider is not None and not (header or user.token_file):
        return OidcCredentials(provider.config, read_pair)
    if header or user.token_file or read_pair():
        credentials = StoredCredentials(header, user.token_file, read_pair)
        try:
            credentials.current()
        except NoCredentials as error:
            raise unusable(str(error)) from error
        return credentials
    return (
        PluginCredentials(user.plugin, cluster, limits) if user.plugin is not None else Anonymous()
    )


def _header(user: User) -> str:
    """What the kubeconfig itself has for ``Authorization``."""
    if user.token:
        return bearer(user.token, "the token in the kubeconfig")
    return basic(user.username, user.password) if user.username or user.password else ""


def reader_of_pair(user: User) -> ReadPair:
    """What reads the client certificate and its key, or gives None where the user has none."""
    if not (user.certificate or user.certificate_data):
        return lambda: None

    def read() -> KeyPair:
        certificate = content_of(user.certificate_data, user.certificate)
        return KeyPair(certificate, content_of(user.key_data, user.key))

    return read


def content_of(data: bytes, path: Path | None) -> bytes:
    """What the kubeconfig holds itself, or what the file holds that it names; ``OSError``."""
    return data if data or path is None else path.read_bytes()
