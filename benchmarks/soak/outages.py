"""What goes away, and how: each outage is begun, lasts for a while, and is ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.servers import Vvp
from tests.e2e.apiserver.server import ApiServer
from tests.e2e.cable import Cable


@dataclass(frozen=True, slots=True)
class Outage:
    """One way in which servers are away."""

    name: str
    begin: Callable[[], object]
    end: Callable[[], object]
    seconds: float
    """From its begin to its end."""
    takes_vvp: bool
    """Whether it is VVP that does not answer people either; else it is between vpsync and the cluster."""


def _nothing() -> None:
    """Those that are over when they have begun."""


def outages(vvp: Vvp, server: ApiServer, cable: Cable) -> list[Outage]:
    """All of them, as they come in turn."""
    return [
        Outage("VVP stopped", lambda: vvp.say("down"), lambda: vvp.say("up"), 5, True),
        Outage("watches cut", cable.cut, _nothing, 1, False),
        Outage("VVP answers 503", lambda: vvp.say("fail"), lambda: vvp.say("heal"), 5, True),
        Outage("API server restarted", server.restart, _nothing, 0, False),
        Outage("VVP frozen", vvp.freeze, vvp.thaw, 8, True),
        Outage("cluster unplugged", cable.pull, cable.plug_in, 5, False),
    ]
