"""Measures how long it takes from a change of a resource until VVP is done and the status says so.

All tools do the same operations at the same time, on one API server and one sandbox, each with its defaults.
Each operation begins after a rest of random length. vpsync has one process for each of its lanes, so that
each operation finds a loop at rest; the Go operator works on each resource for itself, and has one.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import requests

from benchmarks.latency.lane import PATIENCE, VVP_NAMESPACE, Lane
from benchmarks.latency.table import GOAL, OPERATIONS, misses, rows
from benchmarks.latency.tools import Tool, operator, started, vpsync
from benchmarks.servers import Vvp, cluster_of, install_crds, vvp
from tests.e2e.apiserver.binaries import find_binaries
from tests.e2e.apiserver.server import ApiServer

NEVER = 1_000_000
"""Reads that show a transition: VVP goes by time."""

EVENTS = "--loop --events"
COLUMNS = ("loop", "events", "operator")


def main() -> int:
    """Prints the table; 1 where the goal is missed or an operation was never done."""
    wanted = _arguments()
    lanes: dict[str, list[Lane]] = {}
    with (
        ApiServer(find_binaries()) as server,
        vvp(NEVER) as platform,
        tempfile.TemporaryDirectory() as folder,
    ):
        install_crds(server)
        _create_target(platform)
        tools = _tools(wanted, platform.url, Path(folder))
        with ExitStack() as cleanup:
            for place, tool in enumerate(tools):
                lanes[tool.name] = _lanes(
                    wanted, server, platform, tool, place, wanted.logs or Path(folder), cleanup
                )
            time.sleep(wanted.warm_up)
            _run([lane for some in lanes.values() for lane in some], wanted.rounds)
    columns = {name: [one for lane in some for one in lane.took] for name, some in lanes.items()}
    print(
        f"seconds until VVP is done and the status says so; {wanted.vvp_seconds:g} of them are VVP's"
    )
    print(*rows(columns), sep="\n")
    print(f"on {os.cpu_count()} cores with a load of {os.getloadavg()[1]:.1f}")
    wrong = [lane.failure for some in lanes.values() for lane in some if lane.failure]
    wrong += [
        f"{EVENTS}: {one} is more than {GOAL:g} s beyond VVP" for one in misses(columns[EVENTS])
    ]
    print(*(wrong or ["all is well"]), sep="\n")
    return 1 if wrong else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.latency", description=__doc__)
    parser.add_argument("--operator", type=Path, metavar="FILE", help="binary of the Go operator")
    parser.add_argument(
        "--only", nargs="+", choices=COLUMNS, default=COLUMNS, help="some columns alone"
    )
    parser.add_argument(
        "--warm-up", type=float, default=30.0, help="seconds before all, to start in"
    )
    parser.add_argument("--lanes", type=int, default=10, help="for each tool, side by side")
    parser.add_argument("--rounds", type=int, default=3, help="of apply, change, delete in a lane")
    parser.add_argument("--vvp-seconds", type=float, default=2.0, help="that a transition takes")
    parser.add_argument("--rest", type=float, default=60.0, help="seconds between operations, most")
    parser.add_argument("--interval", default="60s", metavar="DURATION", help="that of vpsync")
    parser.add_argument("--logs", type=Path, metavar="DIR", help="keep the logs of the tools")
    return parser.parse_args()


def _tools(wanted: argparse.Namespace, vvp_url: str, folder: Path) -> list[Tool]:
    """The columns that were asked for and can be had."""
    pace = ("--interval", wanted.interval)
    tools = []
    if "loop" in wanted.only:
        tools.append(vpsync("--loop", vvp_url, *pace))
    if "events" in wanted.only:
        tools.append(vpsync(EVENTS, vvp_url, *pace, "--events"))
    if "operator" not in wanted.only:
        return tools
    if wanted.operator is None:
        print("without the Go operator: --operator FILE names its binary")
        return tools
    return [*tools, operator(wanted.operator, vvp_url, folder)]


def _create_target(platform: Vvp) -> None:
    body = {"metadata": {"name": "jobs"}, "spec": {"kubernetes": {"namespace": "jobs"}}}
    address = f"{platform.url}/api/v1/namespaces/{VVP_NAMESPACE}/deployment-targets"
    requests.post(address, json=body, timeout=30).raise_for_status()


def _lanes(
    wanted: argparse.Namespace,
    server: ApiServer,
    platform: Vvp,
    tool: Tool,
    place: int,
    logs: Path,
    cleanup: ExitStack,
) -> list[Lane]:
    """The lanes of one tool, which is started."""
    numbers = range(place * wanted.lanes, (place + 1) * wanted.lanes)
    names = [f"lane-{number}" for number in numbers] if tool.per_lane else [f"tool-{place}"]
    server.kubectl("apply", "-f", "-", input=json.dumps(_namespaces(names)))
    log = logs / f"tool-{place}.log"
    for name in names:
        more = ("--owner-id", name) if tool.per_lane else ()
        cleanup.enter_context(started(tool, name, server.admin_kubeconfig, log, *more))
    return [
        Lane(
            number,
            cluster_of(server, names[index % len(names)]),
            platform,
            tool.is_written,
            wanted.vvp_seconds,
            wanted.rest,
        )
        for index, number in enumerate(numbers)
    ]


def _namespaces(names: Sequence[str]) -> dict[str, object]:
    items = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in names
    ]
    return {"apiVersion": "v1", "kind": "List", "items": items}


def _run(lanes: Sequence[Lane], rounds: int) -> None:
    threads = [threading.Thread(target=lane.run, args=(rounds,), daemon=True) for lane in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE * rounds * len(OPERATIONS))


if __name__ == "__main__":
    sys.exit(main())
