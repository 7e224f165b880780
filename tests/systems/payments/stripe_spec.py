"""Stripe's own description of its API, as a judge of what we send and of what our double answers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from jsonschema import Draft4Validator, ValidationError  # type: ignore[import-untyped]  # ships no types
from jsonschema.validators import extend  # type: ignore[import-untyped]  # ships no types
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from tests.tools_env import executable

_ROOT = "urn:stripe"


@cache
def spec() -> Any:
    return msgspec.json.decode(executable("stripe-spec").read_bytes())


def _nullable(keyword: str) -> Any:
    """OpenAPI 3.0 says `nullable` where JSON Schema would name null among the types."""
    check = Draft4Validator.VALIDATORS[keyword]

    def judge(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        if instance is not None or not schema.get("nullable"):
            yield from check(validator, value, instance, schema) or ()

    return judge


_Judge = extend(Draft4Validator, {one: _nullable(one) for one in ("type", "enum", "anyOf", "$ref")})


@cache
def _registry() -> Registry[Any]:
    root: Resource[Any] = Resource.from_contents(spec(), default_specification=DRAFT4)
    registry: Registry[Any] = Registry().with_resource(_ROOT, root)
    return registry


def judge(path: str, instance: Any) -> None:
    """Fail unless the value is what the spec has at this JSON pointer."""
    _Judge({"$ref": f"{_ROOT}#{path}"}, registry=_registry()).validate(instance)


def judge_object(name: str, instance: Any) -> None:
    judge(f"/components/schemas/{name}", instance)


def judge_form(path: str, content: str) -> dict[str, Any]:
    """The fields of a POST, if the operation takes them; as the types that it gives them."""
    place = "/requestBody/content/application~1x-www-form-urlencoded/schema"
    escaped = path.replace("~", "~0").replace("/", "~1")
    operation = spec()["paths"][path]["post"]
    schema = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    fields: dict[str, Any] = _typed(_nested(content), schema)
    judge(f"/paths/{escaped}/post{place}", fields)
    return fields


def judge_query(path: str, query: str) -> dict[str, str]:
    """The parameters of a GET, if the operation takes them."""
    given = dict(parse_qsl(query, strict_parsing=bool(query)))
    known = {one["name"] for one in spec()["paths"][path]["get"]["parameters"] if one["in"] == "query"}
    assert {name.partition("[")[0] for name in given} <= known, (path, given)
    return given


def _nested(content: str) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(content, keep_blank_values=True, strict_parsing=bool(content)):
        head, *inner = name.replace("]", "").split("[")
        branch, last = tree, head
        for key in inner:
            branch = branch.setdefault(last, {})
            last = key
        branch[last] = value
    return tree


def _typed(value: Any, schema: dict[str, Any]) -> Any:
    for branch in schema.get("anyOf", ()):
        if isinstance(value, str) == (branch.get("type") == "string"):
            return _typed(value, branch)
    match schema.get("type"):
        case "integer":
            return int(value)
        case "boolean":
            return {"true": True, "false": False}[value]
        case "array":
            return [_typed(value[key], schema["items"]) for key in sorted(value, key=int)]
        case "object":
            known, more = schema.get("properties", {}), schema.get("additionalProperties")
            return {
                name: _typed(inner, known.get(name) or (more if isinstance(more, dict) else {}))
                for name, inner in value.items()
            }
        case _:
            return value


def sample(name: str) -> Any:
    """The smallest object of a kind: what is required, and nothing in it."""
    return _smallest({"$ref": f"#/components/schemas/{name}"})


def _smallest(schema: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return _smallest(spec()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if schema.get("nullable"):
        return None
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return _smallest(schema["anyOf"][0])
    match schema.get("type"):
        case "object":
            return {one: _smallest(schema["properties"][one]) for one in schema.get("required", ())}
        case "array":
            return []
        case "integer" | "number":
            return 0
        case "boolean":
            return False
        case _:
            return "x"
