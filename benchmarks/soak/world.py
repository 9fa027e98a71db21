"""Makes changes on a real API server and in VVP, and asks both whether they have arrived."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from benchmarks.manifests import GROUP, deployment, fleet, vvp_namespace
from benchmarks.servers import Cluster, document_at, is_ready
from benchmarks.soak.script import Change, Deed, Job

DEPLOYMENTS, SAVEPOINTS = "vpdeployments", "vpsavepoints"
RESTART = "restart-requested-at"
REVISION = "soak.revision"
"""The key of a job's configuration that edits change, and that of labels."""

_LIMIT_SECONDS = 10


def _note(key: str) -> str:
    return f"{GROUP}/{key}"


@dataclass(slots=True)
class World:
    """The cluster and VVP, and what people do to them."""

    cluster: Cluster
    vvp_url: str
    namespaces: int
    """How many VVP namespaces there are."""
    _session: requests.Session = field(default_factory=requests.Session, init=False)

    def __post_init__(self) -> None:
        self._session.trust_env = False

    def begin(self, deployments: int) -> list[Job]:
        """Creates what there is at first; the jobs in it."""
        for manifest in fleet(0, self.namespaces):
            self.cluster.create(manifest)
        jobs = [Job(f"job-{number:05d}", number) for number in range(deployments)]
        for job in jobs:
            self.cluster.create(self.manifest(job))
        return jobs

    def manifest(self, job: Job) -> dict[str, Any]:
        """The manifest of a job as it was last declared."""
        made = deployment(job.number, self.namespaces)
        # Else each deletion would wait for somebody to agree that its state is lost.
        made["metadata"]["annotations"] = {_note("deletion-policy"): "Suspend"}
        spec = made["spec"]
        spec["metadata"]["labels"][REVISION] = job.label
        spec["spec"]["template"]["spec"]["flinkConfiguration"][REVISION] = job.revision
        return made

    def unready(self) -> list[str]:
        """The resources that are not in order."""
        return [
            f"{plural}/{one['metadata']['name']}"
            for plural in ("vpnamespaces", "vpdeploymenttargets", DEPLOYMENTS, SAVEPOINTS)
            for one in self.cluster.list(plural)
            if not is_ready(one)
        ]

    # What people do -----------------------------------------------------------------------------

    def make(self, change: Change) -> None:
        """Does it; :class:`requests.RequestException` where a server does not answer."""
        job, value = change.job, change.value
        if change.deed is Deed.DRIFT:
            self._drift(job, value)
        elif change.deed is Deed.DELETE:
            self.cluster.delete(DEPLOYMENTS, job.name)
        elif change.deed is Deed.RECREATE:
            self.cluster.create(self.manifest(job))
        elif change.deed is Deed.SAVEPOINT:
            self.cluster.create(self._savepoint(job))
        elif change.deed is Deed.FORGET:
            self.cluster.delete(SAVEPOINTS, job.name)
        else:
            self.cluster.patch(DEPLOYMENTS, job.name, _patch(change))

    def _savepoint(self, job: Job) -> dict[str, Any]:
        metadata = {"namespace": vvp_namespace(job.number, self.namespaces)}
        return {
            "apiVersion": f"{GROUP}/v1beta1",
            "kind": "VpSavepoint",
            "metadata": {"name": job.name},
            "spec": {"deploymentName": job.name, "metadata": metadata},
        }

    def _drift(self, job: Job, value: str) -> None:
        patch = {"metadata": {"labels": {REVISION: f"drifted-{value}"}}}
        answer = self._session.patch(self._address(job), json=patch, timeout=_LIMIT_SECONDS)
        answer.raise_for_status()

    # Whether it has arrived ---------------------------------------------------------------------

    def has_arrived(self, change: Change) -> bool:
        """Whether VVP is as the change wants it, and the status says so."""
        return _ARRIVED[change.deed](self, change)

    def _is_declared(self, change: Change) -> bool:
        """Whether status and VVP are as they were last declared, and the job runs."""
        found = self.cluster.get(DEPLOYMENTS, change.job.name)
        return found is not None and is_ready(found) and self._runs_as_declared(change)

    def _runs_as_declared(self, change: Change) -> bool:
        job, found = change.job, self._object(change.job)
        if found is None:
            return False
        labels = found["metadata"].get("labels") or {}
        configuration = found["spec"]["template"]["spec"]["flinkConfiguration"]
        declared = labels.get(REVISION), configuration.get(REVISION)
        wanted = "SUSPENDED" if change.deed is Deed.SUSPEND else "RUNNING"
        return declared == (job.label, job.revision) and found["status"]["state"] == wanted

    def _is_restarted(self, change: Change) -> bool:
        found = self.cluster.get(DEPLOYMENTS, change.job.name)
        if found is None or not is_ready(found):
            return False
        handled = found["status"].get("lastHandled") or {}
        return handled.get(RESTART) == change.value and self._runs_as_declared(change)

    def _is_gone(self, change: Change) -> bool:
        is_there = self.cluster.get(DEPLOYMENTS, change.job.name) is not None
        return not is_there and self._object(change.job) is None

    def _is_completed(self, change: Change) -> bool:
        found = self.cluster.get(SAVEPOINTS, change.job.name)
        return found is not None and found.get("status", {}).get("state") == "COMPLETED"

    def _is_forgotten(self, change: Change) -> bool:
        return self.cluster.get(SAVEPOINTS, change.job.name) is None

    def _address(self, job: Job) -> str:
        namespace = vvp_namespace(job.number, self.namespaces)
        return f"{self.vvp_url}/api/v1/namespaces/{namespace}/deployments/{job.name}"

    def _object(self, job: Job) -> dict[str, Any] | None:
        return document_at(self._session, self._address(job), _LIMIT_SECONDS)


_ARRIVED: Mapping[Deed, Callable[[World, Change], bool]] = {
    Deed.EDIT: World._is_declared,
    Deed.LABEL: World._is_declared,
    Deed.RESTART: World._is_restarted,
    Deed.SUSPEND: World._is_declared,
    Deed.RESUME: World._is_declared,
    Deed.DELETE: World._is_gone,
    Deed.RECREATE: World._is_declared,
    Deed.DRIFT: World._runs_as_declared,
    Deed.SAVEPOINT: World._is_completed,
    Deed.FORGET: World._is_forgotten,
}


def _patch(change: Change) -> dict[str, Any]:
    """What an edit changes of the resource of a deployment."""
    value = change.value
    if change.deed is Deed.RESTART:
        return {"metadata": {"annotations": {_note(RESTART): value}}}
    if change.deed is Deed.LABEL:
        return {"spec": {"metadata": {"labels": {REVISION: value}}}}
    if change.deed is Deed.EDIT:
        template = {"spec": {"flinkConfiguration": {REVISION: value}}}
        return {"spec": {"spec": {"template": template}}}
    state = "SUSPENDED" if change.deed is Deed.SUSPEND else "RUNNING"
    return {"spec": {"spec": {"state": state}}}
