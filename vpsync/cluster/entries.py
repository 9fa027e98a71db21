"""What a kubeconfig holds: clusters, users and contexts.

Its format is that of ``k8s.io/client-go/tools/clientcmd/api/v1``. Paths of files are absolute here,
taken from the folder of the file that names them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vpsync.cluster.fields import Fields, unusable
from vpsync.model.json import Json

_EXEC_EXTENSION = "client.authentication.k8s.io/exec"
"""The extension of a cluster that is handed to an exec plugin."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where an API server is, and how it is known to be the right one."""

    server: str = ""
    authority: Path | None = None
    """The file with its certificate authorities, as PEM."""
    authority_data: bytes = b""
    """The same as data, which the kubeconfig holds itself."""
    insecure: bool = False
    """Whether the server's certificate is accepted unchecked."""
    server_name: str = ""
    """The name in its certificate, where that is not the host's."""
    proxy_url: str = ""
    disable_compression: bool = False
    exec_config: Json = None
    """What exec plugins are told of this cluster."""


@dataclass(frozen=True, slots=True)
class ExecPlugin:
    """A program that gives credentials (``client.authentication.k8s.io``)."""

    command: str
    arguments: tuple[str, ...] = field(repr=False)
    environment: tuple[tuple[str, str], ...] = field(repr=False)
    api_version: str
    install_hint: str
    provide_cluster_info: bool
    interactive_mode: str
    """``Never``, ``IfAvailable`` or ``Always``."""


@dataclass(frozen=True, slots=True)
class _AuthProvider:
    """A way to log in that is built into clients; ``oidc`` is the only one left."""

    name: str
    config: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class User:
    """Whom requests are made as. No text form of it shows a secret."""

    token: str = field(default="", repr=False)
    token_file: Path | None = None
    username: str = ""
    password: str = field(default="", repr=False)
    certificate: Path | None = None
    certificate_data: bytes = b""
    key: Path | None = None
    key_data: bytes = field(default=b"", repr=False)
    plugin: ExecPlugin | None = None
    provider: _AuthProvider | None = None
    act_as: str = ""
    act_as_uid: str = ""
    act_as_groups: tuple[str, ...] = ()
    act_as_extra: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """The name of a cluster and that of a user, and the namespace of requests that name none."""

    cluster: str = ""
    user: str = ""
    namespace: str = ""


def cluster_of(fields: Fields, folder: Path) -> Cluster:
    """The value of a member of ``clusters``, from a file in that folder."""
    extensions = {one.text("name"): one for one in fields.each("extensions")}
    config = extensions.get(_EXEC_EXTENSION)
    return Cluster(
        fields.text("server"),
        _path(fields, "certificate-authority", folder),
        fields.data("certificate-authority-data"),
        fields.flag("insecure-skip-tls-verify"),
        fields.text("tls-server-name"),
        fields.text("proxy-url"),
        fields.flag("disable-compression"),
        config.members.get("extension") if config is not None else None,
    )


def user_of(fields: Fields, folder: Path) -> User:
    """The value of a member of ``users``, from a file in that folder."""
    plugin, provider = fields.fields("exec"), fields.fields("auth-provider")
    extra = fields.fields("as-user-extra")
    return User(
        fields.text("token"),
        _path(fields, "tokenFile", folder),
        fields.text("username"),
        fields.text("password"),
        _path(fields, "client-certificate", folder),
        fields.data("client-certificate-data"),
        _path(fields, "client-key", folder),
        fields.data("client-key-data"),
        None if plugin is None else _plugin(plugin, folder),
        None if provider is None else _provider(provider),
        fields.text("as"),
        fields.text("as-uid"),
        fields.texts("as-groups"),
        () if extra is None else tuple((key, extra.texts(key)) for key in extra.members),
    )


def context_of(fields: Fields, folder: Path) -> Context:
    """The value of a member of ``contexts``."""
    return Context(fields.text("cluster"), fields.text("user"), fields.text("namespace"))


def _plugin(fields: Fields, folder: Path) -> ExecPlugin:
    command, version = fields.text("command"), fields.text("apiVersion")
    if os.sep in command:
        # A name alone is looked up on PATH, where the run is.
        command = os.path.normpath(os.path.join(folder, command))
    mode = fields.text("interactiveMode")
    if not mode and version.endswith("/v1beta1"):
        mode = "IfAvailable"
    return ExecPlugin(
        command,
        fields.texts("args"),
        tuple((one.text("name"), one.text("value")) for one in fields.each("env")),
        version,
        fields.text("installHint"),
        fields.flag("provideClusterInfo"),
        mode,
    )


def _provider(fields: Fields) -> _AuthProvider:
    config = fields.fields("config")
    config_texts = {} if config is None else {key: config.text(key) for key in config.members}
    if not fields.text("name"):
        raise unusable(f"{fields.where} has no name")
    return _AuthProvider(fields.text("name"), config_texts)


def _path(fields: Fields, name: str, folder: Path) -> Path | None:
    text = fields.text(name)
    return folder / text if text else None
