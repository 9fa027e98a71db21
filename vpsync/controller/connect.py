"""Opens what the settings name: a connection to VVP, one to a cluster, and a pass over both.

What either can send is for the caller to say, and structural: a VVP connection has the methods it
is opened with and no others, a cluster's edge has the verbs of its class.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from vpsync.cluster.client import LIMITS, Reader, Writer
from vpsync.cluster.connection import connect
from vpsync.model.json import Json
from vpsync.model.stage import Stage
from vpsync.net.deadline import Deadline
from vpsync.net.exchange import Exchange, uncounted
from vpsync.net.pools import Limits, limit
from vpsync.redact.log import hushed_log
from vpsync.settings import Settings
from vpsync.source.cluster import begin_lists

if TYPE_CHECKING:
    from vpsync.reconcile.run import Pass
    from vpsync.ververica.client import Client

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hooks:
    """Who is told what a pass does, as for metrics."""

    observe: Callable[[Exchange], None] = uncounted
    """Called with every request that has ended."""
    begin: Callable[[str], None] = uncounted
    """The target of every request that is begun."""
    enter: Callable[[Stage], None] = uncounted
    """Called with every stage that begins."""


Edge = TypeVar("Edge", bound=Reader)


def open_cluster(
    settings: Settings,
    edge: type[Edge],
    stop: threading.Event,
    deadline: Deadline | None = None,
    hooks: Hooks = Hooks(),
    limits: Limits = LIMITS,
) -> Edge:
    """The cluster of the settings, by an edge of that class; ``stop`` ends its pauses and reads."""
    scope, pool = settings.scope, settings.concurrency
    deadline = deadline or Deadline(stop)
    api = connect(
        scope.kubeconfig,
        scope.context,
        settings.user_agent,
        pool,
        timeout=settings.timeout,
        deadline=deadline,
    )
    api.prepare(lambda manager: limit(manager, limits, deadline))
    return edge(
        api,
        limits,
        pause=stop.wait,
        selector=scope.selector,
        deadline=deadline,
        observe=hooks.observe,
        begin=hooks.begin,
    )


@contextmanager
def open_vvp(
    settings: Settings,
    methods: frozenset[str],
    stop: threading.Event,
    deadline: Deadline | None = None,
    hooks: Hooks = Hooks(),
) -> Iterator[Client]:
    """The VVP of the settings; ``stop`` ends its pauses and reads.

    A connection that can write may create tokens for the run, where the settings permit it. At the end
    these are removed, and the connections are closed. No line of the log shows a token.
    """
    client = _client(settings, methods, stop, deadline or Deadline(stop), hooks)
    with hushed_log(lambda: client.tokens.hiding):
        try:
            yield client
        finally:
            for left in client.run_tokens.remove_all() if client.run_tokens else ():
                log.warning("left behind in VVP: %s", left)
            client.transport.close()


@contextmanager
def opened(
    settings: Settings,
    *,
    writable: bool,
    stop: threading.Event | None = None,
    deadline: Deadline | None = None,
    progress: Callable[[str], None] = lambda text: None,
    reviewed: Mapping[str, Json] | None = None,
    quiet: bool = False,
    hooks: Hooks = Hooks(),
) -> Iterator[Pass]:
    """A pass with both edges open; without ``writable`` neither edge has a verb that writes.

    The first pass has the lists of a cluster that are begun here, and logs whom the run talks to, unless
    it is ``quiet``. At the end the connections are closed and the tokens that the run created are
    removed.
    """
    stop, scope = stop or threading.Event(), settings.scope
    deadline = deadline or Deadline(stop)
    deadline.begin(settings.timeout)
    cluster, lists = None, None
    if scope.in_cluster:
        edge = Writer if writable else Reader
        cluster = open_cluster(settings, edge, stop, deadline, hooks)
        lists = begin_lists(cluster.list_kind, scope.kinds, scope.namespaces)

    try:
        # Imported only now: it takes as long as the cluster takes to answer.
        from vpsync.controller.start_line import StartLine
        from vpsync.reconcile.run import Pass
        from vpsync.schema.load import SchemaSet
        from vpsync.ververica.transport import READS, WRITES

        methods = WRITES if writable else READS
        with open_vvp(settings, methods, stop, deadline, hooks) as client:
            schemas = SchemaSet(kind.name for kind in scope.kinds)
            identify = cache(cluster.cluster_id) if cluster is not None else str
            context = cluster.api.context if cluster is not None else ""
            beginning = StartLine(settings, client, context, quiet)
            yield Pass(
                settings, schemas, client, cluster, stop, identify=identify,
                progress=progress, reviewed=reviewed, list_kind=lists, deadline=deadline,
                began=beginning.tell, enter=hooks.enter,
            )  # fmt: skip
    finally:
        # Lists that are still being read are of no use to anybody.
        deadline.begin(0)


def _client(
    settings: Settings,
    methods: frozenset[str],
    stop: threading.Event,
    deadline: Deadline,
    hooks: Hooks,
) -> Client:
    # Imported where it is used, so that a cluster can be asked before.
    from vpsync.ververica.api_tokens import ApiTokens
    from vpsync.ververica.client import Client
    from vpsync.ververica.refusals import Refusals
    from vpsync.ververica.run_tokens import RunTokens
    from vpsync.ververica.tls import require_usable
    from vpsync.ververica.tokens import Tokens
    from vpsync.ververica.transport import WRITES, HttpOptions, Transport

    vvp = settings.vvp
    cert = (vvp.client_cert_file, vvp.client_key_file)
    options = HttpOptions(
        request_timeout=vvp.request_timeout,
        read_timeout=min(15.0, vvp.request_timeout),
        pool=settings.concurrency,
        ca_file=vvp.ca_file,
        client_cert=(cert[0], cert[1]) if cert[0] and cert[1] else None,
        verify=vvp.verify,
        proxy=vvp.proxy,
        user_agent=settings.user_agent,
    )
    require_usable(options.ca_file, options.client_cert)
    transport = Transport(
        options,
        methods,
        pause=stop.wait,
        deadline=deadline,
        observe=hooks.observe,
        begin=hooks.begin,
    )
    tokens = Tokens(
        vvp.tokens,
        Path(vvp.token_dir) if vvp.token_dir else None,
        Path(vvp.token_file) if vvp.token_file else None,
    )
    client = Client(transport, vvp.app_manager_url, vvp.platform_url, tokens)
    if settings.wait and not settings.scope.in_cluster:
        client.refusals = Refusals()
    if methods >= WRITES and vvp.create_tokens and vvp.edition != "community":
        client.run_tokens = RunTokens(
            tokens, ApiTokens(client), settings.scope.owner_id, settings.timeout
        )
    return client
