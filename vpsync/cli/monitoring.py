"""The flags about metrics and health, and what they make."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from vpsync.cli.files import check_writable
from vpsync.cli.globals import flag, under
from vpsync.settings import ListenAddress, Monitoring, pushgateway

Command = TypeVar("Command", bound=Any)

_ADDRESS = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\[\]:/@\s]*)):([0-9]{1,5})")

DEFAULT = ":8080"
"""The address on which the Go operator serves its metrics, too."""

_FLAGS = under(
    "Monitoring",
    flag("--metrics-addr", default=DEFAULT, show_default=True, metavar="ADDRESS",
         help="With --loop: serve /metrics, /healthz and /readyz at HOST:PORT; 0 for none."),
    flag("--metrics-cert-file", metavar="FILE",
         help="Serve HTTPS with this certificate; reloaded when it changes."),
    flag("--metrics-key-file", metavar="FILE", help="Key of that certificate."),
    flag("--metrics-secure", is_flag=True,
         help="Serve /metrics only to bearer tokens that the cluster authorizes."),
    flag("--metrics-textfile", metavar="FILE",
         help="With --once: write the metrics to FILE for the node-exporter (name it *.prom)."),
    flag("--pushgateway-url", metavar="URL",
         help="With --once: send the metrics to this Pushgateway."),
)  # fmt: skip


def monitoring_options(command: Command) -> Command:
    """The command with these flags."""
    for option in reversed(_FLAGS):
        command = option(command)
    return command


def monitoring_from(values: Mapping[str, Any], *, loop: bool) -> Monitoring:
    """What the flags make; :class:`click.UsageError` or :class:`SettingsError` where they do not fit."""
    source = click.get_current_context().get_parameter_source("metrics_addr")
    if source is ParameterSource.COMMANDLINE and not loop:
        raise click.UsageError("--metrics-addr goes with --loop: it is served while that runs.")
    _check_tls(values, loop=loop)
    textfile, url = values["metrics_textfile"], values["pushgateway_url"]
    if (textfile or url) and (loop or values["dry_run"]):
        name, other = (
            ("--loop", "it serves --metrics-addr") if loop else ("--dry-run", "it does nothing")
        )
        given = "--metrics-textfile" if textfile else "--pushgateway-url"
        raise click.UsageError(f"{given} goes with --once, not with {name}: {other}.")
    check_writable("--metrics-textfile", textfile)
    return Monitoring(
        address=address(values["metrics_addr"]),
        is_default=source is ParameterSource.DEFAULT,
        cert_file=values["metrics_cert_file"],
        key_file=values["metrics_key_file"],
        secure=values["metrics_secure"],
        textfile=textfile,
        pushgateway_url=pushgateway(url) if url else None,
    )


def _check_tls(values: Mapping[str, Any], *, loop: bool) -> None:
    """Refuses what would serve nothing, or let tokens be read on their way."""
    cert, key, secure = (values[f"metrics_{name}"] for name in ("cert_file", "key_file", "secure"))
    if (cert or key or secure) and not loop:
        given = "secure" if secure else "cert-file" if cert else "key-file"
        raise click.UsageError(f"--metrics-{given} goes with --loop: it is about --metrics-addr.")
    if bool(cert) != bool(key):
        raise click.UsageError("--metrics-cert-file and --metrics-key-file go together.")
    if secure and not cert:
        raise click.UsageError(
            "--metrics-secure needs --metrics-cert-file and --metrics-key-file: tokens go over HTTPS only."
        )
    if secure and values["files"]:
        raise click.UsageError(
            "--metrics-secure asks the cluster about tokens, and with -f there is none."
        )


def address(text: str) -> ListenAddress | None:
    """The address of ``HOST:PORT``; None for ``0``."""
    if text == "0":
        return None
    listen = listen_address(text)
    if listen is None:
        raise click.UsageError(
            f"--metrics-addr {text!r}: write :8080, 127.0.0.1:8080 or [::1]:8080, or 0 for none."
        )
    return listen


def listen_address(text: str) -> ListenAddress | None:
    """The address that ``HOST:PORT`` names, an IPv6 one in brackets; None where it names none."""
    match = _ADDRESS.fullmatch(text)
    if match is None or int(match[3]) > 65535:
        return None
    return ListenAddress(match[1] or match[2] or "", int(match[3]))
