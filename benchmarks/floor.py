"""The floor of a quiet pass: fetches and parses the same lists with requests and json, and nothing else.

``python floor.py PLAN``: PLAN is a JSON file with ``kubernetes`` (url, token, ca, paths) and ``vvp`` (urls).
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests


def kubernetes_list(session: requests.Session, place: dict[str, str], path: str) -> list[Any]:
    """Every item of one list, page by page."""
    items: list[Any] = []
    token = ""
    while True:
        query = f"?limit=500{'&continue=' + token if token else ''}"
        headers = {"Authorization": f"Bearer {place['token']}"}
        answer = session.get(place["url"] + path + query, headers=headers, verify=place["ca"])
        page = json.loads(answer.content)
        items += page["items"]
        token = page["metadata"].get("continue", "")
        if not token:
            return items


def main() -> None:
    """Fetches all lists, those of one side at a time, as a pass does."""
    with open(sys.argv[1], encoding="utf-8") as file:
        plan = json.load(file)
    session = requests.Session()
    session.trust_env = False
    with ThreadPoolExecutor(8) as pool:
        place = plan["kubernetes"]
        lists = list(pool.map(lambda path: kubernetes_list(session, place, path), place["paths"]))
        answers = list(pool.map(lambda url: json.loads(session.get(url).content), plan["vvp"]))
    print(sum(map(len, lists)), len(answers))


main()
