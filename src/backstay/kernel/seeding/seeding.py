"""Sample data: each module writes its own, through its own service, the same rows for the same seed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from enum import StrEnum
from random import Random
from typing import Final
from uuid import UUID

from msgspec import Struct

from backstay.kernel.actor import SYSTEM, Actor, ActorKind
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import Database, UnitOfWork
from backstay.kernel.ids import ids_from
from backstay.kernel.module import Module
from backstay.kernel.seeding import queries
from backstay.kernel.seeding.sampler import Sampler
from backstay.kernel.signing import Keys

Advance = Callable[[str, int, int], None]
"""Told the module, how many of its units of sample data are done, and of how many."""


class Size(StrEnum):
    """How much sample data."""

    SMALL = "small"
    """Enough to look at."""
    MEDIUM = "medium"
    """Ten times as much: lists have pages."""
    LARGE = "large"
    """A hundred times as much: slow queries show."""


FACTORS: Final = {Size.SMALL: 1, Size.MEDIUM: 10, Size.LARGE: 100}


class SeedingError(Exception):
    """Sample data cannot be written; the message says why and what to do."""


class SeedResult(Struct, frozen=True):
    """What became of one module."""

    module: str
    wrote: bool
    """False: it had its sample data already."""
    size: str
    seed: int
    rows: int
    """Units of sample data that the module counted, as it passed them to `batches`."""


class Seeding(Sampler):
    """What a module's `seed` is given: sample values, and units of work to write them with.

    ```python
    async def seed(seeding: Seeding) -> None:
        for batch in seeding.batches(seeding.count(40)):
            async with seeding.unit(at=seeding.past(days=60)) as uow:
                for _ in batch:
                    await service.create(uow, title=seeding.title(), body=seeding.markdown())
    ```

    Inside, `uuid7` is repeatable too: the same seed, size and present give the same rows, ids included.
    """

    def __init__(
        self,
        database: Database,
        clock: ManualClock,
        actor: Actor,
        *,
        random: Random,
        size: Size,
        advance: Callable[[int, int], None],
    ) -> None:
        """Made by `seed`; `clock` is the one that `database` reads."""
        super().__init__(random, clock.now())
        self.actor = actor
        """Whose data it is unless told otherwise: the principal that a developer signs in as."""
        self.size = size
        self.done = 0
        self._total = 0
        self._database = database
        self._clock = clock
        self._advance = advance
        self._last_millisecond = 0
        self._counter = 0

    def count(self, small: int) -> int:
        """How many rows, when a small seeding has `small`: medium has 10 times, large 100 times that."""
        return small * FACTORS[self.size]

    def batches(self, total: int, *, of: int = 100) -> Iterator[range]:
        """The numbers below `total` in ranges of at most `of`, one a unit of work; counts as progress."""
        self._total += total
        for start in range(0, total, of):
            batch = range(start, min(start + of, total))
            yield batch
            self.done += len(batch)
            self._advance(self.done, self._total)

    def unit(
        self, actor: Actor | None = None, *, at: datetime | None = None
    ) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open a unit of work that is committed at the end of the block.

        Args:
            actor: who acts; `self.actor` when not given.
            at: when it happens, for stamps and ids; `self.present` when not given.
        """
        self._clock.move((at or self.present) - self._clock.now())
        return self._database.transaction(actor or self.actor)

    def person(self) -> Actor:
        """Somebody else in the actor's organization, with the same permissions."""
        return Actor(
            id=self.uuid(),
            kind=ActorKind.USER,
            name=self.name(),
            organization_id=self.actor.organization_id,
            permissions=self.actor.permissions,
        )

    def next_id(self) -> UUID:
        """A UUIDv7 at the moment of the open unit, from the random source; what `uuid7` returns here."""
        millisecond = int(self._clock.now().timestamp() * 1000)
        # As in `uuid7`: ids of one millisecond stay in the order in which they were made.
        self._counter = self._counter + 1 if millisecond == self._last_millisecond else 0
        self._last_millisecond = millisecond
        carry, counter = divmod(self._counter, 0x1000)
        value = ((millisecond + carry) << 80) | (0x7 << 76) | (counter << 64) | (0b10 << 62)
        return UUID(int=value | self.random.getrandbits(62))


async def seed(
    url: str,
    modules: Sequence[Module],
    *,
    keys: Keys,
    actor: Actor,
    present: datetime,
    size: Size = Size.SMALL,
    number: int = 1,
    only: str | Collection[str] = (),
    advance: Advance | None = None,
    prepare: Callable[[Database], None] | None = None,
) -> list[SeedResult]:
    """Let every module (or some, and those they require) write its sample data, unless it has it already.

    Args:
        url: the database; its tables must be up to date.
        modules: the composed modules, each after those it requires.
        keys: the deployment's.
        actor: whose data it becomes.
        present: the moment that "the last 90 days" are counted back from.
        size: how much.
        number: the seed. The same seed, size and present give the same rows.
        only: the name of one module, or of several; all of them when there is none.
        advance: told of progress.
        prepare: gives the units of work what systems hold for them; see `prepare_parts`.

    Raises:
        SeedingError: no such module, or an earlier seeding was killed half-way.
    """
    results: list[SeedResult] = []
    clock = ManualClock(present)
    database = await Database.open(url, clock=clock, keys=keys, pool_size=2)
    if prepare is not None:
        prepare(database)
    try:
        for module in _wanted(modules, only):
            if module.seed is not None:
                # The module before it left the clock in the past, and each counts from the same present.
                clock.move(present - clock.now())
                seeding = Seeding(
                    database,
                    clock,
                    actor,
                    # Each module has a source of its own, so that one more module changes no other's rows.
                    random=Random(f"{number}/{module.name}"),  # noqa: S311 - sample data, not secrets
                    size=size,
                    advance=_named(advance, module.name),
                )
                results.append(await _seed_one(database, module, seeding, number))
    finally:
        await database.close()
    return results


async def _seed_one(database: Database, module: Module, seeding: Seeding, number: int) -> SeedResult:
    assert module.seed is not None
    found = await database.reader(SYSTEM).first(queries.GET, module=module.name)
    if found is not None and found.finished_at is None:
        raise SeedingError(
            f"an earlier seeding of {module.name} stopped half-way: "
            f"start over with `backstay seed --module {module.name} --fresh`"
        )
    if found is not None:
        return SeedResult(module.name, wrote=False, size=found.size, seed=found.seed, rows=0)
    async with database.transaction(SYSTEM) as uow:
        await uow.execute(
            queries.BEGIN, module=module.name, size=seeding.size.value, seed=number, finished_at=None
        )
    with ids_from(seeding.next_id):
        await module.seed(seeding)
    async with database.transaction(SYSTEM) as uow:
        await uow.execute(queries.FINISH, module=module.name)
    return SeedResult(module.name, wrote=True, size=seeding.size.value, seed=number, rows=seeding.done)


def _wanted(modules: Sequence[Module], only: str | Collection[str]) -> list[Module]:
    names = [only] if isinstance(only, str) else list(only)
    if not names:
        return list(modules)
    by_name = {module.name: module for module in modules}
    for name in names:
        if name not in by_name:
            raise SeedingError(f"there is no module {name!r}; there are {', '.join(sorted(by_name))}")
    wanted: set[str] = set()
    left = names
    while left:
        name = left.pop()
        wanted.add(name)
        left.extend(by_name[name].requires)
    return [module for module in modules if module.name in wanted]


def _named(advance: Advance | None, module: str) -> Callable[[int, int], None]:
    def tell(done: int, total: int) -> None:
        if advance is not None:
            advance(module, done, total)

    return tell
