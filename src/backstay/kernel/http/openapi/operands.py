"""What an operation takes beside its body, as OpenAPI writes it."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import NODEFAULT

from backstay.kernel.database import MAX_LIMIT, MAX_SORTS, Listing
from backstay.kernel.http.conversion import WHOLE
from backstay.kernel.http.endpoint import Endpoint
from backstay.kernel.http.lists import CURSOR_PATTERN, DEFAULT_LIMIT, MAX_CURSOR
from backstay.kernel.http.openapi.schemas import Components
from backstay.kernel.http.parameters import Parameter
from backstay.kernel.http.surround import HeaderTaken


def parameters_of(endpoint: Endpoint, components: Components) -> list[dict[str, Any]]:
    """The parameter objects of an operation: its own, its list's, `If-Match`, its surrounds'."""
    signature = endpoint.signature
    written = [_parameter(parameter, components) for parameter in signature.parameters]
    listing = endpoint.route.options.get("listing")
    if listing is not None:
        written += _list_parameters(listing, components)
    if signature.if_match is not None:
        written.append(
            {
                "name": "If-Match",
                "in": "header",
                "required": not signature.if_match[1],
                "description": "The `ETag` of the version that this change is based on.",
                "schema": {"type": "string", "pattern": '^"[0-9]{1,18}"$', "examples": ['"1"']},
            }
        )
    return written + [_header(header) for surround in endpoint.moments.all for header in surround.takes]


def _header(header: HeaderTaken) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": header.max_length}
    if header.pattern is not None:
        schema["pattern"] = header.pattern
    return {
        "name": header.name,
        "in": "header",
        "required": header.required,
        "description": header.description,
        "schema": schema,
    }


def _parameter(parameter: Parameter, components: Components) -> dict[str, Any]:
    schema = components.schema(parameter.kind)
    made: dict[str, Any] = {"name": parameter.wire_name, "in": parameter.place}
    made["required"] = parameter.default is NODEFAULT
    if "description" in schema:
        schema = dict(schema)
        made["description"] = schema.pop("description")
    if parameter.default not in {NODEFAULT, None}:
        schema = {**schema, "default": msgspec.to_builtins(parameter.default)}
    made["schema"] = _bounded(schema)
    return made


def _bounded(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter's whole number must fit into 64 bits.

    Said as limits, for the format `int64` makes some generated clients take big integers.
    """
    if schema.get("type") != "integer" or "enum" in schema:
        return schema
    limits = {}
    if not schema.keys() & {"minimum", "exclusiveMinimum"}:
        limits["minimum"] = -WHOLE
    if not schema.keys() & {"maximum", "exclusiveMaximum"}:
        limits["maximum"] = WHOLE - 1
    return {**schema, **limits}


def _list_parameters(listing: Listing[Any], components: Components) -> list[dict[str, Any]]:
    sorts = [form for name in listing.sorts for form in (name, f"-{name}")]
    written: list[dict[str, Any]] = [
        {
            "name": "limit",
            "in": "query",
            "required": False,
            "description": "Items a page.",
            "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        },
        {
            "name": "cursor",
            "in": "query",
            "required": False,
            "description": "`next_cursor` or `previous_cursor` of an earlier page of the same list.",
            "schema": {"type": "string", "minLength": 1, "maxLength": MAX_CURSOR, "pattern": CURSOR_PATTERN},
        },
    ]
    if sorts:
        written.append(
            {
                "name": "sort",
                "in": "query",
                "required": False,
                "style": "form",
                "explode": False,
                "description": "Sort keys, `-` in front for descending; "
                f"`{','.join(listing.default)}` when absent.",
                "schema": {
                    "type": "array",
                    "items": {"type": "string", "enum": sorts},
                    "minItems": 1,
                    "maxItems": MAX_SORTS,
                },
            }
        )
    for name, chosen in listing.filters.items():
        made = {
            "name": name,
            "in": "query",
            "required": False,
            "schema": _bounded(components.schema(chosen.type)),
        }
        if chosen.description:
            made["description"] = chosen.description
        written.append(made)
    return written
