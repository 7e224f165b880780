"""Invalidating: within the writer's unit of work, so that it happens with the commit or not at all."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import Final
from uuid import UUID
from weakref import WeakKeyDictionary

from backstay.kernel.actor import SYSTEM, SYSTEM_ORGANIZATION
from backstay.kernel.database import Database, UnitOfWork
from backstay.kernel.errors import BackstayError
from backstay.systems.cache import queries
from backstay.systems.cache.service.tail import Tail, shard_of, tag_of

EVERYTHING: Final = "*"
"""The tag that all of an organization's values carry, and nobody can write."""
_TAG: Final = re.compile(r"[^\x00-\x1f\x7f*][^\x00-\x1f\x7f]{0,199}")
_WINDOW: Final = 0.002
"""Seconds within which wake-ups are one notification: NOTIFY locks the whole server when it commits."""


class Invalidator:
    """Gathers the tags of each unit, and tells of them after its commit."""

    def __init__(self, database: Database, tail: Tail) -> None:
        """Asks nothing."""
        self._database = database
        self._tail = tail
        self._gathered: WeakKeyDictionary[UnitOfWork, dict[tuple[UUID, str], UnitOfWork]] = (
            WeakKeyDictionary()
        )
        self._telling: asyncio.Task[None] | None = None
        self._tell_again = False

    def add(self, uow: UnitOfWork, tags: tuple[str, ...], *, everyone: bool) -> None:
        """Invalidate at the unit's commit."""
        actor_unit = uow.on_behalf(SYSTEM) if everyone else uow
        organization = SYSTEM_ORGANIZATION if everyone else uow.organization_id
        if uow not in self._gathered:
            self._gathered[uow] = {}

            async def write() -> None:
                await self._write(uow)

            # Last, so that the number's row is held for as short as can be: from here to the commit.
            uow.before_commit(write, last=True)
        self._gathered[uow] |= {(organization, tag): actor_unit for tag in tags}

    async def _write(self, uow: UnitOfWork) -> None:
        gathered = self._gathered.pop(uow, {})
        shards: dict[int, list[tuple[UUID, str]]] = {}
        for organization, tag in gathered:
            shards.setdefault(shard_of(organization.hex), []).append((organization, tag))
        numbered: list[tuple[int, tuple[UUID, str]]] = []
        # In one order in every unit, so that none waits for another that waits for it.
        for shard, named in sorted(shards.items()):
            first = await self._number(uow, shard, named, gathered)
            numbered += enumerate(named, first)

        def committed() -> None:
            # Whoever is answered by this process after the commit is answered by what it did.
            for revision, (organization, tag) in numbered:
                self._tail.apply(tag_of(organization.hex, tag), revision)
            self._tell_others()

        uow.after_commit(committed)

    async def _number(
        self,
        uow: UnitOfWork,
        shard: int,
        named: list[tuple[UUID, str]],
        units: dict[tuple[UUID, str], UnitOfWork],
    ) -> int:
        """Write down what is invalidated in a shard, and return the number of the first."""
        who = uow.actor.id
        if len(named) == 1 and self._database.dialect == "postgresql":
            organization, tag = named[0]
            return await units[named[0]].one(
                queries.NOTE_ONE, shard=shard, organization=organization, tag=tag, actor_id=who
            )
        first = await uow.one(queries.ADVANCE, shard=shard, count=len(named)) - len(named) + 1
        for revision, key in enumerate(named, first):
            await units[key].execute(queries.NOTE, shard=shard, revision=revision, tag=key[1], actor_id=who)
        return first

    def _tell_others(self) -> None:
        self._tail.hear()
        if self._database.dialect == "postgresql":
            self._tell_again = True
            if self._telling is None:
                self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        try:
            while self._tell_again:
                self._tell_again = False
                # A notification that is lost makes the others later, by a look of theirs.
                with suppress(BackstayError):
                    await self._database.reader(SYSTEM).all(queries.TELL)
                await asyncio.sleep(_WINDOW)
        finally:
            self._telling = None

    async def close(self) -> None:
        """Tell what is to be told."""
        if self._telling is not None:
            await asyncio.wait([self._telling])


def invalidate(uow: UnitOfWork, *tags: str, everyone: bool = False) -> None:
    """Forget what the unit's organization has kept under these tags, with the unit's commit.

    After a rollback nothing has happened. After the commit, this process gives out none of it any
    more, and every other within 250 ms.

    Args:
        uow: whose change makes it old.
        tags: of what is old now.
        everyone: those of what everyone shares (`Sharing.EVERYONE`), rather than the organization's.

    Raises:
        ValueError: a tag has characters that no tag has.
    """
    for tag in tags:
        check_tag(tag)
    if tags:
        uow.part(Invalidator).add(uow, tags, everyone=everyone)


def invalidate_everything(uow: UnitOfWork) -> None:
    """As `invalidate`, for all that is kept for the unit's organization."""
    uow.part(Invalidator).add(uow, (EVERYTHING,), everyone=False)


def check_tag(tag: str) -> None:
    """Refuse what cannot be a tag.

    Raises:
        ValueError: see `is_tag`.
    """
    if not is_tag(tag):
        raise ValueError(f"{tag!r} is no tag: 1 to 200 characters, none of control, and no * before them")


def is_tag(text: str) -> bool:
    """Whether it is one: up to 200 characters, none of them of control, beginning with anything but `*`."""
    return _TAG.fullmatch(text) is not None
