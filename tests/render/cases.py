"""What can become of a resource in a pass, and what its status must say then.

The rows are those of the table in the design's section on names, and one for everything else that a
decision or an outcome can be.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from builders import (
    REMOVED,
    applied,
    at,
    changed,
    decided,
    going,
    manifest,
    observed,
    savepoint,
    snapshot,
    status,
    with_savepoints,
)
from vpsync.errors import (
    ClusterConflict,
    PlatformConflict,
    PlatformFault,
    PlatformNotFound,
    PlatformRejected,
    PlatformUnauthorized,
    PlatformUnreachable,
    PlatformUnsupported,
)
from vpsync.model.decision import Invalid
from vpsync.model.finding import Finding
from vpsync.model.outcome import Applied, Failed, Result, Skipped
from vpsync.model.reasons import Reason
from vpsync.status.conditions import concluded

ANNOTATION = re.compile(
    r""" *ververicaplatform\.fintechstudios\.com/\S+?=\S+(?: -Is\)")?[;,]?(?: \\)?"""
)
"""A line of a screen that holds one annotation of a command, and nothing else."""

READY, SYNCED = ("True", "Succeeded"), ("True", "Succeeded")
DRIFT = {"/metadata/labels/team": "theirs"}
RESOURCE = manifest(status=status())
DRIFTED = snapshot(observed(RESOURCE, DRIFT))
CHANGE = changed(RESOURCE, DRIFTED)
CREATION = changed(manifest())
CANCEL = changed(going(), snapshot(observed(manifest())))
STOPPED = {"/spec/state": "CANCELLED", "/status/state": "CANCELLED"}
DELETE = changed(going(), snapshot(observed(manifest(), STOPPED)))


@dataclass(frozen=True)
class Case:
    """One row: a result, the conditions that follow, and what kstatus makes of them."""

    name: str
    result: Result
    ready: tuple[str, str] | None
    """Status and reason; None where the status stays as it is."""
    synced: tuple[str, str] = SYNCED
    kstatus: str = "InProgress"
    problem: bool = False
    """Whether the exit code is 3."""

    @property
    def expected(self) -> dict[str, tuple[str, str]] | None:
        """All conditions, as the weight of their reason has them."""
        if self.ready is None:
            return None
        told = {"Ready": self.ready, "Synced": self.synced}
        for reason in {Reason[self.ready[1]], Reason[self.synced[1]]}:
            if reason.stalled:
                told["Stalled"] = ("True", reason.name)
            elif reason.waiting and self.ready[0] != "True":
                told["Reconciling"] = ("True", reason.name)
        return told


def held(**edits: Any) -> Result:
    """In sync, with the VVP object edited; ``__`` stands for ``/``."""
    places = {f"/{key.replace('__', '/')}": value for key, value in edits.items()}
    return concluded(decided(RESOURCE, snapshot(observed(RESOURCE, places))))


def refused(error: Exception, change: Any = CHANGE) -> Result:
    return concluded(change, Failed(change, error))  # type: ignore[arg-type]


FAILING = [{"type": "JobFailing", "status": "True", "message": "OOM"}]

CASES = [
    # In the desired state, or FINISHED with desired RUNNING.
    Case("in the desired state", held(), READY, kstatus="Current"),
    Case(
        "finished, and should run",
        held(status__state="FINISHED"),
        ("True", "Finished"),
        kstatus="Current",
    ),
    # That, with VVP's JobFailing true.
    Case("running and failing", held(status__running__conditions=FAILING), ("False", "JobFailing")),
    # TRANSITIONING, or waits for a dependency.
    Case("transitioning", held(status__state="TRANSITIONING"), ("False", "Progressing")),
    Case("without a status yet", held(status=REMOVED), ("False", "Progressing")),
    Case(
        "waits for its target",
        concluded(decided(manifest(edits={"/deploymentTargetName": "gone"}))),
        ("False", "DependencyNotReady"),
        ("False", "DependencyNotReady"),
    ),
    Case(
        "holds a change back while transitioning",
        concluded(
            decided(
                RESOURCE, snapshot(observed(RESOURCE, {**DRIFT, "/status/state": "TRANSITIONING"}))
            )
        ),
        ("False", "Progressing"),
        ("False", "Progressing"),
    ),
    # FAILED, rejected, invalid, not owned, state loss.
    Case(
        "failed, and VVP holds what is declared",
        held(status__state="FAILED"),
        ("False", "JobFailed"),
        kstatus="Failed",
    ),
    Case(
        "failed, and VVP differs",
        concluded(
            decided(RESOURCE, snapshot(observed(RESOURCE, {**DRIFT, "/status/state": "FAILED"})))
        ),
        ("False", "JobFailed"),
        ("False", "JobFailed"),
        "Failed",
    ),
    Case(
        "rejected by VVP",
        refused(PlatformRejected("PATCH: 400: no")),
        ("False", "Rejected"),
        ("False", "Rejected"),
        "Failed",
        problem=True,
    ),
    Case(
        "not possible on this server",
        refused(PlatformUnsupported("PUT: 405")),
        ("False", "Unsupported"),
        ("False", "Unsupported"),
        "Failed",
        problem=True,
    ),
    Case(
        "invalid",
        concluded(Invalid(manifest(), (Finding("/spec", "is required"),))),
        ("False", "InvalidSpec"),
        ("False", "InvalidSpec"),
        "Failed",
        problem=True,
    ),
    Case(
        "not owned",
        concluded(decided(manifest(), snapshot(observed(manifest(), owner="theirs")))),
        ("False", "NotOwned"),
        ("False", "NotOwned"),
        "Failed",
        problem=True,
    ),
    Case(
        "state loss",
        concluded(decided(manifest(status={"observedGeneration": 1, "hasRun": True}))),
        ("False", "StateLoss"),
        ("False", "StateLoss"),
        "Failed",
        problem=True,
    ),
    Case(
        "an immutable field",
        concluded(
            decided(manifest("VpDeploymentTarget", edits={"/spec/kubernetes/namespace": "x"}))
        ),
        ("False", "Immutable"),
        ("False", "Immutable"),
        "Failed",
        problem=True,
    ),
    Case(
        "an annotation that means nothing",
        concluded(decided(manifest(notes={"drift": "perhaps"}))),
        ("False", "InvalidAnnotation"),
        ("False", "InvalidAnnotation"),
        "Failed",
        problem=True,
    ),
    # Drifting under `warn`; paused or Observe.
    Case(
        "drifting, and left so",
        concluded(decided(manifest(status=status(), notes={"drift": "warn"}), DRIFTED)),
        READY,
        ("False", "Drifted"),
        "Current",
    ),
    Case(
        "paused",
        concluded(decided(manifest(status=status(), notes={"paused": "true"}), DRIFTED)),
        READY,
        ("Unknown", "Paused"),
        "Current",
    ),
    Case(
        "observed only",
        concluded(
            decided(manifest(status=status(), notes={"management-policy": "Observe"}), DRIFTED)
        ),
        READY,
        ("Unknown", "Paused"),
        "Current",
    ),
    # VVP unreachable: nothing is written.
    Case(
        "in a VVP namespace that cannot be read",
        concluded(
            decided(RESOURCE, snapshot(failed={("VpDeployment", "default"): PlatformFault("500")}))
        ),
        None,
        problem=True,
    ),
    Case(
        "a change without an answer", refused(PlatformUnreachable("no answer")), None, problem=True
    ),
    Case("a cluster that moved meanwhile", refused(ClusterConflict("409")), None, problem=True),
    # 401, 403 for that VVP namespace.
    Case(
        "in a VVP namespace that refuses the token",
        concluded(
            decided(
                RESOURCE,
                snapshot(failed={("VpDeployment", "default"): PlatformUnauthorized("GET: 403")}),
            )
        ),
        READY,
        ("Unknown", "Unauthorized"),
        "Failed",
        problem=True,
    ),
    Case(
        "a change that the token does not permit",
        refused(PlatformUnauthorized("PATCH: 403")),
        READY,
        ("Unknown", "Unauthorized"),
        "Failed",
        problem=True,
    ),
    Case(
        "a new resource where the token is refused",
        refused(PlatformUnauthorized("POST: 401"), CREATION),
        ("Unknown", "Unauthorized"),
        ("Unknown", "Unauthorized"),
        "Failed",
        problem=True,
    ),
    # States that we do not know.
    Case("in an unknown state", held(status__state="MIGRATING"), ("Unknown", "UnknownState")),
    Case(
        "in an unknown state that should be another",
        concluded(
            decided(
                RESOURCE,
                snapshot(
                    observed(RESOURCE, {"/spec/state": "CANCELLED", "/status/state": "MIGRATING"})
                ),
            )
        ),
        ("Unknown", "UnknownState"),
        ("False", "UnknownState"),
    ),
    # Changes and what came of them.
    Case("a preview", concluded(CHANGE), None),
    Case(
        "not begun, as the run was interrupted",
        concluded(CHANGE, Skipped(CHANGE, Reason.RetryNextPass, "interrupted")),
        None,
    ),
    Case(
        "skipped for want of a dependency",
        concluded(CREATION, Skipped(CREATION, Reason.DependencyNotReady, "no target")),
        ("False", "DependencyNotReady"),
        ("False", "DependencyNotReady"),
    ),
    Case(
        "failed, and tried again",
        refused(PlatformFault("PATCH: 500")),
        ("False", "RetryNextPass"),
        ("False", "RetryNextPass"),
        problem=True,
    ),
    Case(
        "gone since it was listed",
        refused(PlatformNotFound("PATCH: 404")),
        ("False", "RetryNextPass"),
        ("False", "RetryNextPass"),
        problem=True,
    ),
    Case(
        "in conflict with another object",
        refused(PlatformConflict("POST: 409"), CREATION),
        ("False", "RetryNextPass"),
        ("False", "RetryNextPass"),
        problem=True,
    ),
    Case(
        "created, and its job starts",
        applied(manifest(), observed(manifest(), {"/status/state": "CANCELLED"})),
        ("False", "Progressing"),
    ),
    Case(
        "created without a job",
        applied(
            manifest(edits={"/spec/state": "CANCELLED"}),
            observed(manifest(edits={"/spec/state": "CANCELLED"})),
        ),
        READY,
        kstatus="Current",
    ),
    Case(
        "changed without effect on the job",
        applied(RESOURCE, observed(RESOURCE), DRIFTED),
        READY,
        kstatus="Current",
    ),
    Case(
        "changed in a field that VVP holds in a form of its own",
        concluded(CHANGE, Applied(CHANGE, observed(RESOURCE, DRIFT), CHANGE.fields)),
        READY,
        ("True", "NotKept"),
        kstatus="Current",
    ),
    Case(
        "changed, and the job restarts",
        applied(
            manifest(edits={"/spec/template/spec/parallelism": 9}, generation=2, status=status()),
            observed(manifest()),
            snapshot(observed(manifest())),
        ),
        ("False", "Progressing"),
    ),
    Case(
        "changed in part, the rest waits",
        applied(
            manifest(edits={"/spec/state": "CANCELLED"}, status=status()),
            observed(manifest()),
            snapshot(
                observed(manifest(), {**DRIFT, "/status/state": "TRANSITIONING"}),
            ),
        ),
        ("False", "Progressing"),
        ("False", "Progressing"),
    ),
    Case(
        "adopted",
        applied(manifest(), observed(manifest()), snapshot(observed(manifest(), marked=False))),
        READY,
        kstatus="Current",
    ),
    # Deletion.
    Case(
        "cancelled for its deletion",
        applied(going(), observed(manifest()), snapshot(observed(manifest()))),
        ("False", "Deleting"),
        ("False", "Deleting"),
        "Terminating",
    ),
    Case(
        "deleted",
        applied(going(), None, snapshot(observed(manifest(), STOPPED))),
        ("False", "Deleting"),
        ("False", "Deleting"),
        "Terminating",
    ),
    Case(
        "not deleted, as VVP refers to it still",
        refused(PlatformConflict("DELETE: 409"), DELETE),
        ("False", "DeletionBlocked"),
        ("False", "DeletionBlocked"),
        "Terminating",
    ),
    Case(
        "in use, so not deleted",
        concluded(decided(going("VpDeploymentTarget"), snapshot(observed(manifest())))),
        ("False", "DeletionBlocked"),
        ("False", "DeletionBlocked"),
        "Terminating",
    ),
    Case("released", concluded(decided(going())), None, kstatus="Terminating"),
    # The other kinds.
    Case(
        "a target that is there",
        concluded(decided(manifest("VpDeploymentTarget"))),
        READY,
        kstatus="Current",
    ),
    Case(
        "a VVP namespace that is there",
        concluded(decided(manifest("VpNamespace"), snapshot(observed(manifest("VpNamespace"))))),
        READY,
        kstatus="Current",
    ),
    Case(
        "a VVP namespace in the Community Edition",
        concluded(decided(manifest("VpNamespace"), snapshot(namespaces=None, community=True))),
        ("False", "Unsupported"),
        ("False", "Unsupported"),
        "Failed",
        problem=True,
    ),
    Case(
        "a savepoint that is asked for",
        applied(manifest("VpSavepoint"), savepoint(state="STARTED"), with_savepoints()),
        ("False", "Progressing"),
    ),
    Case(
        "a savepoint that is completed",
        concluded(
            decided(manifest("VpSavepoint", status={"id": "sp-1"}), with_savepoints(savepoint()))
        ),
        READY,
        kstatus="Current",
    ),
    Case(
        "a savepoint that failed",
        concluded(
            decided(
                manifest("VpSavepoint", status={"id": "sp-1"}),
                with_savepoints(savepoint(state="FAILED")),
            )
        ),
        ("False", "SavepointFailed"),
        kstatus="Failed",
        problem=True,
    ),
    Case(
        "a savepoint that VVP pruned",
        concluded(decided(manifest("VpSavepoint", status={"id": "sp-1"}), with_savepoints())),
        ("False", "Gone"),
        ("False", "Gone"),
        "Failed",
        problem=True,
    ),
    Case(
        "a savepoint of which it cannot be told",
        concluded(
            decided(
                manifest(
                    "VpSavepoint",
                    status={"intent": {"nonce": "n", "deploymentId": "", "requested": at(-999)}},
                ),
                with_savepoints(savepoint()),
            )
        ),
        ("False", "CreateResultUnknown"),
        ("False", "CreateResultUnknown"),
        "Failed",
        problem=True,
    ),
]
