"""How long answers are kept, how they lie in the database, who sees what of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from backstay.kernel.clock import ManualClock
from backstay.kernel.database import statement
from backstay.systems.idempotency.service import prune_all
from backstay.systems.idempotency.tables import keys as idempotency_keys
from tests.house import House
from tests.systems.idempotency.conftest import (
    ADA,
    BOB,
    MODULES,
    OpenHouse,
    keys,
    replayed,
    send,
    somebody,
    titles,
)
from tests.systems.idempotency.desk import Desk

ANSWERS = statement(select(idempotency_keys.c.answer), bytes)


async def test_after_its_day_a_key_begins_a_new_request(house: House, clock: ManualClock) -> None:
    await send(house, "work")
    clock.move(timedelta(hours=24) - timedelta(seconds=1))
    assert replayed(await send(house, "work"))
    clock.move(timedelta(seconds=1))
    # Not pruned yet, and over all the same; so it may be another request.
    anew = await send(house, "work", "other")
    assert (anew.json(), replayed(anew)) == ({"word": "other", "executions": 2}, False)
    assert [(one["replays"], one["attempts"]) for one in await keys(house)] == [(0, 1)]
    assert replayed(await send(house, "work", "other"))


async def test_keys_are_pruned_in_bounded_batches(open_desk: OpenHouse, clock: ManualClock) -> None:
    async with open_desk(BACKSTAY_IDEMPOTENCY_PRUNE_BATCH="2") as house:
        for number in range(5):
            await send(house, "work", key=f"old-{number}")
        clock.move(timedelta(hours=12))
        await send(house, "work", key="young")
        assert await prune_all(house.backend.database) == 0
        clock.move(timedelta(hours=12))
        assert await prune_all(house.backend.database) == 5
        assert [one["key"] for one in await keys(house)] == ["young"]
        assert (await send(house, "work", key="old-1")).json()["executions"] == 7


async def test_what_is_shown_once_is_kept_for_minutes(house: House, clock: ManualClock) -> None:
    first = await send(house, "secret", None)
    again = await send(house, "secret", None)
    assert (again.content, replayed(again)) == (first.content, True)
    clock.move(timedelta(minutes=10))
    gone = await send(house, "secret", None)
    assert (gone.status_code, gone.json()["code"]) == (410, "idempotency_answer_not_kept")
    assert gone.json()["answered"] == 201
    assert await prune_all(house.backend.database) == 0
    assert [one["answer_kept"] for one in await keys(house)] == [False]
    assert (await send(house, "secret", None)).status_code == 410
    assert (Desk.executions, await titles(house)) == (1, ["secret"])


async def test_an_answer_too_large_is_not_kept_and_the_request_is_done_once(house: House) -> None:
    first = await send(house, "large")
    assert (first.status_code, len(first.json()["word"])) == (201, 600_000)
    again = await send(house, "large")
    assert (again.status_code, again.json()["answered"]) == (410, 201)
    assert (Desk.executions, await titles(house)) == (1, ["large"])


async def test_nothing_of_an_answer_lies_open_in_the_database(house: House) -> None:
    assert (await send(house, "secret", None)).json()["word"] == "hunter2"
    (answer,) = await house.backend.reader(ADA).all(ANSWERS)
    assert len(answer) > 50
    assert b"hunter2" not in answer
    assert b"executions" not in answer


async def test_under_another_secret_of_the_deployment_nothing_is_done_twice(
    open_desk: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = ("a" * 40, "b" * 40)
    async with open_desk(BACKSTAY_APP_SECRET_KEY=first) as house:
        assert (await send(house, "work")).status_code == 201
    async with open_desk(BACKSTAY_APP_SECRET_KEY=second) as house:
        answer = await send(house, "work")
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert Desk.executions == 1


async def test_a_replay_is_marked_in_its_record(house: House) -> None:
    first = await send(house, "work")
    await send(house, "work")
    notes = [
        [(moment.name, moment.detail) for moment in record.moments if moment.kind == "note"]
        for record in house.records
    ]
    assert notes == [[], [("idempotent replay", {"of": first.headers["x-request-id"]})]]


async def test_who_looks_after_an_organization_sees_its_keys(house: House) -> None:
    for _ in range(3):
        await send(house, "work")
    await send(house, "work", who=BOB)
    (key,) = [one for one in await keys(house, key="k1") if one["actor_id"] == str(ADA.id)]
    assert key == {
        "id": key["id"],
        "key": "k1",
        "route": "POST /v1/desk/work",
        "actor_id": str(ADA.id),
        "state": "done",
        "status": 201,
        "answer_kept": True,
        "attempts": 1,
        "replays": 2,
        "request_id": house.records[0].request_id,
        "created_at": "2026-01-01T00:00:00Z",
        "completed_at": "2026-01-01T00:00:00Z",
        "replayed_at": "2026-01-01T00:00:00Z",
    }
    assert (await house(ADA, "GET", f"/v1/idempotency/keys/{key['id']}")).json() == key
    assert len(await keys(house, state="done")) == 2
    assert await keys(house, state="in_flight") == []
    assert await keys(house, somebody()) == []
    missing = await house(somebody(), "GET", f"/v1/idempotency/keys/{key['id']}")
    assert missing.status_code == 404
    plain = msgspec.structs.replace(ADA, permissions=frozenset({"notes:read"}))
    assert (await house(plain, "GET", "/v1/idempotency/keys")).status_code == 403


async def test_the_routes_that_take_keys_are_listed(house: House) -> None:
    listed = (await house(ADA, "GET", "/v1/idempotency/routes")).json()
    assert {"route": "POST /v1/desk/required", "module": "", "required": True, "secret": False} in listed
    assert {"route": "POST /v1/notes", "module": "notes", "required": False, "secret": False} in listed


async def test_a_person_is_exported_and_erased(house: House) -> None:
    await send(house, "work")
    await send(house, "work", who=BOB)
    (personal,) = idempotency_declares()
    exported = await personal.export(house.backend.reader(BOB), ADA.id)
    assert [(one.key, one.route) for one in exported] == [("k1", "POST /v1/desk/work")]
    gone = await house.backend.database.run(BOB, lambda uow: personal.erase(uow, ADA.id))
    assert gone == 1
    assert [one["actor_id"] for one in await keys(house)] == [str(BOB.id)]


def idempotency_declares() -> Any:
    return MODULES[0].declares
