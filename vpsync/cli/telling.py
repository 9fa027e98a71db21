"""Lines for people, which are objects where the log is JSON: who collects it gets nothing else."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import click

from vpsync.redact.output import safe_json, safe_text

LOGGER = "vpsync"


class JsonLine(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, logger and message, and what the line says to programs alone."""
        line: dict[str, Any] = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        return safe_json(json.dumps(line, ensure_ascii=False))


def logs_json() -> bool:
    """Whether ``--log-format json`` was given."""
    formatters = (handler.formatter for handler in logging.getLogger(LOGGER).handlers)
    return any(isinstance(one, JsonLine) for one in formatters)


def complain(text: str) -> None:
    """A line on stderr: what went wrong, or what to know."""
    if logs_json():
        logging.getLogger(LOGGER).error("%s", text)
    else:
        click.echo(f"vpsync: {safe_text(text)}", err=True)


def mention(text: str) -> None:
    """A line on stderr that stands for itself."""
    if logs_json():
        logging.getLogger(LOGGER).info("%s", text)
    else:
        click.echo(safe_text(text), err=True)


def as_log(text: str) -> Iterator[str]:
    """The lines of a report as those of the log, each with its end."""
    formatter = JsonLine()
    for line in text.splitlines():
        if line.strip():
            record = {"name": f"{LOGGER}.report", "levelno": logging.INFO, "levelname": "INFO"}
            yield f"{formatter.format(logging.makeLogRecord({**record, 'msg': line.rstrip()}))}\n"
