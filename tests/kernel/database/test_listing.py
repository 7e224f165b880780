from __future__ import annotations

import random
from typing import Any
from uuid import UUID

import pytest
from msgspec import Struct
from sqlalchemy import Text, delete, func, insert, literal_column, select

from backstay.kernel.actor import Actor
from backstay.kernel.database import (
    BadCursor,
    Database,
    ListRequest,
    Reader,
    equals,
    listing,
    param,
    statement,
)
from backstay.kernel.database.cursors import Marks
from backstay.kernel.errors import Invalid
from backstay.kernel.ids import uuid7
from tests.conftest import make_actor
from tests.kernel.database.conftest import things


class Row(Struct, frozen=True):
    id: UUID
    title: str
    rank: str | None
    done: bool


class Title(Struct, frozen=True):
    title: str


INSERT = statement(insert(things))
REMOVE = statement(delete(things).where(things.c.id == param("id")))
THINGS = listing(
    select(things.c.id, things.c.title, things.c.rank, things.c.done),
    Row,
    name="probe.things",
    key=things.c.id,
    sorts={"title": things.c.title, "rank": things.c.rank, "created_at": things.c.created_at},
    default=("-created_at",),
    filters={"done": equals(things.c.done, bool)},
)

pytestmark = pytest.mark.usefixtures("tables")


async def fill(database: Database, actor: Actor, count: int, *, seed: int = 1) -> list[Row]:
    rng = random.Random(seed)
    rows = [
        Row(uuid7(), f"t{n:03}", rng.choice([None, "a", "b", "c"]), rng.random() < 0.5) for n in range(count)
    ]
    rng.shuffle(rows)
    async with database.transaction(actor) as uow:
        await uow.execute_many(
            INSERT,
            [{"id": r.id, "title": r.title, "rank": r.rank, "done": r.done, "extra": None} for r in rows],
        )
    return rows


async def walk(reader: Reader, **request: Any) -> list[list[Row]]:
    pages: list[list[Row]] = []
    cursor = None
    while True:
        page = await reader.page(THINGS, ListRequest(cursor=cursor, **request))
        pages.append(page.items)
        if page.next_cursor is None:
            return pages
        cursor = page.next_cursor


async def test_an_expression_can_be_sorted_by(database: Database, actor: Actor) -> None:
    rows = await fill(database, actor, 20)
    shouted = select(func.upper(things.c.title).label("title"), things.c.id.label("id")).subquery("shouted")
    upside_down = listing(
        select(things.c.title).select_from(things.join(shouted, shouted.c.id == things.c.id)),
        Title,
        name="probe.shouted",
        key=things.c.id,
        sorts={"shout": literal_column("shouted.title", Text)},
        default=("-shout",),
    )
    reader = database.reader(actor)
    seen: list[str] = []
    cursor = None
    while True:
        page = await reader.page(upside_down, ListRequest(cursor=cursor, limit=3))
        seen += [row.title for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == sorted((row.title for row in rows), reverse=True)


def ordered(rows: list[Row], sort: tuple[str, ...]) -> list[Row]:
    """The model: a stable sort per key from the last to the first, NULLs last in both directions."""
    first_down = sort[0].startswith("-")
    done = sorted(rows, key=lambda row: row.id, reverse=first_down)
    for word in reversed(sort):
        name, down = word.removeprefix("-"), word.startswith("-")
        full = [row for row in done if getattr(row, name) is not None]
        full.sort(key=lambda row: getattr(row, name), reverse=down)
        done = full + [row for row in done if getattr(row, name) is None]
    return done


@pytest.mark.parametrize(
    "sort", [("title",), ("-title",), ("rank",), ("-rank",), ("rank", "-title"), ("-rank", "title")]
)
async def test_a_walk_meets_every_row_once_in_the_models_order(
    database: Database, actor: Actor, sort: tuple[str, ...]
) -> None:
    rows = await fill(database, actor, 37)
    pages = await walk(database.reader(actor), sort=sort, limit=5)
    assert [row for page in pages for row in page] == ordered(rows, sort)
    assert [len(page) for page in pages] == [5] * 7 + [2]


@pytest.mark.parametrize("sort", [("title",), ("-rank", "title"), ("rank",)])
async def test_walking_back_shows_the_same_pages(
    database: Database, actor: Actor, sort: tuple[str, ...]
) -> None:
    await fill(database, actor, 23)
    reader = database.reader(actor)
    forward = await walk(reader, sort=sort, limit=4)
    page = await reader.page(THINGS, ListRequest(sort=sort, limit=4))
    while page.next_cursor is not None:
        page = await reader.page(THINGS, ListRequest(sort=sort, limit=4, cursor=page.next_cursor))
    backward = []
    while page.previous_cursor is not None:
        page = await reader.page(THINGS, ListRequest(sort=sort, limit=4, cursor=page.previous_cursor))
        backward.append(page.items)
    assert backward == forward[:-1][::-1]
    assert page.previous_cursor is None


async def test_lasting_rows_are_met_once_while_others_come_and_go(database: Database, actor: Actor) -> None:
    lasting = {row.id for row in await fill(database, actor, 30)}
    doomed = await fill(database, make_actor(organization=actor.organization_id), 0)
    assert doomed == []
    rng = random.Random(7)
    reader = database.reader(actor)
    seen: list[UUID] = []
    passing: list[UUID] = []
    cursor = None
    for _ in range(100):
        page = await reader.page(THINGS, ListRequest(sort=("-rank", "title"), limit=3, cursor=cursor))
        seen += [row.id for row in page.items]
        async with database.transaction(actor) as uow:
            if passing:
                await uow.execute(REMOVE, id=passing.pop())
            new = uuid7()
            passing.append(new)
            await uow.execute(
                INSERT, id=new, title=f"x{rng.random()}", rank=rng.choice([None, "b"]), done=False, extra=None
            )
        cursor = page.next_cursor
        if cursor is None:
            break
    assert cursor is None
    assert sorted(row for row in seen if row in lasting) == sorted(lasting)


async def test_filters_narrow_and_bind_the_cursor(database: Database, actor: Actor) -> None:
    rows = await fill(database, actor, 20)
    reader = database.reader(actor)
    pages = await walk(reader, sort=("title",), limit=3, filters={"done": True})
    assert [row for page in pages for row in page] == ordered([row for row in rows if row.done], ("title",))
    page = await reader.page(THINGS, ListRequest(sort=("title",), limit=3, filters={"done": True}))
    with pytest.raises(BadCursor, match="changed since"):
        await reader.page(THINGS, ListRequest(sort=("title",), limit=3, cursor=page.next_cursor))
    with pytest.raises(BadCursor, match="changed since"):
        await reader.page(
            THINGS, ListRequest(sort=("rank",), filters={"done": True}, cursor=page.next_cursor)
        )


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "é", "A" * 500])
async def test_a_forged_cursor_is_a_400(database: Database, actor: Actor, cursor: str) -> None:
    with pytest.raises(BadCursor) as caught:
        await database.reader(actor).page(THINGS, ListRequest(cursor=cursor))
    assert caught.value.status == 400


async def test_a_changed_cursor_is_a_400(database: Database, actor: Actor) -> None:
    await fill(database, actor, 5)
    page = await database.reader(actor).page(THINGS, ListRequest(limit=2))
    assert page.next_cursor is not None
    changed = page.next_cursor[:-2] + ("AA" if page.next_cursor[-2:] != "AA" else "BB")
    with pytest.raises(BadCursor):
        await database.reader(actor).page(THINGS, ListRequest(limit=2, cursor=changed))


async def test_every_fault_of_a_request_is_named(database: Database, actor: Actor) -> None:
    with pytest.raises(Invalid) as caught:
        await database.reader(actor).page(
            THINGS, ListRequest(limit=0, sort=("nope", "title", "-title"), filters={"what": 1})
        )
    assert [(e.pointer, e.code) for e in caught.value.errors] == [
        ("?sort", "choice"),
        ("?sort", "duplicate"),
        ("?limit", "range"),
        ("?what", "unknown"),
    ]


async def test_an_empty_list_has_no_cursors(database: Database, actor: Actor) -> None:
    page = await database.reader(actor).page(THINGS, ListRequest())
    assert (page.items, page.next_cursor, page.previous_cursor) == ([], None, None)


def test_cursors_of_different_lists_are_marked_differently() -> None:
    marks = Marks("things", ["title"])
    other = Marks("things", ["rank"])
    asked: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({}, {}),
        ({"done": True}, {}),
        ({"done": False}, {}),
        ({"kind": ["a", "b"]}, {}),
        ({"kind": ["a"]}, {}),
        ({}, {"shop": 1}),
        ({"done": True}, {"shop": 1}),
    ]
    made = [each.of(*question) for each in (marks, other) for question in asked]
    assert len(set(made)) == len(made)
    assert [each.of(*question) for each in (marks, other) for question in asked] == made


def test_the_marks_that_are_remembered_are_bounded() -> None:
    marks = Marks("things", ["title"])
    made = [marks.of({"number": number}, {}) for number in range(1000)]
    assert len(set(made)) == 1000
    assert [marks.of({"number": number}, {}) for number in range(1000)] == made
    assert len(marks._known) <= 64
