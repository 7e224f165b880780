"""Processes that die or stand still in the middle of a request with a key."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest

from backstay.kernel.clock import ManualClock
from backstay.kernel.database import CommitUnknown, UnitOfWork
from backstay.kernel.database.open_unit import OpenUnit
from backstay.systems.idempotency.service import Claims
from backstay.systems.idempotency.service.claims import Claim
from tests.house import House
from tests.systems.idempotency.conftest import ADA, OpenHouse, keys, replayed, send, titles
from tests.systems.idempotency.desk import Desk

LEASE = timedelta(seconds=30)


async def _dies_in_its_handler(house: House) -> None:
    """A request is cut off in the middle; of what it began nothing is left but its claim."""
    request = asyncio.create_task(send(house, "waiting"))
    await Desk.gate.reached.wait()
    request.cancel()
    with suppress(asyncio.CancelledError):
        await request


async def test_a_claim_whose_process_died_is_taken_over_after_its_lease(
    house: House, clock: ManualClock
) -> None:
    await _dies_in_its_handler(house)
    clock.move(LEASE - timedelta(microseconds=1))
    assert (await send(house, "waiting")).json()["code"] == "idempotency_key_in_flight"
    clock.move(timedelta(microseconds=1))
    assert (await send(house, "waiting", "other")).json()["code"] == "idempotency_key_reused"
    taken = await send(house, "waiting")
    assert (taken.status_code, replayed(taken)) == (201, False)
    assert await titles(house) == ["hi"]
    assert [(one["state"], one["attempts"]) for one in await keys(house)] == [("done", 2)]
    assert replayed(await send(house, "waiting"))


async def test_a_zombie_changes_nothing(house: House, open_desk: OpenHouse, clock: ManualClock) -> None:
    zombie = asyncio.create_task(send(house, "waiting"))
    await Desk.gate.reached.wait()
    clock.move(LEASE)
    async with open_desk() as other:
        taken = await send(other, "waiting")
        assert (taken.status_code, taken.json()["executions"]) == (201, 2)
        Desk.gate.open.set()
        late = await zombie
        assert Desk.gate.passed == 1
        assert (late.status_code, late.json()["code"]) == (409, "idempotency_key_in_flight")
        assert await titles(other) == ["hi"]
        again = await send(house, "waiting")
        assert (again.content, replayed(again)) == (taken.content, True)


async def test_a_zombie_that_fails_keeps_nothing(house: House, clock: ManualClock) -> None:
    claims = house.backend.part(Claims)
    keep = claims.keep

    async def late(claim: Claim, answer: object) -> None:
        # While it fails, somebody else takes its claim over and is done.
        clock.move(LEASE)
        Desk.fail_once = []
        assert (await send(house, "failing", "always")).status_code == 201
        await keep(claim, answer)  # type: ignore[arg-type]  # handed on as it came

    claims.keep = late  # type: ignore[method-assign]  # the moment between the rollback and the answer
    Desk.fail_once = ["bug"]
    failed = await send(house, "failing", "always")
    assert (failed.status_code, failed.json()["code"]) == (409, "idempotency_key_in_flight")
    assert replayed(await send(house, "failing", "always"))
    assert await titles(house) == ["always"]


async def test_a_request_that_takes_long_keeps_its_claim(
    open_desk: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewed = asyncio.Event()
    times = 0
    renew = Claims.renew

    async def counted(claims: Claims, claim: Claim) -> bool:
        nonlocal times
        kept = await renew(claims, claim)
        times += 1
        if times == 3:  # at 0.5, 1.0 and 1.5 seconds of a lease of one
            renewed.set()
        return kept

    monkeypatch.setattr(Claims, "renew", counted)
    async with open_desk(clock=None, BACKSTAY_IDEMPOTENCY_LEASE="1") as house:
        first = asyncio.create_task(send(house, "waiting"))
        await renewed.wait()
        assert (await send(house, "waiting")).status_code == 409
        Desk.gate.open.set()
        assert (await first).status_code == 201
        assert (Desk.executions, await titles(house)) == (1, ["hi"])


async def test_a_commit_that_nobody_confirmed_is_settled_by_asking_again(
    house: House, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave = OpenUnit.__aexit__

    async def committed_and_lost(unit: OpenUnit, *failure: object) -> None:
        await leave(unit, *failure)  # type: ignore[arg-type]  # handed on as it came
        if Desk.executions == 1 and failure[0] is None:
            Desk.executions += 1
            raise CommitUnknown

    monkeypatch.setattr(OpenUnit, "__aexit__", committed_and_lost)
    lost = await send(house, "work")
    assert (lost.status_code, lost.json()["code"]) == (503, "commit_unknown")
    again = await send(house, "work")
    assert (again.status_code, again.json(), replayed(again)) == (
        201,
        {"word": "hi", "executions": 1},
        True,
    )
    assert await titles(house) == ["hi"]


async def test_what_fails_at_the_very_end_leaves_neither_effect_nor_answer(
    house: House, clock: ManualClock
) -> None:
    claims = house.backend.part(Claims)
    conclude = claims.conclude
    crashed: list[str] = []

    async def concluded(uow: UnitOfWork, claim: Claim, answer: object) -> None:
        await conclude(uow, claim, answer)  # type: ignore[arg-type]  # handed on as it came
        if not crashed:
            crashed.append("now")
            raise asyncio.CancelledError

    claims.conclude = concluded  # type: ignore[method-assign]  # the moment between the answer and the commit
    with pytest.raises(asyncio.CancelledError):
        await send(house, "work")
    assert await titles(house) == []
    assert [one["state"] for one in await keys(house)] == ["in_flight"]
    clock.move(LEASE)
    taken = await send(house, "work")
    assert (taken.status_code, replayed(taken), await titles(house)) == (201, False, ["hi"])


async def test_erasing_somebody_ends_what_they_have_under_way(house: House) -> None:
    first = asyncio.create_task(send(house, "waiting"))
    await Desk.gate.reached.wait()
    (personal,) = house.backend.module("idempotency").declares
    assert await house.backend.database.run(ADA, lambda uow: personal.erase(uow, ADA.id)) == 1  # type: ignore[attr-defined]  # what it declares is its own
    Desk.gate.open.set()
    assert (await first).status_code == 409
    assert await titles(house) == []
