"""``python -m vpsync`` and the ``vpsync`` command."""

from __future__ import annotations


def main() -> None:
    """Runs the command line and exits with its code."""
    from vpsync.cli import run

    run()


if __name__ == "__main__":
    main()
