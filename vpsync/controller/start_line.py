"""What a run says first: whom it talks to, in whose name, and for how many resources.

It can be told once VVP was read, and is told before anything is changed: whoever is about to work on the
wrong VVP sees it then.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from vpsync.cluster.connection import context_name
from vpsync.kinds import BY_NAME
from vpsync.model.observed import Snapshot
from vpsync.model.phrases import counted, listed
from vpsync.model.resource import Desired
from vpsync.redact.text import printable
from vpsync.settings import Scope, Settings
from vpsync.ververica.client import Client
from vpsync.ververica.probe import known_version

log = logging.getLogger(__name__)

MOST_FILES = 5
"""Files and directories that the line names."""


@dataclass(slots=True)
class StartLine:
    """The first line of a run, which is told once however many passes there are."""

    settings: Settings
    client: Client
    context: str = ""
    """The context of the kubeconfig; empty where there is none."""
    quiet: bool = False
    """Whether only what looks wrong is told."""
    _is_logged: bool = field(default=False, init=False)

    def tell(self, snapshot: Snapshot, desired: Sequence[Desired], resources: int) -> None:
        """VVP was read for so many resources; nothing is told of one that could not be read."""
        if self._is_logged or not (_was_read(snapshot) or _was_not_asked(snapshot)):
            return
        self._is_logged = True
        if not self.quiet:
            source = source_named(self.settings.scope, self.context)
            owner_id = self.settings.scope.owner_id
            count = counted(resources, "resource")
            text = f"{self._vvp(snapshot)}; {source}; owner id {owner_id}; {count}"
            log.info("%s", printable(text))
        if text := strange(snapshot, desired):
            log.warning("%s", printable(f"VVP at {self.settings.vvp.platform_url} {text}"))

    def _vvp(self, snapshot: Snapshot) -> str:
        """Which VVP it is; of one that was not asked only its address is known."""
        address = self.settings.vvp.platform_url
        if not _was_read(snapshot):
            return f"VVP at {address}, not asked"
        vvp_namespace = next((namespace for _, namespace in sorted(snapshot.listed)), "default")
        version = known_version(self.client, vvp_namespace)
        return f"VVP {version or 'of unknown version'}, {self._edition(snapshot)}, at {address}"

    def _edition(self, snapshot: Snapshot) -> str:
        if snapshot.community:
            return "community edition"
        is_enterprise = snapshot.namespaces is not None or self.settings.vvp.edition == "enterprise"
        return "enterprise edition" if is_enterprise else "edition unknown"


def source_of(scope: Scope) -> str:
    """Where the manifests will come from, in words; :class:`SettingsError` where that cannot be told."""
    named = context_name(scope.kubeconfig, scope.context) if scope.in_cluster else ""
    return source_named(scope, named)


def source_named(scope: Scope, context: str) -> str:
    """Where the manifests come from, in words, whoever says it."""
    if not scope.in_cluster:
        return f"manifests of {listed(scope.files, MOST_FILES)}"
    return f"cluster context {context}" if context else "the cluster of this pod"


def strange(snapshot: Snapshot, desired: Sequence[Desired]) -> str:
    """That this VVP holds nothing of what the statuses remember, in words; empty where it holds some.

    One object may have been deleted in VVP; where all are absent, it may be another VVP. Only what VVP
    told in full is counted, and no VVP namespaces: their ids are names, which any VVP may have.
    """
    recorded = [
        str(one.manifest.status["id"])
        for one in desired
        if one.manifest.status.get("id")
        and not BY_NAME[one.platform.kind].holds_contents
        and snapshot.failure(one.platform.kind, one.platform.namespace) is None
    ]
    present = {observed.id for observed in snapshot.objects.values()}
    if len(recorded) < 2 or not present.isdisjoint(recorded):
        return ""
    return (
        f"holds none of the {len(recorded)} objects that the statuses of these resources name: "
        "is it the right one? Check --vvp-url"
    )


def _was_read(snapshot: Snapshot) -> bool:
    """Whether VVP told anything."""
    return bool(snapshot.listed) or snapshot.namespaces is not None


def _was_not_asked(snapshot: Snapshot) -> bool:
    """Whether there was nothing to ask VVP for, or that is all that it could say."""
    return not (snapshot.failed or snapshot.namespaces_failure or _was_read(snapshot))
