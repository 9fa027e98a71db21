"""Exec plugins that note when they were run and with what environment."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

V1 = "client.authentication.k8s.io/v1"


@dataclass(frozen=True, slots=True)
class Plugin:
    """A program in a folder of its own."""

    folder: Path

    def answers(self, *statuses: Any, before: str = "") -> None:
        """Gives one after the other, and the last one from then on; a text is a script instead."""
        for number, status in enumerate(statuses, 1):
            answer = {"apiVersion": V1, "kind": "ExecCredential", "status": status}
            script = (
                status if isinstance(status, str) else f"cat <<'END'\n{json.dumps(answer)}\nEND"
            )
            (self.folder / f"answer-{number}").write_text(f"{script}\n")
        path = self.folder / "plugin"
        path.write_text(
            "#!/bin/sh\n"
            f"cd {self.folder}\n"
            "env > environment\n"
            "echo run >> runs\n"
            f"{before}\n"
            "n=$(wc -l < runs | tr -d ' ')\n"
            f"[ $n -gt {len(statuses)} ] && n={len(statuses)}\n"
            ". ./answer-$n\n"
        )
        path.chmod(0o755)

    @property
    def runs(self) -> int:
        """How often it was run."""
        path = self.folder / "runs"
        return len(path.read_text().splitlines()) if path.exists() else 0

    @property
    def environment(self) -> dict[str, str]:
        """The variables of its last run."""
        lines = (self.folder / "environment").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def user(self, **members: Any) -> dict[str, Any]:
        """The user of a kubeconfig that has it."""
        path = str(self.folder / "plugin")
        return {"exec": {"apiVersion": V1, "command": path, "interactiveMode": "Never", **members}}

    def is_gone(self) -> bool:
        """Whether the program ended with all that it started; the kernel has a moment for that."""
        ends = time.monotonic() + 5
        while self._processes():
            if time.monotonic() > ends:
                return False
            time.sleep(0.05)
        return True

    def _processes(self) -> list[str]:
        """Those that have the folder as their working directory."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                inside = entry.name.isdigit() and os.readlink(entry / "cwd") == str(self.folder)
                found += [entry.name] if inside else []
            except OSError:
                continue
        return found


def written(path: Path, server: str, user: Any, **cluster: Any) -> str:
    """A kubeconfig with one context; its path."""
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": server, **cluster}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    path.write_text(yaml.safe_dump(content))
    return str(path)
