"""The log, without the secrets that a run knows."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from vpsync.redact.redactor import Redactor


@contextmanager
def hushed_log(hiding: Callable[[], Redactor]) -> Iterator[None]:
    """Keeps the secrets out of our log for as long as it is open; requested at each line."""
    hush = _Hush(hiding)
    handlers = list(logging.getLogger("vpsync").handlers)
    for handler in handlers:
        handler.addFilter(hush)
    try:
        yield
    finally:
        for handler in handlers:
            handler.removeFilter(hush)


class _Hush(logging.Filter):
    """Takes secrets out of a line, and out of its traceback."""

    def __init__(self, hiding: Callable[[], Redactor]) -> None:
        super().__init__()
        self._hiding = hiding

    def filter(self, record: logging.LogRecord) -> bool:
        """Cleans the line, and lets it pass."""
        hiding = self._hiding()
        record.msg, record.args = hiding.text(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = hiding.text(logging.Formatter().formatException(record.exc_info))
        return True
