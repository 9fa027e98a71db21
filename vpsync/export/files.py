"""One file per manifest: ``<directory>/<VVP namespace>/<kind>-<name>.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from vpsync.errors import SettingsError
from vpsync.export.declare import Exported
from vpsync.export.text import yaml_text


def files_of(manifests: tuple[Exported, ...], directory: Path) -> dict[Path, str]:
    """The texts by path; names hold lower-case letters, digits, ``-`` and ``.`` only."""
    return {directory / _place(exported): yaml_text(exported) for exported in manifests}


def write_files(files: Mapping[Path, str], *, force: bool) -> list[Path]:
    """Writes what is not there yet, and returns the paths of that.

    A file that holds something else stops the whole export before its first write, unless forced.
    """
    changed = [path for path, text in files.items() if _holds(path) != text.encode()]
    standing = [path for path in changed if path.exists()]
    if standing and not force:
        more = f" and {len(standing) - 1} more" if len(standing) > 1 else ""
        raise SettingsError(f"{standing[0]}{more} would be overwritten; --force does that")
    try:
        for path in changed:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files[path].encode())
    except OSError as error:
        raise SettingsError(f"{error.filename}: {error.strerror}") from error
    return changed


def _holds(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if path.is_file() else None
    except OSError:
        return None


def _place(exported: Exported) -> Path:
    kind, name = exported.document["kind"], exported.document["metadata"]["name"]
    # Resources of the same name in two Kubernetes namespaces are two files.
    home = exported.document["metadata"].get("namespace")
    stem = f"{str(kind).lower()}-{name}" + (f".{home}" if home else "")
    return Path(exported.observed.key.namespace) / f"{stem}.yaml"
