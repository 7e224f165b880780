"""The log live: what any process wrote, once, to those who may see it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from backstay.kernel.actor import Actor
from backstay.kernel.database import DatabaseUnavailable
from backstay.kernel.ids import uuid7
from backstay.systems.traffic.contracts import OPERATE, READ, Skipped
from backstay.systems.traffic.queries import Logged
from backstay.systems.traffic.service import Tail, tail
from tests.conftest import make_actor
from tests.house import House, open_house
from tests.systems.traffic.conftest import MODULES, recorder_of


class Listener:
    """A client of the stream, without a socket."""

    def __init__(self, house: House, who: Actor, *, reads: bool = True) -> None:
        self.received = b""
        self.gone = asyncio.Event()
        self.reads = asyncio.Event()
        if reads:
            self.reads.set()
        self._more = asyncio.Event()
        headers = [(name.encode(), value.encode()) for name, value in house.signed_in(who).items()]
        scope: dict[str, Any] = {
            "type": "http",
            "method": "GET",
            "path": "/v1/traffic/stream",
            "query_string": b"",
            "headers": headers,
            "client": None,
            "scheme": "http",
        }  # fmt: skip - a table reads better in columns
        self.task = asyncio.create_task(house.app(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.body":
            if b"event: request" in message["body"]:
                await self.reads.wait()
            self.received += message["body"]
            self._more.set()

    def events(self, name: str = "request") -> list[dict[str, Any]]:
        return [
            json.loads(block.rpartition(b"data: ")[2])
            for block in self.received.split(b"\n\n")
            if block.startswith(b"event: " + name.encode())
        ]

    def paths(self) -> list[str]:
        return [event["path"] for event in self.events()]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self._more.clear()
                await self._more.wait()

    async def leave(self) -> None:
        self.gone.set()
        await self.task


async def watched(house: House, count: int) -> None:
    """Wait until so many watch."""
    part = house.backend.part(Tail)
    async with asyncio.timeout(10):
        while len(part._watchers) != count:  # noqa: ASYNC110 - nobody is told of it
            await asyncio.sleep(0)


async def test_what_another_process_wrote_arrives_once_and_only_where_it_may(
    house: House, database_url: str, tmp_path: Path
) -> None:
    ada, mallory = make_actor("ada"), make_actor("mallory", permissions=(READ.name,))
    member = make_actor("member", organization=ada.organization_id, permissions=(READ.name,))
    operator = make_actor("operator", permissions=(READ.name, OPERATE.name))
    async with open_house(MODULES, database_url, data_dir=tmp_path) as other:
        await other(ada, "GET", "/v1/counters/before")
        await recorder_of(other).flush()
        listeners = [Listener(house, who) for who in (member, mallory, operator)]
        await watched(house, 3)
        ours, theirs, everything = listeners
        for number in range(3):
            await other(ada, "GET", f"/v1/counters/c{number}")
            await other(mallory, "GET", f"/v1/counters/m{number}")
            await other(None, "GET", f"/none/{number}")
            await recorder_of(other).flush()
            await everything.until(lambda n=number: f"/none/{n}" in everything.paths())  # type: ignore[misc]  # a default as closure
    await house(ada, "GET", "/v1/counters/own")
    await recorder_of(house).flush()
    await everything.until(lambda: "/v1/counters/own" in everything.paths())
    await ours.until(lambda: "/v1/counters/own" in ours.paths())
    # Two more looks over the same rows show nothing again.
    part = house.backend.part(Tail)
    for _ in range(2):
        async with part._reading:
            await part._look()
    assert ours.paths() == [f"/v1/counters/{name}" for name in ("c0", "c1", "c2", "own")]
    assert theirs.paths() == [f"/v1/counters/m{number}" for number in range(3)]
    assert sorted(everything.paths()) == sorted(
        [*ours.paths(), *theirs.paths(), *(f"/none/{number}" for number in range(3))]
    )
    assert {event["organization_id"] for event in ours.events()} == {str(ada.organization_id)}
    for listener in listeners:
        assert listener.received.startswith(b"retry: 2000\n\nevent: following\n")
        assert len(listener.events("following")) == 1
        await listener.leave()
    await watched(house, 0)
    assert house.app.streams == set()


async def test_a_slow_reader_is_told_how_much_was_skipped(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "MAX_WAITING", 3)
    ada = make_actor("ada")
    slow = Listener(house, ada, reads=False)
    await watched(house, 1)
    (watcher,) = house.backend.part(Tail)._watchers
    taken = 0
    for number in range(10):
        watcher.offer(a_line(f"/{number}", ada.organization_id))
        if number == 0:  # the first is on its way already when the others come
            async with asyncio.timeout(10):
                while watcher._waiting:
                    await asyncio.sleep(0)
                    taken = 1
    slow.reads.set()
    await slow.until(lambda: "/9" in slow.paths())
    assert taken == 1
    assert slow.paths() == ["/0", "/7", "/8", "/9"]
    assert slow.events("skipped") == [{"requests": 6}]
    assert slow.received.index(b"skipped") < slow.received.index(b'"/7"')
    await slow.leave()


async def test_watchers_catch_up_when_the_database_was_away(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = make_actor("ada")
    part = house.backend.part(Tail)
    async with part.watch(ada) as watcher:
        async with part._reading:
            reader = part._database.reader
            monkeypatch.setattr(part._database, "reader", _nobody)
            for number in range(4):
                await house(ada, "GET", f"/v1/{number}")
            await recorder_of(house).flush()
            with pytest.raises(DatabaseUnavailable):
                await part._look()
            monkeypatch.setattr(part._database, "reader", reader)
            # Long after: what was written meanwhile is older than the usual overlap.
            assert part._looked_at is not None
            part._looked_at -= tail.OVERLAP * 10
        lines = watcher.lines()
        async with asyncio.timeout(10):
            seen = [await anext(lines) for _ in range(4)]
        assert [line.path for line in seen if not isinstance(line, Skipped)] == [f"/v1/{n}" for n in range(4)]


async def test_a_long_absence_is_read_in_pages(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "_MOST", 2)
    ada = make_actor("ada")
    part = house.backend.part(Tail)
    async with part.watch(ada) as watcher:
        for number in range(5):
            await house(ada, "GET", f"/v1/{number}")
        await recorder_of(house).flush()
        lines = watcher.lines()
        async with asyncio.timeout(10):
            seen = [await anext(lines) for _ in range(5)]
        assert len({line.id for line in seen if not isinstance(line, Skipped)}) == 5
        assert not watcher._waiting


def _nobody(_: Actor) -> Any:
    raise DatabaseUnavailable


def a_line(path: str, organization: UUID) -> Logged:
    from datetime import UTC, datetime

    return Logged(
        id=uuid7(),
        at=datetime.now(UTC),
        method="GET",
        path=path,
        route=None,
        status=200,
        error=None,
        actor=None,
        duration_us=1,
        statements=0,
        response_bytes=0,
        abandoned=False,
        request_id="r",
        trace_id="t",
        organization_id=organization,
    )  # fmt: skip - a table reads better in columns
