"""Notes are their owner's: made, read, changed, deleted, restored, and nobody else's business."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import Database, ListRequest
from backstay.kernel.errors import BackstayError, Invalid
from backstay.kernel.ids import uuid7
from backstay.kernel.observation import Record, current_record
from backstay.products.notes import (
    NewNote,
    NoSuchNote,
    Note,
    NoteChanges,
    StaleNote,
    UndeleteWindowOver,
    service,
)
from backstay.products.notes.contracts import ShareTerms
from backstay.products.notes.testing import make_note
from tests.conftest import make_actor

pytestmark = pytest.mark.usefixtures("tables")
WINDOW = timedelta(days=30)


async def change(database: Database, actor: Actor, id_: UUID, version: int = 1, **changes: Any) -> Note:
    return await database.run(
        actor, lambda uow: service.change(uow, id_, NoteChanges(**changes), version=version)
    )


async def delete(database: Database, actor: Actor, note: Note) -> None:
    await database.run(actor, lambda uow: service.delete(uow, note.id, version=note.version))


async def restore(database: Database, actor: Actor, id_: UUID) -> Note:
    return await database.run(actor, lambda uow: service.restore(uow, id_, window=WINDOW))


async def titles(database: Database, actor: Actor, **how: Any) -> list[str]:
    page = await service.list_notes(database.reader(actor), ListRequest(), **how)
    return [note.title for note in page.items]


async def test_what_is_made_is_what_is_read(database: Database, actor: Actor, clock: ManualClock) -> None:
    note = await make_note(
        database, actor, "  Bread,\n the slow way ", "500 g *flour*\n", ["Zeta", " alpha ", "ALPHA"]
    )
    assert note == Note(
        id=note.id,
        title="Bread, the slow way",
        body="500 g *flour*\n",
        tags=["alpha", "Zeta"],
        created_at=clock.now(),
        updated_at=clock.now(),
        deleted_at=None,
        version=1,
        html=None,
    )
    assert await service.get(database.reader(actor), note.id) == note


async def test_a_note_without_tags_costs_one_statement_to_make_and_one_to_read(
    database: Database, actor: Actor
) -> None:
    record = Record(method="POST", path="/", request_id="r", trace_id="t", span_id="s")
    token = current_record.set(record)
    try:
        note = await make_note(database, actor)
        await service.get(database.reader(actor), note.id)
    finally:
        current_record.reset(token)
    assert [moment.name for moment in record.moments] == ["notes.INSERT", "commit", "notes.GET"]


async def test_a_list_costs_one_statement_however_long(database: Database, actor: Actor) -> None:
    for n in range(30):
        await make_note(database, actor, f"n{n:02}", tags=[f"t{n % 7}", "all"])
    for search in (None, "n"):
        record = Record(method="GET", path="/", request_id="r", trace_id="t", span_id="s")
        token = current_record.set(record)
        try:
            page = await service.list_notes(database.reader(actor), ListRequest(limit=30), search=search)
        finally:
            current_record.reset(token)
        assert len(record.moments) == 1
        assert len(page.items) == 30
        assert {tuple(note.tags) for note in page.items} == {("all", f"t{n}") for n in range(7)}


async def test_every_field_at_fault_is_named(database: Database, actor: Actor) -> None:
    new = NewNote(title=" \n ", body="ä" * 50_001, tags=["fine", "  ", "x" * 41, "nul\0", "a/b", ".."])
    with pytest.raises(Invalid) as caught:
        await database.run(actor, lambda uow: service.create(uow, new))
    assert [(error.pointer, error.code) for error in caught.value.errors] == [
        ("/title", "length"),
        ("/body", "length"),
        ("/tags/1", "length"),
        ("/tags/2", "length"),
        ("/tags/3", "format"),
        ("/tags/4", "format"),
        ("/tags/5", "format"),
    ]
    assert await service.count(database.reader(actor)) == 0


async def test_the_limits_themselves_are_allowed(database: Database, actor: Actor) -> None:
    tags = [f"{n:02}".ljust(40, "x") for n in range(20)]
    note = await make_note(database, actor, "t" * 200, "ä" * 50_000, tags)
    assert await service.get(database.reader(actor), note.id) == note
    with pytest.raises(Invalid, match="invalid fields"):
        await make_note(database, actor, tags=[*tags, "one more"])


async def test_only_what_is_named_changes(database: Database, actor: Actor, clock: ManualClock) -> None:
    note = await make_note(database, actor, "One", "body", ["a"])
    clock.move(timedelta(hours=1))
    changed = await change(database, actor, note.id, title="Two")
    assert changed == Note(
        id=note.id,
        title="Two",
        body="body",
        tags=["a"],
        created_at=note.created_at,
        updated_at=clock.now(),
        deleted_at=None,
        version=2,
        html=None,
    )
    retagged = await change(database, actor, note.id, 2, body="", tags=["b", "A"])
    assert (retagged.title, retagged.body, retagged.tags, retagged.version) == ("Two", "", ["a", "b"], 3)
    untagged = await change(database, actor, note.id, 3, tags=[])
    assert (untagged.tags, untagged.version) == ([], 4)
    assert await service.get(database.reader(actor), note.id) == untagged


async def test_a_stale_version_changes_nothing_and_learns_the_present_one(
    database: Database, actor: Actor
) -> None:
    note = await make_note(database, actor, "One", tags=["a"])
    current = await change(database, actor, note.id, title="Two")
    with pytest.raises(StaleNote) as caught:
        await change(database, actor, note.id, 1, title="Three", tags=["new"])
    assert (caught.value.status, caught.value.extensions) == (412, {"version": 2})
    assert caught.value.headers == {"ETag": '"2"'}
    with pytest.raises(StaleNote):
        await delete(database, actor, note)
    assert await service.get(database.reader(actor), note.id) == current
    page = await service.list_tags(database.reader(actor), ListRequest())
    assert [tag.name for tag in page.items] == ["a"]


@pytest.mark.parametrize("same_organization", [True, False])
async def test_to_anybody_else_it_does_not_exist(
    database: Database, actor: Actor, same_organization: bool
) -> None:
    note = await make_note(database, actor, "Secret diary", "words", ["a"])
    other = make_actor("eve", organization=actor.organization_id if same_organization else None)
    reader = database.reader(other)
    with pytest.raises(NoSuchNote):
        await service.get(reader, note.id)
    for attempt in (
        lambda uow: service.change(uow, note.id, NoteChanges(title="mine"), version=1),
        lambda uow: service.delete(uow, note.id, version=1),
        lambda uow: service.restore(uow, note.id, window=WINDOW),
        lambda uow: service.share(uow, note.id, ShareTerms()),
        lambda uow: service.unshare(uow, note.id),
        lambda uow: service.rename_tag(uow, "a", "b"),
        lambda uow: service.remove_tag(uow, "a"),
    ):
        with pytest.raises(BackstayError) as caught:
            await database.run(other, attempt)
        assert caught.value.status == 404
    assert await titles(database, other) == []
    assert await titles(database, other, search="diary") == []
    assert await titles(database, other, search="-nothing") == []
    assert await titles(database, other, tags=["a"]) == []
    assert (await service.list_tags(reader, ListRequest())).items == []
    assert await service.get(database.reader(actor), note.id) == note


async def test_a_deleted_note_is_gone_until_it_is_restored(
    database: Database, actor: Actor, clock: ManualClock
) -> None:
    note = await make_note(database, actor, "One", "words", ["a"])
    clock.move(timedelta(days=1))
    await delete(database, actor, note)
    for attempt in (
        service.get(database.reader(actor), note.id),
        change(database, actor, note.id, 2, title="x"),
    ):
        with pytest.raises(NoSuchNote):
            await attempt
    with pytest.raises(NoSuchNote):
        await delete(database, actor, note)
    assert await titles(database, actor) == []
    assert await titles(database, actor, search="words") == []
    assert await titles(database, actor, deleted=True) == ["One"]
    assert await titles(database, actor, deleted=True, search="words", tags=["a"]) == ["One"]
    clock.move(WINDOW)
    restored = await restore(database, actor, note.id)
    assert (restored.title, restored.tags, restored.version) == ("One", ["a"], 3)
    assert (restored.updated_at, restored.deleted_at) == (note.updated_at, None)
    assert await restore(database, actor, note.id) == restored
    assert await titles(database, actor, deleted=True) == []


async def test_after_the_window_a_note_stays_deleted(
    database: Database, actor: Actor, clock: ManualClock
) -> None:
    note = await make_note(database, actor)
    deleted_at: datetime = clock.now()
    await delete(database, actor, note)
    clock.move(WINDOW + timedelta(microseconds=1))
    with pytest.raises(UndeleteWindowOver) as caught:
        await restore(database, actor, note.id)
    assert (caught.value.status, caught.value.extensions) == (410, {"deleted_at": deleted_at})
    with pytest.raises(NoSuchNote):
        await restore(database, actor, uuid7())


async def test_the_card_counts_the_organization(database: Database, actor: Actor) -> None:
    colleague = make_actor("bob", organization=actor.organization_id)
    note = await make_note(database, actor)
    await make_note(database, colleague)
    await make_note(database, make_actor("eve"))
    await delete(database, actor, note)
    assert await service.count(database.reader(actor)) == 1
