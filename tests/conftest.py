"""Set-up of every test: assertions in shared modules are told in full, logging is put back, signals arrive.

A shell starts what it runs in the background with SIGINT ignored, and nohup with SIGHUP, and every process
that a test starts would inherit that: no test of such a signal could pass there.
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator

import pytest

ATTACKS = "security/test_attacks.py::test_does_no_harm["

pytest.register_assert_rewrite("contract", "fakes", "passes")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def _logging() -> Iterator[None]:
    """Parsing a command line sets our logger up, for the whole process."""
    logger = logging.getLogger("vpsync")
    handlers, level, propagates = list(logger.handlers), logger.level, logger.propagate
    yield
    logger.handlers[:], logger.propagate = handlers, propagates
    logger.setLevel(level)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints how many attacks of ``tests/security`` were tried, where any was."""
    outcomes = {
        outcome: [
            report
            for report in terminalreporter.getreports(outcome)
            if ATTACKS in report.nodeid and report.when == "call"
        ]
        for outcome in ("passed", "failed")
    }
    held, harmful = (len(outcomes[outcome]) for outcome in ("passed", "failed"))
    if held or harmful:
        terminalreporter.write_line(f"attacks: {held + harmful} tried, {harmful} did harm")
