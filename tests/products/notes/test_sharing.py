"""Links: unguessable, revocable, and silent about why they lead nowhere."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from backstay.kernel.actor import SYSTEM, Actor
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import Database, ListRequest, statement
from backstay.products.notes import NewShare, NoSuchLink, NoSuchNote, Note, Share, service
from backstay.products.notes.contracts import SharedNote, ShareTerms
from backstay.products.notes.tables import shares
from backstay.products.notes.testing import make_note

pytestmark = pytest.mark.usefixtures("tables")
DIGESTS = statement(select(shares.c.token_digest), bytes, unscoped=True)


async def share(database: Database, actor: Actor, note: Note, seconds: int | None = None) -> NewShare:
    return await database.run(actor, lambda uow: service.share(uow, note.id, ShareTerms(expires_in=seconds)))


async def listed(database: Database, actor: Actor) -> list[Share]:
    return (await service.list_shares(database.reader(actor), ListRequest())).items


async def read(database: Database, token: str) -> SharedNote:
    return await service.read_shared(database.reader(SYSTEM), token)


async def test_anyone_with_the_link_reads_the_note(
    database: Database, actor: Actor, clock: ManualClock
) -> None:
    note = await make_note(database, actor, "Bread", "so *good*", ["private tag"])
    link = await share(database, actor, note)
    assert await read(database, link.token) == SharedNote(
        title="Bread",
        body="so *good*",
        updated_at=note.updated_at,
        expires_at=None,
        html="<p>so <em>good</em></p>\n",
    )
    assert link == NewShare(link.token, clock.now(), None)
    assert await listed(database, actor) == [Share(note.id, "Bread", clock.now(), None)]
    assert await service.get(database.reader(actor), note.id) == note


async def test_the_token_is_long_random_and_stored_as_a_digest(database: Database, actor: Actor) -> None:
    notes = [await make_note(database, actor, f"n{n}") for n in range(5)]
    tokens = [(await share(database, actor, note)).token for note in notes]
    assert len(set(tokens)) == 5
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", token) for token in tokens)
    stored = await database.reader(SYSTEM).all(DIGESTS)
    assert sorted(map(len, stored)) == [32] * 5
    assert not any(token.encode() in digest for token in tokens for digest in stored)


async def test_a_new_link_replaces_the_old_one(database: Database, actor: Actor) -> None:
    note = await make_note(database, actor)
    first = await share(database, actor, note)
    second = await share(database, actor, note)
    with pytest.raises(NoSuchLink):
        await read(database, first.token)
    assert (await read(database, second.token)).title == note.title


async def test_a_link_ends_with_its_time(database: Database, actor: Actor, clock: ManualClock) -> None:
    note = await make_note(database, actor)
    expiry = clock.now() + timedelta(hours=1)
    link = await share(database, actor, note, 3600)
    clock.move(timedelta(minutes=59))
    assert (await read(database, link.token)).expires_at == expiry
    clock.move(timedelta(minutes=1))
    with pytest.raises(NoSuchLink):
        await read(database, link.token)
    assert await listed(database, actor) == []


async def test_a_revoked_link_leads_nowhere(database: Database, actor: Actor) -> None:
    note = await make_note(database, actor)
    link = await share(database, actor, note)
    await database.run(actor, lambda uow: service.unshare(uow, note.id))
    with pytest.raises(NoSuchLink):
        await read(database, link.token)
    assert await listed(database, actor) == []
    await database.run(actor, lambda uow: service.unshare(uow, note.id))


async def test_a_deleted_note_ends_its_link_and_restoring_does_not_renew_it(
    database: Database, actor: Actor
) -> None:
    note = await make_note(database, actor)
    link = await share(database, actor, note)
    await database.run(actor, lambda uow: service.delete(uow, note.id, version=1))
    with pytest.raises(NoSuchLink):
        await read(database, link.token)
    with pytest.raises(NoSuchNote):
        await share(database, actor, note)
    assert await listed(database, actor) == []
    await database.run(actor, lambda uow: service.restore(uow, note.id, window=timedelta(days=1)))
    with pytest.raises(NoSuchLink):
        await read(database, link.token)


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "é" * 43, "\0", "' OR 1=1 --", "A" * 10_000])
async def test_a_made_up_token_leads_nowhere(database: Database, actor: Actor, token: str) -> None:
    await share(database, actor, await make_note(database, actor))
    with pytest.raises(NoSuchLink) as caught:
        await read(database, token)
    assert (caught.value.status, caught.value.code, caught.value.extensions) == (404, "no_such_link", {})
