"""What the image is in a pod: small, without a shell, for anybody on a read-only root, as process 1."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from cluster.real.node import Node
from cluster.real.pods import ROOT, SHIPPED_IMAGE, Pods
from image.build import BASE, Images

MOST_BYTES = 80_000_000

PLACE = "restricted"


@pytest.fixture
def place(pods: Pods) -> str:
    """A namespace of the restricted profile."""
    pods.team_namespace(PLACE)
    return PLACE


def pod(name: str, *arguments: str, user: int = 4242) -> dict[str, Any]:
    """A pod of an unknown user, with nothing to write and no home."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": PLACE},
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": user,
                "runAsGroup": user,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": "vpsync",
                    "image": SHIPPED_IMAGE,
                    "args": list(arguments),
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "readOnlyRootFilesystem": True,
                        "capabilities": {"drop": ["ALL"]},
                    },
                }
            ],
        },
    }


def ended(node: Node, name: str) -> tuple[int, str]:
    """The exit code and the log of a pod that has ended."""
    node.kubectl("wait", f"pod/{name}", "-n", PLACE, "--timeout=60s",
                 "--for=jsonpath={.status.containerStatuses[0].state.terminated}")  # fmt: skip
    told = json.loads(node.kubectl("get", "pod", name, "-n", PLACE, "-o", "json").stdout)
    [status] = told["status"]["containerStatuses"]
    log = node.kubectl("logs", name, "-n", PLACE).stdout
    return status["state"]["terminated"]["exitCode"], log


def test_it_is_small_and_has_what_is_pinned_and_no_other_package(
    images: Images, image: str
) -> None:
    assert images.size(image) - images.size(BASE) < MOST_BYTES
    with images.mounted(image) as root:
        [packages] = root.glob("opt/vpsync/lib/python3*/site-packages")
        found = {path.name.partition("-")[0].lower().replace("_", "-")
                 for path in packages.glob("*.dist-info")}  # fmt: skip
        programs = {path.name for place in ("bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin")
                    for path in (root / place).glob("*")}  # fmt: skip
        sources = {path for path in packages.rglob("*.py") if "__pycache__" not in path.parts}
        compiled = [path for path in sources
                    if not list(path.parent.glob(f"__pycache__/{path.stem}.*.pyc"))]  # fmt: skip
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pinned = set(re.findall(r"^([a-z0-9-]+)==", pins, re.MULTILINE))
    assert found == pinned - {"setuptools"} | {"vpsync"}
    assert "kubernetes" not in found
    assert {name for name in programs if not name.startswith("python")} == set()
    assert compiled == []


def test_every_command_works_for_an_unknown_user_without_anything_to_write(
    pods: Pods, place: str
) -> None:
    pods.apply_documents(
        pod("crds", "crds"),
        pod("whole", "reconcile", "--once", "--sandbox", "-f", "/opt/vpsync/examples"),
        pod("help", "reconcile", "--help"),
    )
    code, log = ended(pods.node, "crds")
    assert code == 0
    assert "CustomResourceDefinition" in log
    assert ended(pods.node, "help")[0] == 0
    # There is no such folder: said by the program, which so got to its work.
    code, log = ended(pods.node, "whole")
    assert (code, "/opt/vpsync/examples" in log) == (2, True)


def test_process_1_ends_at_sigterm_at_once(pods: Pods, place: str) -> None:
    pods.apply_documents(pod("sandbox", "sandbox", "--listen", "0.0.0.0:8081"))
    pods.node.kubectl("wait", "pod/sandbox", "-n", place, "--for=condition=Ready")
    shell = pods.node.kubectl("exec", "sandbox", "-n", place, "--", "sh", "-c", "id", check=False)
    assert shell.returncode != 0
    assert "no such file" in shell.stderr or "not found" in shell.stderr
    pods.node.kubectl("delete", "pod", "sandbox", "-n", place, "--grace-period=25", "--timeout=10s")
