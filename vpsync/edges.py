"""Opens the edges that the settings name: a connection to VVP, and one to a cluster.

What either can send is for the caller to say, and structural: a VVP connection has the methods it
is opened with and no others, a cluster's edge has the verbs of its class.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from vpsync.cluster.client import Reader
from vpsync.cluster.connection import connect
from vpsync.report.hushed import hushed_log
from vpsync.settings import Settings

if TYPE_CHECKING:
    from vpsync.ververica.client import Client

log = logging.getLogger(__name__)

Edge = TypeVar("Edge", bound=Reader)


def open_cluster(settings: Settings, edge: type[Edge], stop: threading.Event) -> Edge:
    """The cluster of the settings, by an edge of that class; ``stop`` ends its pauses."""
    scope, pool = settings.scope, settings.concurrency
    api = connect(
        scope.kubeconfig,
        scope.context,
        settings.user_agent,
        pool,
        timeout=settings.timeout,
        stop=stop,
    )
    return edge(api, pause=stop.wait, selector=scope.selector)


@contextmanager
def open_vvp(
    settings: Settings, methods: frozenset[str], stop: threading.Event
) -> Iterator[Client]:
    """The VVP of the settings; ``stop`` ends its pauses.

    A connection that can write may create tokens for the run, where the settings permit it. At the
    end these are removed, and the connections are closed. No line of the log shows a token.
    """
    client = _client(settings, methods, stop)
    with hushed_log(lambda: client.tokens.hiding):
        try:
            yield client
        finally:
            for left in client.run_tokens.remove_all() if client.run_tokens else ():
                log.warning("left behind in VVP: %s", left)
            client.transport.close()


def _client(settings: Settings, methods: frozenset[str], stop: threading.Event) -> Client:
    # Imported where it is used, so that a cluster can be asked before.
    from vpsync.ververica.api_tokens import ApiTokens
    from vpsync.ververica.client import Client
    from vpsync.ververica.run_tokens import RunTokens
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
    transport = Transport(options, methods, pause=stop.wait)
    tokens = Tokens(
        vvp.tokens,
        Path(vvp.token_dir) if vvp.token_dir else None,
        Path(vvp.token_file) if vvp.token_file else None,
    )
    client = Client(transport, vvp.app_manager_url, vvp.platform_url, tokens)
    if methods >= WRITES and vvp.create_tokens and vvp.edition != "community":
        client.run_tokens = RunTokens(
            tokens, ApiTokens(client), settings.scope.owner_id, settings.timeout
        )
    return client
