"""The floor of a creation: POSTs the same bodies, as many side by side, and nothing else.

``python bare_posts.py FILE CONCURRENCY``: FILE holds a JSON list of pairs of URL and body.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests
from requests.adapters import HTTPAdapter


def main() -> None:
    """Sends them all."""
    with open(sys.argv[1], encoding="utf-8") as file:
        posts = json.load(file)
    side_by_side = int(sys.argv[2])
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", HTTPAdapter(pool_maxsize=side_by_side))

    def post(entry: tuple[str, Any]) -> Any:
        url, body = entry
        answer = session.post(url, json=body)
        answer.raise_for_status()
        return json.loads(answer.content)

    with ThreadPoolExecutor(side_by_side) as pool:
        print(len(list(pool.map(post, posts))))


main()
