"""Sessions, and what makes every process forget them."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Text, and_, cast, delete, exists, func, insert, literal, or_, select, update

from backstay.kernel.database import NOW, Timestamp, Uuid, param, statement, upsert
from backstay.systems.identity.contracts import SessionKind
from backstay.systems.identity.tables import changes, factors, passkeys, revisions, sessions, users

HEAD: Final = "changes"
CHANNEL: Final = "backstay_identity"


class Standing(Struct, frozen=True):
    """A session with its person: what a request is judged by."""

    id: UUID
    user_id: UUID
    organization_id: UUID
    kind: SessionKind
    counter: int
    confirmed: int
    rotated_at: datetime
    assurance: int
    assured_at: datetime
    method: str
    impersonator_id: UUID | None
    seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    name: str
    mail: str
    epoch: int
    banned_at: datetime | None
    banned_until: datetime | None
    second_factor: bool
    """Whether the person has one, so that a session must have shown it."""


class Line(Struct, frozen=True):
    """A session in a list."""

    id: UUID
    kind: SessionKind
    device: str
    network: str
    assurance: int
    method: str
    impersonator_id: UUID | None
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


class Change(Struct, frozen=True):
    """Something to forget."""

    revision: int
    user_id: UUID | None
    session_id: UUID | None


class Whence(Struct, frozen=True):
    """Where a session was opened."""

    device: str
    network: str


_STANDING: Final = (
    select(
        sessions.c.id,
        sessions.c.user_id,
        sessions.c.organization_id,
        sessions.c.kind,
        sessions.c.counter,
        sessions.c.confirmed,
        sessions.c.rotated_at,
        sessions.c.assurance,
        sessions.c.assured_at,
        sessions.c.method,
        sessions.c.impersonator_id,
        sessions.c.seen_at,
        sessions.c.expires_at,
        sessions.c.ended_at,
        users.c.name,
        users.c.mail,
        users.c.epoch,
        users.c.banned_at,
        users.c.banned_until,
        or_(
            exists(factors.c.id).where(factors.c.user_id == users.c.id, factors.c.confirmed_at.is_not(None)),
            exists(passkeys.c.id).where(passkeys.c.user_id == users.c.id),
        ).label("second_factor"),
    )
    .select_from(sessions.join(users, users.c.id == sessions.c.user_id))
    .where(sessions.c.id == param("id"))
)
_LIVING: Final = and_(
    sessions.c.ended_at.is_(None),
    sessions.c.expires_at > NOW,
    sessions.c.seen_at > param("idle_since", Timestamp),
)
_MINE: Final = sessions.c.user_id == param("user_id", Uuid)

OPEN = statement(insert(sessions))
STANDING = statement(_STANDING, Standing)
LIST = statement(
    select(
        sessions.c.id,
        sessions.c.kind,
        sessions.c.device,
        sessions.c.network,
        sessions.c.assurance,
        sessions.c.method,
        sessions.c.impersonator_id,
        sessions.c.created_at,
        sessions.c.seen_at,
        sessions.c.expires_at,
    )
    .where(_MINE, _LIVING)
    .order_by(sessions.c.created_at.desc(), sessions.c.id.desc())
    .limit(500),
    Line,
)
ALL_OF = statement(
    select(
        sessions.c.id,
        sessions.c.kind,
        sessions.c.device,
        sessions.c.network,
        sessions.c.assurance,
        sessions.c.method,
        sessions.c.impersonator_id,
        sessions.c.created_at,
        sessions.c.seen_at,
        sessions.c.expires_at,
    )
    .where(_MINE)
    .order_by(sessions.c.created_at, sessions.c.id),
    Line,
)
"""Ended ones too."""
COUNT_LIVING = statement(select(func.count().label("count")).select_from(sessions).where(_LIVING), int)

DEVICE = statement(select(sessions.c.device, sessions.c.network).where(sessions.c.id == param("id")), Whence)
ADVANCE = statement(
    update(sessions)
    .where(
        sessions.c.id == param("id"),
        sessions.c.counter == param("counter"),
        sessions.c.ended_at.is_(None),
    )
    .values(counter=sessions.c.counter + 1, rotated_at=NOW, seen_at=NOW)
)
"""One of those who refresh at once wins; whoever ends the session waits for the same row."""
CONFIRM = statement(
    update(sessions)
    .where(sessions.c.id == param("id"), sessions.c.confirmed < param("counter"))
    .values(confirmed=param("counter"))
    .returning(sessions.c.id),
    UUID,
)
"""A client has used an access token of this number, so it has the refresh token of this number."""
SEE = statement(
    update(sessions)
    .where(sessions.c.id == param("id"), sessions.c.seen_at < param("at", Timestamp))
    .values(seen_at=param("at", Timestamp))
)
ASSURE = statement(update(sessions).where(sessions.c.id == param("id")).values(assured_at=NOW))
_END: Final = {"ended_at": NOW, "ended_because": param("because")}
END = statement(
    update(sessions).where(sessions.c.id == param("id"), _MINE, sessions.c.ended_at.is_(None)).values(_END)
)
END_OTHERS = statement(
    update(sessions)
    .where(_MINE, sessions.c.id != param("keep", Uuid), sessions.c.ended_at.is_(None))
    .values(_END)
    .returning(sessions.c.id),
    UUID,
)
END_ALL = statement(
    update(sessions)
    .where(or_(_MINE, sessions.c.impersonator_id == param("user_id", Uuid)), sessions.c.ended_at.is_(None))
    .values(_END)
)
"""Those in which the person acts in somebody's place, too."""
DOWNGRADE = statement(
    update(sessions)
    .where(_MINE, sessions.c.method.like("%recovery%"), sessions.c.ended_at.is_(None))
    .values(assurance=1)
)
"""Sessions that showed a recovery code of a set that is replaced must show a factor again."""
PRUNE = statement(
    delete(sessions).where(
        or_(
            sessions.c.expires_at < param("before", Timestamp),
            sessions.c.ended_at < param("before", Timestamp),
        )
    )
)

NEXT_REVISION = statement(
    upsert(revisions, key=("name",))
    .insert(name=HEAD, value=1)
    .update(value=revisions.c.value + 1)
    .returning(revisions.c.value),
    int,
)
NOTE_CHANGE = statement(
    insert(changes).values(
        revision=param("revision"), user_id=param("user_id"), session_id=param("session_id"), at=NOW
    )
)
TELL = statement(
    {
        "sqlite": select(literal("").label("value")),
        "postgresql": select(cast(func.pg_notify(CHANNEL, ""), Text).label("value")),
    },
    str,
)
"""Within the transaction: PostgreSQL tells whoever listens at the commit, and nobody after a rollback."""
REVISION = statement(select(revisions.c.value).where(revisions.c.name == HEAD), int)
CHANGES = statement(
    select(changes.c.revision, changes.c.user_id, changes.c.session_id)
    .where(changes.c.revision > param("after"))
    .order_by(changes.c.revision)
    .limit(1000),
    Change,
)
PRUNE_CHANGES = statement(delete(changes).where(changes.c.at < param("before", Timestamp)))
