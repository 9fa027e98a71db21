"""The page on exit codes, cell by cell: each is reached, and each command has its row."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest

from pages import code as quoted
from pages import page, rows, sections
from passes.scenario import manifest
from vpsync.cli import COMMANDS
from vpsync.sandbox import Fault, Hang, HtmlPage, Respond, Sandbox, SandboxOptions, on

from .conftest import PARALLELISM, Vpsync, write
from .test_exit_codes import INVALID, wait_for
from .test_output import environment

CELLS = {
    (quoted(row["Command"])[0], int(number))
    for row in rows(sections(page("exit-codes.md"), 2)["By command"])
    for codes, words in row.items()
    if codes != "Command" and words
    for number in codes.split(", ")
}


class ApiServer:
    """A Kubernetes API server that has nothing, and may take its time to say so."""

    def __init__(self) -> None:
        self.asked, self.answers = Event(), Event()
        self.answers.set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.set()
                outer.answers.wait(0.2)
                body = json.dumps({"kind": "List", "metadata": {}, "items": []}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def close(self) -> None:
        self.answers.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def kubeconfig(path: Path, url: str) -> Path:
    return write(path, {
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": url}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
    })  # fmt: skip


class Place:
    """Where commands run: a VVP, a cluster, manifests; each cell makes of it what it needs."""

    def __init__(self, vpsync: Vpsync, files: Path) -> None:
        self.vpsync, self.files = vpsync, files
        self.vvp = Sandbox(SandboxOptions(annotation_write_restarts=True))
        self.vvp.__enter__()
        self.cluster = ApiServer()
        port = self.cluster.server.server_port
        self.config = kubeconfig(files.parent / "there.yaml", f"http://127.0.0.1:{port}")
        self.nowhere = kubeconfig(files.parent / "nowhere.yaml", "http://127.0.0.1:1")
        self.plan = files.parent / "plan.json"

    def close(self) -> None:
        self.cluster.close()
        self.vvp.__exit__(None, None, None)

    def synced(self) -> None:
        for _ in range(2):
            assert self.vpsync("reconcile", "--once", *self.words("FILES")).code == 0
            self.vvp.settle()

    def planned(self) -> None:
        assert self.vpsync("diff", "--plan-out", str(self.plan), *self.words("FILES")).code == 0

    def changed(self) -> None:
        write(self.files / "deployment.yaml", manifest({"deployment": PARALLELISM}))

    def moved(self) -> None:
        self.planned()
        self.changed()

    def invalid(self) -> None:
        write(self.files / "invalid.yaml", manifest({"deployment": INVALID}))

    def raw(self) -> None:
        spec = {"kubernetes": {"namespace": "flink"}}
        target = {"kind": "DeploymentTarget", "metadata": {"name": "jobs"}, "spec": spec}
        write(self.files.parent / "raw.yaml", target)

    def away(self) -> None:
        self.vvp.faults.add(Fault(on("*", "."), HtmlPage(), times=None))

    def guarded(self) -> None:
        """A part of VVP cannot be read, for an object that this run knows to be there."""
        self.synced()
        self.vvp.faults.add(Fault(on("GET", "/deployments$"), Respond(403, {}), times=None))

    def slow(self) -> None:
        self.vvp.faults.add(Fault(on("GET", "."), Hang(0.2), times=None))
        self.cluster.answers.clear()

    def words(self, line: str) -> list[str]:
        """A command line, with what stands for places in capitals."""
        known = {
            "FILES": ["-f", str(self.files), "--vvp-url", self.vvp.url],
            "DIRECTORY": [str(self.files)],
            "RAW": [str(self.files.parent / "raw.yaml")],
            "VVP": ["--vvp-url", self.vvp.url],
            "GONE": ["--vvp-url", "http://127.0.0.1:1"],
            "CLUSTER": ["--kubeconfig", str(self.config)],
            "NOWHERE": ["--kubeconfig", str(self.nowhere)],
            "PLAN": ["--plan", str(self.plan)],
        }
        return [word for part in line.split() for word in known.get(part, [part])]


@pytest.fixture
def place(vpsync: Vpsync, files: Path) -> Iterator[Place]:
    place = Place(vpsync, files)
    yield place
    place.close()


Setup = Callable[[Place], None]


def nothing(place: Place) -> None:
    """Everything is as it is at first."""


def pruned(place: Place) -> None:
    """No manifest is left."""
    place.synced()
    for path in place.files.iterdir():
        path.unlink()


ENDS: dict[tuple[str, int], tuple[str, Setup]] = {
    ("reconcile --once", 0): ("FILES", nothing),
    ("reconcile --once", 2): ("--loop FILES", nothing),
    ("reconcile --once", 3): ("FILES", Place.invalid),
    ("reconcile --once", 4): ("--prune FILES", pruned),
    ("reconcile --once", 5): ("FILES", Place.away),
    ("reconcile --once --dry-run", 0): ("FILES", nothing),
    ("reconcile --once --dry-run", 2): ("-f /nonexistent", nothing),
    ("reconcile --once --dry-run", 3): ("FILES", Place.invalid),
    ("reconcile --once --dry-run", 4): ("PLAN FILES", Place.moved),
    ("reconcile --once --dry-run", 5): ("FILES", Place.away),
    ("reconcile --loop", 2): ("--wait FILES", nothing),
    ("diff", 0): ("FILES", nothing),
    ("diff", 2): ("-o xml", nothing),
    ("diff", 3): ("FILES", Place.invalid),
    ("diff", 5): ("FILES", Place.away),
    ("diff --exit-code", 0): ("FILES", Place.synced),
    ("diff --exit-code", 1): ("FILES", nothing),
    ("diff --exit-code", 2): ("-f /nonexistent", nothing),
    ("diff --exit-code", 3): ("FILES", Place.invalid),
    ("diff --exit-code", 5): ("FILES", Place.away),
    ("validate", 0): ("DIRECTORY", nothing),
    ("validate", 2): ("/nonexistent", nothing),
    ("validate", 3): ("DIRECTORY", Place.invalid),
    ("get", 0): ("CLUSTER", nothing),
    ("get", 2): ("pods CLUSTER", nothing),
    ("get", 3): ("vpd orders CLUSTER", nothing),
    ("get", 5): ("NOWHERE", nothing),
    ("get --watch", 2): ("-o json CLUSTER", nothing),
    ("get --watch", 5): ("NOWHERE", nothing),
    ("doctor", 0): ("VVP", nothing),
    ("doctor", 2): ("VVP --kubeconfig /nonexistent", nothing),
    ("doctor", 3): ("VVP", Place.guarded),
    ("doctor", 5): ("GONE", nothing),
    ("convert", 0): ("-f RAW", Place.raw),
    ("convert", 2): ("-f /nonexistent", nothing),
    ("convert", 3): ("-f DIRECTORY", nothing),
    ("export", 0): ("VVP", nothing),
    ("export", 2): ("--force VVP", nothing),
    ("export", 3): ("VVP", Place.guarded),
    ("export", 5): ("GONE", nothing),
    ("release", 0): ("FILES", nothing),
    ("release", 2): ("VVP", nothing),
    ("release", 3): ("--yes FILES", Place.guarded),
    ("release", 4): ("--yes FILES", Place.synced),
    ("release", 5): ("--yes FILES", Place.away),
    ("crds", 0): ("", nothing),
    ("crds", 2): ("--nonsense", nothing),
    ("admission", 0): ("", nothing),
    ("admission", 2): ("--nonsense", nothing),
    ("schema", 0): ("", nothing),
    ("schema", 2): ("Pod", nothing),
    ("completion", 0): ("bash", nothing),
    ("completion", 2): ("tcsh", nothing),
    ("sandbox", 2): ("--listen nowhere", nothing),
}
"""What ends with which code by itself."""

SIGNALLED: dict[str, tuple[str, tuple[int, int]]] = {
    "reconcile --once": ("FILES", (130, 143)),
    "reconcile --once --dry-run": ("FILES", (130, 143)),
    "reconcile --loop": ("FILES", (0, 0)),
    "diff": ("FILES", (130, 143)),
    "diff --exit-code": ("FILES", (130, 143)),
    "get": ("CLUSTER", (130, 143)),
    "get --watch": ("CLUSTER", (0, 0)),
    "doctor": ("VVP", (130, 143)),
    "export": ("VVP", (130, 143)),
    "release": ("--yes FILES", (130, 143)),
    "sandbox": ("--listen 127.0.0.1:0", (0, 0)),
}
"""What a command ends with after SIGINT and SIGTERM."""


def test_every_command_has_a_row_and_every_cell_a_case() -> None:
    by_signal = {(command, code) for command, (_, codes) in SIGNALLED.items() for code in codes}
    assert set(ENDS) | by_signal == CELLS
    assert {command.split()[0] for command, _ in CELLS} == set(COMMANDS)


@pytest.mark.parametrize(("command", "code"), ENDS, ids=lambda value: str(value))
def test_a_command_ends_with(place: Place, command: str, code: int) -> None:
    line, make_ready = ENDS[command, code]
    make_ready(place)
    done = place.vpsync(*command.split(), *place.words(line))
    assert done.code == code, done.out + done.err
    assert "Traceback" not in done.err


def is_handled(pid: int, number: int) -> bool:
    """Whether a process has a handler of its own for a signal, as Linux tells."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return True
    [caught] = [line for line in status.read_text().splitlines() if line.startswith("SigCgt")]
    return bool(int(caught.split()[1], 16) >> (number - 1) & 1)


@pytest.mark.parametrize("command", SIGNALLED)
def test_a_signal_ends_it_with(place: Place, command: str) -> None:
    line, codes = SIGNALLED[command]
    place.slow()
    for number, expected in zip((signal.SIGINT, signal.SIGTERM), codes, strict=True):
        place.vvp.forget_requests()
        place.cluster.asked.clear()
        process = subprocess.Popen(
            [sys.executable, "-m", "vpsync", *command.split(), *place.words(line)],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment(), text=True,
        )  # fmt: skip
        assert process.stderr is not None
        if command == "sandbox":
            assert "end it with Ctrl-C" in process.stderr.readline()
        else:
            wait_for(lambda: bool(place.vvp.requests) or place.cluster.asked.is_set())
            # What was asked may be the last of the process before, on a slow machine.
            wait_for(partial(is_handled, process.pid, number))
        process.send_signal(number)
        told = process.communicate(timeout=20)[1]
        assert process.returncode == expected, told
