"""The proxy between real sockets: what is kept and given out, what is not, and what nobody may smuggle in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from backstay.kernel.clock import ManualClock
from backstay.systems.audit.module import module as audit
from backstay.systems.cache.module import module as cache
from backstay.systems.httpcache import forget
from backstay.systems.httpcache.module import module as httpcache
from backstay.systems.httpcache.service.running import proxying
from backstay.systems.idempotency.module import module as idempotency
from tests.conftest import make_actor
from tests.house import House, open_house
from tests.systems.httpcache.sockets import Answers, Origin, ask, exchanged, origin_of

MODULES = [idempotency, audit, cache, httpcache]


@asynccontextmanager
async def proxied(
    answers: Answers, url: str, clock: ManualClock, data: Path, **settings: str
) -> AsyncIterator[tuple[int, Origin, House]]:
    """A proxy's port, the origin behind it, and the house whose cache it uses."""
    environ = {f"BACKSTAY_HTTPCACHE_{name}".upper(): value for name, value in settings.items()}
    async with (
        open_house(MODULES, url, clock, data_dir=data, environ=environ) as house,
        origin_of(answers) as origin,
        proxying(house.backend, f"http://127.0.0.1:{origin.port}", "127.0.0.1", 0) as where,
    ):
        yield int(where.rpartition(":")[2]), origin, house


def answer(*lines: str, body: str = "", status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, f"Content-Length: {len(body)}", "", body]).encode()


async def test_an_answer_is_kept_validated_varied_voided_and_purged(
    database_url: str, clock: ManualClock, tmp_path: Path
) -> None:
    away = False

    async def answers(head: str) -> bytes | None:
        method, target, _ = head.split("\r\n", maxsplit=1)[0].split()
        if away:
            return None
        if target == "/tagged":
            return answer(
                "Cache-Control: max-age=60, stale-if-error=60", "Surrogate-Key: shelf other", body="t"
            )
        if method != "GET":
            return answer(status="204 No Content").replace(b"Content-Length: 0\r\n", b"")
        if 'if-none-match: "one"' in head.lower():
            return answer('ETag: "one"', "X-New: yes", status="304 Not Modified").replace(
                b"Content-Length: 0\r\n", b""
            )
        language = "de" if "accept-language: de" in head.lower() else "en"
        return answer(
            "Cache-Control: max-age=60", "Vary: Accept-Language", 'ETag: "one"', "Age: 5", body=language
        )

    async with proxied(answers, database_url, clock, tmp_path) as (port, origin, house):
        first = await ask(port, "/page", "Accept-Language: de")
        assert (first.status, first.body, first.told) == (
            200,
            "de",
            "backstay; fwd=uri-miss; fwd-status=200; stored",
        )
        clock.move(timedelta(seconds=10))
        again = await ask(port, "/page", "Accept-Language:  DE ")
        assert (again.body, again.told, again.fields["age"]) == ("de", "backstay; hit; ttl=45", "15")
        other = await ask(port, "/page", "Accept-Language: en")
        assert (other.body, other.told) == ("en", "backstay; fwd=vary-miss; fwd-status=200; stored")
        head = await ask(port, "/page", "Accept-Language: de", method="HEAD")
        assert (head.body, head.fields["content-length"], head.told) == ("", "2", "backstay; hit; ttl=45")
        assert len(origin.heads) == 2
        # Stale: the origin confirms it, and what it says with that is kept.
        clock.move(timedelta(seconds=46))
        confirmed = await ask(port, "/page", "Accept-Language: de", 'If-None-Match: "zero"')
        assert (confirmed.status, confirmed.body, confirmed.fields["x-new"]) == (200, "de", "yes")
        assert confirmed.told == "backstay; fwd=stale; fwd-status=304; stored"
        assert origin.said(2)["if-none-match"] == '"one"'
        assert (await ask(port, "/page", "Accept-Language: de")).told == "backstay; hit; ttl=60"
        # Changed by a client: all variants are gone, and a refusal would have left them.
        assert (await ask(port, "/page", method="DELETE")).status == 204
        assert (await ask(port, "/page", "Accept-Language: de")).told.startswith("backstay; fwd=uri-miss")
        # Purged by tag, with somebody else's commit; and by address, over HTTP.
        tagged = await ask(port, "/tagged")
        assert "surrogate-key" not in tagged.fields
        assert (await ask(port, "/tagged")).told == "backstay; hit; ttl=60"
        async with house.backend.database.transaction(make_actor("ada")) as uow:
            forget(uow, tags=["shelf"])
        assert (await ask(port, "/tagged")).told.startswith("backstay; fwd=uri-miss")
        operator = make_actor("olga", permissions=("httpcache:purge",))
        refused = await house(
            make_actor("ada", permissions=("cache:purge",)), "POST", "/v1/httpcache/purges", {}
        )
        assert refused.status_code == 403
        for what in ({"urls": ["http://A.example/tagged"]}, {"everything": True}):
            assert (await house(operator, "POST", "/v1/httpcache/purges", what)).status_code == 204
            assert (await ask(port, "/tagged")).told.startswith("backstay; fwd=uri-miss")
        wrong_urls = (
            "http://u@a.example/",
            "http://[::1/",
            "ftp://a/",
            "http://a/\n",
            "http://a/\0",
            "http://a:b/",
        )
        for wrong in ({"tags": ["a\n"]}, *({"urls": [url]} for url in wrong_urls)):
            assert (await house(operator, "POST", "/v1/httpcache/purges", wrong)).status_code == 422
        # The origin is away: what may be stale is given out until its time is over, and then nothing is.
        away = True
        clock.move(timedelta(seconds=100))
        rescued = await ask(port, "/tagged")
        assert (rescued.body, rescued.told) == ("t", "backstay; fwd=stale; detail=origin-away")
        clock.move(timedelta(seconds=30))
        failed = await ask(port, "/tagged")
        assert (failed.status, failed.fields["cache-control"]) == (502, "no-store")
        assert (await ask(port, "/none", "Cache-Control: only-if-cached")).status == 504


async def test_many_who_ask_at_once_ask_the_origin_once_and_nobody_waits_for_what_is_ones_own(
    database_url: str, clock: ManualClock, tmp_path: Path
) -> None:
    gate = asyncio.Event()
    waiting = asyncio.Event()
    arrived = 0

    async def answers(head: str) -> bytes | None:
        nonlocal arrived
        arrived += 1
        if arrived == 5:  # one for all, and each of four for themselves
            waiting.set()
        if "/shared" in head:
            await gate.wait()
            return answer("Cache-Control: max-age=60", body="shared")
        if arrived == 1:
            return answer("Cache-Control: private", body="mine")
        await gate.wait()
        return answer("Cache-Control: private", body="mine")

    async with proxied(answers, database_url, clock, tmp_path) as (port, origin, _):
        assert (await ask(port, "/own")).told == "backstay; fwd=uri-miss; fwd-status=200; detail=private"
        asking = [asyncio.create_task(ask(port, "/shared")) for _ in range(20)]
        own = [asyncio.create_task(ask(port, "/own")) for _ in range(3)]
        await waiting.wait()
        gate.set()
        told = sorted(reply.told for reply in await asyncio.gather(*asking))
        assert told == [
            *["backstay; fwd=uri-miss; collapsed"] * 19,
            "backstay; fwd=uri-miss; fwd-status=200; stored",
        ]
        assert [reply.body for reply in await asyncio.gather(*own)] == ["mine"] * 3
        assert sum("/shared" in head for head in origin.heads) == 1


async def test_what_one_client_says_reaches_no_other(
    database_url: str, clock: ManualClock, tmp_path: Path
) -> None:
    async def answers(head: str) -> bytes | None:
        target = head.split()[1]
        if target == "/longer":  # more than it says: an answer to somebody's next question
            return answer("Cache-Control: max-age=60", body="ab") + answer(body="poison")
        if target == "/coded":
            return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"
        if target == "/early":
            return b"HTTP/1.1 103 \r\nLink: </a>\r\nConnection: x\r\n\r\n" + answer(
                "Cache-Control: max-age=60", "Connection: X-Hop", "X-Hop: 1", "Set-Cookie: a=b", body="e"
            )
        return answer("Cache-Control: public, max-age=60", body="page")

    async with proxied(answers, database_url, clock, tmp_path) as (port, origin, _):
        lies = (
            "X-Forwarded-Host: evil",
            "X-Forwarded-For: 1.2.3.4",
            "Forwarded: host=evil",
            "X-Original-URL: /admin",
            "X-HTTP-Method-Override: DELETE",
            "Connection: Authorization, X-Mine",
            "X-Mine: 1",
            "Authorization: Basic x",
            "Proxy-Authorization: Basic y",
            "Via: 1.1 other",
        )
        assert (await ask(port, "/page//x/../%2e?b=1&a=2", *lies)).body == "page"
        said = origin.said(0)
        assert origin.heads[0].startswith("GET /page//x/../%2e?b=1&a=2 HTTP/1.1\r\n")
        pseudonym = said.pop("via").removeprefix("1.1 other, 1.1 ")
        assert said == {
            "host": "a.example",
            "authorization": "basic x",
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-proto": "http",
            "x-forwarded-host": "a.example",
        }
        # Two hosts: the one in the target counts, for the key as for the origin.
        assert (await ask(port, "HTTP://B.example:80/page")).told.endswith("stored")
        assert origin.said(1)["host"] == "b.example"
        # In no key: content of a GET, so it is neither kept nor answered from what is.
        fat = await ask(port, "/fat", body=b"poison")
        assert (fat.told, origin.bodies[-1]) == ("backstay; fwd=bypass; fwd-status=200", b"poison")
        assert (await ask(port, "/fat")).told.endswith("stored")
        # What an origin says too much is nobody's answer.
        assert (await ask(port, "/longer")).body == "ab"
        assert (await ask(port, "/after")).body == "page"
        assert (await ask(port, "/coded")).status == 502
        early = await exchanged(port, b"GET /early HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n")
        interim, _, final = early.partition(b"\r\n\r\n")
        assert interim == b"HTTP/1.1 103 \r\nlink: </a>"
        assert b"x-hop" not in final.lower()
        assert b"set-cookie: a=b\r\n" in final
        assert b"cache-status: backstay; fwd=uri-miss; fwd-status=200; detail=set-cookie\r\n" in final
        before = len(origin.heads)
        looped = await ask(port, "/page", f"Via: 1.1 {pseudonym}")
        refused = [
            await exchanged(port, data)
            for data in (
                b"GET /x HTTP/1.1\r\nConnection: close\r\n\r\n",
                b"GET /x HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\nConnection: close\r\n\r\n",
                b"GET /x HTTP/1.1\r\nHost: a.example/../b\r\nConnection: close\r\n\r\n",
                b"TRACE /x HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n",
                b"OPTIONS * HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n",
                b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
                b"GET /x HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 70_000,
            )
        ]
        assert looped.status == 508
        assert [data[9:12] for data in refused] == [b"400"] * 8 + [b""]
        assert origin.heads[before:] == []
