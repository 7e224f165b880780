"""Projections: what is kept up to date from the log, in its order, and rebuilt beside itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import msgspec

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, Reader, UnitOfWork
from backstay.kernel.errors import BackstayError
from backstay.kernel.event import Event
from backstay.kernel.telemetry import scrubbed
from backstay.kernel.trail import record
from backstay.systems.events.contracts import ProjectionState, Recorded
from backstay.systems.events.errors import NoSuchProjection
from backstay.systems.events.queries import log, readers
from backstay.systems.events.queries.readers import ProjectionRow
from backstay.systems.events.service.part import Events

_log: Final = logging.getLogger("backstay.events")
POLL: Final = 0.5
"""Seconds between looks for events of other processes."""
GATHERING: Final = 0.1
"""Seconds between two looks at the log, which let events come together."""
BATCH: Final = 200
"""Events in one transaction: on SQLite others wait for it."""
_LONGEST_PAUSE: Final = 30.0
FORGOTTEN: Final = 1000
"""Rows of a retired generation that are removed in one transaction."""

Apply = Callable[[UnitOfWork, int, Sequence[tuple[Recorded, Event]]], Awaitable[None]]
"""Takes events of one organization, in their order, into the rows of a generation: (unit of that
organization, generation, some events or one)."""
Forget = Callable[[UnitOfWork, int, int], Awaitable[int]]
"""Removes rows of a generation, of every organization: (unit, generation, at most) -> how many."""
Fill = Callable[[UnitOfWork, int], Awaitable[bool]]
"""Takes the next part of what was before: (unit of the house, generation) -> whether nothing is left."""


@dataclass(frozen=True, kw_only=True)
class Projection:
    """Rows that follow from the log alone; list it in a manifest's `declares`.

    Its rows carry the generation that wrote them, and readers ask `active_generation` for the one
    to look at. When `version` is raised, or somebody asks for a rebuild, a new generation reads the
    log from its beginning beside the one that is in use, and takes its place once it has caught up.
    The events that it follows should be of streams that are kept, for a rebuild reads what is there;
    or it has a `fill`, which takes the past from where that is kept for ever. The log is then followed
    from the place where it stood before the first part was taken.
    """

    name: str
    """`<module>.<what>`, unique and lasting."""
    events: Sequence[type[Event]]
    apply: Apply
    forget: Forget
    fill: Fill | None = None
    """In parts, each a transaction. What it takes, `apply` is told again in part: later ones must win."""
    version: int = 1
    """Raise it when `apply` changes in a way that old rows should show too."""
    summary: str = ""
    types: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Name the types once."""
        object.__setattr__(self, "types", frozenset(event.type for event in self.events))


async def active_generation(reader: Reader, projection: Projection) -> int:
    """The generation whose rows to read; 0 before any has caught up.

    Raises:
        NoSuchProjection: no composed module declares it.
    """
    if projection.name not in reader.part(Events).projections:
        raise NoSuchProjection
    return await reader.first(readers.ACTIVE, name=projection.name) or 0


async def rebuild(uow: UnitOfWork, name: str) -> int:
    """Begin a new generation beside the one in use; its number. One that is being built goes on.

    Raises:
        NoSuchProjection: no composed module declares it.
    """
    events = uow.part(Events)
    projection = events.projections.get(name)
    if projection is None:
        raise NoSuchProjection
    rows = await uow.all(readers.OF_PROJECTION, name=name)
    for row in rows:
        if row.state == ProjectionState.BUILDING and row.version == projection.version:
            return row.generation
    uow.after_commit(events.wake)
    generation = await _add(uow, projection, rows)
    after = {"generation": generation}
    record(uow, "events.projection_rebuilt", subject=("projection", name), after=after)
    return generation


async def _add(uow: UnitOfWork, projection: Projection, rows: Sequence[ProjectionRow]) -> int:
    generation = max((row.generation for row in rows), default=0) + 1
    standing = await uow.first(readers.STANDING)
    await uow.first(
        readers.ADD_GENERATION,
        name=projection.name,
        generation=generation,
        version=projection.version,
        state=ProjectionState.BUILDING.value,
        filling_from=None if projection.fill is None else standing.position if standing else 0,
        at=uow.now(),
    )
    return generation


class Projector:
    """Keeps projections up to date. Any number of processes may: each batch is one's."""

    def __init__(self, database: Database, events: Events) -> None:
        """Follows every projection that is declared."""
        self._database = database
        self._events = events
        self._failures: dict[str, int] = {}
        self._not_before: dict[str, float] = {}

    async def run(self) -> None:
        """Follow the log until cancelled."""
        while self._events.projections:
            busy = False
            for projection in self._events.projections.values():
                busy = await self._try_round(projection) or busy
            if not busy:
                await self._events.wait(POLL)
            # What follows closely is taken with it: a batch costs little more than one event.
            await asyncio.sleep(GATHERING)

    async def _try_round(self, projection: Projection) -> bool:
        now = asyncio.get_running_loop().time()
        if now < self._not_before.get(projection.name, 0.0):
            return False
        try:
            busy = await self.round(projection)
        except Exception as failure:  # noqa: BLE001 - whatever a projection raises stops only itself
            tries = self._failures[projection.name] = self._failures.get(projection.name, 0) + 1
            self._not_before[projection.name] = now + min(_LONGEST_PAUSE, 0.5 * 2**tries)
            code = failure.code if isinstance(failure, BackstayError) else type(failure).__name__
            _log.warning("the projection %s stands still: %s", projection.name, code)
            return False
        self._failures.pop(projection.name, None)
        return busy

    async def round(self, projection: Projection) -> bool:
        """Take one batch into each generation; whether there was anything to do.

        Raises:
            Exception: whatever the projection raised; noted at its generation, whose rows are as before.
        """
        rows = await self._database.reader(SYSTEM).all(readers.OF_PROJECTION, name=projection.name)
        newest = max((row.version for row in rows if row.state != ProjectionState.RETIRED), default=0)
        if newest < projection.version:
            await self._database.run(SYSTEM, lambda uow: _add(uow, projection, rows))
            return True
        standing = await self._database.reader(SYSTEM).first(readers.STANDING)
        end = standing.position if standing is not None else 0
        busy = False
        for row in rows:
            if row.state == ProjectionState.RETIRED:
                busy = await self._forget(projection, row) or busy
            elif row.version <= projection.version and (
                row.position < end or row.state == ProjectionState.BUILDING
            ):
                # A newer deployment's generation is left to its processes.
                busy = await self._follow(projection, row) or busy
        return busy

    async def _follow(self, projection: Projection, row: ProjectionRow) -> bool:
        places = {"name": row.name, "generation": row.generation}

        async def work(uow: UnitOfWork) -> bool:
            held = await uow.first(readers.HOLD_GENERATION, **places)
            standing = await uow.first(readers.STANDING)
            # Before anything is ever handed over the log has no positions, and the past may be there.
            end = standing.position if standing is not None else 0
            if held is None or held.state == ProjectionState.RETIRED:
                return False
            if projection.fill is not None and held.filling_from is not None:
                if await projection.fill(uow, held.generation):
                    await uow.execute(readers.END_FILLING, **places, at=uow.now())
                return True
            found = await uow.all(
                log.READ,
                after=held.position,
                until=end,
                all_types=0,
                types=sorted(projection.types),
                limit=BATCH,
            )
            of_each: dict[UUID, list[tuple[Recorded, Event]]] = {}
            for one in found:
                event = self._events.catalog.decode(one.type, one.data)
                of_each.setdefault(one.organization_id, []).append((one.recorded(), event))
            for organization_id, theirs in of_each.items():
                actor = msgspec.structs.replace(SYSTEM, organization_id=organization_id)
                await projection.apply(uow.on_behalf(actor), held.generation, theirs)
            whole = len(found) < BATCH
            position = end if whole else found[-1].position
            if position != held.position or held.error is not None:
                await uow.execute(readers.MOVE_GENERATION, **places, position=position, at=uow.now())
            if whole and held.state == ProjectionState.BUILDING:
                await self._switch(uow, held, end)
                return True
            return bool(found)

        try:
            return await self._database.run(SYSTEM, work)
        except Exception as failure:
            if not isinstance(failure, BackstayError) or failure.status < 500:
                words = scrubbed(f"{type(failure).__name__}: {failure}"[:500])
                await self._database.run(
                    SYSTEM,
                    lambda uow: uow.execute(readers.FAIL_GENERATION, **places, error=words, at=uow.now()),
                )
            raise

    @staticmethod
    async def _switch(uow: UnitOfWork, held: ProjectionRow, position: int) -> None:
        """Let readers see this generation from this commit on, unless that would take them back in time."""
        others = await uow.all(readers.OF_PROJECTION, name=held.name)
        active = [one for one in others if one.state == ProjectionState.ACTIVE]
        if any(one.position > position for one in active):
            return
        for one in active:
            await uow.execute(
                readers.SET_STATE,
                name=one.name,
                generation=one.generation,
                state=ProjectionState.RETIRED.value,
                at=uow.now(),
            )
        await uow.execute(
            readers.SET_STATE,
            name=held.name,
            generation=held.generation,
            state=ProjectionState.ACTIVE.value,
            at=uow.now(),
        )

    async def _forget(self, projection: Projection, row: ProjectionRow) -> bool:
        async def work(uow: UnitOfWork) -> bool:
            if await uow.first(readers.HOLD_GENERATION, name=row.name, generation=row.generation) is None:
                return False
            if await projection.forget(uow, row.generation, FORGOTTEN) < FORGOTTEN:
                await uow.execute(readers.FORGET_GENERATION, name=row.name, generation=row.generation)
            return True

        return await self._database.run(SYSTEM, work)
