"""YAML on the wire: what the Application Manager takes and gives beside JSON.

Read as the vendor's JSON library reads YAML: mappings have text keys; plain `true`, `null`, `12` and
`1.5` are typed, everything else (`yes`, `0777`, `1e3`, dates) is text. Aliases are refused, as are
documents that are nested too deeply and a second document.
"""

import re
from typing import Any

import yaml

from vpsync.sandbox.jsontext import WrittenNumber

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
"""Text that no reader of YAML takes for a number."""


class _Reader(yaml.SafeLoader):
    """Composes nodes whose plain scalars are typed as in JSON."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """The next node; an alias is an error."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not supported")
        return super().compose_node(parent, index)


class _Writer(yaml.SafeDumper):
    """Quotes every text that some reader could take for something else."""


def _text_node(writer: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if _PLAIN.fullmatch(text) else '"'
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style)


_Reader.yaml_implicit_resolvers = {}
for _kind, _form in {
    "bool": r"true|True|TRUE|false|False|FALSE",
    "null": r"~|null|Null|NULL|",
    "int": r"[-+]?(?:0|[1-9][0-9]*)",
    "float": r"[-+]?[0-9]+\.[0-9]*(?:[eE][-+]?[0-9]+)?",
}.items():
    _Reader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(f"(?:{_form})$"), None)
_Writer.add_representer(str, _text_node)


def dumps(value: Any) -> bytes:
    """The YAML text of a JSON value in UTF-8, members in their order."""
    text: str = yaml.dump(value, Dumper=_Writer, sort_keys=False, allow_unicode=True)
    return text.encode("utf-8", "replace")


def loads(text: bytes, *, as_written: bool = False) -> Any:
    """The value of a YAML text with one document; None for an empty one.

    Numbers that are not whole keep their text if `as_written`.

    Raises:
        ValueError: the bytes are not UTF-8 or not YAML, use aliases, or are nested too deeply.
    """
    try:
        node = yaml.compose(text.decode("utf-8"), Loader=_Reader)
        number = WrittenNumber if as_written else float
        return None if node is None else _value(node, number)
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from None
    except RecursionError:
        raise ValueError("the document is nested too deeply") from None


def _value(node: yaml.Node, number: type[float]) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _value(own, number) for key, own in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_value(own, number) for own in node.value]
    kind, text = node.tag.rpartition(":")[2], str(node.value)
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind == "int":
        return int(text)
    return number(text) if kind == "float" else text
