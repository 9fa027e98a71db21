"""The first line of a run, which says whom it talks to: taken off what a test has to say about stderr."""

from __future__ import annotations

import re
from collections.abc import Sequence

_VVP = r"VVP (?:at \S+, not asked|.+, (?:enterprise edition|community edition|edition unknown), at \S+)"
_SOURCE = r"(?:manifests of .+|cluster context \S+|the cluster of this pod)"
_LINE = re.compile(
    r"(?:\S+ INFO |\{.*\"message\": \")"
    rf"{_VVP}; {_SOURCE}; owner id \S+; \d+ resources?(?:\"\}})?\n"
)

SAYS_NOTHING = {"--quiet", "--help", "-h", "--loop"}
"""With these a run need not say it: a loop does when VVP is first read."""


def without_beginning(arguments: Sequence[str], code: int, err: str) -> tuple[str, str]:
    """The line, and stderr without it.

    No command says it twice. A ``reconcile`` or ``diff`` that decided something has said it once.
    """
    found = [line for line in err.splitlines(keepends=True) if _LINE.fullmatch(line)]
    assert len(found) < 2, err
    words = {word for argument in arguments for word in argument.split()}
    if words & {"reconcile", "diff"} and code in (0, 1, 4) and not words & SAYS_NOTHING:
        assert found, f"the run did not say whom it talks to: {err}"
    line = found[0] if found else ""
    return line, err.replace(line, "", 1)
