"""What is too large for its column is refused in words, and the connection stays clean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from msgspec import Struct
from sqlalchemy import BigInteger, Column, Integer, Table, insert, select

from backstay.kernel.actor import Actor
from backstay.kernel.database import Database, OutOfRange, Timestamp, module_tables, param, statement
from tests.tables import create_tables

metadata = module_tables("range")
rows = Table(
    "range_rows",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("small", Integer, nullable=False),
    Column("at", Timestamp, nullable=False),
)


class Row(Struct, frozen=True):
    id: int
    small: int
    at: datetime


INSERT = statement(insert(rows))
BY_ID = statement(select(rows).where(rows.c.id == param("id")), Row)
SINCE = statement(select(rows).where(rows.c.at >= param("at")).order_by(rows.c.at), Row)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
async def tables(database: Database) -> None:
    await create_tables(database, metadata)


@pytest.mark.parametrize(
    "values",
    [
        {"id": 2**63, "small": 1, "at": NOON},
        {"id": 1, "small": 1, "at": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=10)))},
    ],
)
async def test_it_is_not_written(database: Database, actor: Actor, values: dict[str, Any]) -> None:
    with pytest.raises(OutOfRange):
        async with database.transaction(actor) as uow:
            await uow.execute(INSERT, id=7, small=7, at=NOON)
            await uow.execute(INSERT, **values)
    assert await database.reader(actor).all(SINCE, at=NOON) == []
    async with database.transaction(actor) as uow:
        await uow.execute(INSERT, id=1, small=1, at=NOON)
    assert await database.reader(actor).one(BY_ID, id=1) == Row(1, 1, NOON)


async def test_it_is_not_looked_for(database: Database, actor: Actor) -> None:
    with pytest.raises(OutOfRange):
        await database.reader(actor).all(BY_ID, id=2**63)
    assert await database.reader(actor).all(BY_ID, id=2**63 - 1) == []


async def test_an_early_year_sorts_before_a_late_one(database: Database, actor: Actor) -> None:
    early = datetime(694, 4, 23, tzinfo=UTC)
    async with database.transaction(actor) as uow:
        await uow.execute(INSERT, id=1, small=1, at=NOON)
        await uow.execute(INSERT, id=2, small=1, at=early)
    assert [row.at for row in await database.reader(actor).all(SINCE, at=early)] == [early, NOON]
