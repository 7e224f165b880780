"""What the caching proxy promises: nobody's answer for anybody else, and nothing after its purge."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from backstay.kernel.errors import BackstayError
from backstay.kernel.guarantees import Client, Finding, Lab, Patch, Verdict, guarantee, judge
from backstay.systems.httpcache.contracts import Asked, Fields
from backstay.systems.httpcache.engines.origin import HttpOrigin
from backstay.systems.httpcache.service import keeping, policy, varying
from backstay.systems.httpcache.service.keeping import Keeping, tag_of

_PURGES: Final = "/v1/httpcache/purges"
_SETTLED: Final = 0.25
"""Seconds after its acknowledgement from which a purge holds everywhere."""
_OWN: Final = {
    "authorized": "cache-control: max-age=3600\r\n",
    "private": "cache-control: private, max-age=3600\r\n",
    "unstored": "cache-control: no-store, max-age=3600\r\n",
    "cookie": "cache-control: public, max-age=3600\r\nset-cookie: session={name}\r\n",
    "varied": "cache-control: max-age=3600\r\nvary: x-name\r\n",
    "guessed": "last-modified: Mon, 01 Jan 2024 00:00:00 GMT\r\n",
}
"""How an origin may say, or fail to say, that what it answers is one person's."""
_PEOPLE: Final = 4


class _Origin:
    """An origin in the check's own process: answers with who asked, or with the number that is now true."""

    def __init__(self) -> None:
        self.number = 0
        self.asked = 0
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                lines = head.split("\r\n")
                said = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
                self.asked += 1
                fields, body = await self._answer(lines[0].split()[1], said.get("x-name", ""))
                answer = f"HTTP/1.1 200 OK\r\n{fields}content-length: {len(body)}\r\n\r\n{body}"
                writer.write(answer.encode())
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the proxy was killed, or the check is over
        finally:
            writer.transport.abort()

    async def _answer(self, target: str, name: str) -> tuple[str, str]:
        _, kind, hold = target.split("/")[:3]
        if kind in _OWN:
            return _OWN[kind].replace("{name}", name), name
        number = self.number
        await asyncio.sleep(float(hold))
        return "cache-control: public, max-age=3600\r\nsurrogate-key: number\r\n", str(number)


@asynccontextmanager
async def _behind_a_proxy(lab: Lab, processes: int) -> AsyncIterator[tuple[_Origin, Any, int]]:
    origin = _Origin()
    server = await asyncio.start_server(origin.serve, "127.0.0.1", 0)
    origin.port = server.sockets[0].getsockname()[1]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    env = {
        "BACKSTAY_HTTPCACHE_ORIGIN": f"http://127.0.0.1:{origin.port}",
        "BACKSTAY_HTTPCACHE_PORT": str(port),
    }
    async with server:
        yield origin, await lab.server(processes=processes, env=env), port


async def _ask(port: int, target: str, fields: Fields) -> str | None:
    """What the proxy answers on a connection of its own; None when it does not."""
    client = HttpOrigin(f"http://127.0.0.1:{port}", connections=1, timeout=10.0)
    asked = Asked(method="GET", scheme="http", authority=f"127.0.0.1:{port}", target=target, fields=fields)
    try:
        given = await client.send(asked)
        body = (
            given.body if isinstance(given.body, bytes) else b"".join([piece async for piece in given.body])
        )
        return body.decode() if given.status == 200 else None
    except BackstayError:
        return None
    finally:
        await client.close()


@guarantee(
    "shared-answers-are-nobodys-own",
    promise="However many ask the caching proxy for one address at once, and whoever is killed meanwhile, "
    "nobody is given what the origin answered somebody else for themselves.",
    safety="break",
    faults=["kill"],
    trials=3,
    core=False,  # the core set has a minute for all systems
)
async def shared_answers_are_nobodys_own(lab: Lab) -> Verdict:
    """Let people ask for their own pages and for everybody's, all at once, and kill the proxy."""
    wrong: list[str] = []
    own = shared = 0

    async with _behind_a_proxy(lab, 1) as (origin, server, port):

        async def person(name: str, trial: int) -> None:
            nonlocal own, shared
            for round_ in range(2):
                for kind in _OWN:
                    fields: Fields = [("x-name", name), ("cookie", f"session={name}")]
                    if kind == "authorized":
                        fields.append(("authorization", f"Basic {name}"))
                    body = await _ask(port, f"/{kind}/{trial}-{round_}.css", fields)
                    own += body is not None
                    if body not in {None, name}:
                        wrong.append(f"{name} was given what {body} was answered at /{kind}")
                shared += await _ask(port, f"/number/0/{trial}", [("x-name", name)]) is not None

        async def purge_rarely(client: Client) -> None:
            await client.post(_PURGES, json={"tags": ["number"]})

        for trial in lab.trials():
            people = asyncio.gather(*(person(f"person-{number}", trial) for number in range(_PEOPLE)))
            await asyncio.sleep(lab.random.uniform(0.05, 0.3))
            await server.kill()
            await server.restart()
            await people
            await lab.clients(1).each(1, purge_rarely)
            await asyncio.gather(*(person(f"person-{number}", -trial) for number in range(_PEOPLE)))
        asked = origin.asked
    return judge(
        Finding(wrong[0]) if wrong else None,
        own_pages=own,
        shared_pages=shared,
        untried="nobody was answered" if not own else "nothing was kept" if asked >= own + shared else None,
    )


@shared_answers_are_nobodys_own.sabotage("keep whatever the origin says for how long")
def kept_for_anybody(patch: Patch) -> None:
    """Neither who asked nor what the answer forbids is looked at."""

    def may_store(*_: object) -> None:
        return None

    patch(policy, "may_store", may_store)


@shared_answers_are_nobodys_own.sabotage("leave what the answer varies by out of the key")
def one_variant(patch: Patch) -> None:
    """One answer an address."""

    def variant(*_: object) -> str:
        return "-"

    patch(varying, "variant", variant)


@guarantee(
    "purged-answers-end-in-250-ms",
    promise="250 ms after a purge was acknowledged, no process of the caching proxy gives out what it named, "
    "nor what the origin was asked for before it.",
    safety="break",
    trials=4,
    core=False,  # the core set has a minute for all systems
)
async def purged_answers_end(lab: Lab) -> Verdict:
    """Change what is kept, purge it, and ask both processes on many connections."""
    old: list[str] = []
    asked = 0
    async with _behind_a_proxy(lab, 2) as (origin, _, port):
        purges: dict[str, dict[str, Any]] = {"tag": {"tags": ["number"]}, "everything": {"everything": True}}

        async def purge(client: Client, what: dict[str, Any]) -> None:
            reply = await client.post(_PURGES, json=what)
            assert reply.ok, reply.body

        def purging(what: dict[str, Any]) -> Callable[[Client], Awaitable[None]]:
            return lambda client: purge(client, what)

        writer = lab.clients(1)
        for trial in lab.trials():
            quick, slow = f"/number/0/{trial}", f"/number/0.5/{trial}"
            urls = {"urls": [f"http://127.0.0.1:{port}{target}" for target in (quick, slow)]}
            for words, what in {**purges, "url": urls}.items():
                await asyncio.gather(*(_ask(port, quick, []) for _ in range(8)))
                late = asyncio.gather(*(_ask(port, slow, []) for _ in range(8)))
                await asyncio.sleep(0.2)
                origin.number += 1
                await writer.each(1, purging(what))
                await asyncio.sleep(_SETTLED)
                new = str(origin.number)
                for target in (quick, slow, quick, slow):
                    answers = await asyncio.gather(*(_ask(port, target, []) for _ in range(4)))
                    asked += sum(answer is not None for answer in answers)
                    if wrong := {*answers} - {None, new}:
                        old.append(f"after a purge by {words}, {target} was {wrong.pop()} and not {new}")
                await late
    return judge(
        Finding(old[0]) if old else None, asked=asked, untried=None if asked else "nobody was answered"
    )


@purged_answers_end.sabotage("keep answers under a tag that nobody purges")
def untagged(patch: Patch) -> None:
    """A purge has nothing to find."""

    def unknown(*_: object) -> list[str]:
        return [tag_of("nobody-purges-this")]

    patch(keeping, "tags_of", unknown)


@purged_answers_end.sabotage("note what is known of purges once the answer is there")
def marked_late(patch: Patch) -> None:
    """The usual order: fetch, then keep."""
    keep = Keeping.keep

    async def late(self: Keeping, *args: Any, mark: int) -> bool:
        # Waits until this process has heard of what was purged while the origin was asked.
        await asyncio.sleep(_SETTLED)
        return await keep(self, *args, mark=await self.mark() or mark)

    patch(Keeping, "keep", late)
