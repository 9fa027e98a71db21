"""``vpsync sandbox``: a local VVP simulator."""

from __future__ import annotations

import click

from vpsync.cli.globals import flag, global_options
from vpsync.cli.help import Command
from vpsync.cli.monitoring import listen_address
from vpsync.cli.signals import interruptible

EXAMPLES = (
    ("where vpsync connects by default", "vpsync sandbox"),
    ("another VVP on another port", "vpsync sandbox --listen 127.0.0.1:9000 --version 2.4.0"),
    (
        "the vendor's playground, lists in any order",
        "vpsync sandbox --defaults playground --switch list-order=shuffled",
    ),
)


@click.command("sandbox", cls=Command, examples=EXAMPLES, short_help="Run a local VVP simulator.")
@flag("--listen", default="127.0.0.1:8081", show_default=True, metavar="HOST:PORT",
      help="Address to listen on; port 0 picks a free one.")  # fmt: skip
@flag("--edition", type=click.Choice(["enterprise", "community"]), default="enterprise",
      show_default=True, help="Edition to simulate.")  # fmt: skip
@flag("--version", "version", default="2.8.1", show_default=True, help="VVP version to simulate.")
@flag("--defaults", type=click.Choice(["vvp", "playground"]), default="vvp", show_default=True,
      help="Its global deployment defaults: built in, or the vendor's playground's.")  # fmt: skip
@flag("--switch", "switches", multiple=True, metavar="NAME=VALUE",
      help="What it does where VVP is not known to do one thing or the other. A name that does not "
      "exist lists them all. Repeatable.")  # fmt: skip
@global_options
def command(
    listen: str, edition: str, version: str, defaults: str, switches: tuple[str, ...]
) -> int:
    """Run a local simulator of Ververica Platform until interrupted.

    It keeps everything in memory, needs no token, and advances with every read. Like VVP, it hides
    sensitive values on read from 2.5.4 on, and drops fields that its version does not have yet.
    """
    from vpsync.sandbox import Sandbox, SandboxOptions, global_defaults
    from vpsync.sandbox.switches import switched

    address = listen_address(listen)
    if address is None or not address.host:
        raise click.UsageError("--listen takes HOST:PORT, such as 127.0.0.1:8081 or [::1]:8081.")
    options = SandboxOptions(edition="community" if edition == "community" else "enterprise",
                             version=version,
                             global_defaults=global_defaults(defaults))  # fmt: skip
    try:
        options = switched(options, switches)
    except ValueError as error:
        raise click.UsageError(f"--switch: {error}.") from error
    with interruptible() as interruption:
        try:
            sandbox = Sandbox(options)
            url = sandbox.start(address.host, address.port)
        except ValueError as error:
            text = f"--version {version}: give a release of VVP 2.x, such as 2.8."
            raise click.UsageError(text) from error
        except OSError as error:
            raise click.UsageError(f"--listen {listen}: {error.strerror}.") from error
        click.echo(f"VVP sandbox ({edition}, {version}) at {url}; end it with Ctrl-C", err=True)
        interruption.stop.wait()
        sandbox.stop()
    return 0
