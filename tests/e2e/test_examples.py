"""All examples on a real API server: they become ready, and then nothing is written any more."""

from __future__ import annotations

import subprocess

from .harness import PLURALS, ROOT, World


def _apply_examples(world: World) -> None:
    world.apiserver.kubectl("apply", "-n", world.namespace, "-f", str(ROOT / "examples"))


def test_all_examples_become_ready_and_stay_quiet(world: World) -> None:
    _apply_examples(world)
    waiting = world.apiserver.kubectl(
        "wait", "--for=condition=Ready", "--timeout=1s", "-n", world.namespace,
        "vpdeployments", "--all", check=False,
    )  # fmt: skip
    assert waiting.returncode != 0, "not ready before the first pass"
    world.settle()
    for plural in PLURALS:
        done: subprocess.CompletedProcess[str] = world.apiserver.kubectl(
            "wait", "--for=condition=Ready", "--timeout=5s", "-n", world.namespace, plural, "--all"
        )
        assert "condition met" in done.stdout
    world.assert_quiet()
