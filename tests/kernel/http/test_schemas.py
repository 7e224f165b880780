"""Types as schemas, examples made up from them, and the pages that show them."""

from __future__ import annotations

import datetime as dt
import decimal
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

import msgspec
import pytest
from msgspec import Meta, Struct, UnsetType, field
from openapi_spec_validator import OpenAPIV31SpecValidator

from backstay.kernel.actor import Actor
from backstay.kernel.http import (
    Controller,
    FromPath,
    FromQuery,
    JSONBody,
    Payload,
    Request,
    Response,
    get,
    post,
)
from backstay.kernel.http.openapi import software_version
from backstay.kernel.http.openapi.examples import NoExample, example_of
from backstay.kernel.http.openapi.schemas import Components, field_descriptions
from backstay.kernel.module import Module
from tests.kernel.http import shelf
from tests.kernel.http.conftest import Harness, Opener


class Left(Struct, tag="left", forbid_unknown_fields=True):
    """One side."""

    at: dt.datetime


class Right(Struct, tag="right", forbid_unknown_fields=True):
    """The other."""

    length: dt.timedelta


class Note(Struct, forbid_unknown_fields=True):
    """A note of one kind."""

    text: str


class Kitchen(Payload, frozen=True):
    """Everything that a schema can be."""

    one: Left | Right
    maybe: Annotated[int, Meta(gt=1, lt=5, description="Between.")] | None = None
    price: decimal.Decimal = decimal.Decimal("1.50")
    day: dt.date | UnsetType = msgspec.UNSET
    hour: dt.time | None = None
    blob: bytes = b""
    words: set[Literal["a", "b"]] = field(default_factory=set)
    pair: tuple[int, str] = (1, "x")
    table: Annotated[dict[str, float], Meta(max_length=3)] = field(default_factory=dict)
    keyed: dict[Annotated[str, Meta(pattern="^[A-Z]$")], int] = field(default_factory=dict)
    self: list[Kitchen] = field(default_factory=list)
    code: Annotated[str, Meta(pattern="^[A-Z]$")] = "A"
    mixed: Literal["a", 1] = 1
    anything: Any = None
    nested: Note | None = None


class Kitchens(Controller):
    """Shows schemas."""

    path: ClassVar[str] = "/kitchens"
    name: ClassVar[str] = "old"

    @post(public=True, example=Note("hi"))
    async def cook(
        self, data: JSONBody[Kitchen], actor: Actor | None, much: FromQuery[int | None] = None
    ) -> Note:
        return Note("x")

    @get("/{kind:str}", public=True, summary="Said.", description="More.")
    async def show(self, request: Request, kind: FromPath[Literal["a"]]) -> Response[Kitchen]:
        return Response(Kitchen(one=Left(dt.datetime(2026, 1, 1, tzinfo=dt.UTC))))


async def test_every_kind_of_type(open_app: Opener) -> None:
    module = Module(name="kitchen", summary="Cooks.", package="tests", controllers=[Kitchens])
    async with open_app(module, shelf.module, BACKSTAY_HTTP_PUBLIC_URL="https://api.example.com") as app:
        described = (await app.client.get("/openapi.json")).json()
    OpenAPIV31SpecValidator(described).validate()
    assert described["servers"] == [{"url": "https://api.example.com"}]
    schemas = described["components"]["schemas"]
    properties = schemas["Kitchen"]["properties"]
    assert properties["one"] == {
        "oneOf": [{"$ref": "#/components/schemas/Left"}, {"$ref": "#/components/schemas/Right"}],
        "discriminator": {
            "propertyName": "type",
            "mapping": {
                tag: f"#/components/schemas/{name}" for tag, name in (("left", "Left"), ("right", "Right"))
            },
        },
    }
    assert properties["maybe"]["anyOf"] == [
        {"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 5, "description": "Between."},
        {"type": "null"},
    ]
    assert properties["price"] == {"type": "string", "format": "decimal", "default": "1.50"}
    assert properties["day"] == {"type": "string", "format": "date"}
    assert properties["blob"] == {"type": "string", "contentEncoding": "base64", "default": ""}
    assert properties["words"]["items"] == {"type": "string", "enum": ["a", "b"]}
    assert properties["words"]["uniqueItems"] is True
    assert properties["pair"]["prefixItems"] == [{"type": "integer"}, {"type": "string"}]
    assert properties["table"] == {
        "type": "object",
        "additionalProperties": {"type": "number"},
        "maxProperties": 3,
    }
    assert properties["keyed"] == {
        "type": "object",
        "propertyNames": {"type": "string", "pattern": "^[A-Z]$"},
        "additionalProperties": {"type": "integer"},
    }
    assert properties["self"] == {"type": "array", "items": {"$ref": "#/components/schemas/Kitchen"}}
    assert sorted(properties["mixed"].pop("enum"), key=str) == [1, "a"]
    assert properties["mixed"] == {"default": 1}
    assert schemas["Left"]["properties"]["type"] == {"const": "left"}
    assert schemas["Left"]["required"] == ["type", "at"]
    cook = described["paths"]["/v1/kitchens"]["post"]
    assert cook["operationId"] == "kitchen_old_cook"
    assert cook["responses"]["201"]["content"]["application/json"]["example"] == {"text": "hi"}
    show = described["paths"]["/v1/kitchens/{kind}"]["get"]
    assert (show["summary"], show["description"]) == ("Said.", "More.")


def test_two_types_of_one_name_get_their_modules() -> None:
    other = type(
        "Note", (Struct,), {"__annotations__": {"n": int}, "__module__": "backstay.products.other.contracts"}
    )
    components = Components()
    references, named = components.finish([components.schema(Note), components.schema(other)])
    assert [reference["$ref"] for reference in references] == [
        "#/components/schemas/HttpNote",
        "#/components/schemas/OtherNote",
    ]
    assert set(named) == {"HttpNote", "OtherNote"}


@pytest.mark.parametrize(
    ("modules", "names"),
    [
        # The folders of a module's shape tell no module from another.
        (
            ("harbour.systems.boats.service.views", "harbour.systems.cranes.service.views"),
            ["BoatsNote", "CranesNote"],
        ),
        (("one.boats.contracts", "two.boats.contracts"), ["OneBoatsNote", "TwoBoatsNote"]),
    ],
)
def test_namesakes_of_all_places_are_told_apart(modules: tuple[str, str], names: list[str]) -> None:
    components = Components()
    one, two = (
        msgspec.defstruct("Note", [(field, int)], module=module)
        for field, module in zip(("length", "height"), modules, strict=True)
    )
    references, named = components.finish([components.schema(one), components.schema(two)])
    assert references == [{"$ref": f"#/components/schemas/{name}"} for name in names]
    assert list(named) == sorted(names)
    assert [list(named[name]["properties"]) for name in names] == [["length"], ["height"]]


def test_a_class_without_source_has_no_descriptions() -> None:
    assert field_descriptions(msgspec.defstruct("Made", [("a", int)])) == {}


@pytest.mark.parametrize(
    ("schema", "example"),
    [
        ({"type": "integer", "exclusiveMinimum": 3}, 4),
        ({"type": "integer", "minimum": 3, "maximum": 3}, 3),
        ({"type": "number", "exclusiveMaximum": 0.5}, 0.5),
        ({"type": "integer", "maximum": -5}, -5),
        ({"type": "string", "minLength": 6}, "textxx"),
        ({"type": "string", "maxLength": 2}, "te"),
        ({"type": "string", "format": "uuid"}, "01983a52-7c3e-7b1a-9f0e-3d9f5a6b7c8d"),
        ({"type": "boolean"}, True),
        ({"type": "null"}, None),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2}, [1, 1]),
        ({"type": "array", "items": {"type": "string", "pattern": "a"}}, []),
        ({"type": "array", "prefixItems": [{"const": 1}]}, [1]),
        ({"anyOf": [{"enum": ["b"]}, {"type": "null"}]}, "b"),
        ({"type": "object", "properties": {"a": {"type": "string", "pattern": "a"}}}, {}),
    ],
)
def test_examples(schema: dict[str, Any], example: Any) -> None:
    assert example_of(schema, {}) == example


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "^a$"},
        {"type": "array", "items": {"type": "string", "pattern": "a"}, "minItems": 1},
        {"type": "object", "properties": {"a": {"type": "string", "pattern": "a"}}, "required": ["a"]},
        {"$ref": "#/components/schemas/Loop"},
    ],
)
def test_where_no_example_can_be_made_up(schema: dict[str, Any]) -> None:
    loop = {"Loop": {"type": "object", "properties": {"a": {"$ref": "/Loop"}}, "required": ["a"]}}
    with pytest.raises(NoExample):
        example_of(schema, loop)


class TestPages:
    async def test_swagger_ui_is_served_from_here(self, app: Harness) -> None:
        page = (await app.client.get("/docs")).text
        assert 'src="/console/vendor/swagger-ui/swagger-ui-bundle.js"' in page
        assert "build it with\n<code>make console</code>" in page
        assert "http://" not in page
        assert "https://" not in page
        script = await app.client.get("/docs/swagger.js")
        assert script.headers["content-type"].startswith("text/javascript")
        assert '"/openapi.json"' in script.text

    async def test_the_second_reader_too(self, app: Harness) -> None:
        page = (await app.client.get("/docs/reference")).text
        assert 'src="/console/vendor/reference/rapidoc-min.js"' in page
        assert 'spec-url="/docs/reference.json"' in page
        short = (await app.client.get("/docs/reference.json")).json()
        whole = (await app.client.get("/openapi.json")).json()
        for path, operations in whole["paths"].items():
            for method, operation in operations.items():
                told = operation["responses"]
                for status in [status for status in told if status >= "400"]:
                    told[status] = {"description": told[status]["description"]}
                assert short["paths"][path][method] == operation
        assert short["components"] == whole["components"]
        assert "<script>" not in page

    async def test_every_code_has_its_place(self, app: Harness) -> None:
        page = (await app.client.get("/docs/problems")).text
        for code in ("invalid", "internal", "shelf_full", "lost_race", "body_too_large", "no_such_route"):
            assert page.count(f'<section id="{code}">') == 1

    def test_the_software_has_a_version(self) -> None:
        assert software_version()


def test_ids_are_what_they_seem() -> None:
    assert UUID(example_of({"type": "string", "format": "uuid"}, {})).version == 7
