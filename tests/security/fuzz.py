"""What reads hostile input, as targets of a coverage-guided fuzzer: bytes in, an exception where it fails.

The tests replay the corpus without a fuzzer. For an hour with one (atheris, Linux)::

    pip install atheris
    PYTHONPATH=tests python -m security.fuzz -max_total_time=3600 -max_len=4096 tests/security/corpus

It stops at the first crash and writes the input to a file ``crash-…``. Mend the mechanism, then keep that
file in the corpus, made as small as it can be (``-minimize_crash=1``).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from vpsync.kinds import KINDS
from vpsync.model.bounds import beyond_bounds
from vpsync.model.decision import Blocked
from vpsync.model.decoding import decoded
from vpsync.model.reasons import Reason
from vpsync.planning.ownership.managed_fields import managed_text, read_managed
from vpsync.planning.ownership.marker import read_marker
from vpsync.planning.plan import declare
from vpsync.redact.output import safe_line, safe_text
from vpsync.redact.redactor import hiding
from vpsync.redact.text import markdown_text, quoted
from vpsync.schema.load import SchemaSet
from vpsync.source.documents import documents
from vpsync.source.events import UnreadableDocument
from vpsync.source.manifest import document_of, read_manifest
from vpsync.source.strangers import is_ours, misnamed

CORPUS = Path(__file__).parent / "corpus"
TOKEN = "known-token-of-the-run"
COMMAND = re.compile(r"^\s*::|##\w*\[", re.MULTILINE)


def read_yaml(text: str) -> None:
    """Documents, or one error that says why there are none."""
    with suppress(UnreadableDocument):
        for _, value in documents(text):
            if isinstance(value, dict) and not is_ours(value):
                misnamed(value)


def read_json(text: str) -> None:
    """A value within the bounds or known to be beyond them, or ValueError."""
    with suppress(ValueError):
        beyond_bounds(decoded(text))


class Declaring:
    """From a document to what it wants, and none of ours stumbles over it."""

    def __init__(self) -> None:
        self.schemas = SchemaSet(kind.name for kind in KINDS)

    def __call__(self, text: str) -> None:
        """Declares every document of a text; once as a file's, once as a cluster's."""
        try:
            values = [value for _, value in documents(text)]
        except UnreadableDocument:
            return
        for value in values:
            if isinstance(value, dict) and is_ours(value):
                for origin in ("a.yaml:1", "cluster"):
                    self._declare(value, origin)

    def _declare(self, value: dict[str, object], origin: str) -> None:
        manifest, known = read_manifest(value, origin, "team")
        findings = known or self.schemas.findings(manifest.key.kind, document_of(manifest))
        for found in (findings, ()):
            _, _, refused = declare([(manifest, found)])
            for item in refused:
                stumbled = isinstance(item, Blocked) and item.reason is Reason.InternalError
                # What a schema refuses may be of any shape; without its word it need not be handled.
                assert not stumbled or (findings and not found), item


def read_annotations(text: str) -> None:
    """A marker and a record that are written again as they were read, or none."""
    if (marker := read_marker(text)) is not None:
        assert read_marker(marker.text()) == marker
    record = read_managed(text)
    if record is not None and not record.below and len(text) < 8000:
        assert read_managed(managed_text(record.paths)) is not None


def redact(text: str) -> None:
    """Text that steers nothing and does not hold our token."""
    hides = hiding([TOKEN])
    shown = quoted(f"{text}{TOKEN}{text}", hiding=hides)
    assert TOKEN not in shown
    assert shown.isprintable()
    assert markdown_text(text).isprintable()
    for safe in (safe_text(text), safe_line(text)):
        assert not COMMAND.search(safe), ascii(safe)


def targets() -> tuple[Callable[[str], None], ...]:
    """All of them."""
    return (read_yaml, read_json, Declaring(), read_annotations, redact)


def main() -> None:
    """Fuzzes until it is stopped; the first byte of an input chooses the target."""
    import atheris

    tried = targets()
    atheris.instrument_all()

    def one(data: bytes) -> None:
        if data:
            tried[data[0] % len(tried)](data[1:].decode("utf-8", "replace"))

    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
