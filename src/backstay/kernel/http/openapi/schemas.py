"""Python types as JSON Schema 2020-12, the way OpenAPI 3.1 writes it.

Descriptions come from where the house writes them: a struct's docstring, and the text
under each of its fields.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Struct
from msgspec import inspect as types

JsonSchema = dict[str, Any]

_SIMPLE: Final[Mapping[type[types.Type], JsonSchema]] = {
    types.AnyType: {},
    types.RawType: {},
    types.NoneType: {"type": "null"},
    types.BoolType: {"type": "boolean"},
    types.DateType: {"type": "string", "format": "date"},
    types.DateTimeType: {"type": "string", "format": "date-time"},
    types.TimeType: {"type": "string", "format": "time"},
    types.TimeDeltaType: {"type": "string", "format": "duration"},
    types.UUIDType: {"type": "string", "format": "uuid"},
    types.DecimalType: {"type": "string", "format": "decimal"},
}
_NUMBER_LIMITS: Final = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "multiple_of": "multipleOf",
}
_TEXT_LIMITS: Final = {"min_length": "minLength", "max_length": "maxLength", "pattern": "pattern"}
_ARRAY_LIMITS: Final = {"min_length": "minItems", "max_length": "maxItems"}
_OBJECT_LIMITS: Final = {"min_length": "minProperties", "max_length": "maxProperties"}
_SHAPE: Final = frozenset({"contracts", "engines", "errors", "http", "jobs", "queries", "service", "tables"})
"""Packages that lie in many modules, so that their name tells no module from another."""


class Components:
    """The named schemas of one document, collected while its operations are written."""

    def __init__(self) -> None:
        self._keys: list[Any] = []
        """The types, each at the number by which references name it until all are known."""
        self._schemas: dict[Any, JsonSchema] = {}

    def schema(self, kind: Any) -> JsonSchema:
        """The schema of a type; structs and enums become references."""
        if kind is None or kind is type(None):
            return {"type": "null"}
        return self._of(types.type_info(kind))

    def finish(self, tree: Any) -> tuple[Any, dict[str, JsonSchema]]:
        """Give every component its name; the tree with its references so named, and the components.

        Two types of one name in different modules both get their module's name in front; where that
        does not tell them apart either, all the packages that they lie in.
        """
        by_name: dict[str, list[Any]] = defaultdict(list)
        for key in self._keys:
            by_name[_name(key)].append(key)
        names = [f"{_before(key, by_name[_name(key)])}{_name(key)}" for key in self._keys]
        targets = {_pending(number): f"#/components/schemas/{name}" for number, name in enumerate(names)}
        named = {
            name: _entitled(name, _renamed(self._schemas[key], targets))
            for name, key in zip(names, self._keys, strict=True)
        }
        return _renamed(tree, targets), dict(sorted(named.items()))

    def _of(self, info: types.Type) -> JsonSchema:  # noqa: PLR0911 - one line a kind of type
        match info:
            case types.Metadata():
                return {**self._of(info.type), **(info.extra_json_schema or {})}
            case types.IntType() | types.FloatType():
                kind = "integer" if isinstance(info, types.IntType) else "number"
                return {"type": kind, **_limits(info, _NUMBER_LIMITS)}
            case types.StrType():
                return {"type": "string", **_limits(info, _TEXT_LIMITS)}
            case types.BytesType() | types.ByteArrayType() | types.MemoryViewType():
                return {"type": "string", "contentEncoding": "base64"}
            case types.LiteralType():
                return _choice(info.values)
            case types.EnumType():
                return self._component(info.cls, lambda: _choice([member.value for member in info.cls]))
            case types.ListType() | types.VarTupleType():
                return {"type": "array", "items": self._of(info.item_type), **_limits(info, _ARRAY_LIMITS)}
            case types.SetType() | types.FrozenSetType():
                items = self._of(info.item_type)
                return {"type": "array", "items": items, "uniqueItems": True, **_limits(info, _ARRAY_LIMITS)}
            case types.TupleType():
                fixed = [self._of(item) for item in info.item_types]
                return {"type": "array", "prefixItems": fixed, "minItems": len(fixed), "maxItems": len(fixed)}
            case types.DictType():
                keys, values = self._of(info.key_type), self._of(info.value_type)
                names = {} if keys in ({}, {"type": "string"}) else {"propertyNames": keys}
                return {
                    "type": "object",
                    **names,
                    "additionalProperties": values,
                    **_limits(info, _OBJECT_LIMITS),
                }
            case types.UnionType():
                return self._union(info)
            case types.StructType():
                return self._component(info.cls, lambda: self._struct(info))
            case _:
                return dict(_SIMPLE.get(type(info), {}))

    def _component(self, key: Any, make: Any) -> JsonSchema:
        if key not in self._schemas:
            # Known before it is written, so that a type may hold itself.
            self._keys.append(key)
            self._schemas[key] = {}
            self._schemas[key].update(make())
        return {"$ref": _pending(self._keys.index(key))}

    def _struct(self, info: types.StructType) -> JsonSchema:
        described = field_descriptions(_origin(info.cls))
        properties: dict[str, JsonSchema] = {}
        required = []
        for field in info.fields:
            schema = self._of(field.type)
            # What is sent needs only what has no default; what is answered always has every field.
            if field.required or not (info.forbid_unknown_fields or _may_be_unset(field)):
                required.append(field.encode_name)
            if field.name in described and "description" not in schema:
                schema = {**schema, "description": described[field.name]}
            if info.forbid_unknown_fields and field.default not in {NODEFAULT, msgspec.UNSET}:
                schema = {**schema, "default": msgspec.to_builtins(field.default)}
            properties[field.encode_name] = schema
        if info.tag_field is not None:
            properties = {info.tag_field: {"const": info.tag}, **properties}
            required = [info.tag_field, *required]
        made: JsonSchema = {"type": "object", "title": _name(info.cls), "properties": properties}
        documentation = vars(_origin(info.cls)).get("__doc__")
        if documentation:
            made["description"] = inspect.cleandoc(documentation)
        if required:
            made["required"] = required
        if info.forbid_unknown_fields:
            made["additionalProperties"] = False
        return made

    def _union(self, info: types.UnionType) -> JsonSchema:
        members = [member for member in info.types if not isinstance(member, types.CustomType)]
        options = [self._of(member) for member in members]
        if len(options) == 1:
            return options[0]
        tags = [member for member in members if isinstance(member, types.StructType) and member.tag_field]
        if len(tags) == len(members):
            # Without a mapping the values would be the components' names (OpenAPI 3.1.1, 4.8.25).
            mapping = {str(tag.tag): option["$ref"] for tag, option in zip(tags, options, strict=True)}
            return {
                "oneOf": options,
                "discriminator": {"propertyName": tags[0].tag_field, "mapping": mapping},
            }
        return {"anyOf": options}


def _entitled(name: str, schema: JsonSchema) -> JsonSchema:
    """By its own name: makers of clients take the title for the name of a type, and namesakes would clash."""
    return {**schema, "title": name} if "title" in schema else schema


def _pending(number: int) -> str:
    return f"#{number}"


def _renamed(tree: Any, targets: Mapping[str, str]) -> Any:
    if isinstance(tree, dict):
        return {key: _renamed_in(key, value, targets) for key, value in tree.items()}
    return [_renamed(value, targets) for value in tree] if isinstance(tree, list) else tree


def _renamed_in(key: str, value: Any, targets: Mapping[str, str]) -> Any:
    if key == "$ref" and value in targets:
        return targets[value]
    # A field of this name would hold a schema, which has no such key.
    if key == "discriminator" and isinstance(value, dict) and "propertyName" in value:
        return {**value, "mapping": {tag: targets[one] for tag, one in value["mapping"].items()}}
    return _renamed(value, targets)


def _may_be_unset(field: types.Field) -> bool:
    # `type_info` leaves UNSET out of unions and of defaults, so what is left is a default that is none.
    return not field.required and field.default is NODEFAULT and field.default_factory is NODEFAULT


def _limits(info: types.Type, names: Mapping[str, str]) -> JsonSchema:
    return {
        written: limit for name, written in names.items() if (limit := getattr(info, name, None)) is not None
    }


def _choice(values: Sequence[Any]) -> JsonSchema:
    kinds = {str: "string", int: "integer"}
    used = {kinds[type(value)] for value in values if type(value) in kinds}
    return {"type": used.pop(), "enum": list(values)} if len(used) == 1 else {"enum": list(values)}


def _name(kind: Any) -> str:
    """`Note`, and `NotePage` for `Page[Note]`."""
    filled = "".join(_name(argument) for argument in get_args(kind) if isinstance(argument, type))
    return f"{filled}{_origin(kind).__name__}"


def _origin(kind: Any) -> type:
    """The class of a struct that may be a generic one filled in."""
    origin: type = get_origin(kind) or kind
    return origin


def _before(kind: Any, namesakes: Sequence[Any]) -> str:
    """What goes before the name of a type to tell it from its namesakes; nothing where it has none."""
    if len(namesakes) == 1:
        return ""
    for home in (_folder, _module):
        if len({home(one) for one in namesakes}) == len(namesakes):
            return home(kind)
    return _titled(_packages(kind))


def _folder(kind: Any) -> str:
    return _titled(_packages(kind)[-1:])


def _module(kind: Any) -> str:
    return _titled([part for part in _packages(kind) if part not in _SHAPE][-1:])


def _packages(kind: Any) -> list[str]:
    *packages, file = _origin(kind).__module__.split(".")
    return packages or [file]


def _titled(parts: Sequence[str]) -> str:
    return "".join(part.title().replace("_", "") for part in parts)


@lru_cache(1024)
def field_descriptions(struct: type) -> Mapping[str, str]:
    """The text written under each field of a class, its bases included; none where there is no source."""
    found: dict[str, str] = {}
    for layer in reversed(struct.__mro__):
        if layer is Struct or not issubclass(layer, Struct):
            continue
        try:
            (tree,) = ast.parse(textwrap.dedent(inspect.getsource(layer))).body
        except (OSError, TypeError, SyntaxError, ValueError):
            continue
        body = tree.body if isinstance(tree, ast.ClassDef) else []
        for statement, below in pairwise(body):
            if (
                isinstance(statement, ast.AnnAssign)
                and isinstance(statement.target, ast.Name)
                and isinstance(below, ast.Expr)
                and isinstance(below.value, ast.Constant)
                and isinstance(below.value.value, str)
            ):
                found[statement.target.id] = inspect.cleandoc(below.value.value)
    return found
