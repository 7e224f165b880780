"""The cache over HTTP: how it does, what was invalidated, forgetting by hand, and probes."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final

from msgspec import Meta, Struct

from backstay.kernel.actor import Permission
from backstay.kernel.backend import Backend
from backstay.kernel.database import Page, Reader, UnitOfWork
from backstay.kernel.http import Controller, FromPath, FromQuery, JSONBody, ListQuery, get, post, put
from backstay.systems.cache import service
from backstay.systems.cache.contracts import Cached, CacheView, Invalidation, Purge, Sharing
from backstay.systems.cache.queries import PROBES, RECENT, ProbeRow
from backstay.systems.cache.service import probing

READ: Final = Permission(
    "cache:read", "See how the cache does and what was invalidated", presets=("support",)
)
PURGE: Final = Permission("cache:purge", "Forget what is kept for the organization", presets=("admin",))

ProbeName = Annotated[
    str, Meta(pattern="^[a-z0-9][a-z0-9-]{0,49}$", description="Whose number.", examples=["first"])
]
Hold = Annotated[float, Meta(ge=0, le=5, description="Seconds that computing it takes.")]


class NewNumber(Struct, frozen=True, forbid_unknown_fields=True):
    """A number to be."""

    value: Annotated[int, Meta(ge=-(2**53) + 1, le=2**53 - 1, examples=[1])]


class CacheController(Controller):
    """How the cache does."""

    path: ClassVar[str] = "/cache"

    @get(permission=READ)
    async def show(self, reader: Reader) -> CacheView:
        """See hit rates by kind of value, and what is kept, over all processes."""
        return await service.show(reader)

    @get("/invalidations", permission=READ, listing=RECENT)
    async def list_invalidations(self, reader: Reader, query: ListQuery) -> Page[Invalidation]:
        """List the tags that were invalidated within the last hour, newest first."""
        return await service.list_invalidations(reader, query)

    @post("/purges", permission=PURGE, status=204)
    async def purge(self, uow: UnitOfWork, data: JSONBody[Purge]) -> None:
        """Forget what is kept for the organization, by tags or altogether; the audit trail names who did."""
        await service.purge(uow, data)


class ProbesController(Controller):
    """Numbers to try the cache with."""

    path: ClassVar[str] = "/cache/probes"

    @get(permission=READ, listing=PROBES)
    async def list_probes(self, reader: Reader, query: ListQuery) -> Page[ProbeRow]:
        """List the numbers as they are, and how often each was computed."""
        return await probing.list_probes(reader, query)

    @put("/{name:str}", permission=PURGE)
    async def put_probe(
        self, uow: UnitOfWork, name: FromPath[ProbeName], data: JSONBody[NewNumber]
    ) -> ProbeRow:
        """Set a number, and forget what is kept of it in the same commit."""
        return await probing.put(uow, name, data.value)

    @get("/{name:str}", permission=READ)
    async def read_probe(
        self, reader: Reader, backend: Backend, name: FromPath[ProbeName], hold: FromQuery[Hold] = 0.0
    ) -> ProbeRow:
        """Read a number as it is kept; `fills` says how often it has been computed."""
        return await probing.read(reader, backend.database, name, hold)

    @get(
        "/{name:str}/answer",
        permission=READ,
        declares=[Cached(ttl=3600, sharing=Sharing.ORGANIZATION, tags=("probe.{name}",))],
    )
    async def answer_probe(
        self, reader: Reader, backend: Backend, name: FromPath[ProbeName], hold: FromQuery[Hold] = 0.0
    ) -> ProbeRow:
        """Read a number by an answer that is kept whole."""
        return await probing.compute(reader, backend.database, name, hold)


class MineController(Controller):
    """What is kept for one person alone."""

    path: ClassVar[str] = "/cache/mine"

    @get(permission=READ)
    async def read_mine(self, reader: Reader) -> probing.Mine:
        """Read who one is, as it is kept: never anybody else."""
        return await probing.read_mine(reader)

    @get("/answer", permission=READ, declares=[Cached(ttl=3600, sharing=Sharing.PERSON, tags=("probes",))])
    async def answer_mine(self, reader: Reader) -> probing.Mine:
        """Read who one is, by an answer that is kept whole."""
        return probing.mine(reader.actor)
