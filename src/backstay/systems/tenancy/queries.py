"""Statements of the tenancy system."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import case, delete, func, insert, literal_column, null, select, update

from backstay.kernel.database import ACTOR, NOW, Timestamp, Uuid, equals, listing, param, statement, upsert
from backstay.systems.tenancy.contracts import Invitation, Invited, Member, Organization
from backstay.systems.tenancy.tables import guesses, invitations, members, organizations, settings


class Taken(Struct, frozen=True):
    """An invitation that was just taken."""

    id: UUID
    email: str
    role_id: UUID
    created_by: UUID


class Chosen(Struct, frozen=True):
    """What an organization chose of a section."""

    section: str
    chosen: dict[str, Any]


class Guessed(Struct, frozen=True):
    """Wrong guesses of an hour, and when there were last enough to be noticed."""

    guesses: int
    noticed_at: datetime | None


class OwnMembership(Struct, frozen=True):
    """An organization that somebody belongs to, in an export."""

    organization_id: UUID
    organization_name: str
    name: str
    joined_at: datetime


_ORGANIZATION: Final = [
    organizations.c.organization_id.label("id"),
    organizations.c.name,
    organizations.c.created_at,
    organizations.c.version,
]
_OPEN: Final = organizations.c.closed_at.is_(None)

CREATE: Final = statement(insert(organizations).values(name=param("name"), closed_at=null()))
CURRENT: Final = statement(select(*_ORGANIZATION).where(_OPEN), Organization)
RENAME: Final = statement(
    update(organizations).where(organizations.c.version == param("version"), _OPEN).values(name=param("name"))
)
CLOSE: Final = statement(
    update(organizations).where(organizations.c.version == param("version"), _OPEN).values(closed_at=NOW)
)
MINE: Final = statement(
    select(*_ORGANIZATION)
    .select_from(organizations.join(members, members.c.organization_id == organizations.c.organization_id))
    .where(members.c.user_id == ACTOR, _OPEN)
    .order_by(organizations.c.name, organizations.c.organization_id),
    Organization,
    # One's own, wherever one works at the moment.
    unscoped=True,
)
IS_MEMBER: Final = statement(
    select(members.c.user_id)
    .select_from(members.join(organizations, organizations.c.organization_id == members.c.organization_id))
    .where(members.c.user_id == param("user_id"), _OPEN),
    UUID,
)
JOIN: Final = statement(
    upsert(members, key=("organization_id", "user_id")).insert(
        user_id=ACTOR, name=param("name"), joined_at=NOW
    )
)
LEAVE: Final = statement(delete(members).where(members.c.user_id == param("user_id")))
EMPTY: Final = tuple(statement(delete(table)) for table in (members, invitations, settings, guesses))
"""What ends with the organization."""
COUNT_MEMBERS: Final = statement(select(func.count().label("count")).select_from(members), int)
MEMBER: Final = statement(
    select(members.c.user_id, members.c.name, members.c.joined_at).where(
        members.c.user_id == param("user_id")
    ),
    Member,
)
MEMBERS: Final = listing(
    select(members.c.user_id, members.c.name, members.c.joined_at),
    Member,
    name="tenancy.members",
    key=members.c.user_id,
    sorts={"joined_at": members.c.joined_at, "name": members.c.name},
    default=("joined_at",),
    filters={"user_id": equals(members.c.user_id, UUID, "This person, if they belong to it.")},
)

_INVITATION: Final = [
    invitations.c.id,
    invitations.c.email,
    invitations.c.role_id,
    invitations.c.role_name,
    invitations.c.created_at,
    invitations.c.created_by,
    invitations.c.expires_at,
]
_VALID: Final = invitations.c.expires_at > NOW
_NEW: Final[dict[str, Any]] = {
    "id": param("id", invitations.c.id.type),
    "email": param("email", invitations.c.email.type),
    "role_id": param("role_id", invitations.c.role_id.type),
    "role_name": param("role_name", invitations.c.role_name.type),
    "token_digest": param("token_digest", invitations.c.token_digest.type),
    "created_at": NOW,
    "created_by": ACTOR,
    "expires_at": param("expires_at", invitations.c.expires_at.type),
}
INVITE: Final = statement(
    upsert(invitations, key=("organization_id", "email_key")).insert(**_NEW).update(**_NEW)
)
"""A second invitation to an address replaces the first, which stops working."""
INVITATION: Final = statement(select(*_INVITATION).where(invitations.c.id == param("id"), _VALID), Invitation)
INVITATIONS: Final = listing(
    select(*_INVITATION).where(_VALID),
    Invitation,
    name="tenancy.invitations",
    key=invitations.c.id,
    sorts={"created_at": invitations.c.created_at},
    default=("-created_at",),
)
WITHDRAW: Final = statement(delete(invitations).where(invitations.c.id == param("id"), _VALID))
LOOK: Final = statement(
    select(
        invitations.c.organization_id,
        organizations.c.name.label("organization_name"),
        invitations.c.email,
        invitations.c.role_name,
        invitations.c.expires_at,
    )
    .select_from(
        invitations.join(organizations, organizations.c.organization_id == invitations.c.organization_id)
    )
    .where(invitations.c.token_digest == param("token_digest"), _VALID, _OPEN),
    Invited,
    # Whoever holds the token works elsewhere, or nowhere yet.
    unscoped=True,
)
TAKE: Final = statement(
    delete(invitations)
    .where(invitations.c.token_digest == param("token_digest"), _VALID)
    .returning(invitations.c.id, invitations.c.email, invitations.c.role_id, invitations.c.created_by),
    Taken,
)
"""Of many who try at once, one gets the row."""

MEMBERSHIPS_OF: Final = statement(
    select(
        members.c.organization_id,
        organizations.c.name.label("organization_name"),
        members.c.name,
        members.c.joined_at,
    )
    .select_from(members.join(organizations, organizations.c.organization_id == members.c.organization_id))
    .where(members.c.user_id == param("user_id", Uuid))
    .order_by(members.c.joined_at, members.c.organization_id),
    OwnMembership,
    unscoped=True,
)
ERASE_MEMBERSHIPS: Final = statement(
    delete(members).where(members.c.user_id == param("user_id", Uuid)), unscoped=True
)

CHOSEN: Final = statement(select(settings.c.section, settings.c.chosen), Chosen)
CHOOSE: Final = statement(
    upsert(settings, key=("organization_id", "section"))
    .insert(chosen=param("chosen", settings.c.chosen.type))
    .update(chosen=param("chosen", settings.c.chosen.type))
)

ORGANIZATIONS_OF: Final = statement(
    select(members.c.organization_id)
    .select_from(members.join(organizations, organizations.c.organization_id == members.c.organization_id))
    .where(members.c.user_id == param("user_id", Uuid), _OPEN)
    .order_by(members.c.organization_id),
    UUID,
    unscoped=True,
)
COUNT_GUESS: Final = statement(
    upsert(guesses, key=("organization_id", "started_at"))
    .insert(guesses=literal_column("1"), noticed_at=null())
    .update(guesses=guesses.c.guesses + 1)
    .returning(guesses.c.guesses),
    int,
)
NOTICE: Final = statement(
    update(guesses)
    .where(guesses.c.started_at == param("started_at"), guesses.c.noticed_at.is_(None))
    .values(noticed_at=NOW)
)
"""Once an hour; whoever counts holds the row until the commit."""
GUESSED: Final = statement(
    select(
        func.coalesce(
            func.max(case((guesses.c.started_at == param("started_at"), guesses.c.guesses))), 0
        ).label("guesses"),
        func.max(guesses.c.noticed_at).label("noticed_at"),
    ).select_from(guesses),
    Guessed,
)
PRUNE_GUESSES: Final = statement(
    delete(guesses).where(guesses.c.started_at < param("before", Timestamp)), unscoped=True
)
