"""What ``export`` and ``convert`` share: manifests on stdout, and on stderr what is not in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from vpsync.cli.telling import complain

if TYPE_CHECKING:
    from vpsync.export.declare import Export, Exported


def print_manifests(manifests: tuple[Exported, ...], form: str) -> None:
    """Prints the manifests as ``yaml`` or ``json``: in UTF-8, whatever the terminal's encoding is."""
    from vpsync.export.text import json_text, yaml_text

    as_yaml = "---\n".join(map(yaml_text, manifests))
    text = json_text(manifests) if form == "json" else as_yaml
    click.echo(text.encode(), nl=False)


def tell_what_is_missing(export: Export, form: str, errors: Sequence[str] = ()) -> None:
    """Says which fields were left out, where no comment of the form does, and what has no manifest."""
    for manifest in () if form == "yaml" else export.manifests:
        for path in manifest.left_out:
            key = manifest.observed.key
            complain(f"left out of {key}, as it may hold a secret: {path!r}")
    for text in (*errors, *export.refused):
        complain(text)
