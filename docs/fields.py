"""Writes ``docs/field-mapping.md`` from ``docs/fields.yaml`` and the rules of each kind.

``python -m docs.fields`` writes it anew; a test holds the page against it, and each row against a VVP.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

import yaml

from vpsync.kinds import BY_NAME, KINDS
from vpsync.kinds.kind import Kind
from vpsync.model.json import Path, path_from_pointer, pointer

DATA = FilePath(__file__).with_name("fields.yaml")
PAGE = FilePath(__file__).with_name("field-mapping.md")

HEADER = """\
# Field mapping

<!-- Made by `python -m docs.fields` from docs/fields.yaml and the rules of the kinds; change those. -->

What VVP gets of each field of a manifest. Fields are JSON pointers into the resource's `spec`; VVP's are JSON
pointers into its object, as in [`ignore-fields`](annotations.md). `*` stands for any key of a map.

* **Only declared fields are sent and compared.** What VVP fills in from its defaults is no difference.
  `false`, `0` and empty lists and maps are sent.
* **No longer declared**: `removed` fields are removed from VVP. `kept` fields keep their value there
  and are no longer compared; `vpsync diff` says so. What was declared before is recorded on the VVP object.
* **Fields that are not in this list** are sent as they are, because VVP may be newer than the list.
  `vpsync validate --strict` names them.
* **`null` means absent**, everywhere.
"""


@dataclass(frozen=True)
class Row:
    """One field: where it stands in a manifest, and what VVP gets of it."""

    kind: Kind
    written: str
    example: Any
    vvp: Path | None
    """None where nothing of it can be seen in VVP."""
    sent: Any
    gone: str
    beside: Mapping[str, Any] = field(default_factory=dict)
    remark: str = ""

    @property
    def path(self) -> Path:
        """Where it stands in the resource's ``spec``."""
        return path_from_pointer(self.written.replace("/*", "/"))

    @property
    def shown(self) -> str:
        """The pointer that is shown: ``*`` for a key of a map."""
        return _starred(self.written)


def rows() -> dict[str, list[Row]]:
    """The rows of the page by kind."""
    return {name: [_row(name, one) for one in held["fields"]] for name, held in _data().items()}


def manifests() -> dict[str, dict[str, Any]]:
    """The manifest of each kind that a field is added to."""
    return {name: held["manifest"] for name, held in _data().items()}


def page() -> str:
    """The whole page."""
    return "\n".join((HEADER, *_sections()))


def _data() -> dict[str, Any]:
    held: dict[str, Any] = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    return held


def _row(name: str, held: Mapping[str, Any]) -> Row:
    kind, written = BY_NAME[name], held["field"]
    target = held.get("vvp", written)
    vvp = path_from_pointer(target.replace("/*", "/")) if target else None
    gone = held.get("gone") or _gone(kind, vvp)
    return Row(kind, written, held["example"], vvp, held.get("sent", held["example"]), gone,
               held.get("with", {}), held.get("remark", ""))  # fmt: skip


def _gone(kind: Kind, vvp: Path | None) -> str:
    if vvp is None:
        return ""
    return "removed" if kind.removable(vvp) else "kept"


def _sections() -> Iterator[str]:
    data, tables = _data(), rows()
    for kind in KINDS:
        yield f"## {kind.name}\n\n{data[kind.name]['about']}\n"
        yield "| Manifest | Example | VVP | VVP gets | No longer declared | Remark |"
        yield "| --- | --- | --- | --- | --- | --- |"
        yield from (f"| {' | '.join(_cells(row))} |" for row in tables[kind.name])
        yield ""


def _cells(row: Row) -> Iterator[str]:
    yield f"`{row.shown}`"
    yield _value(row.example)
    if row.vvp is None:
        yield from ("nothing", "")
    else:
        same = row.vvp == row.path
        yield f"`{row.shown if same else pointer(row.vvp)}`"
        yield "the same" if row.sent == row.example else _value(row.sent)
    yield row.gone
    yield row.remark


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    quoted = isinstance(value, str) and text in ("true", "1.15", "1.5")
    return f"`{json.dumps(text) if quoted else text}`".replace("|", "\\|")


def _starred(written: str) -> str:
    head, star, _key = written.partition("/*")
    return f"{head}/*" if star else written


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
