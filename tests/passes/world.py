"""A cluster, a VVP and a clock, and passes over them."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from fakes.kubernetes import FakeKubernetes
from fakes.patches import merge
from passes.wire import ClusterWire, Process
from vpsync.cluster.client import Reader, Writer
from vpsync.errors import ClusterError, PlatformError
from vpsync.kinds import KINDS
from vpsync.model.exit_code import ExitCode
from vpsync.model.resource import annotation
from vpsync.net.deadline import Deadline
from vpsync.reconcile.run import Pass
from vpsync.redact.log import hushed_log
from vpsync.render.forms import print_for_people
from vpsync.render.json import report_as_json
from vpsync.render.markdown import report_as_markdown
from vpsync.render.report import Report
from vpsync.sandbox import Sandbox, SandboxOptions
from vpsync.schema.load import SchemaSet
from vpsync.settings import Settings, VvpSettings
from vpsync.ververica.client import Client
from vpsync.ververica.tokens import Tokens
from vpsync.ververica.transport import READS, WRITES, HttpOptions, Transport

Document = dict[str, Any]

START = datetime(2025, 11, 25, 9, 5, 12, 345000, UTC)
"""Its milliseconds since 1970 would pass for a date of the year 1764."""

NAMESPACE = "team"
CONSENT = {annotation("confirm-state-loss"): "yes"}
TOKEN = "CANARY-vvp-token"
CLUSTER_TOKEN = "CANARY-cluster-token"

_SCHEMAS = SchemaSet(kind.name for kind in KINDS)
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Clock:
    """A clock that stands until somebody moves it."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """The present time."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Moves on."""
        self.now += timedelta(seconds=seconds)


@dataclass
class Settled:
    """What ``World.settle`` came to."""

    passes: int
    report: Report


def unmasked(**options: Any) -> SandboxOptions:
    """A VVP that shows to a read what it was sent, unless the options say otherwise.

    Requests are counted here, and a secret is in most of the deployments: where VVP hides it, vpsync
    remembers its form with one write more. Tests of such habits turn them on.
    """
    return SandboxOptions(
        **{"masks_sensitive_values": False, "drops_newer_fields": False, **options}
    )


@dataclass
class World:
    """What a pass meets. Manifests live in the cluster, or in files of a directory."""

    directory: Path | None = None
    """Where the manifests are when they come from files; None for a cluster."""
    options: SandboxOptions = field(default_factory=unmasked)
    settings: Settings = field(default_factory=Settings)
    """Of its members, those about addresses, files and tokens are filled in."""
    clock: Clock = field(default_factory=Clock)
    output: io.StringIO = field(default_factory=io.StringIO)
    """Everything that a person could get to read: reports in every form, the log, errors."""

    def __post_init__(self) -> None:
        self.kubernetes = FakeKubernetes(self.clock, CLUSTER_TOKEN)
        self.sandbox = Sandbox(self.options, self.clock)
        self.process = self.new_process()
        self.cluster_id = ""
        """Which cluster it is, as far as a pass may know."""
        self.reviewed: Document | None = None
        """The JSON of a plan that passes carry out, as with ``--plan``."""
        self.names: dict[str, str] = {}
        self._shown: set[str] = set()
        self.documents: list[Document] = []
        """The JSON of every pass that had something new to tell."""
        self.manifests: dict[tuple[str, str], Document] = {}

    def __enter__(self) -> Self:
        self.sandbox.start()
        vvp = VvpSettings(
            app_manager_url=f"{self.sandbox.url}/api",
            platform_url=self.sandbox.url,
            edition=self.settings.vvp.edition,
            create_tokens=False,
        )
        scope = self.settings.scope
        if self.directory is not None:
            scope = replace(scope, files=(str(self.directory),), namespaces=(NAMESPACE,))
        self.settings = replace(self.settings, vvp=vvp, scope=scope)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.vvp.shut()
        self.sandbox.stop()
        if error is None:
            assert self.sandbox.failures == []

    # The person -------------------------------------------------------------------------------

    def create(self, document: Document) -> None:
        """A new manifest."""
        document = json.loads(json.dumps(document))
        if self.directory is None:
            self.kubernetes.create(document)
        else:
            self._write(document)

    def edit(self, kind: str, name: str, patch: Document) -> None:
        """Somebody changes a manifest, by a merge patch."""
        if self.directory is None:
            self.kubernetes.edit(kind, NAMESPACE, name, patch)
        else:
            self._write(merge(self.manifests[kind, name], patch))

    def delete(self, kind: str, name: str, *, confirmed: bool = False) -> None:
        """Somebody deletes a resource, or its file.

        ``confirmed`` says, in a cluster, that the state of its job may be lost.
        """
        if confirmed and kind == "VpDeployment":
            self.edit(kind, name, {"metadata": {"annotations": CONSENT}})
        if self.directory is None:
            self.kubernetes.delete(kind, NAMESPACE, name)
        else:
            del self.manifests[kind, name]
            (self.directory / f"{kind}-{name}.yaml").unlink()

    def lose_cluster(self) -> None:
        """All resources are gone with their cluster, and nobody did anything about them."""
        for one in self.kubernetes.all():
            metadata = one["metadata"]
            place = (one["kind"], metadata["namespace"], metadata["name"])
            self.kubernetes.edit(*place, {"metadata": {"finalizers": None}})
            self.kubernetes.delete(*place)
        self.cluster_id = "another cluster"

    def find(self, kind: str, name: str) -> Document | None:
        """A resource as the cluster holds it."""
        return self.kubernetes.find(kind, NAMESPACE, name)

    def _write(self, document: Document) -> None:
        assert self.directory is not None
        kind, name = document["kind"], document["metadata"]["name"]
        self.manifests[kind, name] = document
        path = self.directory / f"{kind}-{name}.yaml"
        path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")

    # The pass ---------------------------------------------------------------------------------

    def new_process(self) -> Process:
        """A vpsync of its own; whoever asks for it shuts its wire."""
        return Process(ClusterWire(self.kubernetes))

    def run(self, *, apply: bool = True, process: Process | None = None) -> Report:
        """One pass, a second after the last; without ``apply`` nothing in it can write."""
        self.clock.advance(1)
        return self.run_now(apply=apply, process=process)

    def run_now(self, *, apply: bool, process: Process | None = None) -> Report:
        """One pass at the time that it is."""
        process = process or self.process
        mark = self.mark()[0]
        one = self.new_pass(process, apply=apply)
        with self._logged(), hushed_log(lambda: one.vvp.tokens.hiding):
            try:
                report = one.run(apply=apply)
            finally:
                one.vvp.transport.close()
                if self.sandbox.mutations(mark):
                    self.learn_names()
        self._show(report)
        return report

    def new_pass(self, process: Process, *, apply: bool) -> Pass:
        """A pass over both worlds; it can be run again and again, as a loop does."""
        deadline = Deadline(process.stop, process.stopwatch)
        transport = Transport(
            HttpOptions(request_timeout=self.settings.vvp.request_timeout),
            WRITES if apply else READS,
            pause=lambda seconds: None,
            adapter=process.vvp,
            deadline=deadline,
        )
        vvp, tokens = self.settings.vvp, Tokens({"APPMANAGER_API_TOKEN": TOKEN})
        client = Client(transport, vvp.app_manager_url, vvp.platform_url, tokens)
        edge = Writer if apply else Reader
        cluster = None
        if self.directory is None:
            selector = self.settings.scope.selector
            cluster = edge(
                process.kubernetes,
                pause=lambda seconds: None,
                selector=selector,
                deadline=deadline,
            )
        one = Pass(self.settings, _SCHEMAS, client, cluster, process.stop, self.clock)
        one.deadline, one.reviewed = deadline, self.reviewed
        one.identify = lambda: self.cluster_id
        return one

    def exit_code(self) -> int:
        """One pass, and the exit code that the command line would make of it."""
        try:
            return self.run().exit_code
        except (ClusterError, PlatformError) as error:
            self.output.write(f"vpsync: {error}\n")
            return ExitCode.UNREACHABLE

    def settle(self, passes: int = 15) -> Settled:
        """Passes until one does nothing on either side and has nothing to wait for."""
        for number in range(1, passes + 1):
            mark = self.mark()
            report = self.run()
            if not self.writes(mark) and report.settled:
                return Settled(number, report)
        raise AssertionError(f"not settled after {passes} passes: {text_of(report)}")

    def mark(self) -> tuple[int, int]:
        """How many requests either side has seen."""
        vvp = self.sandbox.requests
        return (vvp[-1].number if vvp else 0, len(self.kubernetes.calls))

    def writes(self, mark: tuple[int, int] = (0, 0)) -> list[str]:
        """The mutating requests to either side since a mark, readable."""
        vvp = [self.named(f"{r.method} {r.path}") for r in self.sandbox.mutations(mark[0])]
        return vvp + [f"{c.method} {c.path}" for c in self.kubernetes.mutations(mark[1])]

    def named(self, text: str) -> str:
        """The text with the names of VVP's objects in the place of their ids."""
        return _ID.sub(lambda match: self.names.get(match[0], "?"), text)

    def learn_names(self) -> None:
        """Notes the ids of all that VVP holds, so that they can be told when it is gone."""
        for namespace, held in self.sandbox.snapshot().items():
            for look, names in (
                (self.sandbox.target, held["targets"]),
                (self.sandbox.deployment, held["deployments"]),
            ):
                for name in names:
                    found = look(namespace, name) or {}
                    self.names[found["metadata"]["id"]] = name
                    self._learn_savepoints(namespace, name, found["metadata"]["id"])

    def _learn_savepoints(self, namespace: str, name: str, identity: str) -> None:
        for number, savepoint in enumerate(self.sandbox.savepoints(namespace, identity), 1):
            self.names.setdefault(savepoint["metadata"]["id"], f"{name}#{number}")

    @contextlib.contextmanager
    def _logged(self) -> Iterator[None]:
        """Collects the log of a pass, at debug and with tracebacks."""
        handler = logging.StreamHandler(self.output)
        logger = logging.getLogger("vpsync")
        level = logger.level
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
        try:
            yield
        finally:
            logger.removeHandler(handler)
            logger.setLevel(level)

    def _show(self, report: Report) -> None:
        """Collects what is shown of a report; the same again is not rendered again."""
        document = {**report_as_json(report), "startedAt": ""}
        text = json.dumps([document, *(row.why for row in report.rows())], ensure_ascii=False)
        if text not in self._shown:
            self._shown.add(text)
            self.documents.append(report_as_json(report))
            self.output.write(text + text_of(report) + report_as_markdown(report))


def text_of(report: Report) -> str:
    """The report as it stands on a terminal."""
    out = io.StringIO()
    print_for_people(report, out, color=False)
    return out.getvalue()


def applied_to(world: World, method: str) -> dict[str, int]:
    """How often VVP carried out a creation or a deletion, by ``collection/namespace/name``."""
    counts: dict[str, int] = {}
    for request in world.sandbox.requests:
        if request.method != method or not request.applied:
            continue
        place = _place(world, request.path, request.body)
        counts[place] = counts.get(place, 0) + 1
    return counts


def _place(world: World, path: str, body: Any) -> str:
    parts = path.strip("/").split("/")
    if parts[0] == "namespaces":
        return f"namespaces/{parts[3] if len(parts) > 3 else body['name'].split('/')[1]}"
    namespace, collection, *rest = parts[3:]
    if rest:
        name = world.named(rest[0])
    elif collection == "savepoints":
        name = world.named(body["metadata"]["deploymentId"])
    else:
        name = body["metadata"]["name"]
    return f"{collection}/{namespace}/{name}"
