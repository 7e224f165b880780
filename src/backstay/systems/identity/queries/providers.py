"""Links with accounts at identity providers, and visits there that nobody has come back from."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from sqlalchemy import and_, delete, func, insert, select, update

from backstay.kernel.database import NOW, Uuid, param, statement, upsert
from backstay.systems.identity.contracts import IdentityLink, ProviderPurpose
from backstay.systems.identity.tables import links, visits


class Whose(Struct, frozen=True):
    """A link, and whose it is."""

    id: UUID
    user_id: UUID


class Kept(IdentityLink, frozen=True):
    """Everything about a link."""

    subject: str


class Visit(Struct, frozen=True):
    """What a browser was sent to a provider for."""

    purpose: ProviderPurpose
    user_id: UUID | None
    session_id: UUID | None
    return_to: str
    created_at: datetime


_MINE = links.c.user_id == param("user_id", Uuid)
_ONE = and_(_MINE, links.c.id == param("id"))
_SHOWN = (
    links.c.id,
    links.c.provider,
    links.c.issuer,
    links.c.mail,
    links.c.created_at,
    links.c.used_at,
)
_ROW = {column.name: param(column.name, column.type) for column in links.c}

ADD = statement(upsert(links, key=("issuer", "subject")).insert(**_ROW))
"""Nothing is written where the account there opens one already."""
LIST = statement(select(*_SHOWN).where(_MINE).order_by(links.c.created_at, links.c.id), IdentityLink)
ALL_OF = statement(
    select(*_SHOWN, links.c.subject).where(_MINE).order_by(links.c.created_at, links.c.id), Kept
)
FIND = statement(
    select(links.c.id, links.c.user_id).where(
        links.c.issuer == param("issuer"), links.c.subject == param("subject")
    ),
    Whose,
)
USE = statement(update(links).where(links.c.id == param("id")).values(mail=param("mail"), used_at=NOW))
REMOVE = statement(delete(links).where(_ONE).returning(*_SHOWN), IdentityLink)
REMOVE_ALL = statement(delete(links).where(_MINE))
COUNT = statement(select(func.count().label("count")).select_from(links).where(_MINE), int)

BEGIN = statement(insert(visits))
SPEND = statement(
    delete(visits)
    .where(
        visits.c.digest == param("digest"),
        visits.c.provider == param("provider"),
        visits.c.browser == param("browser"),
        visits.c.expires_at > NOW,
    )
    .returning(
        visits.c.purpose, visits.c.user_id, visits.c.session_id, visits.c.return_to, visits.c.created_at
    ),
    Visit,
)
"""Of those who come back with one answer at once, one finds it; another browser leaves it where it is."""
PRUNE = statement(delete(visits).where(visits.c.expires_at <= NOW))
