"""Links in mails."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct
from sqlalchemy import delete, select

from backstay.kernel.database import NOW, Timestamp, Uuid, param, statement, upsert
from backstay.systems.identity.tables import mail_tokens


class Spent(Struct, frozen=True):
    """Whose link it was, and the address that it was for."""

    user_id: UUID
    mail: str


_NEW = {
    "digest": param("digest"),
    "mail": param("mail"),
    "created_at": NOW,
    "expires_at": param("expires_at", Timestamp),
}

PUT = statement(upsert(mail_tokens, key=("user_id", "purpose")).insert(**_NEW).update(**_NEW))
"""A new link takes the old one's place."""
_LIVING = (
    mail_tokens.c.digest == param("digest"),
    mail_tokens.c.purpose == param("purpose"),
    mail_tokens.c.expires_at > NOW,
)
FIND = statement(select(mail_tokens.c.user_id, mail_tokens.c.mail).where(*_LIVING), Spent)
SPEND = statement(
    delete(mail_tokens).where(*_LIVING).returning(mail_tokens.c.user_id, mail_tokens.c.mail),
    Spent,
)
"""Of those who follow a link at once, one finds it."""
KILL = statement(delete(mail_tokens).where(mail_tokens.c.user_id == param("user_id", Uuid)))
PRUNE = statement(delete(mail_tokens).where(mail_tokens.c.expires_at <= NOW))
