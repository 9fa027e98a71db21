"""Makes N deployments on a real API server and the sandbox, and prints what passes over them cost.

Everything is a ratio of two things measured in the same run, each as a whole process, turn and turn
about. Absolute numbers are of the machine it ran on.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests

from benchmarks.manifests import GROUP, fleet
from benchmarks.processes import Cost, cost_of, middle
from benchmarks.servers import (
    CONCURRENCY,
    PLURALS,
    ROOT,
    Cluster,
    Vvp,
    cluster_of,
    create_resources,
    environment,
    install_crds,
    vvp,
)
from tests.e2e.apiserver.binaries import find_binaries
from tests.e2e.apiserver.server import ApiServer


def quiet_pass(server: ApiServer, count: int, namespaces: int, rounds: int) -> Cost:
    """Prints what a pass over an unchanged world costs, over the floor; returns its cost."""
    with vvp() as platform, tempfile.TemporaryDirectory() as folder:
        create_resources(server, fleet(count, namespaces))
        run = environment(KUBECONFIG=str(server.admin_kubeconfig), VPSYNC_VVP_URL=platform.url)
        command = [sys.executable, "-m", "vpsync", "reconcile", "--once"]
        for _ in range(6):
            cost_of(command, run)
            platform.say("settle")
        mark = server.audit_mark()
        platform.say("forget")
        cost_of(command, run)
        _print_routes(server, mark, platform)
        plan = _floor_plan(server, platform.url, namespaces, Path(folder))
        floor = [sys.executable, str(ROOT / "benchmarks" / "floor.py"), str(plan)]
        pairs = [(cost_of(command, run), cost_of(floor, run)) for _ in range(rounds)]
        mine, least = middle([pair[0] for pair in pairs]), middle([pair[1] for pair in pairs])
        _print_costs(
            f"a quiet pass over {count:,} deployments in {namespaces} VVP namespaces", mine, least
        )
        _delete_resources(server)
        return mine


def creations(count: int, rounds: int) -> None:
    """Prints what creating deployments from files costs, over bare POSTs of the same bodies."""
    mine, least = [], []
    with tempfile.TemporaryDirectory() as folder:
        manifests = Path(folder) / "manifests.json"
        manifests.write_text(json.dumps({"kind": "List", "items": fleet(count, 10)}))
        for _ in range(rounds):
            with vvp() as platform:
                command = [
                    sys.executable, "-m", "vpsync", "reconcile", "--once", "-f", str(manifests),
                    "--vvp-url", platform.url, "--concurrency", str(CONCURRENCY), "-o", "json",
                ]  # fmt: skip
                mine.append(cost_of(command, environment()))
                posts = json.loads(platform.say("posts"))
            with vvp() as platform:
                least.append(_bare_posts(platform, posts, Path(folder)))
    _print_costs(f"{count:,} creations from files, over bare POSTs", middle(mine), middle(least))


def previews(count: int, rounds: int) -> None:
    """Prints what a preview of as many changed deployments costs in each form, over a quiet pass."""
    with tempfile.TemporaryDirectory() as folder, vvp() as platform:
        same, changed = Path(folder) / "same.json", Path(folder) / "changed.json"
        manifests = fleet(count, 10)
        same.write_text(json.dumps({"kind": "List", "items": manifests}))
        changed.write_text(json.dumps({"kind": "List", "items": [_edited(m) for m in manifests]}))
        shared = [
            "--vvp-url", platform.url, "--max-update-percent", "100", "--max-restarts", "0",
        ]  # fmt: skip
        quiet = [sys.executable, "-m", "vpsync", "reconcile", "--once", "-f", str(same), *shared]
        preview = [sys.executable, "-m", "vpsync", "diff", "-f", str(changed), *shared]
        for _ in range(6):
            cost_of(quiet, environment())
            platform.say("settle")
        forms = {
            "without rendering": ["--quiet"],
            "as text": [],
            "as JSON": ["-o", "json"],
            "as Markdown": ["-o", "markdown"],
        }
        costs: dict[str, list[Cost]] = {form: [] for form in ("quiet", *forms)}
        for _ in range(rounds):
            costs["quiet"].append(cost_of(quiet, environment()))
            for form, flags in forms.items():
                costs[form].append(cost_of([*preview, *flags], environment()))
        comment = subprocess.run(
            [*preview, "-o", "markdown"],
            env=environment(),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    least = middle(costs.pop("quiet"))
    for form, measured in costs.items():
        title = f"a preview of {count:,} changed deployments {form}, over a quiet pass"
        _print_costs(title, middle(measured), least)
    print(f"the comment has {len(comment):,} of 65,536 characters")


def _edited(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest with a field of the job changed and a key of its configuration removed."""
    if manifest["kind"] != "VpDeployment":
        return manifest
    changed: dict[str, Any] = json.loads(json.dumps(manifest))
    template = changed["spec"]["spec"]["template"]["spec"]
    template["parallelism"] += 1
    template["flinkConfiguration"].popitem()
    return changed


def _bare_posts(platform: Vvp, posts: list[Any], folder: Path) -> Cost:
    """The deployments' POSTs, once what they need is there."""
    targets = {}
    rest = []
    for path, body in posts:
        if "/deployments" in path:
            rest.append((path, body))
            continue
        answer = requests.post(platform.url + path, json=body, timeout=30)
        answer.raise_for_status()
        if path.endswith("/deployment-targets"):
            targets[path.split("/")[4]] = answer.json()["metadata"]["id"]
    for path, body in rest:
        body["spec"]["deploymentTargetId"] = targets[path.split("/")[4]]
    file = folder / "posts.json"
    file.write_text(json.dumps([[platform.url + path, body] for path, body in rest]))
    command = [
        sys.executable,
        str(ROOT / "benchmarks" / "bare_posts.py"),
        str(file),
        str(CONCURRENCY),
    ]
    return cost_of(command, environment())


def _delete_resources(server: ApiServer) -> None:
    """Takes everything away at once: finalizers off, then gone."""
    for plural in PLURALS.values():
        server.kubectl("delete", "crd", f"{plural}.{GROUP}", "--wait=false")
        cluster = cluster_of(server)
        try:
            items = cluster.list(plural)
        except requests.HTTPError:  # They are gone already.
            items = []

        def release(item: dict[str, Any], plural: str = plural, cluster: Cluster = cluster) -> None:
            cluster.patch(plural, item["metadata"]["name"], {"metadata": {"finalizers": None}})

        with ThreadPoolExecutor(CONCURRENCY) as pool:
            list(pool.map(release, items))
        server.kubectl(
            "wait", "--for=delete", f"crd/{plural}.{GROUP}", "--timeout=180s", check=False
        )
    install_crds(server)


def _floor_plan(server: ApiServer, vvp_url: str, namespaces: int, folder: Path) -> Path:
    cluster = cluster_of(server)
    ca = folder / "ca.crt"
    ca.write_bytes(cluster.ca)
    collections = ("deployments", "deployment-targets")
    plan = {
        "kubernetes": {
            "url": cluster.url,
            "token": cluster.token,
            "ca": str(ca),
            "paths": [f"/apis/{GROUP}/v1beta1/{plural}" for plural in PLURALS.values()],
        },
        "vvp": [
            f"{vvp_url}/namespaces/v1/namespaces",
            *(
                f"{vvp_url}/api/v1/namespaces/team-{number}/{collection}"
                for number in range(namespaces)
                for collection in collections
            ),
        ],
    }
    file = folder / "plan.json"
    file.write_text(json.dumps(plan))
    return file


def _print_routes(server: ApiServer, mark: int, platform: Vvp) -> None:
    routes: Counter[str] = Counter(json.loads(platform.say("routes")))
    print("requests of a quiet pass:")
    for route, count in sorted(_by_collection(routes).items()):
        print(f"  VVP         {count:5}  {route}")
    seen = Counter(
        f"{entry.verb} {entry.resource}" for entry in server.audit_since(mark) if not entry.internal
    )
    for route, count in sorted(seen.items()):
        print(f"  Kubernetes  {count:5}  {route}")


def _by_collection(routes: Counter[str]) -> Counter[str]:
    summed: Counter[str] = Counter()
    for route, count in routes.items():
        parts = route.split("/")
        if len(parts) > 4 and parts[3] == "namespaces":
            parts[4] = "<namespace>"
        summed["/".join(parts)] += count
    return summed


def _print_costs(title: str, mine: Cost, least: Cost) -> None:
    print(f"{title}:")
    for name, unit in (("wall", "s"), ("cpu", "s"), ("memory", "MB")):
        ours, floor = getattr(mine, name), getattr(least, name)
        print(
            f"  {name:7} {ours:8.2f} {unit:2}  {ours / floor:5.2f} times the floor's {floor:.2f} {unit}"
        )


def main() -> None:
    """Runs the benchmarks that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--deployments", type=int, default=1000)
    parser.add_argument("--namespaces", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--large", type=int, default=0, help="a second size, to see how it grows")
    arguments = parser.parse_args()
    with ApiServer(find_binaries()) as server:
        install_crds(server)
        small = quiet_pass(server, arguments.deployments, arguments.namespaces, arguments.rounds)
        if arguments.large:
            large = quiet_pass(server, arguments.large, arguments.namespaces, arguments.rounds)
            growth = arguments.large / arguments.deployments
            times = large.wall / small.wall
            print(f"{growth:g} times the deployments take {times:.2f} times the wall time")
    creations(arguments.deployments, max(3, arguments.rounds // 2))
    previews(arguments.deployments, max(3, arguments.rounds // 2))


main()
