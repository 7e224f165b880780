"""Rows that are known before they are stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from uuid import UUID

import pytest
from msgspec import Struct
from sqlalchemy import (
    Boolean,
    Column,
    Integer,
    LargeBinary,
    Table,
    Text,
    func,
    insert,
    literal,
    null,
    select,
    true,
)

from backstay.kernel.actor import Actor
from backstay.kernel.database import (
    Database,
    Json,
    Timestamp,
    UniqueViolation,
    UnitOfWork,
    id_column,
    module_tables,
    organization_column,
    param,
    stamps,
    statement,
    version_column,
)
from backstay.kernel.ids import uuid7
from backstay.kernel.observation import Record, current_record
from tests.tables import create_tables

metadata = module_tables("probe")
sorts = Table(
    "probe_sorts",
    metadata,
    id_column(),
    organization_column(),
    Column("title", Text, nullable=False),
    Column("sort", Text, nullable=False),
    Column("count", Integer, nullable=True),
    Column("live", Boolean, nullable=False),
    Column("at", Timestamp, nullable=False),
    Column("digest", LargeBinary, nullable=True),
    Column("doc", Json, nullable=True),
    *stamps(),
    version_column(),
)


class Sort(StrEnum):
    """Of something."""

    PLAIN = "plain"


class Row(Struct, frozen=True):
    """As it is read."""

    id: UUID
    organization_id: UUID
    title: str
    sort: Sort
    count: int | None
    live: bool
    at: datetime
    digest: bytes | None
    created_at: datetime
    created_by: UUID
    updated_at: datetime
    version: int


_COLUMNS = [sorts.c[name] for name in Row.__struct_fields__]
_GIVEN = {name: param(name, sorts.c[name].type) for name in ("id", "title", "sort", "count", "at", "digest")}
ADD = statement(insert(sorts).values(**_GIVEN, live=true(), doc=null()).returning(*_COLUMNS), Row)
UNTYPED = statement(
    insert(sorts)
    .values(
        **{name: param(name) for name in _GIVEN if name not in {"sort", "count", "digest"}},
        sort="plain",
        count=literal(3),
        live=True,
    )
    .returning(*_COLUMNS),
    Row,
)
ALL = statement(select(*_COLUMNS).order_by(sorts.c.id), Row)
TITLE = statement(insert(sorts).values(**_GIVEN, live=true(), doc=null()).returning(sorts.c.title), str)


@pytest.fixture(autouse=True)
async def table(database: Database) -> None:
    await create_tables(database, metadata)


def given(title: str = "it") -> dict[str, object]:
    at = datetime(2026, 3, 1, 12, 0, 0, 123456, timezone(timedelta(hours=2)))
    return {"id": uuid7(), "title": title, "sort": Sort.PLAIN, "count": None, "at": at, "digest": b"\x00\xff"}


async def test_it_is_what_is_stored_and_one_trip(database: Database, actor: Actor, engine_name: str) -> None:
    record = Record(method="POST", path="/", request_id="r", trace_id="t", span_id="s")
    token = current_record.set(record)
    try:
        added = await database.run(actor, lambda uow: _added(uow, given()))
    finally:
        current_record.reset(token)
    (stored,) = await database.reader(actor).all(ALL)
    assert added == stored
    assert (added.at.tzinfo, added.at.hour, added.version) == (UTC, 10, 1)
    trips = [one.kind for one in record.moments]
    assert trips == ["statement"] + ["commit"] * (engine_name == "sqlite")


async def _added(uow: UnitOfWork, values: dict[str, object]) -> Row:
    return uow.add(ADD, **values)


async def test_what_it_breaks_is_raised_by_the_next_statement(database: Database, actor: Actor) -> None:
    values = given()

    async def twice(uow: UnitOfWork) -> None:
        uow.add(ADD, **values)
        assert [row.id for row in await uow.all(ALL)] == [values["id"]]
        uow.add(ADD, **values)
        await uow.all(ALL)
        pytest.fail("it was told of nothing")

    with pytest.raises(UniqueViolation):
        await database.run(actor, twice)
    assert await database.reader(actor).all(ALL) == []


async def test_constants_and_parameters_without_a_type_are_known(database: Database, actor: Actor) -> None:
    values = {name: value for name, value in given().items() if name not in {"sort", "count", "digest"}}

    async def work(uow: UnitOfWork) -> Row:
        return uow.add(UNTYPED, **values)

    added = await database.run(actor, work)
    # What is left out is null.
    assert (added.sort, added.count, added.live, added.digest) == (Sort.PLAIN, 3, True, None)
    assert await database.reader(actor).all(ALL) == [added]


async def test_one_column_is_known_as_well(database: Database, actor: Actor) -> None:
    async def work(uow: UnitOfWork) -> str:
        return uow.add(TITLE, **given("a title"))

    assert await database.run(actor, work) == "a title"


@pytest.mark.parametrize(
    ("expression", "row", "why"),
    [
        (
            insert(sorts).values(**_GIVEN, live=true(), doc=null()),
            None,
            "only a plain insert that returns its row",
        ),
        (select(sorts.c.title), str, "only a plain insert that returns its row"),
        (
            insert(sorts).values(**{**_GIVEN, "title": func.now()}).returning(sorts.c.title),
            str,
            "title is known",
        ),
        (insert(sorts).values(**_GIVEN, doc=param("doc", Json)).returning(sorts.c.doc), dict, "doc is known"),
        (
            insert(sorts).values(**_GIVEN).returning(sorts.c.live),
            bool,
            "live is known only when it is stored",
        ),
    ],
)
async def test_what_the_database_makes_is_not_known(
    database: Database, actor: Actor, expression: object, row: type | None, why: str
) -> None:
    odd = statement(expression, row)  # type: ignore[call-overload]  # an expression and a row that do not fit are the point

    async def work(uow: UnitOfWork) -> None:
        uow.add(odd, **given())

    with pytest.raises(TypeError, match=why):
        await database.run(actor, work)
