"""The options of the fault tests, and the account at their end.

With ``-n`` the tests run in several processes: all draw by one seed, and their accounts become one.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from faults.trials import Trials

_TRIALS = pytest.StashKey[Trials]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """What is tried, and by which seed it is drawn."""
    group = parser.getgroup("faults")
    group.addoption("--everything", action="store_true", help="try all schedules, not a sample")
    group.addoption("--seed", type=int, help="of what is drawn (default: 1; any with --everything)")


def pytest_configure(config: pytest.Config) -> None:
    """One account for the whole session."""
    everything = bool(config.getoption("--everything"))
    seed = getattr(config, "workerinput", {}).get("seed", config.getoption("--seed"))
    if seed is None:
        # A sample that changes would fail a commit that broke nothing; a long run explores.
        seed = random.SystemRandom().randrange(10**6) if everything else 1
    config.stash[_TRIALS] = Trials(seed, everything)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tells a worker the seed."""
    node.workerinput["seed"] = node.config.stash[_TRIALS].seed


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker hands its account over."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["account"] = session.config.stash[_TRIALS].account()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Takes the account of a worker; one that died has none, and its test failed."""
    for family, counts in getattr(node, "workeroutput", {}).get("account", {}).items():
        node.config.stash[_TRIALS].count(family, *counts)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Who tries everything has the time for it."""
    if config.stash[_TRIALS].full:
        for item in items:
            item.add_marker(pytest.mark.timeout(0))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Prints how much was tried and how many violated an oracle."""
    terminalreporter.section("faults")
    for line in config.stash[_TRIALS].summary():
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def trials(pytestconfig: pytest.Config) -> Trials:
    """Tries schedules and keeps the account."""
    return pytestconfig.stash[_TRIALS]
