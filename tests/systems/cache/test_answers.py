"""Kept answers of routes: whose they are, what is never kept, and what clients are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from msgspec import Struct

from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.kernel.errors import NotFound, Unavailable
from backstay.kernel.http import Controller, FromPath, FromQuery, Request, Response, get
from backstay.systems.audit.module import module as audit
from backstay.systems.cache import Cache, Cached, Sharing, invalidate
from backstay.systems.cache.http import READ
from backstay.systems.cache.module import module as cache
from backstay.systems.idempotency.module import module as idempotency
from tests.conftest import make_actor
from tests.house import House, open_house

MODULES = [idempotency, audit, cache]


class Said(Struct):
    words: str
    asked: int


class Thing(Struct):
    version: int
    asked: int


class Pages(Controller):
    """Routes that count how often they were asked."""

    path: ClassVar[str] = "/pages"
    asked: ClassVar[int] = 0
    fails: ClassVar[Exception | None] = None
    hold: ClassVar[asyncio.Event | None] = None
    cookie: ClassVar[bool] = False

    @classmethod
    def count(cls) -> int:
        cls.asked += 1
        if cls.fails is not None:
            raise cls.fails
        return cls.asked

    @get("/mine", permission=READ, declares=[Cached(ttl=60, sharing=Sharing.PERSON, tags=("pages",))])
    async def mine(self, actor: Actor) -> Said:
        return Said(str(actor.id), self.count())

    @get(
        "/shared/{name:str}",
        permission=READ,
        declares=[
            Cached(
                ttl=60,
                sharing=Sharing.ORGANIZATION,
                tags=("page.{name}",),
                vary=("Accept-Language",),
                on_error=300,
                early=0,
            )
        ],
    )
    async def shared(
        self, name: FromPath[str], request: Request, a: FromQuery[str] = "", b: FromQuery[str] = ""
    ) -> Said:
        count = self.count()
        if self.hold is not None:
            await self.hold.wait()
        language = request.headers.get("accept-language", "")
        return Said(f"{name}{a}{b}{language}", count)

    @get("/open", public=True, declares=[Cached(ttl=60, sharing=Sharing.EVERYONE)])
    async def open(self) -> Said:
        return Said("open", self.count())

    @get("/version", permission=READ, declares=[Cached(ttl=60, sharing=Sharing.ORGANIZATION)])
    async def version_of(self) -> Thing:
        return Thing(1, self.count())

    @get("/headers", permission=READ, declares=[Cached(ttl=60, sharing=Sharing.ORGANIZATION)])
    async def headers(self, name: FromQuery[str], value: FromQuery[str]) -> Response[Said]:
        return Response(Said("", self.count()), headers={name: value})

    @get("/cookie", permission=READ, declares=[Cached(ttl=60, sharing=Sharing.ORGANIZATION)])
    async def beside(self, request: Request) -> Said:
        request.reply_headers.append((b"set-cookie", b"a=b"))
        return Said("", self.count())

    @get("/status", permission=READ, declares=[Cached(ttl=60, sharing=Sharing.ORGANIZATION)])
    async def status_of(self) -> Response[Said]:
        return Response(Said("", self.count()), status=203)


@pytest.fixture
async def house(database_url: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[House]:
    Pages.asked, Pages.fails, Pages.hold = 0, None, None
    async with open_house(MODULES, database_url, clock, data_dir=tmp_path, controllers=[Pages]) as opened:
        yield opened


async def said(house: House, who: Actor | None, path: str, **headers: str) -> Any:
    answer = await house(who, "GET", f"/v1/pages{path}", **headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["asked"]


async def test_an_answer_is_given_out_again(house: House, clock: ManualClock) -> None:
    ada = make_actor("ada")
    first = await house(ada, "GET", "/v1/pages/shared/x")
    clock.move(timedelta(seconds=7))
    second = await house(ada, "GET", "/v1/pages/shared/x")
    assert first.json() == second.json() == {"words": "x", "asked": 1}
    assert first.headers["cache-status"] == "backstay; fwd=miss; stored"
    assert "age" not in first.headers
    assert (second.headers["cache-status"], second.headers["age"]) == ("backstay; hit; ttl=53", "7")
    assert first.headers["etag"] == second.headers["etag"]
    assert second.headers["cache-control"] == "private, no-cache"
    assert second.headers["vary"] == "accept-language"
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    clock.move(timedelta(seconds=53))
    assert await said(house, ada, "/shared/x") == 2


async def test_it_is_answered_304_to_who_has_it(house: House) -> None:
    ada = make_actor("ada")
    tag = (await house(ada, "GET", "/v1/pages/shared/x")).headers["etag"]
    again = await house(ada, "GET", "/v1/pages/shared/x", if_none_match=tag)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    other = await house(ada, "GET", "/v1/pages/shared/y", if_none_match=tag)
    assert other.status_code == 200
    head = await house(ada, "HEAD", "/v1/pages/shared/x")
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", tag)
    assert Pages.asked == 2


async def test_a_version_is_no_tag_of_what_is_at_an_address_without_an_id(house: House) -> None:
    ada = make_actor("ada")
    for _ in range(2):
        answer = await house(ada, "GET", "/v1/pages/version", if_none_match='"1"')
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert Pages.asked == 1


async def test_it_is_nobody_elses(house: House) -> None:
    ada = make_actor("ada")
    colleague = make_actor("bob", organization=ada.organization_id, permissions=("cache:read",))
    stranger = make_actor("mallory")
    everybody = [ada, colleague, stranger]
    assert [await said(house, who, "/mine") for who in everybody] == [1, 2, 3]
    assert [await said(house, who, "/shared/x") for who in everybody] == [4, 4, 5]
    assert [await said(house, who, "/open") for who in [*everybody, None]] == [6, 6, 6, 6]
    assert [await said(house, who, "/mine") for who in everybody] == [1, 2, 3]


async def test_who_may_not_call_is_given_nothing_that_is_kept(house: House) -> None:
    ada = make_actor("ada")
    assert await said(house, ada, "/shared/x") == 1
    fired = make_actor("ada", organization=ada.organization_id, permissions=())
    assert (await house(fired, "GET", "/v1/pages/shared/x")).status_code == 403
    assert (await house(None, "GET", "/v1/pages/shared/x")).status_code == 401


async def test_a_name_that_looks_like_a_file_deceives_nobody(house: House) -> None:
    """Web cache deception: `/mine/x.css` is no style sheet of anybody's, and nothing is kept under it."""
    ada = make_actor("ada")
    await said(house, ada, "/mine")
    for path in (
        "/mine/x.css",
        "/mine%2Fx.css",
        "/mine;x.css",
        "/mine%00.css",
        "/mine/..%2fx.css",
        "/mine.css",
    ):
        for who in (ada, None):
            assert (await house(who, "GET", f"/v1/pages{path}")).status_code in {401, 404}
    assert Pages.asked == 1


async def test_query_and_headers_tell_answers_apart(house: House) -> None:
    ada = make_actor("ada")
    assert await said(house, ada, "/shared/x?a=1&b=2") == 1
    assert await said(house, ada, "/shared/x?b=2&a=1") == 1
    assert await said(house, ada, "/shared/x?a=1%26b%3D2") == 2
    assert await said(house, ada, "/shared/x?a=1&b=2", accept_language="de") == 3
    assert await said(house, ada, "/shared/x?a=1&b=2", accept_language="de") == 3
    assert await said(house, ada, "/shared/x?a=1&b=2", accept="application/json") == 1
    assert (await house(ada, "GET", "/v1/pages/shared/x?c=1")).status_code == 422
    assert (await house(ada, "GET", "/v1/pages/shared/x?c=1")).status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/headers?name=set-cookie&value=a",
        "/headers?name=cache-control&value=no-store",
        "/headers?name=cache-control&value=max-age%3D3,%20Private",
        "/cookie",
        "/status",
    ],
)
async def test_what_is_for_one_request_alone_is_not_kept(house: House, path: str) -> None:
    ada = make_actor("ada")
    for n in (1, 2):
        answer = await house(ada, "GET", f"/v1/pages{path}")
        assert (answer.json()["asked"], answer.headers["cache-status"]) == (
            n,
            "backstay; fwd=miss; detail=not-kept",
        )
    store = house.backend.part(Cache).store
    assert (await store.numbers()).entries == 0


async def test_it_is_forgotten_by_its_tag(house: House) -> None:
    ada = make_actor("ada")
    assert [await said(house, ada, "/shared/x"), await said(house, ada, "/shared/y")] == [1, 2]
    async with house.backend.database.transaction(ada) as uow:
        invalidate(uow, "page.x")
    assert [await said(house, ada, "/shared/x"), await said(house, ada, "/shared/y")] == [3, 2]


async def test_a_crowd_asks_the_route_once(house: House) -> None:
    ada = make_actor("ada")
    Pages.hold = asyncio.Event()
    asking = [asyncio.create_task(said(house, ada, "/shared/x")) for _ in range(20)]
    counts = house.backend.part(Cache).counts
    async with asyncio.timeout(10):
        while not counts or next(iter(counts.values())).joined < 19:  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0)
    Pages.hold.set()
    assert await asyncio.gather(*asking) == [1] * 20


async def test_an_outage_is_bridged_and_an_answer_is_not(house: House, clock: ManualClock) -> None:
    ada = make_actor("ada")
    assert await said(house, ada, "/shared/x") == 1
    clock.move(timedelta(seconds=100))
    Pages.fails = Unavailable("away")
    assert await said(house, ada, "/shared/x") == 1
    Pages.fails = NotFound()
    assert (await house(ada, "GET", "/v1/pages/shared/x")).status_code == 404
    Pages.fails = Unavailable("away")
    assert (await house(ada, "GET", "/v1/pages/shared/other")).status_code == 503


async def test_any_name_in_a_path_is_kept_or_not_but_never_an_error(house: House) -> None:
    ada = make_actor("ada")
    assert [await said(house, ada, "/shared/Ünder%20wegs") for _ in range(2)] == [1, 1]
    async with house.backend.database.transaction(ada) as uow:
        invalidate(uow, "page.Ünder wegs")
    assert await said(house, ada, "/shared/Ünder%20wegs") == 2
    long = "x" * 300
    assert [await said(house, ada, f"/shared/{long}") for _ in range(2)] == [3, 4]
