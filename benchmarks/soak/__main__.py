"""Runs a loop with ``--events`` for many passes in a world that changes all the time, with outages.

The API server, the sandbox and vpsync are processes of their own. A seeded script edits, deletes and
recreates resources, asks for restarts and savepoints, and changes VVP by hand; each change has to arrive.
Now and then a server goes away. Memory, files, sockets and threads of vpsync have to stay as they are, and
its log may say nothing bad but in outages. The exit code is 1 where something of that does not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.servers import Cluster, Vvp, cluster_of, environment, install_crds, vvp
from benchmarks.soak.findings import Findings
from benchmarks.soak.loop import Loop, running
from benchmarks.soak.outages import outages
from benchmarks.soak.run import PATIENCE, Soak
from benchmarks.soak.script import Script
from benchmarks.soak.world import World
from tests.e2e.apiserver.binaries import find_binaries
from tests.e2e.apiserver.server import ApiServer
from tests.e2e.cable import Cable

FLAGS = (
    "--events", "--interval", "5s", "--min-event-sync-interval", "0.3s",
    "--vvp-request-timeout", "5s",
)  # fmt: skip


def main() -> int:
    """Prints what was found; the exit code."""
    wanted = _arguments()
    with (
        ApiServer(find_binaries()) as server,
        vvp() as platform,
        tempfile.TemporaryDirectory() as folder,
    ):
        install_crds(server)
        cluster = cluster_of(server)
        cable = Cable(int(server.url.rpartition(":")[2]))
        kubeconfig = _through(cable, server, Path(folder))
        with running(kubeconfig, platform.url, FLAGS, wanted.log) as loop:
            findings = _soak(wanted, server, platform, cable, cluster, loop)
            lines = loop.log.lines
            if _differs(server, platform):
                findings.broken.append("a preview at the end shows changes")
        cable.close()
    print(*findings.told(lines), sep="\n")
    print(f"on {os.cpu_count()} cores with a load of {os.getloadavg()[2]:.1f}")
    wrong = findings.wrong(lines)
    print(*(wrong or ["all is well"]), sep="\n")
    return 1 if wrong else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--passes", type=int, default=2000)
    parser.add_argument("--resources", type=int, default=300)
    parser.add_argument("--outage-every", type=int, default=50, metavar="PASSES")
    parser.add_argument(
        "--minutes", type=float, default=120, help="end after so many, with fewer passes"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log", type=Path, metavar="FILE", help="keep the log of vpsync")
    return parser.parse_args()


def _soak(
    wanted: argparse.Namespace,
    server: ApiServer,
    platform: Vvp,
    cable: Cable,
    cluster: Cluster,
    loop: Loop,
) -> Findings:
    """A world of that size, and the soak in it."""
    namespaces = max(1, wanted.resources // 30)
    world = World(cluster, platform.url, namespaces)
    jobs = world.begin(wanted.resources - 2 * namespaces)
    _wait_until_ready(world)
    return Soak(
        loop,
        world,
        Script(wanted.seed, jobs),
        outages(platform, server, cable),
        wanted.passes,
        wanted.minutes * 60,
        wanted.outage_every,
        max(2, wanted.resources // 30),
        lambda line: print(line, flush=True),
    ).run()


def _wait_until_ready(world: World) -> None:
    deadline = time.monotonic() + PATIENCE * 5
    while unready := world.unready():
        if time.monotonic() > deadline:
            raise SystemExit(f"not Ready: {', '.join(unready[:5])}")
        time.sleep(1)


def _through(cable: Cable, server: ApiServer, folder: Path) -> Path:
    """The administrator's kubeconfig, by way of the cable."""
    config = json.loads(server.admin_kubeconfig.read_text())
    config["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{cable.port}"
    file = folder / "kubeconfig.json"
    file.write_text(json.dumps(config))
    return file


def _differs(server: ApiServer, platform: Vvp) -> bool:
    """Whether a preview has something to show."""
    command = [
        sys.executable, "-m", "vpsync", "diff", "--exit-code", "--quiet",
        "--kubeconfig", str(server.admin_kubeconfig), "--vvp-url", platform.url,
    ]  # fmt: skip
    return subprocess.run(command, env=environment(), check=False).returncode != 0


if __name__ == "__main__":
    sys.exit(main())
