"""A VVP sandbox in a process of its own, steered by lines on stdin.

Prints its URL. ``forget`` empties the request log, ``posts`` prints the bodies of the POSTs in it,
``routes`` the requests in it by route, ``settle`` ends all transitions, and the end of stdin ends it.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter

from vpsync.sandbox import Sandbox, SandboxOptions

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


def main() -> None:
    """Answers until stdin ends."""
    with Sandbox(SandboxOptions(polls_per_transition=1, log_limit=1_000_000)) as sandbox:
        print(sandbox.url, flush=True)
        for line in sys.stdin:
            command, answer = line.strip(), "ok"
            if command == "forget":
                sandbox.forget_requests()
            elif command == "settle":
                sandbox.settle()
            elif command == "posts":
                posts = [r for r in sandbox.requests if r.method == "POST"]
                answer = json.dumps([[r.path, r.body] for r in posts])
            elif command == "routes":
                routes = Counter(f"{r.method} {_ID.sub('<id>', r.path)}" for r in sandbox.requests)
                answer = json.dumps(routes)
            print(answer, flush=True)


main()
