"""What a request sent again gets: the first answer, to the byte, and no second effect."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from backstay.kernel.actor import ActorKind
from tests.house import House
from tests.systems.idempotency.conftest import (
    ADA,
    BOB,
    keys,
    replayed,
    send,
    somebody,
    titles,
)
from tests.systems.idempotency.desk import Desk


async def test_the_same_request_again_is_answered_as_the_first(house: House) -> None:
    first = await send(house, "work", x_mood="cross")
    again = await send(house, "work", x_mood="cross")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content == b'{"word":"hi","executions":1}'
    assert first.headers["location"] == again.headers["location"] == "/v1/desk/cross"
    assert first.headers["content-type"] == again.headers["content-type"] == "application/json"
    assert (replayed(first), replayed(again)) == (False, True)
    assert first.headers["x-request-id"] != again.headers["x-request-id"]
    assert await titles(house) == ["hi"]


async def test_a_note_is_answered_again_with_its_tag_and_its_place(house: House) -> None:
    first, again = [
        await house(ADA, "POST", "/v1/notes", {"title": "once"}, idempotency_key="note-1") for _ in range(2)
    ]
    assert first.content == again.content
    for name in ("etag", "location", "cache-control", "content-type"):
        assert first.headers[name] == again.headers[name]
    assert await titles(house) == ["once"]


async def test_an_answer_without_a_body_is_answered_again(house: House) -> None:
    answers = [await send(house, "nothing", None) for _ in range(2)]
    assert [(one.status_code, one.content, replayed(one)) for one in answers] == [
        (204, b"", False),
        (204, b"", True),
    ]
    assert await titles(house) == ["nothing"]


async def test_without_a_key_every_request_is_done(house: House) -> None:
    answers = [await send(house, "work", key=None) for _ in range(2)]
    assert [one.json()["executions"] for one in answers] == [1, 2]
    assert await keys(house) == []


async def test_a_key_in_quotation_marks_is_the_same_key(house: House) -> None:
    for key in ("abc", '"abc"', "abc"):
        assert (await send(house, "work", key=key)).json()["executions"] == 1
    assert (await send(house, "work", key='"a\\"c"')).json()["executions"] == 2
    assert (await send(house, "work", key='a"c')).json()["executions"] == 2


@pytest.mark.parametrize(
    "key", ["", "a" * 256, "grüße", "two words", '"open', '"with\\escape"', '"', '""', "tab\there"]
)
async def test_a_key_that_is_none_is_refused_with_everything_else(house: House, key: str) -> None:
    headers = [*house.signed_in(ADA).items(), ("idempotency-key", key.encode("latin-1"))]
    sent: Any = headers
    answer = await house.client.post("/v1/desk/work", json={"other": 1}, headers=sent)
    assert answer.status_code == 422
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert pointers == {"@idempotency-key", "/word", "/other"}
    assert await titles(house) == []


async def test_the_longest_key_is_taken(house: House) -> None:
    assert (await send(house, "work", key="a" * 255)).status_code == 201
    assert (await send(house, "work", key=f'"{"a" * 255}"')).json()["executions"] == 1


async def test_two_keys_are_none(house: House) -> None:
    headers = [*house.signed_in(ADA).items(), ("idempotency-key", "a"), ("idempotency-key", "b")]
    answer = await house.client.post("/v1/desk/work", json={"word": "hi"}, headers=headers)
    assert answer.status_code == 422
    assert [error["code"] for error in answer.json()["errors"]] == ["duplicate"]


async def test_a_route_may_want_a_key(house: House) -> None:
    refused = await send(house, "required", key=None)
    assert (refused.status_code, refused.json()["code"]) == (400, "idempotency_key_required")
    assert await titles(house) == []
    assert (await send(house, "required")).status_code == 201
    assert replayed(await send(house, "required"))


async def test_another_request_with_the_key_is_refused(house: House) -> None:
    assert (await send(house, "work", x_mood="calm")).status_code == 201
    for path, word, mood in (("work", "other", "calm"), ("work", "hi", "cross"), ("required", "hi", "calm")):
        answer = await send(house, path, word, x_mood=mood)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert Desk.executions == 1
    # The key is still the first request's.
    assert replayed(await send(house, "work", x_mood="calm"))
    assert [key["replays"] for key in await keys(house)] == [1]


async def test_what_a_change_is_based_on_belongs_to_the_request(house: House) -> None:
    async def change(version: str) -> int:
        answer = await house(
            ADA, "PATCH", "/v1/desk/changed", {"word": "hi"}, idempotency_key="k", if_match=version
        )
        return answer.status_code

    assert [await change('"1"'), await change('"1"'), await change('"2"')] == [200, 200, 422]
    assert await titles(house) == ["hi 1"]


async def test_a_key_means_nothing_to_anybody_else(house: House) -> None:
    eve = somebody()
    program = msgspec.structs.replace(ADA, kind=ActorKind.SERVICE, session_id=uuid4())
    other_program = msgspec.structs.replace(program, session_id=uuid4())
    in_her_place = msgspec.structs.replace(ADA, impersonator_id=BOB.id)
    for number, who in enumerate((ADA, BOB, eve, program, other_program, in_her_place), 1):
        answer = await send(house, "work", who=who)
        assert (answer.json()["executions"], replayed(answer)) == (number, False)
    # Signed in anew she is the same person.
    again = await send(house, "work", who=msgspec.structs.replace(ADA, session_id=uuid4()))
    assert (again.json()["executions"], replayed(again)) == (1, True)


@pytest.mark.parametrize(("kind", "status"), [("bug", 500), ("conflict", 409), ("invalid", 422)])
async def test_a_failure_is_answered_again(house: House, kind: str, status: int) -> None:
    Desk.fail_once = [kind]
    first, again = [await send(house, "failing") for _ in range(2)]
    assert (first.status_code, again.status_code) == (status, status)
    assert first.content == again.content
    assert again.headers["content-type"] == "application/problem+json"
    # The first request's, which the logs know.
    assert again.json()["instance"] == first.headers["x-request-id"]
    assert (replayed(first), replayed(again)) == (False, True)
    assert (Desk.executions, await titles(house)) == (1, [])


@pytest.mark.parametrize(
    ("kind", "status"), [("forbidden", 403), ("limited", 429), ("unavailable", 503), ("race", 409)]
)
async def test_what_may_go_well_later_is_not_kept(house: House, kind: str, status: int) -> None:
    Desk.fail_once = [kind] * (5 if kind == "race" else 1)
    assert (await send(house, "failing")).status_code == status
    assert await keys(house) == []
    later = await send(house, "failing")
    assert (later.status_code, replayed(later)) == (201, False)
    assert await titles(house) == ["hi"]


async def test_a_lost_race_is_run_again_and_kept_once(house: House) -> None:
    Desk.fail_once = ["race", "race"]
    first = await send(house, "failing")
    assert (first.status_code, first.json()["executions"]) == (201, 3)
    again = await send(house, "failing")
    assert (again.content, replayed(again)) == (first.content, True)
    assert await titles(house) == ["hi"]


async def test_what_was_never_executed_is_not_kept(house: House) -> None:
    assert (await send(house, "work", None)).status_code in {400, 415, 422}
    nobody = await house(None, "POST", "/v1/desk/work", {"word": "hi"}, idempotency_key="k1")
    guest = msgspec.structs.replace(ADA, permissions=frozenset({"notes:read", "idempotency:read"}))
    assert (nobody.status_code, (await send(house, "work", who=guest)).status_code) == (401, 403)
    assert await keys(house) == []
    assert (await send(house, "work")).json()["executions"] == 1


async def test_a_twin_is_refused_while_the_first_is_under_way(house: House) -> None:
    first = asyncio.create_task(send(house, "waiting"))
    await Desk.gate.reached.wait()
    twin = await send(house, "waiting")
    assert (twin.status_code, twin.json()["code"]) == (409, "idempotency_key_in_flight")
    assert twin.headers["retry-after"] == "1"
    other = await send(house, "waiting", "other")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert [(one["state"], one["status"]) for one in await keys(house)] == [("in_flight", None)]
    Desk.gate.open.set()
    done = await first
    assert (done.status_code, replayed(done)) == (201, False)
    again = await send(house, "waiting")
    assert (again.content, replayed(again)) == (done.content, True)
    assert (Desk.executions, await titles(house)) == (1, ["hi"])


async def test_many_at_once_have_one_effect(house: House) -> None:
    answers = await asyncio.gather(*(send(house, "work") for _ in range(30)))
    assert {one.status_code for one in answers} <= {201, 409}
    assert {one.content for one in answers if one.status_code == 201} == {b'{"word":"hi","executions":1}'}
    assert (Desk.executions, await titles(house)) == (1, ["hi"])


async def test_callers_who_are_not_signed_in_are_told_apart_by_their_secret(house: House) -> None:
    async def buy(**headers: str) -> tuple[int, Any, bool]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await house.client.post(
            "/v1/desk/proven", json={"word": "hi"}, headers={"Idempotency-Key": "1", **named}
        )
        return (
            answer.status_code,
            answer.json().get("executions", answer.json().get("code")),
            replayed(answer),
        )

    ada = house.signed_in(ADA)
    assert await buy(x_cart_token="of one") == (201, 1, False)
    assert await buy(x_cart_token="of another") == (201, 2, False)
    assert await buy(x_cart_token="of one") == (201, 1, True)
    # Who is signed in has keys of their own, whatever else they send.
    assert await buy(x_cart_token="of one", **ada) == (201, 3, False)
    assert await buy(**ada) == (201, 3, True)
    assert await buy() == (401, "unauthenticated", False)
