"""How every process learns what it must forget: numbered changes, in the order of their commits."""

from __future__ import annotations

from uuid import UUID

from backstay.kernel.database import UnitOfWork
from backstay.systems.identity.queries import sessions as queries


class OwnChanges:
    """How many changes this process has committed itself, to look at before its next answer."""

    def __init__(self) -> None:
        """None yet."""
        self.committed = 0

    def count(self) -> None:
        """One more is committed."""
        self.committed += 1


async def note_change(
    uow: UnitOfWork, *, user_id: UUID | None = None, session_id: UUID | None = None
) -> None:
    """Let every process forget a session, all of a person's, or (with neither) the signing keys.

    Call it last: the number's row stays locked until the commit, so that whoever has seen a
    number has seen every lower one.
    """
    revision = await uow.one(queries.NEXT_REVISION)
    await uow.execute(queries.NOTE_CHANGE, revision=revision, user_id=user_id, session_id=session_id)
    if uow.dialect == "postgresql":
        await uow.all(queries.TELL)
    # The others hear of it within a second; whoever is answered by this process is answered by what it did.
    uow.after_commit(uow.part(OwnChanges).count)
