"""Runs vpsync as its users do, against the real API server and the sandbox, and asks the oracles."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from beginnings import without_beginning
from vpsync.sandbox import Sandbox

from .admin import GROUP, PLURALS, Admin
from .apiserver.audit import AuditEntry
from .apiserver.server import ApiServer
from .manifests import CANARY, Document, Documents
from .oracles import (
    assert_status_is_sound,
    assert_statuses_say_what_changed,
    assert_write_is_ours_to_make,
    condition,
    sent,
)

__all__ = ["GROUP", "PLURALS", "ROOT", "Run", "World", "condition"]

ROOT = Path(__file__).resolve().parents[2]
FINALIZER = "finalizers.fintechstudios.com"

# Of use where the method `list` hides the type.
Told = list[tuple[str, str, str]]
Entries = list[AuditEntry]


@dataclass
class Run:
    """One finished vpsync."""

    code: int
    out: str
    err: str
    """Without the line that says whom the run talks to."""
    began: str = field(default="", compare=False)
    """That line."""

    @property
    def report(self) -> dict[str, Any]:
        """What ``-o json`` printed."""
        document: dict[str, Any] = json.loads(self.out)
        return document

    @property
    def changes(self) -> list[tuple[str, str, str]]:
        """Action, kind and name of each change, in order."""
        return [(one["action"], one["kind"], one["name"]) for one in self.report["changes"]]

    def blocked(self, name: str) -> tuple[str, str]:
        """Reason and message for which nothing is done about a resource."""
        [found] = [one for one in self.report["blocked"] if one["name"] == name]
        return found["reason"], found["message"]


@dataclass
class World:
    """A cluster, a VVP, and a vpsync that runs as the shipped service account."""

    apiserver: ApiServer
    sandbox: Sandbox
    namespace: str
    kubeconfig: Path
    environment: dict[str, str] = field(default_factory=lambda: {"APPMANAGER_API_TOKEN": CANARY})
    runs: list[Run] = field(default_factory=list)
    """Every vpsync that has finished in this world."""

    def __post_init__(self) -> None:
        self.admin = Admin(self.apiserver)
        self.vvp_url = self.sandbox.url
        self.mark = self.apiserver.audit_mark()

    # vpsync -----------------------------------------------------------------------------------

    def vpsync(self, *arguments: str, stdin: str | None = None) -> Run:
        """Runs a command in a process of its own."""
        process = self.start(*arguments)
        out, err = process.communicate(stdin, timeout=120)
        return self.ended(process.returncode, out, err, *arguments)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Starts a command and does not wait for its end."""
        return subprocess.Popen(
            [sys.executable, "-m", "vpsync", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**_clean_environment(), **self.environment},
        )

    def ended(self, code: int, out: str, err: str, *arguments: str) -> Run:
        """Notes how a command ended; none may show a traceback or a secret.

        With its ``arguments`` a pass has to have said whom it talks to.
        """
        assert "Traceback" not in err, err
        assert "fault of vpsync" not in err, err
        assert CANARY not in out + err
        began, err = without_beginning(arguments, code, err)
        run = Run(code, out, err, began)
        self.runs.append(run)
        return run

    @property
    def flags(self) -> tuple[str, ...]:
        """What points a pass at this world."""
        return (
            "--kubeconfig", str(self.kubeconfig), "--vvp-url", self.vvp_url, "-n", self.namespace
        )  # fmt: skip

    def reconcile(self, *arguments: str, code: int = 0) -> Run:
        """One pass over this world's namespace, with the report as JSON."""
        return self._pass("reconcile", "--once", *arguments, code=code)

    def diff(self, *arguments: str, code: int = 0) -> Run:
        """A preview of this world's namespace, with the report as JSON."""
        return self._pass("diff", *arguments, code=code)

    def _pass(self, *arguments: str, code: int) -> Run:
        run = self.vpsync(*arguments, *self.flags, "-o", "json")
        assert run.code == code, (run.code, run.out, run.err)
        return run

    def settle(self, passes: int = 12) -> None:
        """Reconciles until a pass has nothing to do and nothing to wait for."""
        for _ in range(passes):
            run = self.reconcile()
            if not run.report["changes"] and not run.report["blocked"] and self._all_ready():
                return
        raise AssertionError(f"not settled after {passes} passes: {run.out}")

    def sync(self, *arguments: str, code: int = 0, passes: int = 6) -> Run:
        """Like ``settle`` with a VVP that is quick; returns the first pass that had nothing to do.

        ``code`` is that of the last pass. What is ``Stalled`` is not waited for.
        """
        for _ in range(passes):
            run = self.vpsync("reconcile", "--once", *arguments, *self.flags, "-o", "json")
            assert run.code in (0, code), (run.code, run.out, run.err)
            if not run.report["changes"] and not self._waiting():
                assert run.code == code, (run.code, run.out, run.err)
                return run
            self.sandbox.settle()
        raise AssertionError(f"not in sync after {passes} passes: {run.out}")

    def _all_ready(self) -> bool:
        return all(condition(one, "Ready").get("status") == "True" for one in self.resources())

    def _waiting(self) -> bool:
        return any(
            "deletionTimestamp" in one["metadata"]
            or not condition(one, "Ready")
            or condition(one, "Reconciling")
            for one in self.resources()
        )

    # the cluster ------------------------------------------------------------------------------

    def apply(self, *documents: Document) -> None:
        """``kubectl apply``, as a user would, of manifests in this world's namespace."""
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(documents)})
        self.apiserver.kubectl("apply", "-n", self.namespace, "-f", "-", input=text)

    def get(self, plural: str, name: str) -> Document:
        """A resource as the cluster holds it."""
        found = self.admin.get(plural, self.namespace, name)
        assert found is not None, f"there is no {plural} {name}"
        return found

    def has(self, plural: str, name: str) -> bool:
        """Whether the cluster holds a resource."""
        return self.admin.get(plural, self.namespace, name) is not None

    def list(self, plural: str) -> Documents:
        """The resources of a kind."""
        return self.admin.list(plural, self.namespace)

    def resources(self) -> Iterator[Document]:
        """The resources of all kinds."""
        for plural in PLURALS:
            yield from self.admin.list(plural, self.namespace)

    def told(self, plural: str, name: str, kind: str = "Ready") -> tuple[str, str, str]:
        """Status, reason and message of a condition; empty where there is none."""
        found = condition(self.get(plural, name), kind)
        return found.get("status", ""), found.get("reason", ""), found.get("message", "")

    def delete(self, plural: str, name: str = "--all") -> None:
        """Asks for the deletion, agrees that a job loses its state, and does not wait for it."""
        kind, here = f"{plural}.{GROUP}", ("-n", self.namespace)
        self.apiserver.kubectl("delete", kind, name, *here, "--wait=false")
        if plural == "vpdeployments":
            # What has nothing to wait for is gone by now.
            consent = f"{GROUP}/confirm-state-loss={time.monotonic_ns()}"
            self.apiserver.kubectl(
                "annotate", "--overwrite", kind, name, consent, *here, check=False
            )

    def annotate(self, plural: str, name: str, **notes: str) -> None:
        """Sets vpsync's annotations; ``_`` in a name stands for ``-``."""
        named = {f"{GROUP}/{key.replace('_', '-')}": text for key, text in notes.items()}
        self.admin.patch(plural, self.namespace, name, {"metadata": {"annotations": named}})

    def events(self) -> Documents:
        """The events in this world's namespace."""
        path = f"/apis/events.k8s.io/v1/namespaces/{self.namespace}/events"
        items: Documents = self.admin.request("GET", path)["items"]
        return items

    def events_about(self, name: str) -> Told:
        """Type, reason and note of the events about a resource."""
        return [
            (one["type"], one["reason"], one["note"])
            for one in self.events()
            if one["regarding"]["name"] == name
        ]

    def writes(self, mark: int) -> Entries:
        """What vpsync asked this world's namespace to change since ``mark``."""
        return self._writes(self.apiserver.audit_since(mark))

    def _writes(self, entries: Entries) -> Entries:
        return [
            entry
            for entry in entries
            if entry.mutating and entry.namespace == self.namespace
            if entry.user.startswith("system:serviceaccount:")
        ]

    # VVP --------------------------------------------------------------------------------------

    def vvp(self, name: str, namespace: str = "default") -> Document:
        """A deployment as VVP holds it."""
        found = self.sandbox.deployment(namespace, name)
        assert found is not None, f"VVP has no deployment {namespace}/{name}"
        return found

    def jobs(self, name: str, namespace: str = "default") -> int:
        """How many jobs a deployment has had."""
        return len(self.sandbox.jobs(namespace, self.vvp(name, namespace)["metadata"]["id"]))

    def by_hand(self, place: str, body: Document, vvp: str = "default") -> Document:
        """What a person creates at VVP's user interface; ``place`` is a collection, or a path."""
        path = place if place.startswith("/") else f"/api/v1/namespaces/{vvp}/{place}"
        status, made = self.sandbox.call("POST", path, body)
        assert status in (200, 201), made
        document: Document = made
        return document

    def vvp_down(self) -> None:
        """VVP ends all connections and listens no more; it keeps what it has."""
        self.sandbox.stop()

    def vvp_up(self) -> None:
        """VVP is back, where it was."""
        self.sandbox.start(port=int(self.vvp_url.rpartition(":")[2]))

    @contextmanager
    def carried_out(self) -> Iterator[Counter[tuple[str, str]]]:
        """What VVP was made to do within the block, filled in at its end."""
        log: Counter[tuple[str, str]] = Counter()
        before = len(self.sandbox.requests)
        yield log
        log.update(sent(self.sandbox.requests[before:]))

    # oracles ----------------------------------------------------------------------------------

    def assert_quiet(self, passes: int = 3, code: int = 0) -> None:
        """Oracle: once matched, passes write nothing to either side and post no event.

        More than one pass are followed by a preview, which has nothing to show either.
        """
        mark, before = self.apiserver.audit_mark(), len(self.sandbox.mutations())
        for _ in range(passes):
            report = self.reconcile(code=code).report
            assert report["changes"] == []
        assert self.sandbox.mutations()[before:] == []
        assert self.writes(mark) == []
        if passes > 1:
            assert self.diff("--exit-code", code=code).report["changes"] == []
        self.assert_statuses_are_sound()

    def assert_statuses_are_sound(self) -> None:
        """Oracle: every status is what kubectl wait, Flux and Argo CD read right."""
        for resource in self.resources():
            assert_status_is_sound(resource)
            assert CANARY not in json.dumps(resource.get("status", {}))

    def close(self, entries: Entries) -> None:
        """Oracle: no spec was written, no secret was told, no request met a bug of the sandbox.

        ``entries`` are those of the audit log since this world began.
        """
        assert self.sandbox.failures == []
        for entry in self._writes(entries):
            assert_write_is_ours_to_make(entry)
        assert_statuses_say_what_changed(one for one in entries if one.namespace == self.namespace)
        self.assert_statuses_are_sound()
        assert CANARY not in json.dumps(self.events())


def _clean_environment() -> dict[str, str]:
    """The environment without anything that could steer vpsync."""
    kept = {"PATH", "HOME", "LANG", "PYTHONPATH", "VIRTUAL_ENV", "TMPDIR"}
    # Many loops at a time, and one port 8080.
    return {"VPSYNC_METRICS_ADDR": "0"} | {
        key: text for key, text in os.environ.items() if key in kept
    }
