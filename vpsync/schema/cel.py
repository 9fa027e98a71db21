"""Expressions of the admission policies, in Kubernetes' CEL.

What there is to call: https://kubernetes.io/docs/reference/using-api/cel/, as of Kubernetes 1.30. Functions
cannot be defined there, so what is to be asked of any two names is a text that goes where it is needed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from vpsync.model.resource import GROUP

SPEC_CHANGES = (
    "oldObject == null || object.?spec != oldObject.?spec || object.metadata == oldObject.metadata"
)
"""Whether somebody applies a manifest. Writing only metadata is what vpsync does, and not about the spec."""

INSTRUCTIONS_CHANGE = f"""\
oldObject == null || object.metadata == oldObject.metadata ||
object.metadata.?annotations.orValue({{}}).exists(k, k.startsWith("{GROUP}/") &&
  object.metadata.?annotations[?k] != oldObject.metadata.?annotations[?k])"""
"""Whether somebody applies annotations of vpsync's; finalizers and the annotations of others are none."""

SPEC = "[dyn(object)].map(o, has(o.spec) && o.spec != null, o.spec)"
"""The spec, in a list: none where it is absent."""

SLIPS = """\
{known}.filter(n, {name}.lowerAscii() == n.lowerAscii() || size({name}) + size(n) > 6 &&
  variables.places.exists(i, i <= size(n) && i <= size({name}) && {name}.startsWith(n.substring(0, i)) && (
    size({name}) == size(n) + 1 && {name}.endsWith(n.substring(i)) ||
    size({name}) == size(n) - 1 && {name}.endsWith(n.substring(i + 1)) ||
    size({name}) == size(n) && i < size(n) && {name}.endsWith(n.substring(i + 1)) ||
    size({name}) == size(n) && i + 1 < size(n) && {name}.endsWith(n.substring(i + 2)) &&
      {name}.charAt(i) == n.charAt(i + 1) && {name}.charAt(i + 1) == n.charAt(i))))"""
"""Of some names those that another one is but for a slip: a letter too many, missing or wrong, two swapped.

Names of three letters are all alike, so they do not count. ``variables.places`` are the places in a name.
"""

ALIKE = """\
{known}.filter(n, 10 * 2 * variables.places.filter(i, i + 1 < size(n) &&
  {name}.contains(n.substring(i, i + 2))).size() >= 7 * (size({name}) + size(n) - 2))"""
"""Of some names those that have seven tenths of their pairs of letters in common with another one."""

NEAREST = f"[{SLIPS}].map(s, s.size() > 0 ? s : {ALIKE})[0]"
"""Of some names those that another one was probably meant to be."""

DID_YOU_MEAN = """"; did you mean " + s.map(n, "'" + n + "'").join(" or ") + "?\""""

NOT_KNOWN = f"""\
variables.levels.map(l, l.maps.map(o, o != null, o.map(k, !(k in l.known),
  [{NEAREST.format(name="k", known="l.known")}].map(s, s.size() > 0 ? {DID_YOU_MEAN} :
    k in variables.elsewhere ? "; it belongs to " + variables.elsewhere[k] + "." : "")
  .map(t, t == "" ? "" : l.path + "." + k + " is not a known field" + t)[0])
  .filter(t, t != "").join(" ")).filter(t, t != "").join(" ")).filter(t, t != "").join(" ")"""
"""What is said of unknown fields that were probably meant to be others; empty where there are none.

``variables.levels`` are the places where fields are listed, each with its path, the maps there and the known
names; ``variables.elsewhere`` says where a name belongs that has one place.
"""

NOT_AN_ANNOTATION = f"""\
[dyn(object).metadata].map(o, has(o.annotations), o.annotations).map(o, o
  .map(k, k.startsWith("{GROUP}/"), k.substring({len(GROUP) + 1}))
  .filter(k, !(k in variables.known || k in variables.leftovers || k.startsWith("v1beta")))
  .map(k, [{NEAREST.format(name="k", known="variables.known")}]
    .map(s, "{GROUP}/" + k + " is not a known annotation here" + (s.size() > 0 ? {DID_YOU_MEAN} : "."))[0])
  .join(" ")).join(" ")"""
"""What is said of annotations with our prefix that mean nothing; empty where there are none.

``variables.known`` are the names of those that mean something to the kind, ``variables.leftovers`` of those
that nobody declares.
"""

NOT_IN_SET = f"""\
variables.sets.map(l, l.given.filter(v, !l.values.exists(n, n.lowerAscii() == v.lowerAscii()))
  .map(v, [l.upper ? v.upperAscii() : v.lowerAscii()]
    .map(u, {SLIPS.format(name="u", known="l.values")})
    .map(s, l.path + ": '" + v + "' " + l.words + (s.size() > 0 ? {DID_YOU_MEAN} : "."))[0])
  .join(" ")).filter(t, t != "").join(" ")"""
"""What is said of values that VVP does not have, in any case; empty where there are none.

``variables.sets`` are the fields with closed sets, each with its path, the values given there, those of the
set, whether they are in upper case, and the words for others.
"""


def text(value: str) -> str:
    """A literal text."""
    return json.dumps(value)


def texts(values: Iterable[str]) -> str:
    """A literal list of texts."""
    return f"[{', '.join(map(text, values))}]"


def listing(names: Mapping[str, Iterable[str]]) -> str:
    """A literal map of texts to lists of texts, a list a line."""
    lines = (f"  {text(key)}: {texts(values)}" for key, values in names.items())
    return "{\n" + ",\n".join(lines) + "\n}"


def mapped(expressions: Mapping[str, str]) -> str:
    """A map of texts to what expressions give, which need not be of one type."""
    members = (f"{text(key)}: dyn({expression})" for key, expression in expressions.items())
    return f"{{{', '.join(members)}}}"


def listed(expressions: Iterable[str]) -> str:
    """A list, an expression a line."""
    return "[\n" + ",\n".join(f"  {expression}" for expression in expressions) + "\n]"


def member(maps: str, key: str) -> str:
    """That member of each of some maps that has it."""
    return f"{maps}.map(o, o != null && has(o.{key}) && o.{key} != null, o.{key})"


def items(maps: str, key: str) -> str:
    """The items of a list that is a member of at most one map."""
    return f"({member(maps, key)} + [[]])[0]"
