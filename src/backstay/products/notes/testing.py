"""For tests of other modules that need notes: make them through the front door."""

from __future__ import annotations

from collections.abc import Sequence

from backstay.kernel.actor import Actor
from backstay.kernel.database import Database
from backstay.products.notes.contracts import NewNote, Note
from backstay.products.notes.service import create


async def make_note(
    database: Database, actor: Actor, title: str = "A note", body: str = "", tags: Sequence[str] = ()
) -> Note:
    """A note of the actor's, committed."""
    new = NewNote(title=title, body=body, tags=list(tags))
    return await database.run(actor, lambda uow: create(uow, new))
