"""A simulator of Ververica Platform (VVP) 2.x: its REST API, its controllers and its bad days.

`vpsync sandbox --listen ADDRESS` runs one to try things out against, `--sandbox` gives one run its
own platform, and the tests of vpsync run against it over loopback HTTP. It is a thing of its own:
it imports nothing else of vpsync, and beside the standard library a reader of YAML.

    with Sandbox() as sandbox:
        print(sandbox.url)

What it does follows the VVP documentation and the published swagger files 2.1.0 to 2.7.1. Where
those are silent, `SandboxOptions` has a switch. Deployments, savepoints, session clusters and
namespaces change state as they are read, not as time passes, so that a test never waits.
"""

from vpsync.sandbox.actions import (
    CloseAfterAnswer,
    CloseConnection,
    CutBody,
    Drip,
    Garbage,
    Hang,
    HtmlPage,
    Redirect,
    Reshape,
    Respond,
)
from vpsync.sandbox.faults import Fault, on
from vpsync.sandbox.options import SandboxOptions
from vpsync.sandbox.presets import global_defaults
from vpsync.sandbox.requestlog import LoggedRequest, fingerprint
from vpsync.sandbox.sandbox import PresetToken, Sandbox

__all__ = [
    "CloseAfterAnswer",
    "CloseConnection",
    "CutBody",
    "Drip",
    "Fault",
    "Garbage",
    "Hang",
    "HtmlPage",
    "LoggedRequest",
    "PresetToken",
    "Redirect",
    "Reshape",
    "Respond",
    "Sandbox",
    "SandboxOptions",
    "fingerprint",
    "global_defaults",
    "on",
]
