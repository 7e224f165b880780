"""What handlers are given, who may call them, and what every fault in a request is called."""

from __future__ import annotations

import pytest

from tests.kernel.http.conftest import AS_ADA, Harness

UNKNOWN = "01983a52-7c3e-7b1a-9f0e-3d9f5a6b7c8d"


async def test_a_handler_is_given_what_it_names(app: Harness) -> None:
    answer = await app.client.get(
        "/odds/everything/abc",
        params={"count": "3", "ratio": "1.5", "tags": ["a", "b"], "genre": "fiction"},
        headers={"x-mood": "calm", **AS_ADA},
    )
    assert answer.status_code == 200
    given = answer.json()["given"]
    assert given.pop("id") == answer.headers["x-request-id"]
    assert given == {
        "state": "ready",
        "client": "127.0.0.1",
        "scheme": "http",
        "actor": "ada",
        "name": "abc",
        "count": 3,
        "ratio": 1.5,
        "tags": ["a", "b"],
        "genre": "fiction",
        "mood": "calm",
    }


async def test_what_is_left_out_has_its_default(app: Harness) -> None:
    answer = await app.client.get("/odds/everything/abc?count=1")
    given = answer.json()["given"]
    assert (given["ratio"], given["tags"], given["genre"], given["mood"], given["actor"]) == (
        0.5,
        None,
        None,
        None,
        None,
    )


async def test_one_answer_names_every_fault_wherever_it_is(app: Harness) -> None:
    answer = await app.client.get(
        "/odds/everything/too-long?ratio=nan&genre=poem&genre=other&wrong=1&tags=%00",
        headers={"x-mood": "x"},
    )
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert {(error["pointer"], error["code"]) for error in problem["errors"]} == {
        ("#path/name", "length"),
        ("?count", "required"),
        ("?ratio", "range"),
        ("?genre", "duplicate"),
        ("?tags/0", "format"),
        ("?wrong", "unknown"),
        ("@x-mood", "length"),
    }
    del problem["errors"]
    assert problem == {
        "type": "/docs/problems#invalid",
        "title": "The request has invalid fields",
        "status": 422,
        "code": "invalid",
        "instance": answer.headers["x-request-id"],
        "trace_id": app.record.trace_id,
    }


async def test_query_and_body_faults_come_together(app: Harness) -> None:
    answer = await app.client.post(
        "/v1/books?dry=perhaps",
        json={"title": "", "genre": "poem", "tags": ["", 3], "colour": "red"},
        headers=AS_ADA,
    )
    assert answer.status_code == 422
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [
        ("?dry", "type"),
        ("/title", "length"),
        ("/pages", "required"),
        ("/genre", "choice"),
        ("/tags/0", "length"),
        ("/tags/1", "type"),
        ("/colour", "unknown"),
    ]


async def test_a_service_may_refuse_a_field_by_its_own_code(app: Harness) -> None:
    answer = await app.client.post("/v1/books", json={"title": "taken", "pages": 1}, headers=AS_ADA)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"pointer": "/title", "code": "taken", "message": "is on the shelf already"}
    ]


async def test_an_error_brings_its_code_detail_and_members(app: Harness) -> None:
    answer = await app.client.post("/v1/books", json={"title": "full", "pages": 1}, headers=AS_ADA)
    assert answer.status_code == 409
    problem = answer.json()
    assert (problem["code"], problem["title"], problem["detail"], problem["capacity"]) == (
        "shelf_full",
        "The shelf is full",
        "Take one off first.",
        3,
    )
    assert app.record.error == "shelf_full"


async def test_a_bug_tells_nothing_and_is_logged(app: Harness, caplog: pytest.LogCaptureFixture) -> None:
    answer = await app.client.get("/odds/broken")
    assert answer.status_code == 500
    record = app.record
    assert answer.json() == {
        "type": "/docs/problems#internal",
        "title": "Something went wrong on our side",
        "status": 500,
        "code": "internal",
        "instance": record.request_id,
        "trace_id": record.trace_id,
    }
    assert record.error == "unhandled:RuntimeError"
    (logged,) = [entry for entry in caplog.records if entry.name == "backstay.http"]
    assert logged.exc_info is not None
    assert "secret words" in str(logged.exc_info[1])


async def test_an_error_brings_its_headers(app: Harness) -> None:
    answer = await app.client.get("/odds/limited")
    assert (answer.status_code, answer.headers["retry-after"], answer.json()["limit"]) == (429, "7", 100)


@pytest.mark.parametrize(
    ("method", "path", "status", "code", "allow"),
    [
        ("GET", "/v1/nothing", 404, "no_such_route", None),
        ("GET", "/v1/books/not-a-uuid", 404, "no_such_route", None),
        ("GET", "/" + "x" * 3000, 404, "no_such_route", None),
        ("GET", "//", 404, "no_such_route", None),
        ("PUT", "/v1/books", 405, "method_not_allowed", "GET, HEAD, OPTIONS, POST"),
        ("DELETE", "/odds/echo", 405, "method_not_allowed", "OPTIONS, POST"),
        ("TRACE", "/odds/echo", 405, "method_not_allowed", "OPTIONS, POST"),
        ("OPTIONS", "/v1/nothing", 404, "no_such_route", None),
    ],
)
async def test_paths_and_methods_that_are_not_there(
    app: Harness, method: str, path: str, status: int, code: str, allow: str | None
) -> None:
    answer = await app.client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers.get("allow") == allow
    assert answer.json()["instance"] == app.record.request_id


async def test_a_trailing_slash_is_the_same_address(app: Harness) -> None:
    assert (await app.client.get("/odds/text/")).text == "hello"


async def test_a_path_of_any_depth(app: Harness) -> None:
    answer = await app.client.get("/odds/files/a/b%20c/d.txt")
    assert answer.json() == {"given": {"path": "/a/b c/d.txt"}}
    assert app.record.route == "/odds/files/{path}"


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200),
        ("*/*", 200),
        ("", 200),
        ("text/html, application/*;q=0.2", 200),
        ("text/html", 406),
        ("application/json;q=0, */*", 406),
        ("application/json;q=x", 406),
        ("image/png, application/xml", 406),
    ],
)
async def test_accept(app: Harness, accept: str, status: int) -> None:
    answer = await app.client.get("/odds/long", headers={"accept": accept})
    assert answer.status_code == status
    if status == 406:
        assert answer.json()["code"] == "not_acceptable"


async def test_accept_does_not_bind_answers_that_are_not_json(app: Harness) -> None:
    assert (await app.client.get("/odds/text", headers={"accept": "text/plain"})).text == "hello"


async def test_a_query_with_too_many_names_is_refused(app: Harness) -> None:
    query = "&".join(f"a{n}=1" for n in range(300))
    answer = await app.client.get(f"/odds/everything/abc?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
