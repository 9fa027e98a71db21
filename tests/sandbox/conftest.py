"""Sandboxes that stop when the test ends."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from vpsync.sandbox import Sandbox, SandboxOptions

from .api import Api


@pytest.fixture
def open_api() -> Iterator[Callable[..., Api]]:
    """Starts a sandbox with the given options and gives a client of it."""
    opened: list[Api] = []

    def start(**options: Any) -> Api:
        sandbox = Sandbox(SandboxOptions(**options))
        sandbox.start()
        api = Api(sandbox)
        opened.append(api)
        return api

    yield start
    for api in opened:
        api.close()
        api.sandbox.stop()
        assert api.sandbox.failures == []


@pytest.fixture
def api(open_api: Callable[..., Api]) -> Api:
    """A client of a sandbox with the default options."""
    return open_api()
