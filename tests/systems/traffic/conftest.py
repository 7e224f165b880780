from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from msgspec import Struct

from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import LostRace, UnitOfWork
from backstay.kernel.http import Controller, Event, EventStream, FromPath, FromQuery, JSONBody, get, post
from backstay.kernel.observation import Record
from backstay.products.counter.module import module as counter
from backstay.systems.events.module import module as events
from backstay.systems.idempotency.module import module as idempotency
from backstay.systems.jobs.module import module as jobs
from backstay.systems.traffic.module import module as traffic
from backstay.systems.traffic.service import Recorder
from tests.house import House, open_house

MODULES = [traffic, idempotency, replace(jobs, services=()), replace(events, works=()), counter]


class Anything(Struct, forbid_unknown_fields=True):
    """A body with secrets and others."""

    password: str
    profile: dict[str, Any]


class Odd(Controller):
    """Routes that go wrong, or carry secrets."""

    path: ClassVar[str] = "/odd"
    version: ClassVar[str | None] = None
    attempts: ClassVar[int] = 0

    @get("/raises", public=True)
    async def raises(self) -> str:
        raise RuntimeError("the secret is hunter2")

    @get("/slow", public=True)
    async def slow(self) -> str:
        await asyncio.sleep(0.06)
        return "late"

    @get("/links/{token:str}", public=True)
    async def link(self, token: FromPath[str]) -> str:
        return "shown"

    @get("/stream", public=True)
    async def stream(self) -> EventStream:
        async def events() -> AsyncIterator[Event]:
            yield Event({"first": True})
            await asyncio.Event().wait()

        return EventStream(events())

    @post("/echo", public=True, status=200)
    async def echo(
        self, data: JSONBody[Anything], page: FromQuery[int] = 1, api_key: FromQuery[str] = ""
    ) -> dict[str, Any]:
        return {"token": "issued-token", "profile": data.profile}

    @post("/races", public=True, status=200)
    async def races(self, uow: UnitOfWork, actor: Actor | None) -> str:
        from backstay.products.counter import service

        assert actor is not None
        await service.add(uow, actor.organization_id, "raced", 1)
        Odd.attempts += 1
        if Odd.attempts % 2:
            raise LostRace
        return "won"


@pytest.fixture
async def house(database_url: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(
        MODULES,
        database_url,
        clock,
        controllers=[Odd],
        data_dir=tmp_path,
        environ={
            "BACKSTAY_TRAFFIC_SLOW": "0.05",
            "BACKSTAY_TRAFFIC_BODIES": "true",
            "BACKSTAY_TRAFFIC_PER_SECOND": "1000",
        },
    ) as opened:
        yield opened


def recorder_of(house: House) -> Recorder:
    return house.backend.part(Recorder)


async def kept(house: House, who: Actor, query: str = "") -> list[dict[str, Any]]:
    """The log as somebody sees it, newest first, after everything that waits was written."""
    await recorder_of(house).flush()
    answer = await house(who, "GET", f"/v1/traffic/requests{query}")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def detail(house: House, who: Actor, request_id: str) -> dict[str, Any]:
    answer = await house(who, "GET", f"/v1/traffic/requests/{request_id}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def a_record(
    path: str = "/v1/x", *, status: int | None = 200, second: float = 0.0, lasted: float = 0.0
) -> Record:
    """A finished request that ended at a given second of the process's clock."""
    record = Record(method="GET", path=path, request_id=str(uuid4()), trace_id="0" * 32, span_id="0" * 16)
    record.route = path
    record.status = status
    record.end()
    record.ended_ns = int(second * 1e9)
    record.started_ns = int((second - lasted) * 1e9)
    return record
