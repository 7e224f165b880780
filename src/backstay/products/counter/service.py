"""What one can do with counters. `owner_id` is a person's id, or the organization's for a shared counter."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from backstay.kernel.database import ConstraintViolation, ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.kernel.personal import PersonalData
from backstay.kernel.trail import record
from backstay.products.counter import queries
from backstay.products.counter.contracts import Counter, Day, Move
from backstay.products.counter.errors import CounterChanged, CounterOutOfRange, NoSuchCounter
from backstay.products.counter.events import CounterMoved, CounterRemoved

MOVES_KEPT: Final = timedelta(hours=24)
"""How long a move is kept."""
_FORGET_EVERY: Final = 64
_NOBODY: Final = UUID(int=0)


async def get(reader: Reader, owner_id: UUID, name: str) -> Counter:
    """Where the counter stands.

    Raises:
        NoSuchCounter: nobody has moved it yet.
    """
    counter = await reader.first(queries.GET, owner_id=owner_id, name=name)
    if counter is None:
        raise NoSuchCounter
    return counter


async def list_(reader: Reader, owner_id: UUID, request: ListRequest) -> Page[Counter]:
    """The owner's counters."""
    return await reader.page(queries.LIST, request, owner_id=owner_id)


async def moves(reader: Reader, owner_id: UUID, name: str, request: ListRequest) -> Page[Move]:
    """The counter's moves of the last 24 hours, and older ones not yet forgotten.

    Raises:
        NoSuchCounter: there is none of this name.
    """
    counter = await reader.first(queries.FIND, owner_id=owner_id, name=name)
    if counter is None:
        raise NoSuchCounter
    return await reader.page(queries.MOVES, request, counter_id=counter.id)


async def add(uow: UnitOfWork, owner_id: UUID, name: str, amount: int) -> Counter:
    """Move the counter by `amount` (negative to go down) and return where it stands.

    Raises:
        CounterOutOfRange: it would leave the range of exact JSON numbers.
    """
    try:
        row = await uow.one(queries.ADD, id=uuid7(), owner_id=owner_id, name=name, amount=amount)
    except ConstraintViolation as refused:
        raise CounterOutOfRange from refused
    return await _record(uow, owner_id, row, amount)


async def reset(uow: UnitOfWork, owner_id: UUID, name: str, *, expected: int, value: int = 0) -> Counter:
    """Set the counter, if it still has the version expected.

    Raises:
        NoSuchCounter: there is none of this name.
        CounterChanged: it was moved since; the problem's `version` tells where it is now.
    """
    row = await uow.first(queries.RESET, owner_id=owner_id, name=name, expected=expected, value=value)
    if row is None:
        raise CounterChanged(version=(await get(uow, owner_id, name)).version)
    shared = owner_id == uow.organization_id
    record(
        uow,
        "counter.counter_reset",
        subject=("counter", row.id),
        before={"version": expected},
        # What is one person's alone is not the organization's to read.
        after={"version": row.version} | ({"name": name, "value": value} if shared else {}),
    )
    return await _record(uow, owner_id, row, None)


async def remove(uow: UnitOfWork, owner_id: UUID, name: str, *, expected: int) -> None:
    """Delete the counter and its moves, if it still has the version expected.

    Raises:
        NoSuchCounter: there is none of this name.
        CounterChanged: it was moved since.
    """
    found = await uow.first(queries.FIND, owner_id=owner_id, name=name)
    if found is None:
        raise NoSuchCounter
    if not await uow.execute(queries.REMOVE, owner_id=owner_id, name=name, expected=expected):
        raise CounterChanged(version=(await get(uow, owner_id, name)).version)
    shared = owner_id == uow.organization_id
    before = {"version": expected} | ({"name": name, "value": found.value} if shared else {})
    record(uow, "counter.counter_removed", subject=("counter", found.id), before=before)
    if shared:
        uow.publish(CounterRemoved(name=name))


async def activity(reader: Reader, owner_id: UUID, name: str, *, days: int = 90) -> list[Day]:
    """What happened to a shared counter, a line a day on which something did, the latest first.

    It follows the moves by a moment: it is written from their events.

    Raises:
        NoSuchCounter: there is none of this name.
    """
    await get(reader, owner_id, name)
    return await reader.all(queries.DAYS, name=name, limit=days)


async def add_to_day(uow: UnitOfWork, name: str, at: datetime, amount: int | None) -> None:
    """Add a move to its counter's day."""
    await uow.execute(
        queries.ADD_TO_DAY,
        name=name,
        day=at.date().isoformat(),
        up=max(0, amount or 0),
        down=max(0, -(amount or 0)),
    )


async def forget_days(uow: UnitOfWork, name: str) -> None:
    """Forget the days of a counter."""
    await uow.execute(queries.FORGET_DAYS, name=name)


async def _record(uow: UnitOfWork, owner_id: UUID, row: queries.CounterRow, amount: int | None) -> Counter:
    await uow.execute(
        queries.RECORD,
        id=uuid7(),
        counter_id=row.id,
        amount=amount,
        value=row.value,
        version=row.version,
    )
    if owner_id == uow.organization_id:
        uow.publish(CounterMoved(name=row.name, amount=amount, value=row.value))
    if row.version % _FORGET_EVERY == 0:
        await uow.execute(queries.FORGET, counter_id=row.id, before=uow.now() - MOVES_KEPT)
    return Counter(row.name, row.value, row.version, row.updated_at)


async def _export(reader: Reader, user_id: UUID) -> dict[str, Any]:
    return {
        "counters": await reader.all(queries.COUNTERS_OF, user_id=user_id),
        "moves": await reader.all(queries.MOVES_OF, user_id=user_id),
    }


async def _erase(uow: UnitOfWork, user_id: UUID) -> int:
    gone = await uow.execute(queries.ERASE_COUNTERS, user_id=user_id)
    for statement in queries.ERASE_STAMPS:
        await uow.execute(statement, user_id=user_id, nobody=_NOBODY)
    return gone + await uow.execute(queries.ERASE_MAKER, user_id=user_id, nobody=_NOBODY)


PERSONAL: Final = PersonalData(export=_export, erase=_erase)
"""A person's own counters go; what they did to shared ones stays, as nobody's."""
