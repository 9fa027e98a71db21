"""A loop reads its settings again at SIGHUP and where a file of theirs changed, and survives bad ones."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from net.certificates import Certificates
from net.conftest import kubeconfig
from net.peer import Peer, fine, serving
from vpsync.sandbox import Sandbox

from .test_exit_codes import wait_for
from .test_output import environment

MANIFEST = """\
apiVersion: ververicaplatform.fintechstudios.com/v1beta1
kind: VpDeploymentTarget
metadata: {name: jobs}
spec:
  metadata: {namespace: default}
  spec: {kubernetes: {namespace: flink}}
"""
AGAIN = "settings reloaded"
KEPT = "settings not reloaded"


class Loop:
    """A running loop and what it has said."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self.lines.extend, args=(process.stderr,))
        self._reader.start()

    @property
    def told(self) -> str:
        return "".join(self.lines)

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        self._reader.join()
        assert self.process.stderr is not None
        self.process.stderr.close()


@contextmanager
def loop(folder: Path, url: str, *flags: str) -> Iterator[Loop]:
    manifests = folder / "manifests"
    manifests.mkdir(exist_ok=True)
    (manifests / "target.yaml").write_text(MANIFEST)
    command = [sys.executable, "-m", "vpsync", "reconcile", "--loop", "--interval", "60s"]
    process = subprocess.Popen(
        [*command, "-f", str(manifests), "-n", "team", "--vvp-url", url, *flags],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment(), text=True,
    )  # fmt: skip
    one = Loop(process)
    try:
        yield one
    finally:
        one.end()
    assert one.process.returncode == 0, one.told
    assert "Traceback" not in one.told


def written(path: Path, text: str) -> str:
    """Replaces a file as a kubelet does: by another one of that name."""
    beside = path.with_suffix(".new")
    beside.write_text(text)
    os.replace(beside, path)
    return str(path)


def test_a_map_that_changed_counts_after_sighup_at_once(tmp_path: Path) -> None:
    with Sandbox() as vvp:
        names = tmp_path / "map.yaml"
        with loop(tmp_path, vvp.url, "--namespace-map", written(names, "team: [other]")) as one:
            wait_for(lambda: "NotPermitted" in one.told)
            written(names, "team: [default]")
            one.process.send_signal(signal.SIGHUP)
            wait_for(lambda: "Applied: 1 created" in one.told)
            assert one.told.count(AGAIN) == 1
        assert [request.method for request in vvp.mutations()] == ["POST"]


def test_it_counts_from_the_next_pass_on_without_a_signal(tmp_path: Path) -> None:
    with Sandbox() as vvp:
        names = tmp_path / "map.yaml"
        flags = ("--namespace-map", written(names, "team: [other]"), "--interval", "0.3s")
        with loop(tmp_path, vvp.url, *flags) as one:
            wait_for(lambda: "NotPermitted" in one.told)
            written(names, "team: [default]")
            wait_for(lambda: "Applied: 1 created" in one.told)


def test_what_cannot_be_used_is_told_and_what_was_before_stays(tmp_path: Path) -> None:
    with Sandbox() as vvp:
        names = tmp_path / "map.yaml"
        flags = ("--namespace-map", written(names, "team: [default]"), "--interval", "0.3s")
        with loop(tmp_path, vvp.url, *flags) as one:
            wait_for(lambda: "Applied: 1 created" in one.told)
            written(names, "team: [")
            wait_for(lambda: KEPT in one.told)
            before = len(vvp.requests)
            wait_for(lambda: len(vvp.requests) > before + 4)
            assert one.told.count(KEPT) == 1, "once for each time that it changed"
            written(names, "team: [default]")
            wait_for(lambda: AGAIN in one.told)


def test_a_ca_file_that_is_no_more_usable_ends_no_loop(tmp_path: Path) -> None:
    with Sandbox() as vvp:
        authority = tmp_path / "ca.pem"
        (tmp_path / "tls").mkdir()
        pem = Path(Certificates(tmp_path / "tls").ca).read_text(encoding="utf-8")
        flags = ("--vvp-ca-file", written(authority, pem), "--interval", "0.3s")
        with loop(tmp_path, vvp.url, *flags) as one:
            wait_for(lambda: "Applied: 1 created" in one.told)
            written(authority, "nothing")
            wait_for(lambda: KEPT in one.told)
            written(authority, pem)
            before = len(vvp.requests)
            wait_for(lambda: len(vvp.requests) > before + 4)


def test_a_token_and_a_server_that_changed_in_the_kubeconfig_count_from_the_next_pass_on(
    tmp_path: Path,
) -> None:
    config = tmp_path / "config"

    def tokens(peer: Peer) -> set[str | None]:
        return {request.header("Authorization") for request in peer.requests}

    with serving(fine) as first, serving(fine) as second:
        flags = ("--kubeconfig", kubeconfig(config, first.url), "--interval", "0.3s")
        command = [sys.executable, "-m", "vpsync", "reconcile", "--loop", *flags]
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment(), text=True
        )
        one = Loop(process)
        try:
            wait_for(lambda: tokens(first) == {"Bearer t"})
            text = config.read_text(encoding="utf-8").replace("token: t", "token: fresh")
            written(config, text)
            wait_for(lambda: tokens(first) == {"Bearer t", "Bearer fresh"})
            written(config, text.replace(first.url, second.url))
            wait_for(lambda: tokens(second) == {"Bearer fresh"})
            assert one.told.count(AGAIN) == 2
        finally:
            one.end()
    assert process.returncode == 0


def test_a_loop_on_a_terminal_ends_with_it(tmp_path: Path) -> None:
    with Sandbox() as vvp:
        (tmp_path / "target.yaml").write_text(MANIFEST)
        leader, follower = pty.openpty()
        command = [sys.executable, "-m", "vpsync", "reconcile", "--loop", "--vvp-url", vvp.url]
        process = subprocess.Popen(
            [*command, "-f", str(tmp_path / "target.yaml"), "-n", "team"],
            stdout=subprocess.DEVNULL, stderr=follower, env=environment(),
        )  # fmt: skip
        wait_for(lambda: bool(vvp.mutations()))
        process.send_signal(signal.SIGHUP)
        assert process.wait(20) == 0
        for end in (leader, follower):
            os.close(end)


def test_a_name_that_is_not_there_from_the_start_is_wrong_usage(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "vpsync",
        "reconcile",
        "--loop",
        "--vvp-url",
        "http://127.0.0.1:1",
    ]
    done = subprocess.run(
        [*command, "-f", str(tmp_path / "absent")],
        capture_output=True, env=environment(), text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.count("there is no such file or directory") == 1


def test_a_name_that_is_gone_when_settings_are_read_again_is_told_once_and_waited_for(
    tmp_path: Path,
) -> None:
    with Sandbox() as vvp, loop(tmp_path, vvp.url, "--interval", "0.3s") as one:
        wait_for(lambda: "Applied: 1 created" in one.told)
        (tmp_path / "manifests").rename(tmp_path / "elsewhere")
        one.process.send_signal(signal.SIGHUP)
        wait_for(lambda: "no pass can begin" in one.told)
        time.sleep(2.5)
        (tmp_path / "elsewhere").rename(tmp_path / "manifests")
        before = len(vvp.requests)
        wait_for(lambda: len(vvp.requests) > before + 4)
        assert one.told.count("no pass can begin") == 1
