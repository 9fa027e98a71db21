"""Finds a cluster and its credentials as kubectl does."""

from __future__ import annotations

import base64
import logging
import os
from dataclasses import dataclass
from pathlib import Path

from urllib3 import PoolManager

from vpsync.cluster.credentials import Anonymous, Credentials
from vpsync.cluster.entries import Cluster
from vpsync.cluster.fields import unusable
from vpsync.cluster.identity import ReadPair, content_of, credentials_of, reader_of_pair
from vpsync.cluster.impersonation import impersonation
from vpsync.cluster.kubeconfig import ResolvedContext, paths_of, read_kubeconfig
from vpsync.cluster.plugin_process import PluginLimits
from vpsync.cluster.pod import Pod
from vpsync.cluster.pools import pool_manager
from vpsync.cluster.proxy import Proxy, proxy_for
from vpsync.cluster.server import Server, server_at
from vpsync.cluster.tls import KeyPair, Trust, tls_context
from vpsync.cluster.validity import has_credentials, require_usable
from vpsync.cluster.wire import ClusterApi
from vpsync.model.json import Json, JsonObject
from vpsync.net.deadline import Deadline

log = logging.getLogger(__name__)


def connect(
    kubeconfig: str | None,
    context: str | None,
    user_agent: str,
    pool: int,
    *,
    timeout: float = 600.0,
    deadline: Deadline | None = None,
) -> ClusterApi:
    """A connection to a cluster; :class:`SettingsError` when there is no way to one.

    In this order: ``--kubeconfig``, ``$KUBECONFIG``, the service account of the pod, ``~/.kube/config``.
    ``pool`` is how many connections are kept open. An exec plugin is ended after ``timeout`` seconds, or
    with the ``deadline`` of the pass. Nothing is sent yet, and no plugin is asked.
    """
    chosen = _chosen(kubeconfig, context)
    require_usable(chosen)
    read_pair = reader_of_pair(chosen.user)
    limits = PluginLimits(timeout, deadline or Deadline())
    try:
        route = _route(chosen.cluster)
        api = ClusterApi(
            route.server.url,
            user_agent,
            _credentials(chosen, route, read_pair, limits),
            impersonation(chosen.user),
            lambda pair: route.open_pool(pair, pool),
            chosen.name,
        )
        api.open(read_pair())
    except (OSError, ValueError) as error:
        raise unusable(_reason(error)) from error
    return api


def home_namespace(kubeconfig: str | None, context: str | None) -> str:
    """The namespace of what names none, as for kubectl: of the pod, else of the context, else ``default``."""
    return _chosen(kubeconfig, context).namespace or "default"


def context_name(kubeconfig: str | None, context: str | None) -> str:
    """The context that a run takes, given or current; empty for the cluster of the pod."""
    return _chosen(kubeconfig, context).name


def files_behind(kubeconfig: str | None, context: str | None) -> list[Path]:
    """The files that say which cluster it is and by which authority it is known.

    Those that hold credentials are not among them: they are read for every request.
    """
    pod, variable = Pod(os.environ), os.environ.get("KUBECONFIG", "")
    authority = _chosen(kubeconfig, context).cluster.authority
    files = [authority] if authority is not None else []
    if pod.is_ours and not (kubeconfig or context or variable):
        return files
    return [*files, *paths_of(kubeconfig, variable, Path(os.path.expanduser("~")))]


def _chosen(kubeconfig: str | None, context: str | None) -> ResolvedContext:
    """Cluster and user of the run."""
    variable, pod = os.environ.get("KUBECONFIG", ""), Pod(os.environ)
    if pod.is_ours and not (kubeconfig or context or variable):
        return ResolvedContext("", pod.cluster, pod.user, "of the pod", pod.namespace)
    return read_kubeconfig(kubeconfig, variable, Path(os.path.expanduser("~"))).choose(context)


def _credentials(
    chosen: ResolvedContext, route: _Route, read_pair: ReadPair, limits: PluginLimits
) -> Credentials:
    """Those of the user, as far as they may go to that server."""
    if route.server.takes_credentials:
        return credentials_of(chosen.user, read_pair, route.seen_by_plugins(chosen.cluster), limits)
    if has_credentials(chosen.user):
        log.warning(
            "the credentials of user %s are not sent: %s is not an https address",
            chosen.user_name, route.server.url,
        )  # fmt: skip
    return Anonymous()


@dataclass(frozen=True, slots=True)
class _Route:
    """How a server is reached, and known to be the right one."""

    server: Server
    server_name: str
    trust: Trust
    proxy: Proxy | None

    def open_pool(self, pair: KeyPair | None, size: int) -> PoolManager:
        """Connections that show a client certificate; ``ValueError`` where something is unusable."""
        context = tls_context(self.trust, pair)
        return pool_manager(context, self.proxy, server_name=self.server_name, size=size)

    def seen_by_plugins(self, cluster: Cluster) -> JsonObject:
        """What an exec plugin is told of the cluster, where it wants to know."""
        authorities = base64.b64encode(self.trust.authorities).decode("ascii")
        seen: dict[str, Json] = {
            "tls-server-name": self.server_name,
            "insecure-skip-tls-verify": self.trust.insecure,
            "certificate-authority-data": authorities,
            # Of the kubeconfig alone: that of the environment a plugin finds there itself.
            "proxy-url": cluster.proxy_url,
            "disable-compression": cluster.disable_compression,
        }
        named = {name: one for name, one in seen.items() if one}
        return {"server": self.server.url, **named, "config": cluster.exec_config}


def _route(cluster: Cluster) -> _Route:
    """The way to a cluster; ``OSError`` where its certificate authority cannot be read."""
    server = server_at(cluster.server)
    trust = Trust(content_of(cluster.authority_data, cluster.authority), cluster.insecure)
    proxy = proxy_for(server, cluster.proxy_url, os.environ)
    return _Route(server, cluster.server_name, trust, proxy)


def _reason(error: OSError | ValueError) -> str:
    """What is wrong, with the file where one cannot be read."""
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror or type(error).__name__}"
    return str(error)
