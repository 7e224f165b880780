"""Examples for the API's description, made up from the schemas where nobody wrote one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_TEXTS: Final = {
    "date-time": "2026-01-31T12:00:00Z",
    "date": "2026-01-31",
    "time": "12:00:00",
    "duration": "PT15M",
    "uuid": "01983a52-7c3e-7b1a-9f0e-3d9f5a6b7c8d",
    "decimal": "12.50",
}
_DEPTH: Final = 6


class NoExample(Exception):
    """The schema says too little to make up a value that it takes."""


def example_of(schema: Mapping[str, Any], components: Mapping[str, Any], depth: int = 0) -> Any:  # noqa: PLR0911 - one line a kind of schema
    """A value that the schema takes.

    Raises:
        NoExample: there is a pattern without an example beside it, or the type holds itself for ever.
    """
    if depth > _DEPTH:
        raise NoExample
    if schema.get("examples"):
        return schema["examples"][0]
    if "$ref" in schema:
        return example_of(components[schema["$ref"].rpartition("/")[2]], components, depth + 1)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for many in ("oneOf", "anyOf"):
        if many in schema:
            return example_of(schema[many][0], components, depth + 1)
    match schema.get("type"):
        case "object":
            return _object(schema, components, depth)
        case "array":
            return _array(schema, components, depth)
        case "string":
            return _text(schema)
        case "integer" | "number":
            return _number(schema)
        case "boolean":
            return True
        case "null":
            return None
        case _:
            # Anything goes. An object, because RapiDoc cannot show null where the schema says nothing.
            return {}


def _object(schema: Mapping[str, Any], components: Mapping[str, Any], depth: int) -> dict[str, Any]:
    made: dict[str, Any] = {}
    required = schema.get("required", ())
    for name, inner in schema.get("properties", {}).items():
        try:
            made[name] = example_of(inner, components, depth + 1)
        except NoExample:
            if name in required:
                raise
    return made


def _array(schema: Mapping[str, Any], components: Mapping[str, Any], depth: int) -> list[Any]:
    if "prefixItems" in schema:
        return [example_of(item, components, depth + 1) for item in schema["prefixItems"]]
    try:
        return [example_of(schema.get("items", {}), components, depth + 1)] * max(
            1, schema.get("minItems", 1)
        )
    except NoExample:
        if schema.get("minItems"):
            raise
        return []


def _text(schema: Mapping[str, Any]) -> str:
    if "pattern" in schema:
        raise NoExample
    text = _TEXTS.get(schema.get("format", ""), "text")
    return text.ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength")]


def _number(schema: Mapping[str, Any]) -> Any:
    step = schema.get("multipleOf", 1)
    low = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    value = max(step, low if "minimum" in schema else low + step)
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if high is not None and value > high:
        return float(high) if schema.get("type") == "number" else int(high)
    return value
