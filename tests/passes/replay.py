"""A wire that gives the reads of a pass to another one, so that both see the very same VVP."""

from __future__ import annotations

import io
import json
from collections import deque
from dataclasses import dataclass
from typing import Any

import requests
import urllib3

from passes.wire import Wire


@dataclass(frozen=True)
class Sent:
    """One mutating request, as it left."""

    method: str
    path: str
    body: Any

    @property
    def route(self) -> str:
        """Method and path, without a query."""
        return f"{self.method} {self.path.partition('?')[0]}"


Answer = tuple[int, dict[str, str], bytes]


class Replay(Wire):
    """Records the answers to reads until :meth:`replay`, and notes what is sent to change something."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Sent] = []
        self._answers: dict[str, deque[Answer]] = {}
        self._replaying = False

    def record(self) -> None:
        """From now on answers are kept, each for one read of the same path."""
        self._answers.clear()
        self.sent.clear()
        self._replaying = False

    def replay(self) -> None:
        """From now on reads get the recorded answers, and the server's where there is none left."""
        self._replaying = True

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        """Sends one request, or answers it from the record."""
        method, path = str(request.method), request.path_url
        if method != "GET":
            body = request.body
            self.sent.append(Sent(method, path, json.loads(body) if body else None))
            return super().send(request, *args, **more)
        answers = self._answers.setdefault(path, deque())
        if self._replaying and answers:
            return self._built(request, answers.popleft())
        response = super().send(request, *args, **more)
        with response:
            headers = dict(response.headers)
            answer = (response.status_code, headers, response.raw.read(decode_content=False))
        if not self._replaying:
            answers.append(answer)
        return self._built(request, answer)

    def _built(self, request: requests.PreparedRequest, answer: Answer) -> requests.Response:
        status, headers, body = answer
        raw = urllib3.HTTPResponse(
            io.BytesIO(body), headers=headers, status=status, preload_content=False
        )
        return self.build_response(request, raw)
