"""``--events``: watches that start a pass as soon as somebody changes a resource.

They are a trigger and nothing more: the pass lists as always, so that whatever a watch misses is seen at the
next pass. Only people's changes count. What vpsync itself writes moves neither the generation of a resource,
which is that of its spec, nor a label, nor the time of its deletion, nor any annotation but its own.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from vpsync.cluster.answers import Expired
from vpsync.cluster.watching import WATCH_LIMITS, Watcher
from vpsync.controller.connect import open_cluster
from vpsync.errors import ClusterError, ClusterForbidden, ClusterNotFound
from vpsync.kinds.kind import Kind
from vpsync.model.json import JsonObject
from vpsync.net.deadline import Deadline
from vpsync.redact.text import printable
from vpsync.settings import Settings
from vpsync.status.events import OWN_ANNOTATIONS

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 5.0
"""Seconds until a watch that failed is tried again."""

WITHOUT_RIGHTS = 60.0
"""The same where there is no right to watch, or no such kind."""

PATIENCE = 3
"""How often in a row a watch may fail before that is told."""

_AWAY, _FOR_A_PERSON = 1, 2

LISTED_WITHIN = 5.0
"""Seconds that the first pass waits for the lists with which watches begin."""


def fingerprint(metadata: JsonObject) -> int:
    """What people change about a resource, as a number: another one is a reason for a pass."""
    notes = metadata.get("annotations")
    ours = {
        key: text
        for key, text in (notes.items() if isinstance(notes, Mapping) else ())
        if key not in OWN_ANNOTATIONS
    }
    parts = (metadata.get("uid"), metadata.get("generation"), metadata.get("deletionTimestamp"))
    return hash((*map(str, parts), str(sorted(ours.items())), _labels(metadata)))


def _labels(metadata: JsonObject) -> str:
    labels = metadata.get("labels")
    return str(sorted(labels.items())) if isinstance(labels, Mapping) else ""


@dataclass(slots=True)
class Watch:
    """Follows one kind in one namespace, for as long as the process lives."""

    watcher: Watcher
    kind: Kind
    namespace: str
    """The Kubernetes namespace; empty for all."""
    ring: Callable[[], object]
    """Called for each change that is a reason for a pass."""
    ended: threading.Event
    listed: threading.Event = field(default_factory=threading.Event)
    """Set when it knows what there is, or cannot know it."""
    _known: dict[tuple[str, str], tuple[int, bool]] = field(default_factory=dict, init=False)
    """By namespace and name: the fingerprint, and whether it is being deleted."""
    _version: str = field(default="", init=False)
    """Where the watch is resumed; empty where it begins with a list."""
    _failures: int = field(default=0, init=False)
    """How often in a row it could not be had for a reason of one kind."""
    _bad: int = field(default=0, init=False)
    """How bad the last failure was: 2 where somebody has to grant a right or install a CRD."""
    _logged: int = field(default=0, init=False)
    """The worst that was told; 0 for nothing."""

    def run(self) -> None:
        """Follows until it is ended; what the thread does."""
        while not self.ended.is_set():
            began = time.monotonic()
            try:
                self._follow()
            except Expired:
                self._version = ""
            except ClusterError as error:
                self._note(error)
            self.listed.set()
            quick = time.monotonic() - began < FIRST_PAUSE
            self.ended.wait(self._pause() if self._failures or quick else 0)

    def _follow(self) -> None:
        """Lists where it has to, and then takes what happens until the server ends the watch."""
        if not self._version:
            self._list()
        events = self.watcher.watch(self.kind, self.namespace, self._version)
        if self._logged:
            log.info("changes of %s are noticed at once again", self.kind.plural)
        if self._failures >= PATIENCE:
            # The API server is back, which passes that failed meanwhile do not know yet.
            self.ring()
        self._failures, self._logged = 0, 0
        for event in events:
            if not event.bookmark:
                self._take(event.metadata, gone=event.gone)
            self._version = event.version or self._version

    def _list(self) -> None:
        items, version = self.watcher.listed(self.kind, self.namespace)
        heads = [_metadata(item) for item in items]
        there = {_key(head) for head in heads}
        for key in [key for key in self._known if key not in there]:
            self._forget(key)
        for head in heads:
            self._take(head)
        self._version = version
        self.listed.set()

    def _take(self, metadata: JsonObject, *, gone: bool = False) -> None:
        key = _key(metadata)
        if gone:
            self._forget(key)
            return
        now = fingerprint(metadata), metadata.get("deletionTimestamp") is not None
        if self._known.get(key) != now:
            self._known[key] = now
            self.ring()

    def _forget(self, key: tuple[str, str]) -> None:
        """It is gone. Where it was being deleted, that was known, and its end was for us to make."""
        _, was_deleted = self._known.pop(key, (0, True))
        if not was_deleted:
            self.ring()

    def _pause(self) -> float:
        if self._bad == self._logged == _FOR_A_PERSON:
            return WITHOUT_RIGHTS
        longest = min(FIRST_PAUSE * 2.0 ** max(0, self._failures - 1), LONGEST_PAUSE)
        return longest * random.uniform(0.8, 1.2)

    def _note(self, error: ClusterError) -> None:
        """Tells what is wrong when it stays so: an API server that starts anew refuses everybody at first."""
        bad = _FOR_A_PERSON if isinstance(error, (ClusterForbidden, ClusterNotFound)) else _AWAY
        self._failures = self._failures + 1 if bad == self._bad else 1
        self._bad = bad
        if self._failures < PATIENCE or bad <= self._logged or self.ended.is_set():
            return
        self._logged = bad
        advice = "; --events needs the verb watch" if isinstance(error, ClusterForbidden) else ""
        log.warning(
            "changes of %s are noticed at the next pass only: %s%s",
            self.kind.plural, printable(str(error)), advice,
        )  # fmt: skip


def _metadata(item: JsonObject) -> JsonObject:
    metadata = item.get("metadata")
    return metadata if isinstance(metadata, Mapping) else {}


def _key(metadata: JsonObject) -> tuple[str, str]:
    return str(metadata.get("namespace") or ""), str(metadata.get("name") or "")


@contextmanager
def watches(settings: Settings, ring: Callable[[], object]) -> Iterator[None]:
    """Watches all that the settings are about; begun when this returns, ended at its end."""
    if not settings.events:
        yield
        return
    ended, scope = threading.Event(), settings.scope
    watcher = open_cluster(settings, Watcher, ended, Deadline(ended), limits=WATCH_LIMITS)
    lists = [(kind, name) for kind in scope.kinds for name in (scope.namespaces or ("",))]
    begun = [Watch(watcher, kind, name, ring, ended) for kind, name in lists]
    for one in begun:
        threading.Thread(target=one.run, name=f"watch {one.kind.plural}", daemon=True).start()
    try:
        patience = time.monotonic() + LISTED_WITHIN
        for one in begun:
            one.listed.wait(max(0.0, patience - time.monotonic()))
        yield
    finally:
        ended.set()
        watcher.api.close()
