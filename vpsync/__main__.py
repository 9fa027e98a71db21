"""``python -m vpsync`` and the ``vpsync`` command."""

from __future__ import annotations

import gc

COLLECT_AFTER = 50_000
"""New objects between two looks for garbage: imports and manifests make many, and hardly any cycles."""

INTERRUPTED = 130
"""What shells call the end by SIGINT; the exit codes of the program are not loaded yet."""


def main(name: str = "vpsync") -> None:
    """Runs the command line and exits with its code; ``name`` is what the user typed."""
    gc.set_threshold(COLLECT_AFTER)
    try:
        from vpsync.cli import run

        run(name)
    except KeyboardInterrupt:
        # While modules are still loaded nothing else handles a signal, and nothing was begun.
        raise SystemExit(INTERRUPTED) from None
    finally:
        # The interpreter looks through all that is left before it ends, for garbage that ends with
        # it anyway; measured, that is a twentieth of a quiet pass.
        gc.freeze()


def kubectl() -> None:
    """The same as ``kubectl vpsync``, which kubectl finds as ``kubectl-vpsync``."""
    main("kubectl vpsync")


def kubectl_complete() -> None:
    """Completes ``kubectl vpsync``, which kubectl asks ``kubectl_complete-vpsync`` for."""
    from vpsync.cli.completion import for_kubectl

    for_kubectl()


if __name__ == "__main__":
    main()
