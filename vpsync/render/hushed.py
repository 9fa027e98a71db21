"""What a run tells, without the secrets that it knows: reports, errors and the log."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from vpsync.model.decision import InSync
from vpsync.model.hiding import Hiding
from vpsync.render.report import Report


def hushed(report: Report, hiding: Hiding) -> Report:
    """The report, whatever form it will be rendered in. What is in sync and ready is not told at all."""
    if hiding.pattern is None:
        return report
    told = {id(row.result) for row in report.rows()}
    results = tuple(
        hiding.value(result)
        if id(result) in told or not isinstance(result.decision, InSync)
        else result
        for result in report.results
    )
    return replace(report, results=results, errors=hiding.value(report.errors))


@contextmanager
def hushed_log(hiding: Callable[[], Hiding]) -> Iterator[None]:
    """Keeps the secrets out of our log for as long as it is open; asked for at each line."""
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

    def __init__(self, hiding: Callable[[], Hiding]) -> None:
        super().__init__()
        self._hiding = hiding

    def filter(self, record: logging.LogRecord) -> bool:
        """Every line passes."""
        hiding = self._hiding()
        record.msg, record.args = hiding.text(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = hiding.text(logging.Formatter().formatException(record.exc_info))
        return True
