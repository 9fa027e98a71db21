"""The wire to VVP: real HTTP to the sandbox, which a test can cut before or after a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import HTTPAdapter

Hook = Callable[[str, str], None]
"""Told method and path; what it raises is raised to the caller."""


def _nothing(method: str, path: str) -> None:
    pass


class Wire(HTTPAdapter):
    """An adapter whose hooks stand before a request leaves and after its answer arrived."""

    def __init__(self, before: Hook = _nothing, after: Hook = _nothing) -> None:
        super().__init__(pool_maxsize=8, max_retries=0, pool_block=True)
        self.before = before
        self.after = after

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        """Sends one request."""
        method, path = str(request.method), request.path_url
        self.before(method, path)
        response = super().send(request, *args, **more)
        try:
            self.after(method, path)
        except BaseException:
            response.close()
            raise
        return response

    def close(self) -> None:
        """Keeps the connections: the next pass of the same world takes them over."""

    def shut(self) -> None:
        """Closes the connections."""
        super().close()
