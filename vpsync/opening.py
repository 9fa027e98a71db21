"""Opens what a pass works with, in an order that wastes no time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from vpsync.cluster.client import Reader, Writer
from vpsync.edges import open_cluster, open_vvp
from vpsync.model.json import Json
from vpsync.settings import Settings
from vpsync.source.cluster import begin_lists

if TYPE_CHECKING:
    from vpsync.reconcile import Pass


@contextmanager
def opened(
    settings: Settings,
    *,
    writable: bool,
    stop: threading.Event | None = None,
    progress: Callable[[str], None] = lambda text: None,
    reviewed: Mapping[str, Json] | None = None,
) -> Iterator[Pass]:
    """A pass with both edges open; without ``writable`` neither edge has a verb that writes.

    The first pass has the lists of a cluster that are begun here. At the end the connections are
    closed and the tokens that the run created are removed.
    """
    stop, scope = stop or threading.Event(), settings.scope
    cluster, lists = None, None
    if scope.in_cluster:
        cluster = open_cluster(settings, Writer if writable else Reader, stop)
        lists = begin_lists(cluster.list_kind, scope.kinds, scope.namespaces)

    # Imported only now: it takes as long as the cluster takes to answer.
    from vpsync.reconcile import Pass
    from vpsync.schema import SchemaSet
    from vpsync.ververica.transport import READS, WRITES

    with open_vvp(settings, WRITES if writable else READS, stop) as client:
        schemas = SchemaSet(kind.name for kind in scope.kinds)
        yield Pass(
            settings, schemas, client, cluster, stop,
            progress=progress, reviewed=reviewed, list_kind=lists,
        )  # fmt: skip
