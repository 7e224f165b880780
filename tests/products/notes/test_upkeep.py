"""The removal of what nobody can reach any more, and the index in step with the notes."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from backstay.kernel.actor import SYSTEM, Actor
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import Database, Deleted, statement
from backstay.kernel.database.compiled import Compiled
from backstay.products.notes import NoSuchNote, NoteChanges, UndeleteWindowOver, service
from backstay.products.notes.contracts import ShareTerms
from backstay.products.notes.tables import note_tags, notes, shares, tags
from backstay.products.notes.testing import make_note
from tests.conftest import make_actor

WINDOW = timedelta(days=30)
ROWS = {
    table.name: statement(
        select(func.count().label("count")).select_from(table), int, deleted=Deleted.ANY, unscoped=True
    )
    for table in (notes, tags, note_tags, shares)
}


async def rows(database: Database) -> dict[str, int]:
    reader = database.reader(SYSTEM)
    return {name.removeprefix("notes_"): await reader.one(count) for name, count in ROWS.items()}


async def purge(database: Database, batch: int = 100) -> int:
    return await service.purge_all(database, window=WINDOW, batch=batch)


@pytest.mark.usefixtures("tables")
async def test_notes_go_for_good_after_their_days_in_every_organization(
    database: Database, actor: Actor, clock: ManualClock
) -> None:
    people = [actor, make_actor("eve")]
    doomed = []
    for person in people:
        for n in range(3):
            note = await make_note(
                database, person, f"n{n}", "words", [f"t{n}", "kept" if n == 0 else "lost"]
            )
            doomed.append((person, note))
        await make_note(database, person, "stays", tags=["kept"])
    for person, note in doomed:
        await database.run(person, partial(service.share, note_id=note.id, terms=ShareTerms()))
        await database.run(person, partial(service.delete, id_=note.id, version=1))
    clock.move(WINDOW)
    late = await make_note(database, actor, "late")
    await database.run(actor, lambda uow: service.delete(uow, late.id, version=1))
    assert await purge(database) == 0
    assert await rows(database) == {"notes": 9, "tags": 10, "note_tags": 14, "shares": 0}
    clock.move(timedelta(microseconds=1))
    with pytest.raises(UndeleteWindowOver):
        await database.run(actor, lambda uow: service.restore(uow, doomed[0][1].id, window=WINDOW))
    assert await purge(database, batch=2) == 6
    assert await rows(database) == {"notes": 3, "tags": 2, "note_tags": 2, "shares": 0}
    with pytest.raises(NoSuchNote):
        await database.run(actor, lambda uow: service.restore(uow, doomed[0][1].id, window=WINDOW))
    restored = await database.run(actor, lambda uow: service.restore(uow, late.id, window=WINDOW))
    assert restored.title == "late"


@pytest.mark.usefixtures("tables")
async def test_one_batch_is_bounded(database: Database, actor: Actor, clock: ManualClock) -> None:
    for n in range(5):
        note = await make_note(database, actor, f"n{n}")
        await database.run(actor, partial(service.delete, id_=note.id, version=1))
    clock.move(WINDOW * 2)
    async with database.transaction(SYSTEM) as uow:
        assert await service.purge(uow, window=WINDOW, batch=3) == 3
    assert (await rows(database))["notes"] == 2


@pytest.mark.usefixtures("tables")
async def test_the_sqlite_index_agrees_with_the_notes(
    database: Database, actor: Actor, clock: ManualClock
) -> None:
    if database.dialect != "sqlite":
        return
    kept = await make_note(database, actor, "kept", "first words")
    gone = await make_note(database, actor, "gone", "other words")
    await database.run(
        actor, lambda uow: service.change(uow, kept.id, NoteChanges(body="second ñandú"), version=1)
    )
    await database.run(actor, lambda uow: service.delete(uow, gone.id, version=1))
    clock.move(WINDOW * 2)
    assert await purge(database) == 1
    transaction = database._engine.transaction()
    # Compares the index with the text it was made from, and raises where they differ.
    check = "INSERT INTO notes_search (notes_search, rank) VALUES ('integrity-check', 1)"
    await transaction.execute(Compiled("test.check", check, (), frozenset(), tuple), [])
    left = await transaction.fetch(
        Compiled("test.left", "SELECT count(*) FROM notes_search_rows", (), frozenset(), tuple), []
    )
    await transaction.commit()
    assert [tuple(row) for row in left] == [(1,)]
