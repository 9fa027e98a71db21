"""Sandboxes, and transports with short time limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from vpsync.sandbox import Sandbox
from vpsync.ververica.transport import WRITES, HttpOptions, Transport

OpenTransport = Callable[..., Transport]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as started:
        yield started
        assert started.failures == []


@pytest.fixture
def open_transport() -> Iterator[OpenTransport]:
    """Transports with the given options; their pauses are noted in ``pauses`` and not waited."""
    opened: list[Transport] = []

    def start(methods: frozenset[str] = WRITES, **options: Any) -> Transport:
        short = {"request_timeout": 0.6, "connect_timeout": 0.3, "read_timeout": 0.3}
        made = Transport(HttpOptions(**{**short, **options}), methods, pause=lambda seconds: None)
        opened.append(made)
        return made

    yield start
    for transport in opened:
        transport.close()
