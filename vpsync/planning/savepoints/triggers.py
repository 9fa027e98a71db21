"""``savepoint-requested-at``: one savepoint of a deployment for each new value.

It is planned as a VpSavepoint of its own would be, by the same intent protocol, and remembered in the
status of the deployment (``status.savepoint``), or for a file on the deployment in VVP.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Set

from vpsync.kinds import BY_NAME
from vpsync.kinds.savepoint import SAVEPOINT
from vpsync.model.annotating import SAVEPOINT_REQUEST
from vpsync.model.decision import Blocked, Decision, InSync
from vpsync.model.observed import Location
from vpsync.model.reasons import Reason
from vpsync.model.resource import Desired, Manifest, ResourceKey, annotation
from vpsync.planning.case import Case
from vpsync.planning.ownership.history import is_pending
from vpsync.planning.savepoints.decide import Homes, decide_savepoint

_SHORT = re.compile(r"[\w.:+-]{1,40}")
_ENDED = ("COMPLETED", "FAILED")


def requested_savepoint(desired: Desired) -> Desired | None:
    """The savepoint that a deployment's annotation asks for; None where none is asked for (any more)."""
    host, value = desired.manifest, desired.manifest.note(SAVEPOINT_REQUEST)
    if not BY_NAME[desired.platform.kind].runs_jobs or value is None:
        return None
    recorded = host.status.get("savepoint")
    status = recorded if isinstance(recorded, dict) and recorded.get("requested") == value else {}
    followed = bool(status.get("id")) and status.get("state") not in _ENDED
    if not followed and not is_pending(host, SAVEPOINT_REQUEST):
        return None
    if "lastHandled" in host.status:
        status = {**status, "lastHandled": host.status["lastHandled"]}
    name = f"{host.key.name}@{_shown(value)}"
    manifest = Manifest(
        key=ResourceKey(SAVEPOINT.name, host.key.namespace, name),
        spec={
            "deploymentName": desired.platform.name,
            "metadata": {"namespace": desired.platform.namespace},
        },
        annotations={annotation(SAVEPOINT_REQUEST): value},
        status=status,
        api_version=host.api_version,
        uid=host.uid,
        generation=host.generation,
        resource_version=host.resource_version,
        origin=host.origin,
        host=host.key,
    )
    return SAVEPOINT.declare(manifest)


def decide_request(case: Case, claimed: Set[Location], homes: Homes) -> Decision | None:
    """What to do about such a savepoint; nothing is said of one that is history."""
    decision = decide_savepoint(case, claimed, homes)
    return None if _is_history(decision) else decision


def _is_history(decision: Decision) -> bool:
    """A file keeps its annotation when the savepoint was taken, and maybe pruned, long ago."""
    if decision.manifest.in_cluster:
        return False
    if isinstance(decision, InSync):
        return decision.observed.state in _ENDED
    return isinstance(decision, Blocked) and decision.reason is Reason.Gone


def _shown(value: str) -> str:
    """The value where it is short and plain, so that people know it again."""
    if _SHORT.fullmatch(value):
        return value
    return hashlib.sha256(value.encode()).hexdigest()[:12]
