"""A loop as the only process of a container: as PID 1, as a user whom nobody knows, without a home."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vpsync.sandbox import Sandbox

from .test_exit_codes import wait_for
from .test_reload import AGAIN, MANIFEST

ISOLATED = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
STRANGER = ["setpriv", "--reuid=65123", "--regid=65123", "--clear-groups"]


def is_possible() -> bool:
    """Whether a stranger may run this Python, as the first process of a namespace."""
    if os.geteuid() != 0 or not (shutil.which("unshare") and shutil.which("setpriv")):
        return False
    command = [*ISOLATED, *STRANGER, sys.executable, "-c", "import vpsync"]
    return subprocess.run(command, cwd="/", capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not is_possible(), reason="only root makes the first process of a namespace")
def test_it_works_and_heeds_its_signals(tmp_path: Path) -> None:
    manifest = tmp_path / "target.yaml"
    manifest.write_text(MANIFEST)
    log = tmp_path / "log"
    with Sandbox() as vvp, log.open("w") as out:
        command = [
            sys.executable,
            "-B",
            "-m",
            "vpsync",
            "reconcile",
            "--loop",
            "--vvp-url",
            vvp.url,
        ]
        with manifest.open() as given:
            outer = subprocess.Popen(
                [*ISOLATED, "env", "-i", *STRANGER, *command, "-f", "-", "-n", "team"],
                stdin=given, stdout=subprocess.DEVNULL, stderr=out, cwd="/",
            )  # fmt: skip
        try:
            wait_for(lambda: "Applied: 1 created" in log.read_text())
            children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text().split()
            [inner] = map(int, children)
            status = Path(f"/proc/{inner}/status").read_text()
            assert "NSpid:" in status
            assert status.partition("NSpid:")[2].splitlines()[0].split()[-1] == "1"
            os.kill(inner, signal.SIGHUP)
            wait_for(lambda: AGAIN in log.read_text())
            began = time.monotonic()
            os.kill(inner, signal.SIGTERM)
            assert outer.wait(10) == 0
            assert time.monotonic() - began < 5
        finally:
            outer.kill()
            outer.wait()
    assert "Traceback" not in log.read_text()
