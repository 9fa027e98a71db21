"""One file per manifest: ``<directory>/<VVP namespace>/<kind>-<name>.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from vpsync.errors import SettingsError
from vpsync.export.declare import Exported
from vpsync.export.text import yaml_text
from vpsync.kinds.kind import SHORT_NAME
from vpsync.model.phrases import listed
from vpsync.render.files import replace_file


def files_of(manifests: tuple[Exported, ...], directory: Path) -> dict[Path, str]:
    """The texts by path; names hold lower-case letters, digits, ``-`` and ``.`` only."""
    return {directory / _path(exported): yaml_text(exported) for exported in manifests}


def write_files(files: Mapping[Path, str], *, force: bool) -> list[Path]:
    """Writes what is not there yet, and returns the paths of that.

    A file that holds something else stops the whole export before its first write, unless forced.
    """
    changed = [path for path, text in files.items() if _holds(path) != text.encode()]
    standing = [str(path) for path in changed if path.exists() or path.is_symlink()]
    if standing and not force:
        raise SettingsError(f"{listed(standing, 1)} would be overwritten; --force does that")
    for path in changed:
        if path.parent.is_symlink():
            raise SettingsError(f"{path.parent} is a link; name the directory itself")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, files[path])
        except OSError as error:
            raise SettingsError(f"{path}: {error.strerror}") from error
    return changed


def _holds(path: Path) -> bytes | None:
    """What a file of its own holds; None where there is none, or a link."""
    try:
        return path.read_bytes() if path.is_file() and not path.is_symlink() else None
    except OSError:
        return None


def _path(exported: Exported) -> Path:
    home = exported.observed.key.namespace
    if not SHORT_NAME.fullmatch(home):
        raise SettingsError(f"the VVP namespace {home!r} has a name that no directory is given")
    kind, name = exported.document["kind"], exported.document["metadata"]["name"]
    # Resources of the same name in two Kubernetes namespaces are two files.
    namespace = exported.document["metadata"].get("namespace")
    stem = f"{str(kind).lower()}-{name}" + (f".{namespace}" if namespace else "")
    return Path(home) / f"{stem}.yaml"
