"""``get`` on a real cluster, with the rights to get and list and no VVP."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import subprocess
import sys
import termios
from dataclasses import replace

import pytest
import yaml

from .admin import GROUP, PLURALS
from .harness import World
from .manifests import deployment, namespace, savepoint, target

RULES = [{"apiGroups": [GROUP], "resources": list(PLURALS), "verbs": ["get", "list"]}]


@pytest.fixture
def looker(world: World) -> World:
    """Four resources, as an account that may only get and list sees them while VVP is away."""
    world.apply(namespace("team"), target(), deployment("orders"))
    world.apply(savepoint("before", "orders"))
    world.sync()
    token = world.admin.service_account(world.namespace, "looker", RULES)
    kubeconfig = world.apiserver.kubeconfig_for(token)
    world.apiserver.wait_until_allowed(
        kubeconfig, "list", f"vpsavepoints.{GROUP}", f"--namespace={world.namespace}"
    )
    return replace(world, kubeconfig=kubeconfig)


def call(world: World, *words: str) -> tuple[str, ...]:
    return ("get", *words, "--kubeconfig", str(world.kubeconfig), "-n", world.namespace)


def test_the_table_tells_what_the_statuses_say_and_nothing_is_asked_but_lists(
    looker: World,
) -> None:
    mark, asked = looker.apiserver.audit_mark(), len(looker.sandbox.requests)
    run = looker.vpsync(*call(looker, "-o", "wide"))
    assert (run.code, run.err) == (0, "")
    header, *rows = [line.split() for line in run.out.splitlines()]
    assert header == ["RESOURCE", "READY", "SYNCED", "DRIFT", "STATE", "VVP", "ID", "AGE", "STATUS"]
    assert [row[:5] for row in rows] == [
        ["vpnamespace/team", "True", "True", "no", "ACTIVE"],
        ["vpdeploymenttarget/jobs", "True", "True", "no", "-"],
        ["vpdeployment/orders", "True", "True", "no", "RUNNING"],
        ["vpsavepoint/before", "True", "True", "no", "COMPLETED"],
    ]
    assert rows[2][5:7] == ["default/orders", looker.vvp("orders")["metadata"]["id"]]
    sent = [one for one in looker.apiserver.audit_since(mark) if one.user.endswith(":looker")]
    assert {(one.verb, one.code) for one in sent} == {("list", 200)}
    assert looker.sandbox.requests[asked:] == [], "VVP is not asked"


def test_the_forms_say_the_same_and_a_name_is_one_that_kubectl_takes(looker: World) -> None:
    as_json = looker.vpsync(*call(looker, "-o", "json"))
    again = looker.vpsync(*call(looker, "-o", "json"))
    assert as_json.out == again.out, "equal input gives equal bytes"
    assert yaml.safe_load(looker.vpsync(*call(looker, "-o", "yaml")).out) == as_json.report
    [orders] = [one for one in as_json.report["resources"] if one["kind"] == "VpDeployment"]
    assert (orders["ready"], orders["drift"], orders["deleting"]) == ("True", False, False)
    names = looker.vpsync(*call(looker, "-o", "name")).out.split()
    found = looker.apiserver.kubectl(
        "get", "-n", looker.namespace, "-o", "name", *names
    ).stdout.split()
    assert found == names
    wide = looker.vpsync(*call(looker, "vpd", "-o", "wide"))
    assert wide.out.splitlines()[1].endswith("VVP holds what the resource declares")


def test_kinds_names_and_labels_narrow_it(looker: World) -> None:
    one = looker.vpsync(*call(looker, "vpdeployment", "orders", "-o", "name"))
    assert (one.code, one.out) == (0, f"vpdeployment.{GROUP}/orders\n")
    missing = looker.vpsync(*call(looker, "vpd/orders", "vpns/nobody", "-o", "name"))
    assert (missing.code, len(missing.out.splitlines())) == (3, 1)
    assert "there is no VpNamespace 'nobody'" in missing.err
    nothing = looker.vpsync(*call(looker, "-l", "a=b"))
    assert (nothing.code, nothing.out) == (0, "")
    assert nothing.err == "vpsync: there are no such resources\n"


def test_a_changed_spec_is_pending_until_a_pass_has_looked_at_it(looker: World) -> None:
    looker.admin.patch("vpdeployments", looker.namespace, "orders",
                       {"spec": {"spec": {"template": {"spec": {"parallelism": 3}}}}})  # fmt: skip
    row = looker.vpsync(*call(looker, "vpd", "-o", "wide")).out.splitlines()[1]
    assert row.split()[1:5] == ["Unknown", "Unknown", "-", "RUNNING"]
    assert row.endswith("Pending: no pass has looked at this spec yet")


def test_a_kind_that_may_not_be_listed_is_told_and_the_others_are_shown(world: World) -> None:
    world.apply(target())
    rules = [{"apiGroups": [GROUP], "resources": ["vpdeploymenttargets"], "verbs": ["list"]}]
    token = world.admin.service_account(world.namespace, "looker", rules)
    limited = replace(world, kubeconfig=world.apiserver.kubeconfig_for(token))
    world.apiserver.wait_until_allowed(
        limited.kubeconfig, "list", f"vpdeploymenttargets.{GROUP}", f"--namespace={world.namespace}"
    )
    run = limited.vpsync(*call(limited, "-o", "name"))
    assert (run.code, run.out) == (3, f"vpdeploymenttarget.{GROUP}/jobs\n")
    assert run.err.count("403") == 3


def test_a_watch_tells_what_changes_and_ends_cleanly(looker: World) -> None:
    process = looker.start(*call(looker, "vpd", "-w"))
    assert process.stdout is not None
    first = [process.stdout.readline().split()[:2] for _ in range(2)]
    assert first == [["NAME", "READY"], ["orders", "True"]]
    looker.admin.patch("vpdeployments", looker.namespace, "orders",
                       {"spec": {"spec": {"template": {"spec": {"parallelism": 3}}}}})  # fmt: skip
    assert process.stdout.readline().split()[:3] == ["orders", "Unknown", "Pending:"]
    looker.admin.wipe(looker.namespace)
    assert process.stdout.readline().split()[:3] == ["orders", "-", "(gone)"]
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert looker.ended(process.returncode, out, err).code == 0
    assert (out, err) == ("", "")


def test_it_fits_the_terminal(looker: World) -> None:
    for columns in (80, 200):
        shown = _on_a_terminal(columns, call(looker))
        assert max(map(len, shown)) <= columns
        assert {"READY", "STATUS"} <= set(shown[0].split())


def _on_a_terminal(columns: int, arguments: tuple[str, ...]) -> list[str]:
    """The lines that a command prints on a terminal of that width."""
    leader, follower = pty.openpty()
    size = b"".join(number.to_bytes(2, sys.byteorder) for number in (24, columns, 0, 0))
    fcntl.ioctl(follower, termios.TIOCSWINSZ, size)
    process = subprocess.Popen(
        [sys.executable, "-m", "vpsync", *arguments], stdout=follower, stderr=follower,
        env={"PATH": os.environ["PATH"], "TERM": "xterm"},
    )  # fmt: skip
    assert process.wait(30) == 0
    os.close(follower)
    with os.fdopen(leader, "rb", buffering=0) as terminal:
        return terminal.read(65536).decode().splitlines()
