"""What belongs to something of an organization's belongs to that organization: the database sees to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert

from backstay.app import MODULES
from backstay.kernel import migrations
from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import (
    NOW,
    ConstraintViolation,
    Database,
    Statement,
    UnitOfWork,
    Uuid,
    param,
    statement,
)
from backstay.kernel.migrations.policies import tables_of
from backstay.kernel.signing import Keys
from backstay.products.notes.module import module as notes
from backstay.products.notes.tables import note_tags, shares
from backstay.products.notes.testing import make_note
from tests.conftest import make_actor
from tests.kernel.migrations.support import query

LINK = statement(
    insert(shares).values(
        note_id=param("note_id", Uuid), token_digest=b"digest", created_at=NOW, expires_at=None
    )
)
TAG = statement(insert(note_tags).values(note_id=param("note_id", Uuid), tag_id=param("tag_id", Uuid)))


def test_every_foreign_key_between_what_is_organizations_carries_the_organization() -> None:
    """`migrate check` judges PostgreSQL's catalog; what SQLite's tables are made from is judged here."""
    carrying = {table.name: column for table, column in tables_of(MODULES)}
    keys = [
        (name, sorted(column.name for column in key.columns), carrying[name])
        for module in MODULES
        if module.tables is not None
        for name, table in module.tables.tables.items()
        if name in carrying
        for key in table.foreign_key_constraints
        if key.referred_table.name in carrying
    ]
    assert len(keys) >= 8
    assert [key for key in keys if key[2] not in key[1]] == []


@pytest.fixture
async def database(database_url: str, clock: ManualClock, keys: Keys) -> AsyncIterator[Database]:
    await migrations.up(database_url, [notes])
    database = await Database.open(database_url, clock=clock, keys=keys, pool_size=2)
    try:
        yield database
    finally:
        await database.close()


async def write(database: Database, actor: Actor, what: Statement[Any], **values: UUID) -> None:
    """As a service would that forgot to look whose the note is."""

    async def work(uow: UnitOfWork) -> None:
        await uow.execute(what, **values)

    await database.run(actor, work)


async def tag_of(url: str, note_id: UUID) -> UUID:
    rows = await query(url, "SELECT note_id, tag_id FROM notes_note_tags")
    (found,) = {str(tag) for note, tag in rows if UUID(str(note)) == note_id}
    return UUID(found)


async def test_nothing_hangs_on_another_organizations_note(database: Database, database_url: str) -> None:
    ada, eve = make_actor("ada"), make_actor("eve")
    hers = await make_note(database, ada, "ada's", tags=["plans"])
    own = await make_note(database, eve, "eve's", tags=["plots"])
    her_tag, own_tag = await tag_of(database_url, hers.id), await tag_of(database_url, own.id)
    before = await query(database_url, "SELECT * FROM notes_note_tags ORDER BY note_id")
    for note_id, tag_id in ((hers.id, own_tag), (own.id, her_tag)):
        with pytest.raises(ConstraintViolation):
            await write(database, eve, TAG, note_id=note_id, tag_id=tag_id)
    with pytest.raises(ConstraintViolation):
        await write(database, eve, LINK, note_id=hers.id)
    assert await query(database_url, "SELECT * FROM notes_note_tags ORDER BY note_id") == before
    assert await query(database_url, "SELECT * FROM notes_shares") == []
    # It is the organization that is refused, not the row.
    await write(database, eve, LINK, note_id=own.id)
    assert len(await query(database_url, "SELECT * FROM notes_shares")) == 1


async def test_what_was_there_is_there_after_the_keys_are_made_anew(
    database: Database, database_url: str
) -> None:
    ada = make_actor("ada")
    note = await make_note(database, ada, "a lamp", "bright", tags=["plans"])
    await write(database, ada, LINK, note_id=note.id)
    kept = ("notes_notes", "notes_tags", "notes_note_tags", "notes_shares")
    before = [await query(database_url, f"SELECT * FROM {table}") for table in kept]
    await migrations.down(database_url, [notes], "notes", to="0001")
    await migrations.up(database_url, [notes])
    after = [await query(database_url, f"SELECT * FROM {table}") for table in kept]
    assert after == before
    assert [len(rows) for rows in after] == [1, 1, 1, 1]


async def test_what_another_organization_hangs_on_a_note_stops_the_migration(
    database: Database, database_url: str
) -> None:
    ada, eve = make_actor("ada"), make_actor("eve")
    note = await make_note(database, ada, "a lamp")
    await migrations.down(database_url, [notes], "notes", to="0001")
    await write(database, eve, LINK, note_id=note.id)
    with pytest.raises(migrations.MigrationError):
        await migrations.up(database_url, [notes])
    assert await query(database_url, "SELECT version_num FROM backstay_migrations") == [("notes_0001",)]
    assert len(await query(database_url, "SELECT * FROM notes_shares")) == 1
