"""The checks, wherever `env` says that values are kept, and the bugs that they must catch."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from backstay.kernel.actor import SYSTEM_ORGANIZATION
from backstay.kernel.guarantees import Client, Finding, Lab, Operation, Patch, Verdict, judge
from backstay.systems.cache import contracts
from backstay.systems.cache.service import tail
from backstay.systems.cache.service.cache import Cache
from backstay.systems.cache.service.flights import Flight, Flights
from backstay.systems.cache.service.tail import Tail

_PROBES: Final = "/v1/cache/probes"
_MINE: Final = "/v1/cache/mine"
_KEYS: Final = "/v1/api-keys"
_SCOPES: Final = ["cache:read", "notes:read", "counter:read", "notes:write"]
LIMIT: Final = 0.25
"""Seconds after its acknowledgement from which an invalidation holds everywhere."""
_CROWD: Final = 1000


async def ones_own(lab: Lab, env: Mapping[str, str]) -> Verdict:
    """Let two organizations, and keys of several rights in one, ask for the same things again and again."""
    await lab.server(processes=2, env=env)
    organizations = {"lab": 1, "neighbour": 2}
    for name, number in organizations.items():
        await lab.clients(1, organization=name).each(1, _set("same", number))  # type: ignore[arg-type]  # one of the two
    keys: list[tuple[dict[str, str], int]] = []

    async def issue(client: Client) -> None:
        for count in range(2, len(_SCOPES) + 1):
            issued = await client.post(_KEYS, json={"name": "probe", "scopes": _SCOPES[:count]})
            keys.append(({"Authorization": f"Bearer {issued['key']}"}, count))

    await lab.clients(1).each(1, issue)
    wrong: list[Operation] = []
    asked = 0

    async def ask(client: Client) -> None:
        nonlocal asked
        for headers, count in client.random.sample(keys, len(keys)):
            for path in (_MINE, f"{_MINE}/answer"):
                reply = await client.get(path, headers=headers)
                asked += reply.ok
                if reply.ok and reply["permissions"] != count:
                    wrong.append(reply.operation)

    def own(number: int) -> Callable[[Client], Awaitable[None]]:
        async def read(client: Client) -> None:
            nonlocal asked
            for path in (f"{_PROBES}/same", f"{_PROBES}/same/answer"):
                reply = await client.get(path)
                asked += reply.ok
                if reply.ok and reply["value"] != number:
                    wrong.append(reply.operation)

        return read

    for _ in lab.trials():
        await asyncio.gather(
            lab.clients(4).each(5, ask),
            lab.clients(4).each(10, own(organizations["lab"])),
            lab.clients(4, organization="neighbour").each(10, own(organizations["neighbour"])),
        )
    words = "somebody was given what was computed for somebody else"
    return judge(
        Finding(words, (wrong[0].id,)) if wrong else None,
        answers=asked,
        untried=None if asked else "nobody was answered",
    )


async def one_computation(lab: Lab, env: Mapping[str, str]) -> Verdict:
    """Let a thousand ask four processes at once for what is not there, and count the computations."""
    app = await lab.server(processes=4, env=env)
    writer, crowd = lab.clients(1), lab.clients(_CROWD, timeout=60)
    findings: list[Finding] = []
    answered = 0
    for trial in lab.trials():
        name = f"crowd-{trial}"
        await writer.each(1, _set(name, trial))

        async def ask(client: Client, name: str = name) -> None:
            nonlocal answered
            reply = await client.get(f"{_PROBES}/{name}?hold=3")
            answered += reply.ok

        await crowd.each(1, ask)
        rows = [row async for row in app.walk(_PROBES) if row["name"] == name]
        if rows[0]["fills"] != 1:
            findings.append(Finding(f"it was computed {rows[0]['fills']} times"))
    return judge(
        findings[0] if findings else None,
        answers=answered,
        untried=None if answered >= _CROWD // 2 else "hardly anybody was answered",
    )


async def nothing_old(lab: Lab, env: Mapping[str, str]) -> Verdict:
    """Change a number on one process while all read it, and see what each gives out 250 ms later."""
    await lab.server(processes=2, env=env)
    writer, readers = lab.clients(1), lab.clients(4)
    old: list[Operation] = []
    read = 0

    async def look(client: Client) -> None:
        await client.get(f"{_PROBES}/changing")
        await client.get(f"{_PROBES}/changing/answer")

    await writer.each(1, _set("changing", 0))
    for trial in lab.trials():

        async def judged(client: Client, least: int = trial) -> None:
            nonlocal read
            for path in (f"{_PROBES}/changing", f"{_PROBES}/changing/answer"):
                reply = await client.get(path)
                read += reply.ok
                if reply.ok and reply["value"] < least:
                    old.append(reply.operation)

        async with readers.running(look):
            await lab.acknowledged(20)
            await writer.each(1, _set("changing", trial))
            await asyncio.sleep(LIMIT)
            await lab.clients(4).each(3, judged)
    words = f"an old value was given out more than {LIMIT * 1000:.0f} ms after its invalidation"
    return judge(
        Finding(words, (old[0].id,)) if old else None,
        read_after_invalidation=read,
        untried=None if read else "nothing was read",
    )


async def nothing_late(lab: Lab, env: Mapping[str, str]) -> Verdict:
    """Change a number while it is being computed, and see what is kept of that."""
    await lab.server(processes=2, env=env)
    writer, slow, readers = lab.clients(1), lab.clients(2), lab.clients(4)
    old: list[Operation] = []
    read = 0
    for trial in lab.trials():
        name = f"late-{trial}"
        await writer.each(1, _set(name, 1))

        async def compute(client: Client, name: str = name) -> None:
            await client.get(f"{_PROBES}/{name}?hold=1")

        async def judged(client: Client, name: str = name) -> None:
            nonlocal read
            reply = await client.get(f"{_PROBES}/{name}")
            read += reply.ok
            if reply.ok and reply["value"] != 2:
                old.append(reply.operation)

        computing = asyncio.ensure_future(slow.each(1, compute))
        await asyncio.sleep(0.4)
        await writer.each(1, _set(name, 2))
        await computing
        await asyncio.sleep(LIMIT)
        await readers.each(2, judged)
    words = "a value that was computed before its invalidation was kept after it"
    return judge(
        Finding(words, (old[0].id,)) if old else None,
        read_afterwards=read,
        untried=None if read else "nothing was read",
    )


def _set(name: str, value: int) -> Callable[[Client], Awaitable[Any]]:
    async def put(client: Client) -> None:
        await client.put(f"{_PROBES}/{name}", json={"value": value})

    return put


def for_anybody(patch: Patch) -> None:
    """Keep everything under the name of what it is, as caches of URLs do."""
    nobody = (SYSTEM_ORGANIZATION, "everyone")

    def whose(actor: object, sharing: object) -> tuple[object, str]:
        del actor, sharing
        return nobody

    patch(contracts, "_whose", whose)


def for_the_organization(patch: Patch) -> None:
    """Forget that two who work in one organization are two."""
    whose = contracts._whose

    def widely(actor: Any, sharing: Any) -> Any:
        return whose(actor, sharing)[0], "organization"

    patch(contracts, "_whose", widely)


def alone(patch: Patch) -> None:
    """Each process sees to it that it computes once, and no more."""

    async def once(self: Flights, key: str, flight: Flight, compute: Any, usable: Any, *, wait: bool) -> Any:
        del self, key, usable, wait
        return await compute(flight)

    patch(Flights, "_once", once)


def deaf(patch: Patch) -> None:
    """Believe what was known for a minute, and look no sooner."""

    async def follow(self: Tail) -> None:
        del self
        await asyncio.get_running_loop().create_future()

    patch(tail, "TRUSTED", 60.0)
    patch(Tail, "follow", follow)


def unjudged(patch: Patch) -> None:
    """Give out whatever is kept for as long as its time lasts."""

    def judge(self: Tail, entry: object) -> bool:
        del self, entry
        return True

    patch(Tail, "judge", judge)


def marked_late(patch: Patch) -> None:
    """Note what is known when the computation has ended, rather than when it begins."""
    compute = Cache._compute

    async def late(self: Cache, key: Any, fill: Any, ttl: Any, flight: Flight) -> Any:
        async def filled() -> Any:
            value = await fill()
            tags = [tag for tag, _ in flight.stamps]
            # What the writer's own process knows for certain, the other may not have heard yet.
            await asyncio.sleep(LIMIT)
            await self._tail.trust()
            flight.base, flight.stamps = self._tail.stamps(tags)
            return value

        return await compute(self, key, filled, ttl, flight)

    patch(Cache, "_compute", late)
