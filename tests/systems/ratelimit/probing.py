"""A module of the tests' own, whose routes are limited in every way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import ClassVar, Final

from backstay.kernel.actor import Actor, Permission
from backstay.kernel.errors import Forbidden
from backstay.kernel.http import Controller, Event, EventStream, FromPath, FromQuery, get, post
from backstay.kernel.module import Module
from backstay.systems.ratelimit import Concurrent, Critical, Limit, Per, Unlimited

USE: Final = Permission("probing:use", "Probe", presets=("user",))
KEEP: Final = Permission("probing:keep", "Probe what only few may")
SEARCH: Final = Limit("search", 3, window=60)


class Gate:
    """What a waiting handler waits for, and a sign that it does."""

    opened = asyncio.Event()
    reached = asyncio.Event()


class ProbingController(Controller):
    """Routes."""

    path: ClassVar[str] = "/probing"

    @get("/plain", permission=USE)
    async def plain(self) -> str:
        """Take from the house's policies alone."""
        return "plain"

    @get("/kept", permission=KEEP)
    async def kept(self) -> str:
        """Let in only few."""
        return "kept"

    @get("/open", public=True)
    async def open(self) -> str:
        """Let in anybody."""
        return "open"

    @get("/refusing", permission=USE)
    async def refusing(self) -> str:
        """Refuse by the handler's own word."""
        raise Forbidden

    @get("/search", permission=USE, declares=[SEARCH])
    async def search(self) -> str:
        """Cost one."""
        return "found"

    @get("/search/deep", permission=USE, declares=[Limit("search", 3, window=60, cost=2)])
    async def search_deep(self) -> str:
        """Cost two of the same."""
        return "found"

    @get("/search/impossible", permission=USE, declares=[Limit("search", 3, window=60, cost=4)])
    async def search_impossible(self) -> str:
        """Cost more than there ever is."""
        return "found"

    @get(
        "/both",
        permission=USE,
        declares=[SEARCH, Limit("narrow", 1, window=60, per=[Per.ADDRESS, Per.ROUTE])],
    )
    async def both(self) -> str:
        """Take from two."""
        return "both"

    @get("/organization", permission=USE, declares=[Limit("shared", 2, per=[Per.ORGANIZATION]), Unlimited()])
    async def organization(self) -> str:
        """Share with colleagues."""
        return "shared"

    @get("/watched", permission=USE, declares=[Limit("watched", 1, shadow=True)])
    async def watched(self) -> str:
        """Be counted only."""
        return "watched"

    @get("/items/{name:str}", permission=USE, declares=[Limit("items", 2, per=[Per.ROUTE, Per.ORGANIZATION])])
    async def item(self, name: FromPath[str]) -> str:
        """Be one route, whatever its name."""
        return name

    @get("/items/{name:str}/free", permission=USE, declares=[Unlimited()])
    async def free_item(self, name: FromPath[str]) -> str:
        """Cost nothing, whatever its name."""
        return name

    @get("/free", permission=USE, declares=[Unlimited()])
    async def free(self) -> str:
        """Cost nothing."""
        return "free"

    @post("/slow", permission=USE, status=200, declares=[Concurrent("slow", 1), Unlimited()])
    async def slow(self) -> str:
        """Wait for the gate."""
        Gate.reached.set()
        await Gate.opened.wait()
        return "slow"

    @get("/stream", permission=USE, declares=[Concurrent("stream", 1), Unlimited()])
    async def stream(self) -> EventStream:
        """Stream until the gate opens."""

        async def events() -> AsyncIterator[Event]:
            yield Event("first")
            Gate.reached.set()
            await Gate.opened.wait()

        return EventStream(events())

    @get("/vital", permission=USE, declares=[Critical(), Unlimited()])
    async def vital(self) -> str:
        """Be there."""
        return "vital"

    @get("/echo", permission=USE, declares=[Unlimited()])
    async def echo(self, actor: Actor, word: FromQuery[str]) -> str:
        """Say who."""
        return f"{actor.name} {word}"


module = Module(
    name="probing",
    summary="Probes.",
    package=__package__,
    permissions=[USE, KEEP],
    controllers=[ProbingController],
    declares=[Limit("letters", 2, window=3600, per=[Per.ACTOR])],
)
