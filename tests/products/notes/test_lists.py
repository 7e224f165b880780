"""Lists: order, filters, cursors."""

from __future__ import annotations

import random
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import BadCursor, Database, ListRequest, Reader
from backstay.kernel.errors import Invalid
from backstay.products.notes import NoteChanges, service
from backstay.products.notes.contracts import ShareTerms
from backstay.products.notes.testing import make_note

pytestmark = pytest.mark.usefixtures("tables")


async def walk(reader: Reader, how: dict[str, Any], **request: Any) -> list[str]:
    seen: list[str] = []
    cursor = None
    while True:
        page = await service.list_notes(reader, ListRequest(cursor=cursor, **request), **how)
        seen += [note.title for note in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return seen


@pytest.fixture
async def forty(tables: None, database: Database, actor: Actor, clock: ManualClock) -> list[str]:
    """Forty notes, three made at each moment, with a word in some more often than in others."""
    names = [f"{'Bread' if n % 2 else 'bread'} {n:02}" for n in range(40)]
    for n, name in enumerate(names):
        if n % 3 == 0:
            clock.move(timedelta(minutes=1))
        await make_note(database, actor, name, "bread " * (n % 5) + "x " * n, ["even"] if n % 2 == 0 else [])
    return names


SORTS = ("-updated_at", "created_at", "title", "-title", "rank", "-rank")
LISTS: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({}, SORTS[:4]),
    ({"search": "bread"}, SORTS),
    ({"search": "brea", "tags": ["EVEN"]}, SORTS),
]


async def test_a_walk_meets_every_note_once(database: Database, actor: Actor, forty: list[str]) -> None:
    reader = database.reader(actor)
    for how, sorts in LISTS:
        expected = sorted(name for n, name in enumerate(forty) if "tags" not in how or n % 2 == 0)
        for sort in sorts:
            seen = await walk(reader, how, sort=(sort,), limit=7)
            assert sorted(seen) == expected
            assert seen == await walk(reader, how, sort=(sort,), limit=100)


async def test_titles_sort_without_regard_to_case_and_accents(database: Database, actor: Actor) -> None:
    for title in ["zebra", "Äpfel", "Zoo", "apricot", "Éclair", "eclipse"]:
        await make_note(database, actor, title)
    seen = await walk(database.reader(actor), {}, sort=("title",), limit=2)
    assert seen == ["Äpfel", "apricot", "Éclair", "eclipse", "zebra", "Zoo"]


async def test_a_walk_by_rank_is_steady_while_other_notes_come_and_go(
    database: Database, actor: Actor
) -> None:
    rng = random.Random(5)
    lasting = {f"lasting {n}" for n in range(30)}
    for title in sorted(lasting):
        await make_note(
            database, actor, title, "bread " * rng.randrange(1, 6) + "filler " * rng.randrange(40)
        )
    passing = None
    seen: list[str] = []
    cursor = None
    while True:
        page = await service.list_notes(
            database.reader(actor), ListRequest(cursor=cursor, limit=4, sort=("rank",)), search="bread"
        )
        seen += [note.title for note in page.items]
        if passing is not None:
            gone = passing
            await database.run(actor, partial(service.delete, id_=gone.id, version=1))
        passing = await make_note(database, actor, f"passing {len(seen)}", "bread " * rng.randrange(1, 9))
        cursor = page.next_cursor
        if cursor is None:
            break
    met = [title for title in seen if title in lasting]
    assert len(met) == 30
    assert set(met) == lasting


async def test_time_filters_take_the_beginning_and_leave_the_end(
    database: Database, actor: Actor, clock: ManualClock
) -> None:
    moments = []
    for n in range(4):
        moments.append(clock.now())
        await make_note(database, actor, f"n{n}")
        clock.move(timedelta(hours=1))
    filters = {"updated_since": moments[1], "updated_before": moments[3]}
    assert await walk(database.reader(actor), {}, filters=filters) == ["n2", "n1"]
    assert await walk(database.reader(actor), {"search": "n"}, filters=filters, sort=("updated_at",)) == [
        "n1",
        "n2",
    ]
    assert await walk(database.reader(actor), {"search": "n1"}, filters=filters) == ["n1"]


async def test_several_tags_must_all_be_borne(database: Database, actor: Actor) -> None:
    await make_note(database, actor, "both", tags=["Work", "Home"])
    await make_note(database, actor, "work", tags=["work"])
    await make_note(database, actor, "none")
    reader = database.reader(actor)
    assert await walk(reader, {"tags": ["WORK"]}) == ["work", "both"]
    assert await walk(reader, {"tags": ["work", " home"]}) == ["both"]
    assert await walk(reader, {"tags": ["work", "WORK"]}) == ["work", "both"]
    assert await walk(reader, {"tags": ["work", "unheard of"]}) == []
    with pytest.raises(Invalid, match="invalid fields") as caught:
        await walk(reader, {"tags": [f"t{n}" for n in range(11)], "search": "x" * 201})
    assert [error.pointer for error in caught.value.errors] == ["?tag", "?q"]


async def test_a_cursor_belongs_to_its_search_its_tags_and_its_trash(
    database: Database, actor: Actor
) -> None:
    for n in range(3):
        await make_note(database, actor, f"bread {n}", tags=["a", "b"])
    reader = database.reader(actor)
    page = await service.list_notes(reader, ListRequest(limit=1), search="bread", tags=["a"])
    assert page.next_cursor is not None
    for how in (
        {},
        {"search": "bread"},
        {"search": "bread", "tags": ["b"]},
        {"search": "brea", "tags": ["a"]},
        {"search": "bread", "tags": ["a"], "deleted": True},
    ):
        with pytest.raises(BadCursor):
            await service.list_notes(reader, ListRequest(limit=1, cursor=page.next_cursor), **how)


async def test_without_a_search_everything_ranks_alike(database: Database, actor: Actor) -> None:
    for title in ("b", "a", "c"):
        await make_note(database, actor, title)
    reader = database.reader(actor)
    assert await walk(reader, {}, sort=("rank",), limit=2) == ["c", "a", "b"]
    assert await walk(reader, {"search": " "}, sort=("-rank", "title"), limit=2) == ["a", "b", "c"]
    with pytest.raises(Invalid) as caught:
        await walk(reader, {"search": "a"}, sort=("nope",))
    assert [(error.pointer, error.code) for error in caught.value.errors] == [("?sort", "choice")]


async def test_summaries_say_what_the_list_needs(database: Database, actor: Actor) -> None:
    note = await make_note(database, actor, "One", "# Head\n\nSome *words*", ["b", "A"])
    await database.run(actor, lambda uow: service.share(uow, note.id, ShareTerms()))
    await database.run(actor, lambda uow: service.change(uow, note.id, NoteChanges(title="Two"), version=1))
    page = await service.list_notes(database.reader(actor), ListRequest())
    (row,) = page.items
    assert (row.title, row.excerpt, row.tags, row.shared) == ("Two", "Head Some words", ["A", "b"], True)
    assert (row.version, row.highlight) == (2, None)
