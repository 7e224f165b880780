"""Lists over HTTP: limits, sorts, filters, cursors and links."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.kernel.http.conftest import AS_ADA, Harness


@pytest.fixture
async def shelf_of_five(app: Harness) -> Harness:
    for title, pages in [("a b", 10), ("b", 30), ("c", 20), ("d", 30), ("e", 50)]:
        answer = await app.client.post("/v1/books", json={"title": title, "pages": pages}, headers=AS_ADA)
        assert answer.status_code == 201
    app.records.clear()
    return app


async def titles(app: Harness, query: str) -> list[str]:
    answer = await app.client.get(f"/v1/books?{query}", headers=AS_ADA)
    assert answer.status_code == 200, answer.text
    return [book["title"] for book in answer.json()["items"]]


async def test_a_page_is_an_object_with_cursors(shelf_of_five: Harness) -> None:
    answer = await shelf_of_five.client.get("/v1/books", headers=AS_ADA)
    assert set(answer.json()) == {"items", "next_cursor", "previous_cursor"}
    assert [book["title"] for book in answer.json()["items"]] == ["a b", "b", "c", "d", "e"]
    assert (answer.json()["next_cursor"], answer.json()["previous_cursor"]) == (None, None)
    assert "link" not in answer.headers


async def test_links_lead_through_every_page_and_back(shelf_of_five: Harness) -> None:
    seen, url = [], "/v1/books?limit=2&sort=-pages,title&min_pages=5"
    back: str | None = None
    while True:
        answer = await shelf_of_five.client.get(url, headers=AS_ADA)
        seen.append([book["title"] for book in answer.json()["items"]])
        links = {rel: target for target, rel in re.findall(r'<([^>]*)>; rel="(\w+)"', answer.headers["link"])}
        for relation, target in links.items():
            assert urlsplit(target).path == "/v1/books"
            query = parse_qs(urlsplit(target).query)
            cursor = answer.json()[{"next": "next_cursor", "prev": "previous_cursor"}[relation]]
            assert query == {
                "limit": ["2"],
                "sort": ["-pages,title"],
                "min_pages": ["5"],
                "cursor": [cursor],
            }
        back = links.get("prev", back)
        if "next" not in links:
            break
        url = links["next"]
    assert seen == [["e", "b"], ["d", "c"], ["a b"]]
    assert back is not None
    before = await shelf_of_five.client.get(back, headers=AS_ADA)
    assert [book["title"] for book in before.json()["items"]] == ["d", "c"]


async def test_filters_are_typed(shelf_of_five: Harness) -> None:
    assert await titles(shelf_of_five, "pages=30") == ["b", "d"]
    assert await titles(shelf_of_five, "min_pages=30&sort=-title") == ["e", "d", "b"]
    assert await titles(shelf_of_five, "since=2100-01-01T00:00:00Z") == []


async def test_naming_a_sort_twice_changes_nothing(shelf_of_five: Harness) -> None:
    assert await titles(shelf_of_five, "sort=-title,title") == ["e", "d", "c", "b", "a b"]


async def test_every_fault_is_named(app: Harness) -> None:
    answer = await app.client.get(
        "/v1/books?limit=0&sort=colour,title,-pages,id&cursor=&pages=many&pages_=1&since=today&since=now",
        headers=AS_ADA,
    )
    assert answer.status_code == 422
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [
        ("?since", "duplicate"),
        ("?limit", "range"),
        ("?sort", "length"),
        ("?sort", "choice"),
        ("?sort", "choice"),
        ("?cursor", "format"),
        ("?pages", "type"),
        ("?pages_", "unknown"),
    ]


@pytest.mark.parametrize("cursor", ["a b", "a.b", "é", "a\n", "a="])
async def test_what_cannot_be_a_cursor_is_named(app: Harness, cursor: str) -> None:
    answer = await app.client.get("/v1/books", params={"cursor": cursor}, headers=AS_ADA)
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [("?cursor", "format")]


@pytest.mark.parametrize("since", ["0.5", "5", "-1", "1e3"])
async def test_seconds_are_no_date(app: Harness, since: str) -> None:
    answer = await app.client.get("/v1/books", params={"since": since}, headers=AS_ADA)
    assert answer.status_code == 422
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [("?since", "format")]


@pytest.mark.parametrize("limit", ["101", "-1", "ten", "", "1.5", "\u0661"])
async def test_limits_are_bounded(app: Harness, limit: str) -> None:
    answer = await app.client.get("/v1/books", params={"limit": limit}, headers=AS_ADA)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["?limit"]


async def test_a_cursor_that_was_tampered_with_is_refused(shelf_of_five: Harness) -> None:
    answer = await shelf_of_five.client.get("/v1/books?limit=1", headers=AS_ADA)
    cursor = answer.json()["next_cursor"]
    for wrong in (cursor[:-2], "x" * 40, "a" * 3000):
        refused = await shelf_of_five.client.get(f"/v1/books?limit=1&cursor={wrong}", headers=AS_ADA)
        assert refused.status_code in {400, 422}
    other = await shelf_of_five.client.get(f"/v1/books?sort=pages&cursor={cursor}", headers=AS_ADA)
    assert (other.status_code, other.json()["code"]) == (400, "bad_cursor")


async def test_a_query_asked_again_is_answered_as_the_first_time(shelf_of_five: Harness) -> None:
    first = (await shelf_of_five.client.get("/v1/books?limit=2&sort=-title", headers=AS_ADA)).json()
    cursor = first["next_cursor"]
    written = f"c%75rsor={cursor[:5]}%{ord(cursor[5]):x}{cursor[6:]}"
    for query in (
        f"limit=2&sort=-title&cursor={cursor}",
        f"cursor={cursor}&limit=2&sort=-title",
        f"limit=2&cursor={cursor}&sort=-title",
        f"limit=2&sort=-title&{written}",
    ):
        assert [await titles(shelf_of_five, query) for _ in range(3)] == [["c", "b"]] * 3
    assert await titles(shelf_of_five, "limit=2&sort=-title") == ["e", "d"]


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("limit=2&cursor=AAAA&cursor=AAAA", ("?cursor", "duplicate")),
        ("limit=2&cursor=", ("?cursor", "format")),
        ("limit=2&cursor=" + "A" * 3000, ("?cursor", "format")),
        ("limit=2&xcursor=AAAA", ("?xcursor", "unknown")),
        ("limit=2&pages=AAAA", ("?pages", "type")),
    ],
)
async def test_a_fault_is_named_however_often_it_is_made(
    shelf_of_five: Harness, query: str, fault: tuple[str, str]
) -> None:
    assert len(await titles(shelf_of_five, "limit=2")) == 2
    for _ in range(3):
        answer = await shelf_of_five.client.get(f"/v1/books?{query}", headers=AS_ADA)
        assert answer.status_code == 422
        assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [fault]
