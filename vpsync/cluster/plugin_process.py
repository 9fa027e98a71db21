"""Runs the program of an exec plugin: for a limited time, and no longer than the run itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from vpsync.cluster.credentials import NoCredentials
from vpsync.net.deadline import Deadline
from vpsync.redact.credentials import without_credentials

_LOOK = 0.1
"""Seconds between two looks whether the run is to end."""
_GRACE = 0.5
"""Seconds that a program has between SIGTERM and SIGKILL."""
_OURS = ("APPMANAGER_API_TOKEN", "PLATFORM_API_TOKEN", "VPSYNC_")
"""Variables that are none of a plugin's business: VVP's tokens, and vpsync's own settings."""
_SHOWN = 300
"""Characters of a plugin's output that an error quotes."""


@dataclass(frozen=True, slots=True)
class PluginLimits:
    """When an exec plugin is ended, finished or not."""

    seconds: float
    deadline: Deadline
    """The deadline of the pass, which ends with the run, too."""


def plugin_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What a plugin inherits of the environment of the run."""
    return {name: text for name, text in environment.items() if not name.startswith(_OURS)}


def output_of(
    command: Sequence[str],
    environment: Mapping[str, str],
    limits: PluginLimits,
    *,
    interactive: bool,
) -> bytes:
    """What a program printed; :class:`NoCredentials` says how it failed.

    An interactive one may ask at the terminal. What it has to say goes to the terminal at once where
    somebody sits there, such as an address to log in at, and else into the error.
    """
    name, watched = command[0], interactive or (sys.stderr is not None and sys.stderr.isatty())
    try:
        process = subprocess.Popen(
            command,
            stdin=None if interactive else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=None if watched else subprocess.PIPE,
            env=dict(environment),
            # Only programs of our own group may ask at the terminal; others are ended as a group.
            process_group=None if interactive else 0,
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise NoCredentials(
            f"the exec plugin {name} cannot be started: {reason or type(error).__name__}"
        ) from error
    try:
        output, said = _finished(process, name, limits)
    except BaseException:
        _end(process, group=not interactive)
        raise
    if process.returncode:
        code = process.returncode
        how = f"failed with exit code {code}" if code > 0 else f"was ended by signal {-code}"
        raise NoCredentials(f"the exec plugin {name} {how}{_quoted(said)}")
    return output


def _finished(
    process: subprocess.Popen[bytes], name: str, limits: PluginLimits
) -> tuple[bytes, bytes]:
    began, ends = time.monotonic(), time.monotonic() + limits.seconds
    while True:
        left = min(ends - time.monotonic(), limits.deadline.left())
        try:
            output, said = process.communicate(timeout=max(0.0, min(_LOOK, left)))
            return output, said or b""
        except subprocess.TimeoutExpired as waited:
            said = waited.stderr or b""
        if limits.deadline.is_stopped:
            raise NoCredentials(f"interrupted while the exec plugin {name} was running")
        if left <= 0:
            waited_for = f"{time.monotonic() - began:.0f} s"
            raise NoCredentials(
                f"the exec plugin {name} gave no credentials within {waited_for}{_quoted(said)}"
            )


def _end(process: subprocess.Popen[bytes], *, group: bool) -> None:
    """Ends a program, with those that it started where they are a group: one of them may live on."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            if group:
                os.killpg(process.pid, number)
            else:
                process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def _quoted(said: bytes) -> str:
    """The end of what a program wrote to stderr, without what looks like a secret."""
    words = without_credentials(" ".join(said.decode(errors="replace").split()))
    shown = words if len(words) <= _SHOWN else f"…{words[-_SHOWN:]}"
    return f": {shown}" if shown else ""
