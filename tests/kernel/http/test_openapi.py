"""The API's description: valid, complete, and true."""

from __future__ import annotations

from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.kernel.http.conftest import Harness


@pytest.fixture
async def described(app: Harness) -> dict[str, Any]:
    answer = await app.client.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    return dict(answer.json())


def test_it_is_valid(described: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(described).validate()
    assert described["openapi"] == "3.1.0"
    assert described["info"]["title"] == "backstay"
    assert described["servers"] == [{"url": "/"}]
    assert described["tags"] == [{"name": "shelf", "description": "Books on a shelf."}]


def test_every_operation_has_a_name_of_its_own(described: dict[str, Any]) -> None:
    names = [operation["operationId"] for path in described["paths"].values() for operation in path.values()]
    assert len(set(names)) == len(names)
    assert {"shelf_list", "shelf_create", "shelf_one", "shelf_read_v2", "shelf_retitle"} <= set(names)
    assert "/docs" not in described["paths"]


def test_every_operation_tells_its_problems(described: dict[str, Any]) -> None:
    for path in described["paths"].values():
        for operation in path.values():
            for status in ("400", "406", "429", "500", "503"):
                content = operation["responses"][status]["content"]
                assert content == {
                    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                }
    create = described["paths"]["/v1/books"]["post"]["responses"]
    assert set(create) == {"201", "400", "401", "403", "406", "409", "413", "415", "422", "429", "500", "503"}
    assert create["409"]["description"] == "Conflict: `shelf_full` (The shelf is full)"
    retitle = described["paths"]["/v1/books/{book_id}"]["patch"]["responses"]
    assert {"404", "412", "428"} <= set(retitle)


def test_who_may_call(described: dict[str, Any]) -> None:
    assert described["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    create = described["paths"]["/v1/books"]["post"]
    assert create["security"] == [{"bearer": []}]
    assert create["x-permission"] == "shelf:write"
    assert create["description"].endswith("Needs the permission `shelf:write`: Change books")
    assert described["paths"]["/odds/text"]["get"]["security"] == []


def test_words_come_from_the_code(described: dict[str, Any]) -> None:
    one = described["paths"]["/v1/books/{book_id}"]["get"]
    assert one["summary"] == "Read a book"
    assert one["description"].startswith("By its id.")
    book = described["components"]["schemas"]["Book"]
    assert book["description"] == "A book on the shelf."
    assert book["properties"]["title"] == {"type": "string", "description": "As on the cover."}
    assert book["required"] == ["id", "title", "pages", "version"]


def test_what_may_be_left_out_of_an_answer_is_not_required(described: dict[str, Any]) -> None:
    problem = described["components"]["schemas"]["Problem"]
    assert problem["required"] == ["type", "title", "status", "code", "instance", "trace_id"]
    assert {"detail", "errors"} < problem["properties"].keys()


def test_bodies_and_examples(described: dict[str, Any]) -> None:
    create = described["paths"]["/v1/books"]["post"]
    content = create["requestBody"]["content"]["application/json"]
    assert content["schema"] == {"$ref": "#/components/schemas/NewBook"}
    assert content["example"] == {"title": "Middlemarch", "pages": 1, "genre": "fiction", "tags": ["text"]}
    new_book = described["components"]["schemas"]["NewBook"]
    assert new_book["additionalProperties"] is False
    assert new_book["required"] == ["title", "pages"]
    assert new_book["properties"]["genre"] == {"$ref": "#/components/schemas/Genre", "default": "other"}
    answer = create["responses"]["201"]
    assert answer["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Book"}
    assert "ETag" in answer["headers"]


def test_lists_tell_their_sorts_and_filters(described: dict[str, Any]) -> None:
    listing = described["paths"]["/v1/books"]["get"]
    parameters = {parameter["name"]: parameter for parameter in listing["parameters"]}
    assert set(parameters) == {"limit", "cursor", "sort", "pages", "min_pages", "since"}
    assert parameters["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}
    assert parameters["sort"]["schema"]["items"]["enum"] == ["title", "-title", "pages", "-pages"]
    assert parameters["pages"]["description"] == "Exactly this long."
    assert parameters["since"]["schema"] == {"type": "string", "format": "date-time"}
    answer = listing["responses"]["200"]
    assert answer["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/BookPage"}
    assert "Link" in answer["headers"]


def test_parameters(described: dict[str, Any]) -> None:
    everything = described["paths"]["/odds/everything/{name}"]["get"]
    parameters = {parameter["name"]: parameter for parameter in everything["parameters"]}
    assert parameters["name"] == {
        "name": "name",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "maxLength": 5},
    }
    assert parameters["ratio"]["schema"] == {"type": "number", "default": 0.5}
    assert parameters["tags"] == {
        "name": "tags",
        "in": "query",
        "required": False,
        "schema": {"type": "array", "items": {"type": "string"}},
    }
    assert parameters["x-mood"]["in"] == "header"
    retitle = described["paths"]["/v1/books/{book_id}"]["patch"]
    (if_match,) = [parameter for parameter in retitle["parameters"] if parameter["name"] == "If-Match"]
    assert if_match["required"] is True


def test_what_is_deprecated_says_so(described: dict[str, Any]) -> None:
    assert described["paths"]["/v1/books/{book_id}"]["get"]["deprecated"] is True
    assert "deprecated" not in described["paths"]["/v2/books/{book_id}"]["get"]


def test_answers_that_are_not_json(described: dict[str, Any]) -> None:
    news = described["paths"]["/odds/news"]["get"]["responses"]["200"]
    assert list(news["content"]) == ["text/event-stream"]
    assert list(described["paths"]["/odds/text"]["get"]["responses"]["200"]["content"]) == ["*/*"]
    assert "content" not in described["paths"]["/v1/books/{book_id}"]["delete"]["responses"]["204"]
