"""How much runs at once: places of routes, and what a process leaves when it has too much to do."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from backstay.systems.ratelimit import Limiter, Overloaded
from backstay.systems.ratelimit.service.places import Places
from backstay.systems.ratelimit.service.shedding import Shedder
from tests.conftest import make_actor
from tests.house import House
from tests.systems.ratelimit.conftest import Opener
from tests.systems.ratelimit.probing import Gate

Message = MutableMapping[str, Any]
ADA = make_actor("ada")
BOB = make_actor("bob")


@pytest.fixture
def engine_name() -> str:
    """One will do: places are the memory store's here."""
    return "sqlite"


@pytest.fixture(autouse=True)
def gate(monkeypatch: pytest.MonkeyPatch) -> type[Gate]:
    monkeypatch.setattr(Gate, "opened", asyncio.Event())
    monkeypatch.setattr(Gate, "reached", asyncio.Event())
    return Gate


async def left(house: House) -> None:
    """Wait until what has ended has given its places back."""
    places = house.backend.part(Places)
    await asyncio.gather(*places._leaving)
    assert places._held == {}


async def test_no_more_run_at_once_than_there_are_places(house: House, gate: type[Gate]) -> None:
    first = asyncio.create_task(house(ADA, "POST", "/v1/probing/slow"))
    await gate.reached.wait()
    refused = await house(ADA, "POST", "/v1/probing/slow")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert refused.json()["violated-policies"] == ["slow"]
    assert refused.headers["ratelimit-policy"] == '"slow";q=1;qu="concurrent-requests"'
    assert refused.headers["ratelimit"] == '"slow";r=0'
    gate.reached.clear()
    other = asyncio.create_task(house(BOB, "POST", "/v1/probing/slow"))
    await gate.reached.wait()
    gate.opened.set()
    assert [(await one).status_code for one in (first, other)] == [200, 200]
    await left(house)
    assert (await house(ADA, "POST", "/v1/probing/slow")).status_code == 200


class Line:
    """An ASGI connection that the test holds in its hands."""

    def __init__(self, house: House, path: str, method: str = "GET") -> None:
        token = house.signed_in(ADA)["authorization"].encode()
        self.sent: list[Message] = []
        self.broken = False
        self._gone = asyncio.Event()
        self._asked = False
        scope: dict[str, Any] = {
            "type": "http",
            "method": method,
            "path": path,
            "scheme": "http",
            "query_string": b"",
            "client": ("127.0.0.1", 5000),
            "headers": [(b"authorization", token), (b"host", b"testserver")],
        }
        self.task = asyncio.create_task(house.app(scope, self._receive, self._send))

    def leave(self) -> None:
        self._gone.set()

    async def _receive(self) -> Message:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if self.broken:
            raise OSError("the connection is broken")
        self.sent.append(message)


async def test_a_stream_holds_its_place_until_its_client_leaves(house: House, gate: type[Gate]) -> None:
    line = Line(house, "/v1/probing/stream")
    await gate.reached.wait()
    assert (await house(ADA, "GET", "/v1/probing/stream")).status_code == 429
    line.leave()
    await line.task
    await left(house)
    gate.opened.set()
    assert (await house(ADA, "GET", "/v1/probing/stream")).status_code == 200


async def test_a_place_is_given_back_when_the_answer_cannot_be_sent(house: House, gate: type[Gate]) -> None:
    line = Line(house, "/v1/probing/stream")
    line.broken = True
    with pytest.raises(OSError, match="broken"):
        await line.task
    await left(house)
    head = Line(house, "/v1/probing/stream", "HEAD")
    await head.task
    assert head.sent[0]["status"] == 200
    await left(house)
    gate.opened.set()
    assert (await house(ADA, "GET", "/v1/probing/stream")).status_code == 200


async def test_a_place_refused_takes_nothing_of_a_quota(open_limited: Opener, gate: type[Gate]) -> None:
    async with open_limited() as house:
        line = asyncio.create_task(house(ADA, "POST", "/v1/probing/slow"))
        await gate.reached.wait()
        refused = await house(ADA, "POST", "/v1/probing/slow")
        assert refused.status_code == 429
        gate.opened.set()
        await line
        await house.backend.part(Limiter).meters.flush()
        counted = (await house(BOB, "GET", "/v1/ratelimit/minutes")).json()
        assert [(one["policy"], one["admitted"], one["refused"]) for one in counted] == [("slow", 0, 1)]


async def test_what_is_critical_has_a_share_of_its_own(open_limited: Opener, gate: type[Gate]) -> None:
    limits = {"BACKSTAY_RATELIMIT_IN_FLIGHT": "2", "BACKSTAY_RATELIMIT_CRITICAL_SHARE": "0.5"}
    async with open_limited(**limits) as house:
        busy = asyncio.create_task(house(ADA, "POST", "/v1/probing/slow"))
        await gate.reached.wait()
        shed = await house(BOB, "GET", "/v1/probing/plain")
        assert (shed.status_code, shed.headers["retry-after"]) == (503, "2")
        problem = shed.json()
        assert (problem["code"], problem["violated-policies"]) == ("overloaded", ["in-flight"])
        assert problem["type"] == "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity"
        assert shed.headers["content-type"] == "application/problem+json"
        assert (await house(BOB, "GET", "/v1/probing/vital")).status_code == 200
        assert (await house(BOB, "GET", "/v1/ratelimit/load")).json()["running"] == 2
        gate.opened.set()
        assert (await busy).status_code == 200
        assert (await house(BOB, "GET", "/v1/probing/plain")).status_code == 200
        assert house.backend.part(Shedder).running == 0


async def test_a_late_event_loop_sheds_what_is_not_critical(house: House) -> None:
    shedder = house.backend.part(Shedder)
    shedder.late = 1.5
    shed = await house(ADA, "GET", "/v1/probing/plain")
    assert (shed.status_code, shed.json()["violated-policies"]) == (503, ["event-loop-lag"])
    assert (await house(ADA, "GET", "/v1/probing/vital")).status_code == 200


def test_only_what_is_late_five_times_on_end_counts_as_late() -> None:
    shedder = Shedder(None, 0.2, 1.0)
    for late in (9, 9, 9, 9):
        shedder.note(late)
    assert shedder.late == 0
    shedder.note(2)
    assert shedder.late == 2
    with pytest.raises(Overloaded):
        shedder.enter(critical=False)
    shedder.enter(critical=True)
    shedder.note(0)
    shedder.enter(critical=False)
    assert shedder.running == 2
