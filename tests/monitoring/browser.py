"""A real browser without a screen: Chromium, steered over a pipe (Chrome DevTools Protocol).

Debian's package ``chromium`` has it.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

import pytest

FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
         "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--remote-debugging-pipe")  # fmt: skip


@dataclass
class Browser:
    """One tab."""

    to: BinaryIO
    back: BinaryIO
    session: str = ""
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    seen: list[dict[str, Any]] = field(default_factory=list)
    """What the browser told of itself: requests, and lines of its console."""

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The result of a command."""
        number = next(self.numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self.to.write(json.dumps(message).encode() + b"\0")
        self.to.flush()
        while True:
            told = self._next()
            if told.get("id") == number:
                assert "error" not in told, (method, told)
                result: dict[str, Any] = told["result"]
                return result

    def open(self, url: str, *, width: int, scheme: str) -> None:
        """Opens a page on a screen that is so many pixels wide, for eyes that want it light or dark."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900,
                  deviceScaleFactor=1, mobile=width < 600)  # fmt: skip
        media = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", features=media)
        self.seen.clear()
        self.call("Page.navigate", url=url)
        while not any(one.get("method") == "Page.loadEventFired" for one in self.seen):
            self._next()

    def value(self, expression: str) -> Any:
        """What an expression is on the page."""
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"][
            "value"
        ]

    def picture(self, path: Path) -> None:
        """Leaves what is seen in a file."""
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def requested(self) -> list[str]:
        """The addresses that the page asked for."""
        sent = [one for one in self.seen if one.get("method") == "Network.requestWillBeSent"]
        return [one["params"]["request"]["url"] for one in sent]

    def complaints(self) -> list[str]:
        """What the browser found wrong with the page."""
        lines = [one for one in self.seen if one.get("method") == "Log.entryAdded"]
        return [one["params"]["entry"]["text"] for one in lines]

    def _next(self) -> dict[str, Any]:
        data = bytearray()
        while (byte := self.back.read(1)) != b"\0":
            assert byte, "the browser ended"
            data += byte
        told: dict[str, Any] = json.loads(data)
        self.seen.append(told)
        return told


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser with one tab; skips the test where there is none on this machine."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("there is no chromium on PATH; Debian's package chromium has it")
    hears, to = os.pipe()
    back, tells = os.pipe()

    def fit() -> None:
        # It hears at 3 and tells at 4. Above all four first, so that none takes another's place.
        high = (os.dup2(hears, 200), os.dup2(tells, 201))
        for place, handle in zip((3, 4), high, strict=True):
            os.dup2(handle, place, inheritable=True)

    with (
        tempfile.TemporaryDirectory(prefix="vpsync-browser-", ignore_cleanup_errors=True) as home,
        os.fdopen(to, "wb") as commands,
        os.fdopen(back, "rb", buffering=1 << 16) as answers,
    ):
        process = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={home}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": home}, close_fds=False, preexec_fn=fit,
        )  # fmt: skip
        os.close(hears)
        os.close(tells)
        try:
            one = Browser(commands, answers)
            tabs = one.call("Target.getTargets")["targetInfos"]
            [tab] = [found["targetId"] for found in tabs if found["type"] == "page"]
            one.session = one.call("Target.attachToTarget", targetId=tab, flatten=True)["sessionId"]
            for domain in ("Page", "Network", "Log", "Runtime"):
                one.call(f"{domain}.enable")
            yield one
        finally:
            process.kill()
            process.wait(20)
