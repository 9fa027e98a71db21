"""What holds for every test: assertions in shared modules tell as much, and logging is put back."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("contract", "fakes", "passes")


@pytest.fixture(autouse=True)
def _logging() -> Iterator[None]:
    """Parsing a command line sets our logger up, for the whole process."""
    logger = logging.getLogger("vpsync")
    handlers, level, propagates = list(logger.handlers), logger.level, logger.propagate
    yield
    logger.handlers[:], logger.propagate = handlers, propagates
    logger.setLevel(level)
