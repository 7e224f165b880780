"""One line for every request, however it ends, with what it caused."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
from httpx import ASGITransport, AsyncClient

from backstay.kernel.clock import ManualClock
from backstay.kernel.module import Card
from backstay.systems.events.testing import dispatch
from backstay.systems.traffic import CallCount, calls, count_calls
from backstay.systems.traffic.contracts import OPERATE, READ
from tests.conftest import make_actor
from tests.house import House
from tests.systems.traffic.conftest import a_record, detail, kept, recorder_of

OPERATOR = make_actor("operator", permissions=(READ.name, OPERATE.name))


async def leave_early(house: House, path: str, *, after: int) -> None:
    """Ask, and hang up once so many body messages came."""
    came, gone = asyncio.Semaphore(0), asyncio.Event()

    async def receive() -> dict[str, Any]:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            came.release()

    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [],
        "client": None,
        "scheme": "http",
    }  # fmt: skip - a table reads better in columns
    task = asyncio.create_task(house.app(scope, receive, send))
    async with asyncio.timeout(10):
        for _ in range(after):
            await came.acquire()
        gone.set()
        await task


async def test_every_end_of_a_request_leaves_one_line(house: House) -> None:
    ada = make_actor("ada")
    await house(ada, "POST", "/v1/counters/a/increment", {"by": 2})
    await house(None, "GET", "/odd/raises")
    await house(None, "GET", "/nowhere")
    await house(None, "GET", "/v1/counters")
    await house(ada, "DELETE", "/odd/raises")
    await leave_early(house, "/odd/stream", after=2)
    lines = await kept(house, OPERATOR, "?sort=at")
    seen = [
        (line["method"], line["path"], line["route"], line["status"], line["error"], line["abandoned"])
        for line in lines
    ]
    assert seen == [
        ("POST", "/v1/counters/a/increment", "/v1/counters/{name}/increment", 200, None, False),
        ("GET", "/odd/raises", "/odd/raises", 500, "unhandled:RuntimeError", False),
        ("GET", "/nowhere", None, 404, "no_such_route", False),
        ("GET", "/v1/counters", "/v1/counters", 401, "unauthenticated", False),
        ("DELETE", "/odd/raises", None, 405, "method_not_allowed", False),
        ("GET", "/odd/stream", "/odd/stream", 200, None, True),
    ]
    assert [line["actor"] for line in lines] == ["ada", None, None, None, None, None]
    assert (recorder_of(house).seen, recorder_of(house).kept, recorder_of(house).dropped) == (7, 6, 0)
    raised = await detail(house, OPERATOR, lines[1]["id"])
    assert "hunter2" not in str(raised)
    assert lines[0]["request_id"] == house.records[0].request_id
    assert lines[0]["trace_id"] == house.records[0].trace_id
    assert lines[5]["response_bytes"] > 0


async def test_the_waterfall_tells_what_was_caused_in_order(house: House, engine_name: str) -> None:
    ada = make_actor("ada")
    answer = await house(ada, "POST", "/v1/counters/a/increment", {"by": 2}, idempotency_key="k" * 20)
    assert answer.status_code == 200
    (line,) = await kept(house, ada)
    shown = await detail(house, ada, line["id"])
    await dispatch(house.backend)
    (event,) = (await house(ada, "GET", "/v1/events")).json()["items"]
    assert [(cause["kind"], cause["name"], cause["detail"]) for cause in shown["causes"]] == [
        ("stage", "authenticate", None),
        ("guard", "counter:count", "allowed"),
        # The claim of its key is a commit of its own; on PostgreSQL a statement alone is one.
        ("statement", "idempotency.CLAIM", {"rows": 1}),
        *([] if engine_name == "postgresql" else [("commit", "commit", None)]),
        ("stage", "handler", None),
        ("statement", "counter.ADD", {"rows": 1}),
        ("statement", "counter.RECORD", {"rows": 1}),
        ("stage", "encode", None),
        ("statement", "events.TAKE", {"rows": 1}),
        ("event", "counter.moved", {"id": event["id"]}),
        # What was held back travels with the last statement of the unit.
        ("statement", "idempotency.CONCLUDE", {"rows": 1, "with": ["events.WRITE"]}),
        ("commit", "commit", None),
    ]
    assert (line["statements"], shown["statements"]) == (5, 5)
    starts = [cause["started_us"] for cause in shown["causes"]]
    assert starts == sorted(starts)
    assert all(c["started_us"] + c["duration_us"] <= line["duration_us"] + 1 for c in shown["causes"])
    # Values of parameters are nobody's business here.
    assert "k" * 20 not in str(shown["causes"])


async def test_a_lost_race_is_shown_with_both_attempts(house: House) -> None:
    ada = make_actor("ada")
    assert (await house(ada, "POST", "/odd/races")).status_code == 200
    (line,) = await kept(house, ada)
    causes = (await detail(house, ada, line["id"]))["causes"]
    kinds = [(cause["kind"], cause["name"]) for cause in causes if cause["kind"] != "stage"]
    assert kinds == [
        ("retry", "lost_race"),
        ("statement", "counter.ADD"),
        ("statement", "counter.RECORD"),
        ("statement", "counter.ADD"),
        ("statement", "counter.RECORD"),
        ("statement", "events.TAKE"),
        ("event", "counter.moved"),
        ("statement", "events.WRITE"),
        ("commit", "commit"),
    ]
    retry = next(cause for cause in causes if cause["kind"] == "retry")
    assert retry["detail"] == {"attempt": 1}
    first, second = [cause for cause in causes if cause["name"] == "counter.ADD"]
    ended = retry["started_us"] + retry["duration_us"]
    assert retry["started_us"] <= first["started_us"] < ended <= second["started_us"] + 1


async def test_a_request_is_seen_by_its_organization_and_by_operators(house: House) -> None:
    ada, mallory = make_actor("ada"), make_actor("mallory", permissions=(READ.name,))
    await house(ada, "GET", "/v1/counters")
    await house(None, "GET", "/odd/slow")
    (line,) = await kept(house, ada, "?path=/v1/counters&actor=ada")
    assert await kept(house, mallory) == []
    refused = await house(mallory, "GET", f"/v1/traffic/requests/{line['id']}")
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert (await house(OPERATOR, "GET", f"/v1/traffic/requests/{line['id']}")).status_code == 200
    assert (await house(OPERATOR, "GET", f"/v1/traffic/requests/{uuid4()}")).status_code == 404
    seen = [line["path"] for line in await kept(house, OPERATOR) if line["status"] != 404]
    assert seen == ["/odd/slow", "/v1/counters"]
    card = house.backend.module("traffic").card
    assert card is not None
    assert await card(house.backend.reader(mallory)) == Card("1", "requests kept")  # the one refused above


async def test_lists_filter_sort_and_page(house: House) -> None:
    ada = make_actor("ada", permissions=("counter:read", "counter:count", READ.name))
    for number in range(3):
        await house(ada, "POST", f"/v1/counters/c{number}/increment", {"by": 1})
    await house(ada, "GET", "/v1/counters/c1")
    await house(ada, "GET", "/v1/counters/missing")
    await house(ada, "POST", "/v1/counters/c1/increment", {"by": 0})

    async def paths(query: str) -> list[str]:
        return [line["path"].removeprefix("/v1/counters/") for line in await kept(house, ada, query)]

    assert await paths("?method=GET") == ["missing", "c1"]
    assert await paths("?status=422") == ["c1/increment"]
    assert await paths("?status_class=4&sort=at") == ["missing", "c1/increment"]
    assert await paths("?error=counter_not_found") == ["missing"]
    assert await paths("?route=/v1/counters/{name}&method=GET") == ["missing", "c1"]
    assert await paths("?path=/v1/counters/c0") == ["c0/increment"]
    assert await paths("?path=/v1/counters/%25") == []
    assert await paths(f"?trace_id={house.records[0].trace_id}") == ["c0/increment"]
    assert await paths(f"?request_id={house.records[0].request_id}") == ["c0/increment"]
    assert await paths("?actor=bob") == []
    assert await paths("?min_duration_us=60000000") == []
    every = await kept(house, ada, "?sort=-duration_us")
    assert [line["duration_us"] for line in every] == sorted((x["duration_us"] for x in every), reverse=True)
    third = (await kept(house, ada, "?sort=at"))[2]["at"]
    assert await paths(f"?sort=at&before={third}") == ["c0/increment", "c1/increment"]
    assert (await paths(f"?sort=at&since={third}"))[0] == "c2/increment"

    walked, query = [], "/v1/traffic/requests?limit=2"
    while True:
        page = (await house(ada, "GET", query)).json()
        walked += [line["id"] for line in page["items"]]
        if page["next_cursor"] is None:
            break
        query = f"/v1/traffic/requests?limit=2&cursor={page['next_cursor']}"
    assert walked == [line["id"] for line in await kept(house, ada)]
    assert len(walked) == 6
    wrong = await house(ada, "GET", "/v1/traffic/requests?status=many&colour=red&sort=path")
    assert wrong.status_code == 422
    assert {error["pointer"] for error in wrong.json()["errors"]} == {"?status", "?colour", "?sort"}


async def test_routes_are_added_up(house: House) -> None:
    ada = make_actor("ada")
    for _ in range(3):
        await house(ada, "GET", "/v1/counters")
    await house(None, "GET", "/odd/raises")
    await house(None, "GET", "/nothing")
    lines = await kept(house, OPERATOR)
    used = (await house(OPERATOR, "GET", "/v1/traffic/routes")).json()
    assert next((use["route"], use["method"], use["requests"], use["errors"]) for use in used) == (
        "/v1/counters",
        "GET",
        3,
        0,
    )  # fmt: skip - a table reads better in columns
    assert {(use["route"], use["requests"], use["errors"]) for use in used[1:]} == {
        ("/odd/raises", 1, 1),
        (None, 1, 0),
    }
    lasted = [line["duration_us"] for line in lines if line["route"] == "/v1/counters"]
    assert (used[0]["slowest_us"], used[0]["average_us"]) == (max(lasted), sum(lasted) // 3)


async def test_averages_are_whole_microseconds(house: House) -> None:
    for lasted in (1, 2, 5):
        record = a_record("/thirds", second=1)
        record.started_ns = record.ended_ns - lasted * 1000
        recorder_of(house).observe(record)
    await recorder_of(house).flush()
    (used,) = (await house(OPERATOR, "GET", "/v1/traffic/routes")).json()
    assert (used["requests"], used["slowest_us"], used["average_us"]) == (3, 5, 2)


async def test_rows_and_age_are_bounded(house: House, clock: ManualClock) -> None:
    ada = make_actor("ada")
    recorder = recorder_of(house)
    recorder._settings = msgspec.structs.replace(recorder._settings, max_rows=5)
    for number in range(9):
        await house(ada, "GET", f"/v1/counters/c{number}")
    lines = await kept(house, OPERATOR, "?limit=50")
    assert len(lines) == 9
    await recorder.prune()
    assert await kept(house, OPERATOR) == lines[:5]
    arrived = datetime.fromisoformat(lines[0]["at"])
    clock.move(arrived - clock.now() + timedelta(days=7, seconds=-5))
    await recorder.prune()
    assert len(await kept(house, OPERATOR)) == 5
    clock.move(timedelta(seconds=20))
    await recorder.prune()
    assert await kept(house, OPERATOR) == []


async def test_callers_are_told_apart_and_no_address_is_kept(house: House) -> None:
    at = [ASGITransport(house.app, client=(host, 50_000)) for host in ("203.0.113.7", "203.0.113.8")]
    for transport in (at[0], at[1], at[0]):
        async with AsyncClient(transport=transport, base_url="http://testserver") as client:
            await client.get("/nowhere", headers={"cookie": "a=b"})
    await house(OPERATOR, "GET", "/nowhere")
    await recorder_of(house).flush()
    database = house.backend.database
    began = datetime(2020, 1, 1, tzinfo=UTC)
    ended = datetime(2100, 1, 1, tzinfo=UTC)
    found = [call async for some in calls(database.reader(OPERATOR), began, ended) for call in some]
    assert await count_calls(database.reader(OPERATOR), began, ended) == CallCount(kept=4, left_out=0)
    first, second, again, signed_in = (call.client for call in found)
    assert first == again != second
    assert signed_in is not None
    assert re.fullmatch("[0-9a-f]{16}", first or "")
    assert [call.by_cookie for call in found] == [True, True, True, False]
    assert [(call.method, call.route, call.status) for call in found] == [("GET", None, 404)] * 4
    lines = [await detail(house, OPERATOR, str(call.id)) for call in found]
    assert "203.0.113" not in str(lines)
