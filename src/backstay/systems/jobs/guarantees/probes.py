"""What the checks of jobs share: probes, jobs that leave a mark in the commit that ends them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from backstay.kernel.guarantees import Client, Lab, Operation, Reply, Server

PROBES: Final = "/v1/jobs/probes"
ASKED: Final = f"POST {PROBES}"
QUICK: Final = {
    "BACKSTAY_JOBS_LEASE": "1",
    "BACKSTAY_JOBS_SOFT_DEADLINE": "0.2",
    "BACKSTAY_JOBS_POLL": "0.2",
}
"""A lease as short as it may be, so that a check need not wait half a minute for a dead worker's jobs."""
_PATIENCE: Final = 30.0


class Mark(Struct, frozen=True):
    """What a probe has left."""

    name: str
    effects: int
    attempt: int | None
    began_at: datetime | None
    ended_at: datetime | None


async def ask(client: Client, name: str | None = None, **probe: Any) -> Reply:
    """Enqueue a probe, with a name of the client's own if none is given."""
    name = name or client.unique("probe")
    return await client.request("POST", PROBES, json={"name": name, **probe}, about=name, name=ASKED)


async def marks_of(app: Server) -> list[Mark]:
    """Every mark, as it is now."""
    return [msgspec.convert(mark, Mark) async for mark in app.walk(f"{PROBES}?limit=100")]


async def until(condition: Callable[[], Awaitable[bool]], patience: float = _PATIENCE) -> bool:
    """Ask again and again, up to `patience` seconds; whether it came true."""
    deadline = asyncio.get_running_loop().time() + patience
    while not (true := await condition()) and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 - a server's answer is no event here
        await asyncio.sleep(0.1)
    return true


async def settled(app: Server, patience: float = _PATIENCE) -> list[Mark]:
    """Every mark, once each job has ended, or when that did not come about."""
    marks: list[Mark] = []

    async def all_made() -> bool:
        marks[:] = await marks_of(app)
        return all(mark.effects for mark in marks)

    await until(all_made, patience)
    return marks


def asked(lab: Lab) -> list[Operation]:
    """Every probe that was asked for."""
    return [op for op in lab.history if op.name == ASKED]


def effects_of(marks: Sequence[Mark]) -> list[str]:
    """The probes' names, each as often as its effect happened."""
    return [mark.name for mark in marks for _ in range(mark.effects)]
