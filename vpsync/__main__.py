"""``python -m vpsync`` and the ``vpsync`` command."""

from __future__ import annotations

import gc

COLLECT_AFTER = 50_000
"""New objects between two looks for garbage: imports and manifests make many, and hardly any cycles."""


def main() -> None:
    """Runs the command line and exits with its code."""
    gc.set_threshold(COLLECT_AFTER)
    from vpsync.cli import run

    run()


def kubectl() -> None:
    """The same as ``kubectl vpsync``, which kubectl finds as ``kubectl-vpsync``."""
    from vpsync.cli import run

    run("kubectl vpsync")


def kubectl_complete() -> None:
    """Completes ``kubectl vpsync``, which kubectl asks ``kubectl_complete-vpsync`` for."""
    from vpsync.cli.completion import for_kubectl

    for_kubectl()


if __name__ == "__main__":
    main()
