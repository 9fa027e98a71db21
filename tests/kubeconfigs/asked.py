"""Asks a server by way of a kubeconfig: vpsync's connection, and kubectl."""

from __future__ import annotations

import os
import subprocess
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from vpsync.cluster.client import Reader
from vpsync.cluster.connection import connect
from vpsync.errors import VpsyncError

from .bench import Bench
from .recording import Request

LIMIT = 1.0
"""Seconds that a plugin has, and a connection."""
_OURS = ("KUBE", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


def expected(bench: Bench, seen: dict[str, Any]) -> Request:
    """The request that a case says arrives."""
    given = {"at": "secure", **seen}
    host = bench.host_of(given.pop("at"))
    port = host.rpartition(":")[2]
    if given.get("host") in ("localhost", "0.0.0.0"):
        given["host"] = f"{given['host']}:{port}"
    given["via"] = tuple(
        f"{one}:{port}" if one.endswith((".0", ".1")) else one for one in given.get("via", ())
    )
    return replace(Request("/version", host), **given)


def by_vpsync(bench: Bench) -> str:
    """Asks with vpsync's connection; why that did not work, or nothing."""
    with _environment(bench):
        error = _refusal(bench)
    # What --debug shows.
    if error is not None:
        assert "CANARY" not in "".join(traceback.format_exception(error))
    return str(error or "")


def _refusal(bench: Bench) -> VpsyncError | None:
    try:
        api = connect(None, bench.context, "vpsync", 1, timeout=LIMIT)
        Reader(api, attempts=1).get("/version")
    except VpsyncError as error:
        return error
    api.close()
    return None


def by_kubectl(bench: Bench, kubectl: Path) -> str:
    """Asks with kubectl; why that did not work, or nothing."""
    command = [str(kubectl), "version", "--request-timeout=5s"]
    command += ["--context", bench.context] if bench.context else []
    with _environment(bench):
        try:
            ended = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=10,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return "no end within 10 s"
    return ended.stderr if ended.returncode else ""


@contextmanager
def _environment(bench: Bench) -> Iterator[None]:
    """The environment of a case, without what that of the tests says about clusters and proxies."""
    kept = {name: text for name, text in os.environ.items() if not name.upper().startswith(_OURS)}
    own = {"KUBECONFIG": bench.variable, "HOME": str(bench.folder / "home"), **bench.environment}
    with patch.dict(os.environ, {**kept, **own}, clear=True):
        yield
