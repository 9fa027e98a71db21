"""Set-up of every test: assertions in shared modules are told in full, logging is put back, SIGINT arrives.

A shell starts what it runs in the background with SIGINT ignored, and every process that a test starts
would inherit that: no test of an interrupt could pass there.
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("contract", "fakes", "passes")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _logging() -> Iterator[None]:
    """Parsing a command line sets our logger up, for the whole process."""
    logger = logging.getLogger("vpsync")
    handlers, level, propagates = list(logger.handlers), logger.level, logger.propagate
    yield
    logger.handlers[:], logger.propagate = handlers, propagates
    logger.setLevel(level)
