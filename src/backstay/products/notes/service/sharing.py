"""Links: whoever has one can read the note, and nobody else."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Final
from uuid import UUID

from backstay.kernel.database import ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.trail import record
from backstay.products.notes.contracts import NewShare, Share, SharedNote, ShareTerms
from backstay.products.notes.errors import NoSuchLink
from backstay.products.notes.queries import sharing as queries
from backstay.products.notes.service.markdown import html_of
from backstay.products.notes.service.notes import get

TOKEN_BYTES: Final = 32
"""Random bytes in a token: 256 bits, twice what guessing over a network could ever threaten."""
TOKEN_LENGTH: Final = 43
"""Characters of a token: its bytes in unpadded base64url."""


async def share(uow: UnitOfWork, note_id: UUID, terms: ShareTerms) -> NewShare:
    """Make a link to the note. An earlier link to it stops working.

    Raises:
        NoSuchNote: there is none, it is deleted, or it is somebody else's.
    """
    await get(uow, note_id)
    expires_at = None if terms.expires_in is None else uow.now() + timedelta(seconds=terms.expires_in)
    token = token_urlsafe(TOKEN_BYTES)
    await uow.execute(queries.SHARE, note_id=note_id, token_digest=_digest(token), expires_at=expires_at)
    record(uow, "notes.note_shared", subject=("note", note_id), after={"expires_at": expires_at})
    return NewShare(token=token, created_at=uow.now(), expires_at=expires_at)


async def list_shares(reader: Reader, request: ListRequest) -> Page[Share]:
    """The actor's notes that anyone with a link can read now."""
    return await reader.page(queries.SHARES, request)


async def unshare(uow: UnitOfWork, note_id: UUID) -> None:
    """End the note's link, if it has one.

    Raises:
        NoSuchNote: there is none, it is deleted, or it is somebody else's.
    """
    await get(uow, note_id)
    if await uow.execute(queries.UNSHARE, note_id=note_id):
        record(uow, "notes.note_unshared", subject=("note", note_id))


async def read_shared(reader: Reader, token: str) -> SharedNote:
    """The note that a link leads to; the reader may be anybody.

    Raises:
        NoSuchLink: it was never made, was revoked or replaced, has expired, or its note was deleted.
    """
    row = await reader.first(queries.SHARED, token_digest=_digest(token))
    if row is None:
        raise NoSuchLink
    return SharedNote(
        title=row.title,
        body=row.body,
        updated_at=row.updated_at,
        expires_at=row.expires_at,
        html=await html_of(row.body),
    )


def _digest(token: str) -> bytes:
    # A token is random throughout, so one round of a fast hash keeps it; passwords would need more.
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
