"""What a pass tells people and programs: the table, the line at the end, progress, and the JSON."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import threading

import yaml

from vpsync.sandbox import Hang, on
from vpsync.sandbox.faults import Fault

from .conftest import MakeWorld
from .harness import World
from .manifests import deployment, target


def _arrange(world: World) -> None:
    world.apply(
        target(),
        deployment("same"),
        deployment("changed"),
        deployment("broken", template={"parallelism": 0}),
    )
    world.sync(code=3)
    world.apply(deployment("fresh"), deployment("changed", template={"parallelism": 3}))
    world.delete("vpdeployments", "same")


def test_text_json_and_yaml_tell_the_same_of_what_changed_and_why(world: World) -> None:
    _arrange(world)
    text = world.vpsync("diff", *world.flags)
    document = world.diff(code=3).report
    assert yaml.safe_load(world.vpsync("diff", *world.flags, "-o", "yaml").out) == document
    assert text.err == ""
    lines = text.out.splitlines()
    heads = [line.split() for line in lines if line and not line.startswith(" ")]
    assert [head[1] for head in heads[:-1]] == ["update", "create", "delete", "invalid"]
    assert heads[0][-1] == "restart-with-savepoint"
    assert "~ /spec/template/spec/parallelism: 1 → 3" in text.out
    assert "the resource is being deleted: cancelled first" in text.out
    assert (
        lines[-1]
        == "Plan: 1 to create, 1 to change, 0 to adopt, 1 to delete, 1 in sync, 1 invalid."
    )

    assert list(document) == [
        "formatVersion", "tool", "complete", "checksum", "ownerId", "changes", "blocked", "notReady",
        "invalid", "errors", "summary", "seal",
    ]  # fmt: skip
    changed, fresh, same = document["changes"]
    assert list(changed) == [
        "kind", "namespace", "name", "platform", "action", "cause", "effect", "reason", "fields", "released",
        "method", "generation",
    ]  # fmt: skip
    assert (changed["name"], changed["action"], changed["cause"]) == ("changed", "update", "intent")
    [field] = changed["fields"]
    assert field == {
        "path": "/spec/template/spec/parallelism", "before": 1, "after": 3, "sensitive": False
    }  # fmt: skip
    secret = next(one for one in fresh["fields"] if one["path"].endswith("s3.secret-key"))
    assert (secret["after"], secret["sensitive"]) == ("***", True)
    assert (same["action"], same["effect"]) == ("delete", "stop")
    assert changed["platform"]["id"] == world.vvp("changed")["metadata"]["id"]

    done = world.reconcile(code=3).report
    assert "startedAt" in done
    assert [one["outcome"] for one in done["changes"]] == ["applied"] * 3
    assert done["checksum"] == document["checksum"], "what was planned is what was done"


def test_wait_repeats_the_pass_until_all_is_ready_or_its_time_is_over(world: World) -> None:
    world.apply(target(), deployment("orders"))
    run = world.vpsync("reconcile", "--once", "--wait", *world.flags)
    assert (run.code, run.err) == (0, "")
    assert (
        run.out.splitlines()[-1]
        == "Applied: 2 created, 0 changed, 0 adopted, 0 deleted, 2 in sync."
    )
    assert world.told("vpdeployments", "orders")[0] == "True"
    quiet = world.vpsync("reconcile", "--once", "--wait", *world.flags)
    assert quiet.out == "No changes. 2 resources in sync.\n"
    world.sandbox.hang("default", "orders")
    run = world.vpsync("reconcile", "--once", "--wait", "--timeout", "2s", *world.flags)
    assert run.code == 3
    assert "--wait ran out" in run.err


def _on_a_terminal(world: World, *arguments: str) -> tuple[str, str]:
    """What a person sees: stdout, and stderr, which is a terminal."""
    ours, theirs = pty.openpty()
    seen: list[bytes] = []

    def read() -> None:
        try:
            while piece := os.read(ours, 4096):
                seen.append(piece)
        except OSError:  # The other end is closed.
            return

    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "TERM": "xterm",
    }
    reader = threading.Thread(target=read)
    reader.start()
    done = subprocess.run(
        [sys.executable, "-m", "vpsync", *arguments],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs, text=True,
        env=environment, timeout=60, check=False,
    )  # fmt: skip
    os.close(theirs)
    reader.join()
    os.close(ours)
    assert done.returncode == 0
    return done.stdout, b"".join(seen).decode()


def test_a_long_pass_shows_its_progress_on_a_terminal_and_a_short_one_nothing(world: World) -> None:
    world.apply(target())
    world.sandbox.faults.add(Fault(on("POST", "/deployment-targets$"), Hang(2.0)))
    arguments = ("reconcile", "--once", *world.flags)
    out, err = _on_a_terminal(world, *arguments)
    assert "create VpDeploymentTarget" in err
    assert err.endswith("\r\x1b[J"), "and takes the line away again"
    assert "\x1b" not in out
    assert out.splitlines()[-1].startswith("Applied: 1 created")
    report = json.loads(_on_a_terminal(world, *arguments, "-o", "json")[0])
    assert report["changes"] == []


def test_a_run_says_first_which_vvp_it_talks_to_in_whose_name(world: World) -> None:
    world.apply(target(), deployment("one"), deployment("two"))
    flags = [*world.flags, "--owner-id", "eu-1"]
    first = world.vpsync("reconcile", "--once", *flags)
    assert first.began.endswith(
        f" INFO VVP 2.8.1, enterprise edition, at {world.vvp_url}; cluster context e2e; "
        "owner id eu-1; 3 resources\n"
    )
    logged = json.loads(world.vpsync("diff", "--log-format", "json", *flags).began)
    assert (logged["level"], "owner id eu-1; 3 resources" in logged["message"]) == ("info", True)
    assert world.vpsync("diff", "--quiet", *flags).began == ""


def test_another_vvp_than_the_one_that_the_statuses_remember_is_told(
    world: World, make_world: MakeWorld
) -> None:
    world.apply(target(), deployment("one"))
    world.sync()
    there = make_world(kubernetes_namespace=world.namespace)
    told = there.vpsync("diff", *there.flags)
    assert (
        f"WARNING VVP at {there.vvp_url} holds none of the 2 objects that the statuses" in told.err
    )
    assert "is it the right one? Check --vvp-url" in told.err
    assert "holds none" not in world.vpsync("diff", *world.flags).err
