"""Measures how much memory the passes over a fleet take at most: the one that creates it, and a quiet one.

A real API server and the sandbox hold the resources; each pass is a process of its own. What the figures
have to stay below is the limit of the shipped manifests.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks.manifests import fleet
from benchmarks.processes import cost_of
from benchmarks.servers import create_resources, environment, install_crds, vvp
from tests.e2e.apiserver.binaries import find_binaries
from tests.e2e.apiserver.server import ApiServer

MOST_PASSES = 8
"""After so many, one must have found nothing to do."""

_WRITES = frozenset({"create", "update", "patch", "delete"})


def peaks(count: int, namespaces: int) -> tuple[float, float]:
    """Megabytes (of 2**20 bytes) of the pass that creates the fleet, and of the first that writes nothing."""
    with ApiServer(find_binaries()) as server, vvp() as platform:
        install_crds(server)
        create_resources(server, fleet(count, namespaces))
        run = environment(KUBECONFIG=str(server.admin_kubeconfig), VPSYNC_VVP_URL=platform.url)
        command = [
            sys.executable,
            "-m",
            "vpsync",
            "reconcile",
            "--once",
            "--quiet",
            "--timeout",
            "2h",
        ]
        creating = cost_of(command, run)
        print(f"creating: {creating.memory:.0f} MiB", flush=True)
        for _ in range(MOST_PASSES):
            platform.say("settle")
            mark = server.audit_mark()
            cost = cost_of(command, run)
            writes = sum(
                one.verb in _WRITES for one in server.audit_since(mark) if not one.internal
            )
            print(f"{writes:,} writes to the cluster: {cost.memory:.0f} MiB", flush=True)
            if not writes:
                return creating.memory, cost.memory
    raise SystemExit(f"after {MOST_PASSES} passes there was still something to do")


def main() -> None:
    """Measures the fleet that was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--deployments", type=int, default=10_000)
    parser.add_argument("--namespaces", type=int, default=10)
    arguments = parser.parse_args()
    creating, quiet = peaks(arguments.deployments, arguments.namespaces)
    print(
        f"{arguments.deployments:,} deployments in {arguments.namespaces} VVP namespaces: "
        f"{creating:.0f} MiB to create them, {quiet:.0f} MiB for a quiet pass"
    )


if __name__ == "__main__":
    main()
