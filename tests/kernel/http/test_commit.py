"""COMMIT happens before the answer begins, and its failure is an answer like any other."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from backstay.kernel.database import statement
from backstay.kernel.errors import BackstayError
from tests.kernel.http import shelf, shelf_tables
from tests.kernel.http.conftest import ADA, AS_ADA, Harness

UNKNOWN = "01983a52-7c3e-7b1a-9f0e-3d9f5a6b7c8d"
BOOK = {"title": "Middlemarch", "pages": 880}
BOOKS = statement(select(func.count().label("count")).select_from(shelf_tables.books), int, unscoped=True)
LOANS = statement(select(func.count().label("count")).select_from(shelf_tables.loans), int, unscoped=True)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.needs("postgres"))])
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def count(app: Harness, what: object) -> int:
    return await app.backend.reader(ADA).one(what)  # type: ignore[arg-type]  # one of the two above


async def test_a_commit_that_fails_is_an_error_and_leaves_no_row(app: Harness) -> None:
    failed = await app.client.post(f"/v1/books/{UNKNOWN}/loans", headers=AS_ADA)
    assert failed.status_code == 503
    assert failed.headers["content-type"] == "application/problem+json"
    assert failed.json()["code"] == "commit_failed"
    record = app.record
    assert (record.status, record.error) == (503, "commit_failed")
    (commit,) = [moment for moment in record.moments if moment.kind == "commit"]
    assert "error" in commit.detail
    assert await count(app, LOANS) == 0


async def test_the_next_innocent_request_is_clean(app: Harness) -> None:
    for _ in range(3):  # more often than there are writing connections
        assert (await app.client.post(f"/v1/books/{UNKNOWN}/loans", headers=AS_ADA)).status_code == 503
        created = await app.client.post("/v1/books", json=BOOK, headers=AS_ADA)
        assert created.status_code == 201
        lent = await app.client.post(f"/v1/books/{created.json()['id']}/loans", headers=AS_ADA)
        assert (lent.status_code, lent.json()) == (202, {"given": {"lent": created.json()["id"]}})
    assert (await count(app, BOOKS), await count(app, LOANS)) == (3, 3)


async def test_the_commit_comes_before_the_answer_begins(app: Harness) -> None:
    seen: list[tuple[str, list[str]]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b'{"title":"Middlemarch","pages":880}', "more_body": False}

    async def send(message: dict[str, object]) -> None:
        from backstay.kernel.observation import current_record

        record = current_record.get()
        assert record is not None
        kinds = [moment.name for moment in record.moments if moment.kind in {"stage", "commit"}]
        seen.append((str(message["type"]), kinds))

    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": "/v1/books",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), (b"authorization", b"Bearer ada")],
        "client": None,
        "scheme": "http",
    }
    await app.app(scope, receive, send)  # type: ignore[arg-type]  # a bare ASGI client
    assert seen[0] == ("http.response.start", ["authenticate", "handler", "encode", "commit"])


async def test_a_handler_that_raises_leaves_no_row(app: Harness) -> None:
    answer = await app.client.post("/v1/books?dry=true", json=BOOK, headers=AS_ADA)
    assert answer.status_code == 500
    assert await count(app, BOOKS) == 0


async def test_an_answer_that_cannot_be_encoded_leaves_no_row(app: Harness) -> None:
    answer = await app.client.get("/odds/unsayable")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert await count(app, BOOKS) == 0


async def test_a_lost_race_runs_the_whole_handler_again(app: Harness) -> None:
    answer = await app.client.post("/v1/books/race/2", headers=AS_ADA)
    assert (answer.status_code, answer.json()) == (201, {"given": {"attempts": 3}})
    assert await count(app, BOOKS) == 1
    assert [moment.name for moment in app.record.moments if moment.kind == "retry"] == ["lost_race"] * 2


async def test_a_race_that_is_always_lost_is_told_in_the_end(app: Harness) -> None:
    answer = await app.client.post("/v1/books/race/99", headers=AS_ADA)
    assert (answer.status_code, answer.json()["code"]) == (409, "lost_race")
    assert len(shelf.attempts) == 5
    assert await count(app, BOOKS) == 0


def test_codes_are_stable_names() -> None:
    def visit(kind: type[BackstayError]) -> None:
        assert kind.code.replace("_", "").isalnum()
        for child in kind.__subclasses__():
            visit(child)

    visit(BackstayError)
