"""The words for what a JSON schema finds wrong with a manifest.

`jsonschema` walks the schema; the sentences are our own, as its own repeat the value at
fault, and that may be a secret. A schema may give its own sentence for a keyword, in the
members that editors read too (vscode-json-languageservice and yaml-language-server):
``patternErrorMessage`` for ``pattern``, ``errorMessage`` for ``not``, ``anyOf`` and
``propertyNames``.

Importing `jsonschema` takes about 0.1 seconds, so this module is imported only once a
manifest is known to be invalid.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from vpsync.model.finding import Finding
from vpsync.model.json import pointer

Schema = Mapping[str, Any]
Errors = Iterator[ValidationError]

TYPE_WORDS = {
    "array": "a list",
    "boolean": "a boolean",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "a map",
    "string": "a string",
}


def worded(schema: Schema, manifest: Mapping[str, Any]) -> tuple[Finding, ...]:
    """All that `schema` finds wrong in `manifest`, each once, sorted by path.

    The answer is empty for what is valid.
    """
    errors: Errors = _WordingValidator(schema).iter_errors(manifest)
    findings = {Finding(pointer(tuple(error.absolute_path)), _message(error)) for error in errors}
    return tuple(sorted(findings))


def _message(error: ValidationError) -> str:
    if error.validator in _KEYWORDS:
        return str(error.message)
    return f"does not satisfy {error.validator!r} of the schema"


def _type(validator: Any, types: str | list[str], instance: Any, _schema: Schema) -> Errors:
    allowed = [types] if isinstance(types, str) else types
    if any(validator.is_type(instance, name) for name in allowed):
        return
    yield ValidationError(_type_message([name for name in allowed if name != "null"], instance))


def _type_message(allowed: list[str], instance: Any) -> str:
    if instance is None:
        return "is required and must not be null"
    wanted = _choice([TYPE_WORDS[name] for name in allowed])
    if "integer" in allowed and isinstance(instance, float):
        return f"must be {wanted}, not a fraction"
    quote = allowed == ["string"] and isinstance(instance, bool | int | float)
    return f"must be {wanted}, not {_type_word(instance)}" + (": put it in quotes" if quote else "")


def _choice(words: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _type_word(instance: Any) -> str:
    match instance:
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
        case dict():
            return "a map"
        case _:
            return "a value that JSON does not know"


def _required(validator: Any, names: list[str], instance: Any, _schema: Schema) -> Errors:
    if validator.is_type(instance, "object"):
        for name in names:
            if name not in instance:
                yield ValidationError("is required", path=[name])


def _enum(_validator: Any, values: list[Any], instance: Any, _schema: Schema) -> Errors:
    if instance not in values:
        choice = ", ".join(map(str, values))
        yield ValidationError(
            f"must be one of {choice}" if len(values) > 1 else f"must be {choice}"
        )


def _const(_validator: Any, value: Any, instance: Any, _schema: Schema) -> Errors:
    if instance != value:
        yield ValidationError(f"must be {value}")


def _pattern(_validator: Any, pattern: str, instance: Any, schema: Schema) -> Errors:
    # In JSON schema `$` is the end of the text; in Python it also matches before a last newline.
    strict = re.sub(r"\$$", r"\\Z", pattern)
    if isinstance(instance, str) and not re.search(strict, instance):
        fallback = f"must match the pattern {pattern}"
        yield ValidationError(schema.get("patternErrorMessage", fallback))


def _minimum(validator: Any, least: float, instance: Any, _schema: Schema) -> Errors:
    if validator.is_type(instance, "number") and not instance >= least:
        yield ValidationError(f"must be at least {least}")


def _min_length(validator: Any, least: int, instance: Any, _schema: Schema) -> Errors:
    if validator.is_type(instance, "string") and len(instance) < least:
        wanted = "not be empty" if least == 1 else f"have at least {least} characters"
        yield ValidationError(f"must {wanted}")


def _max_length(validator: Any, most: int, instance: Any, _schema: Schema) -> Errors:
    if validator.is_type(instance, "string") and len(instance) > most:
        yield ValidationError(f"must have at most {most} characters")


def _property_names(validator: Any, rule: Schema, instance: Any, _schema: Schema) -> Errors:
    if validator.is_type(instance, "object"):
        message = rule.get("errorMessage", "is not a valid name here")
        for name in instance:
            if not validator.evolve(schema=rule).is_valid(name):
                yield ValidationError(message, path=[name])


def _any_of(validator: Any, choices: list[Schema], instance: Any, schema: Schema) -> Errors:
    if not any(validator.evolve(schema=choice).is_valid(instance) for choice in choices):
        yield ValidationError(schema.get("errorMessage", "fits none of the allowed forms"))


def _not(validator: Any, excluded: Schema, instance: Any, schema: Schema) -> Errors:
    if validator.evolve(schema=excluded).is_valid(instance):
        yield ValidationError(schema.get("errorMessage", "has a form that is not allowed"))


_KEYWORDS = {
    "anyOf": _any_of,
    "const": _const,
    "enum": _enum,
    "maxLength": _max_length,
    "minLength": _min_length,
    "minimum": _minimum,
    "not": _not,
    "pattern": _pattern,
    "propertyNames": _property_names,
    "required": _required,
    "type": _type,
}

_WordingValidator: Any = extend(Draft202012Validator, _KEYWORDS)  # type: ignore[no-untyped-call]
