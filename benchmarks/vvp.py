"""A VVP sandbox in a process of its own, steered by lines on stdin.

Prints its URL. ``forget`` empties the request log, ``posts`` prints the bodies of the POSTs in it,
``routes`` the requests in it by route, ``settle`` ends all transitions, ``settle NAMESPACE NAME`` those of a
deployment. ``down`` makes it listen no more, ``up`` again; between ``fail`` and ``heal`` it answers 503 to
everything. The end of stdin ends it. An argument is the number of reads that show a transition; 1 without it.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

from vpsync.sandbox import Respond, Sandbox, SandboxOptions, on
from vpsync.sandbox.faults import Fault

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


def main() -> None:
    """Answers until stdin ends."""
    polls = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    # It hides no secret, so that figures compare with those of before it could.
    options = SandboxOptions(
        polls_per_transition=polls, log_limit=1_000_000, masks_sensitive_values=False
    )
    with Sandbox(options) as sandbox:
        print(sandbox.url, flush=True)
        port = int(sandbox.url.rpartition(":")[2])
        busy = Fault(on("*", ""), Respond(503, {"message": "Busy."}), None)
        commands: dict[str, Callable[..., object]] = {
            "forget": sandbox.forget_requests,
            "settle": lambda *one: sandbox.settle_deployment(*one) if one else sandbox.settle(),
            "down": sandbox.stop,
            "up": lambda: sandbox.start(port=port),
            "fail": lambda: sandbox.faults.add(busy),
            "heal": sandbox.faults.clear,
        }
        questions: dict[str, Callable[[Sandbox], Any]] = {"posts": _posts, "routes": _routes}
        for line in sys.stdin:
            command, *words = line.split()
            if command in questions:
                print(json.dumps(questions[command](sandbox)), flush=True)
            else:
                commands[command](*words)
                print("ok", flush=True)


def _posts(sandbox: Sandbox) -> list[Any]:
    return [[one.path, one.body] for one in sandbox.requests if one.method == "POST"]


def _routes(sandbox: Sandbox) -> Counter[str]:
    return Counter(f"{one.method} {_ID.sub('<id>', one.path)}" for one in sandbox.requests)


main()
