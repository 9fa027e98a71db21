"""One lane: a deployment that is applied, changed and deleted, again and again, each time from rest.

VVP's own time is the same for all tools: each transition ends so many seconds after it was first seen.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from benchmarks.latency.table import OPERATIONS, Took
from benchmarks.manifests import deployment
from benchmarks.servers import Cluster, Vvp, document_at

VVP_NAMESPACE = "default"
PLURAL = "vpdeployments"
REVISION = "latency.revision"

PATIENCE = 300.0
"""Seconds that an operation may take."""

_LOOK = 0.3
"""Seconds between two looks at VVP, by which all figures are too high at most."""

_LIMIT_SECONDS = 30

IsWritten = Callable[[Mapping[str, Any], Mapping[str, Any]], bool]
"""Whether a resource tells of the VVP object in the state in which VVP was done, or of a later one."""


@dataclass(slots=True)
class Lane:
    """Operations on one deployment, one after the other."""

    number: int
    cluster: Cluster
    vvp: Vvp
    is_written: IsWritten
    vvp_seconds: float
    """How long VVP takes for a transition."""
    longest_rest: float
    """Seconds at most between two operations."""
    took: list[Took] = field(default_factory=list)
    failure: str = ""
    """Why it ended early; empty where it did not."""
    _session: requests.Session = field(default_factory=requests.Session, init=False)
    _moving: float | None = field(default=None, init=False)
    """Since when VVP is at work; None where it is not."""
    _own: float = field(default=0.0, init=False)
    _done: Mapping[str, Any] | None = field(default=None, init=False)
    """The VVP object when VVP was done; None before that."""
    _name: str = field(default="", init=False)

    def run(self, rounds: int) -> None:
        """Does all of it; what a thread does."""
        self._session.trust_env = False
        chance = random.Random(self.number)
        try:
            for turn in range(rounds):
                self._name = f"job-{self.number:03d}-{turn}"
                for operation, act in zip(
                    OPERATIONS, (self._apply, self._change, self._delete), strict=True
                ):
                    time.sleep(chance.uniform(0, self.longest_rest))
                    self._measure(operation, *act())
        except (requests.RequestException, TimeoutError) as error:
            self.failure = f"lane {self.number}, {self._name}: {error}"

    # Operations: each gives what asks whether it is done -----------------------------------------

    def _apply(self) -> tuple[float, Callable[[], bool]]:
        manifest = deployment(self.number, 1)
        manifest["metadata"]["name"] = self._name
        manifest["spec"]["metadata"]["namespace"] = VVP_NAMESPACE
        spec = manifest["spec"]["spec"]
        # The deletion of a job with state waits until somebody agrees, however fast a tool is.
        spec |= {"upgradeStrategy": {"kind": "STATELESS"}, "restoreStrategy": {"kind": "NONE"}}
        spec["template"]["spec"]["flinkConfiguration"][REVISION] = "1"
        self.cluster.create(manifest)
        return time.monotonic(), lambda: self._runs("1")

    def _change(self) -> tuple[float, Callable[[], bool]]:
        template = {"spec": {"flinkConfiguration": {REVISION: "2"}}}
        self.cluster.patch(PLURAL, self._name, {"spec": {"spec": {"template": template}}})
        return time.monotonic(), lambda: self._runs("2")

    def _delete(self) -> tuple[float, Callable[[], bool]]:
        self.cluster.delete(PLURAL, self._name)
        return time.monotonic(), self._is_gone

    def _measure(self, operation: str, began: float, is_done: Callable[[], bool]) -> None:
        self._own, self._moving, self._done = 0.0, None, None
        while not _answered(is_done):
            if time.monotonic() - began > PATIENCE:
                raise TimeoutError(f"{operation} not done after {PATIENCE:.0f} s")
            time.sleep(_LOOK)
        self.took.append(Took(operation, time.monotonic() - began, self._own))

    # What is so ---------------------------------------------------------------------------------

    def _runs(self, revision: str) -> bool:
        found = self._object()
        if found is None or found["status"]["state"] != "RUNNING":
            return False
        if found["spec"]["template"]["spec"]["flinkConfiguration"].get(REVISION) != revision:
            return False
        # The operator sends the same again and again, which counts as new versions of the object.
        self._done = self._done or found
        resource = self.cluster.get(PLURAL, self._name)
        return resource is not None and self.is_written(resource, self._done)

    def _is_gone(self) -> bool:
        return self._object() is None and self.cluster.get(PLURAL, self._name) is None

    def _object(self) -> dict[str, Any] | None:
        """The VVP object as it is now, after VVP has done its work for this moment."""
        address = f"{self.vvp.url}/api/v1/namespaces/{VVP_NAMESPACE}/deployments/{self._name}"
        found = document_at(self._session, address, _LIMIT_SECONDS)
        if found is not None:
            self._work(found["status"]["state"] == "TRANSITIONING")
        return found

    def _work(self, is_moving: bool) -> None:
        """VVP ends a transition when its time is over."""
        now = time.monotonic()
        if is_moving and self._moving is None:
            self._moving = now
        elif self._moving is not None and now - self._moving >= self.vvp_seconds:
            self.vvp.say(f"settle {VVP_NAMESPACE} {self._name}")
            self._own += now - self._moving
            self._moving = None


def _answered(is_done: Callable[[], bool]) -> bool:
    """Whether it is done; not where a server has no time to say so."""
    try:
        return is_done()
    except requests.Timeout:
        return False
