"""Tags: many notes, many tags; renamed, merged and removed everywhere at once."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest

from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import Database, ListRequest
from backstay.kernel.errors import Invalid
from backstay.products.notes import NoSuchTag, NoteChanges, Tag, service
from backstay.products.notes.testing import make_note
from tests.conftest import make_actor

pytestmark = pytest.mark.usefixtures("tables")


async def tags(database: Database, actor: Actor, **request: object) -> list[Tag]:
    return (await service.list_tags(database.reader(actor), ListRequest(**request))).items  # type: ignore[arg-type]  # as given


async def rename(database: Database, actor: Actor, name: str, new_name: str) -> Tag:
    return await database.run(actor, lambda uow: service.rename_tag(uow, name, new_name))


async def test_tags_are_counted_over_living_notes_in_alphabetical_order(
    database: Database, actor: Actor
) -> None:
    await make_note(database, actor, tags=["work", "Äpfel"])
    note = await make_note(database, actor, tags=["WORK", "gone"])
    await make_note(database, make_actor("bob", organization=actor.organization_id), tags=["his"])
    await database.run(actor, lambda uow: service.delete(uow, note.id, version=1))
    assert await tags(database, actor) == [Tag("work", 1), Tag("Äpfel", 1)]
    assert await tags(database, actor, filters={"prefix": " WO"}) == [Tag("work", 1)]
    assert await tags(database, actor, filters={"prefix": "%"}) == []
    await database.run(actor, lambda uow: service.restore(uow, note.id, window=timedelta(days=1)))
    assert await tags(database, actor) == [Tag("gone", 1), Tag("work", 2), Tag("Äpfel", 1)]
    page = await service.list_tags(database.reader(actor), ListRequest(limit=2))
    rest = await service.list_tags(database.reader(actor), ListRequest(limit=2, cursor=page.next_cursor))
    assert [tag.name for tag in (*page.items, *rest.items)] == ["gone", "work", "Äpfel"]


@pytest.mark.parametrize("spelling", ["straße", "STRASSE", "  Straße ", "Stra\u00dfe"])
async def test_one_tag_however_it_is_spelt(database: Database, actor: Actor, spelling: str) -> None:
    await make_note(database, actor, tags=["Straße"])
    note = await make_note(database, actor, tags=[spelling])
    assert note.tags == ["Straße"]
    assert await tags(database, actor) == [Tag("Straße", 2)]


async def test_a_rename_shows_on_every_note_and_moves_its_version_only(
    database: Database, actor: Actor, clock: ManualClock
) -> None:
    note = await make_note(database, actor, tags=["wrok", "x"])
    other = await make_note(database, actor, tags=["x"])
    clock.move(timedelta(hours=1))
    assert await rename(database, actor, "WROK", " Work ") == Tag("Work", 1)
    renamed = await service.get(database.reader(actor), note.id)
    assert (renamed.tags, renamed.version, renamed.updated_at) == (["Work", "x"], 2, note.updated_at)
    assert await service.get(database.reader(actor), other.id) == other
    assert await rename(database, actor, "work", "WORK") == Tag("WORK", 1)
    assert (await service.get(database.reader(actor), note.id)).tags == ["WORK", "x"]


async def test_a_rename_to_another_tag_merges_the_two(database: Database, actor: Actor) -> None:
    both = await make_note(database, actor, "both", tags=["job", "Work"])
    job = await make_note(database, actor, "job", tags=["job"])
    work = await make_note(database, actor, "work", tags=["Work"])
    assert await rename(database, actor, "job", "work") == Tag("Work", 3)
    reader = database.reader(actor)
    assert [(await service.get(reader, note.id)).tags for note in (both, job, work)] == [["Work"]] * 3
    assert [(await service.get(reader, note.id)).version for note in (both, job, work)] == [2, 2, 1]
    assert await tags(database, actor) == [Tag("Work", 3)]


async def test_a_tag_taken_off_every_note(database: Database, actor: Actor) -> None:
    note = await make_note(database, actor, tags=["a", "b"])
    trashed = await make_note(database, actor, "old", tags=["A"])
    await database.run(actor, lambda uow: service.delete(uow, trashed.id, version=1))
    await database.run(actor, lambda uow: service.remove_tag(uow, "A"))
    assert (await service.get(database.reader(actor), note.id)).tags == ["b"]
    restored = await database.run(actor, lambda uow: service.restore(uow, trashed.id, window=timedelta(1)))
    assert restored.tags == []
    assert await tags(database, actor) == [Tag("b", 1)]


async def test_a_tag_that_is_not_there_or_cannot_be_named(database: Database, actor: Actor) -> None:
    await make_note(database, actor, tags=["a"])
    with pytest.raises(NoSuchTag):
        await rename(database, actor, "b", "c")
    with pytest.raises(NoSuchTag):
        await database.run(actor, lambda uow: service.remove_tag(uow, "b"))
    with pytest.raises(Invalid) as caught:
        await rename(database, actor, "a", " " * 3)
    assert [(error.pointer, error.code) for error in caught.value.errors] == [("/name", "length")]
    assert await tags(database, actor) == [Tag("a", 1)]


async def test_no_tag_is_lost_while_it_is_renamed_and_given_at_once(database: Database, actor: Actor) -> None:
    await make_note(database, actor, "first", tags=["a", "b"])

    async def give(n: int) -> None:
        await make_note(database, actor, f"n{n}", tags=["a", "new"])

    async def swap(n: int) -> None:
        # Whichever of the two is not there at the moment was merged into the other.
        with suppress(NoSuchTag):
            await rename(database, actor, *(("a", "b") if n % 2 else ("b", "a")))

    await asyncio.gather(*(work(n) for n in range(12) for work in (give, swap)))
    page = await service.list_notes(database.reader(actor), ListRequest(limit=100))
    given = [note.tags for note in page.items if note.title != "first"]
    assert len(given) == 12
    assert all(len(names) == 2 and "new" in names and names[0] in {"a", "b"} for names in given)


async def test_two_tags_are_merged_into_each_other_without_a_knot(database: Database, actor: Actor) -> None:
    pairs = [(f"a{n}", f"b{n}") for n in range(8)]
    await make_note(database, actor, tags=[name for pair in pairs for name in pair])

    async def merge(name: str, new_name: str) -> str | None:
        # In a transaction, not by `run`: a race that is lost is not run again, but raised.
        async with database.transaction(actor) as uow:
            with suppress(NoSuchTag):
                return (await service.rename_tag(uow, name, new_name)).name
        return None

    both = [asyncio.gather(merge(a, b), merge(b, a)) for a, b in pairs]
    for (a, b), names in zip(pairs, await asyncio.gather(*both), strict=True):
        # The second finds the first's tag gone, or the one that is left under its old name.
        assert tuple(names) in {(b, None), (None, a), (b, a)}
    assert len(await tags(database, actor)) == len(pairs)


async def test_two_notes_may_bring_the_same_new_tag_at_once(database: Database, actor: Actor) -> None:
    await asyncio.gather(*(make_note(database, actor, f"n{n}", tags=["same", f"own {n}"]) for n in range(8)))
    assert (await tags(database, actor))[-1] == Tag("same", 8)


async def test_changes_of_tags_keep_to_the_note(database: Database, actor: Actor) -> None:
    note = await make_note(database, actor, tags=["a", "b"])
    other = await make_note(database, actor, tags=["a"])
    await database.run(
        actor, lambda uow: service.change(uow, note.id, NoteChanges(tags=["b", "c"]), version=1)
    )
    assert await service.get(database.reader(actor), other.id) == other
    assert await tags(database, actor) == [Tag("a", 1), Tag("b", 1), Tag("c", 1)]
