"""The manifest: sample data, the card, the removal of old notes while the server runs."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from backstay.kernel import migrations
from backstay.kernel.actor import Actor
from backstay.kernel.backend import start
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import Database, ListRequest
from backstay.kernel.module import Card
from backstay.kernel.seeding import SeedResult, Size, seed
from backstay.kernel.settings import load
from backstay.kernel.signing import Keys
from backstay.products.notes import service
from backstay.products.notes.module import module
from backstay.products.notes.testing import make_note
from backstay.systems.idempotency.module import module as idempotency
from tests.templates import migrate

PRESENT = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.usefixtures("tables")
async def test_sample_notes_are_the_same_for_the_same_seed(
    database: Database, database_url: str, actor: Actor, keys: Keys
) -> None:
    reader = database.reader(actor)

    async def everything() -> list[object]:
        pages = [
            await service.list_notes(reader, ListRequest(limit=100), deleted=deleted)
            for deleted in (False, True)
        ]
        return [(n.id, n.title, n.excerpt, n.tags, n.updated_at) for page in pages for n in page.items]

    async def plant() -> list[SeedResult]:
        return await seed(
            database_url,
            [module],
            keys=keys,
            actor=actor,
            present=PRESENT,
            size=Size.SMALL,
            number=3,
        )

    assert await plant() == [SeedResult("notes", wrote=True, size="small", seed=3, rows=40)]
    first = await everything()
    assert len(first) == 40
    assert await plant() == [SeedResult("notes", wrote=False, size="small", seed=3, rows=0)]
    assert await everything() == first
    assert len((await service.list_tags(reader, ListRequest())).items) > 4
    await migrations.down(database_url, [module], "notes", to="base", lose_data=True)
    await migrate(database_url, [idempotency, module])
    await plant()
    assert await everything() == first


@pytest.mark.usefixtures("tables")
async def test_the_card_shows_the_number_of_notes(database: Database, actor: Actor) -> None:
    await make_note(database, actor)
    assert module.card is not None
    assert await module.card(database.reader(actor)) == Card("1", "notes")


async def test_a_running_server_removes_what_is_due(
    database_url: str, database: Database, actor: Actor, clock: ManualClock, tables: None
) -> None:
    note = await make_note(database, actor)
    await database.run(actor, lambda uow: service.delete(uow, note.id, version=1))
    clock.move(timedelta(days=31))
    settings = load([idempotency, module], {"DATABASE_URL": database_url}, None)
    async with start(settings, [idempotency, module], clock=clock):
        deadline = time.monotonic() + 20
        while (await service.list_notes(database.reader(actor), ListRequest(), deleted=True)).items:
            assert time.monotonic() < deadline, "the note is still there"
            await asyncio.sleep(0.01)
