"""People."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, delete, func, insert, literal, null, or_, select, update

from backstay.kernel.database import NOW, Filter, Timestamp, any_of, equals, listing, param, statement, upsert
from backstay.systems.identity.contracts import User
from backstay.systems.identity.tables import users

_SHOWN: Final = [
    users.c.id,
    users.c.mail,
    users.c.name,
    users.c.locale,
    users.c.verified_at,
    users.c.banned_at,
    users.c.banned_until,
    users.c.ban_reason,
    users.c.created_at,
    users.c.updated_at,
]


class Person(Struct, frozen=True):
    """Everything about a person, the sealed password too; never leaves the service."""

    id: UUID
    mail: str
    mail_key: str
    name: str
    locale: str
    home_id: UUID
    verified_at: datetime | None
    password: bytes | None
    epoch: int
    banned_at: datetime | None
    banned_until: datetime | None
    created_at: datetime


_PERSON: Final = select(
    users.c.id,
    users.c.mail,
    users.c.mail_key,
    users.c.name,
    users.c.locale,
    users.c.home_id,
    users.c.verified_at,
    users.c.password,
    users.c.epoch,
    users.c.banned_at,
    users.c.banned_until,
    users.c.created_at,
)

BY_ID = statement(_PERSON.where(users.c.id == param("id")), Person)
BY_MAIL = statement(_PERSON.where(users.c.mail_key == param("mail_key")), Person)
LOCK = statement(_PERSON.where(users.c.id == param("id")).with_for_update(), Person)
GET = statement(select(*_SHOWN).where(users.c.id == param("id")), User)
SOME = statement(select(*_SHOWN).where(any_of(users.c.id, "ids")), User)
COUNT = statement(select(func.count().label("count")).select_from(users), int)


def _called(value: ColumnElement[str]) -> ColumnElement[bool]:
    """The address or the name holds the value, taken as it is: `_` and `%` stand for themselves."""
    plain = func.lower(value)
    for special in ("\\", "%", "_"):
        plain = func.replace(plain, special, f"\\{special}")
    pattern = literal("%").concat(plain).concat("%")
    return or_(
        users.c.mail_key.like(pattern, escape="\\"), func.lower(users.c.name).like(pattern, escape="\\")
    )


LIST = listing(
    select(*_SHOWN),
    User,
    name="identity.users",
    key=users.c.id,
    sorts={"created_at": users.c.created_at},
    default=("-created_at",),
    filters={
        "mail": equals(users.c.mail_key, str, "This address, in lower case."),
        "q": Filter(str, _called, "Accounts whose address or name holds this; case does not count."),
        "banned": Filter(
            bool, lambda value: users.c.banned_at.is_not(None) == value, "Banned accounts, or the others."
        ),
    },
)

INSERT = statement(insert(users))
INSERT_UNLESS_TAKEN = statement(
    upsert(users, key=("mail_key",)).insert(
        **{column.name: param(column.name, column.type) for column in users.columns}
    )
)
"""Nothing where somebody has the address; the same statement either way, for both take the same time."""
DELETE_UNVERIFIED = statement(
    delete(users).where(users.c.mail_key == param("mail_key"), users.c.verified_at.is_(None))
)
VERIFY = statement(
    update(users)
    .where(users.c.id == param("id"), users.c.mail_key == param("mail_key"), users.c.verified_at.is_(None))
    .values(verified_at=NOW, updated_at=NOW)
)
SET_PASSWORD = statement(
    update(users)
    .where(users.c.id == param("id"))
    .values(
        password=param("password"),
        password_changed_at=NOW,
        epoch=users.c.epoch + 1,
        updated_at=NOW,
    )
)
TAKE_PASSWORD = statement(
    update(users)
    .where(users.c.id == param("id"))
    .values(password=null(), password_changed_at=null(), epoch=users.c.epoch + 1, updated_at=NOW)
)
REHASH = statement(
    update(users)
    .where(users.c.id == param("id"), users.c.password == param("old"))
    .values(password=param("password"))
)
"""The same password at today's cost; nothing when it was changed meanwhile."""
CLAIM = statement(
    update(users)
    .where(users.c.id == param("id"))
    .values(
        name=param("name"),
        password=null(),
        password_changed_at=NOW,
        verified_at=NOW,
        epoch=users.c.epoch + 1,
        updated_at=NOW,
    )
)
"""The owner of its address takes an account over that nobody had verified: whoever made it is out."""
SET_MAIL = statement(
    update(users)
    .where(users.c.id == param("id"))
    .values(mail=param("mail"), mail_key=param("mail_key"), verified_at=NOW, updated_at=NOW)
)
SET_PROFILE = statement(
    update(users)
    .where(users.c.id == param("id"))
    .values(
        name=func.coalesce(param("name", users.c.name.type), users.c.name),
        locale=func.coalesce(param("locale", users.c.locale.type), users.c.locale),
        updated_at=NOW,
    )
)
"""None leaves a column as it is."""
RAISE_EPOCH = statement(update(users).where(users.c.id == param("id")).values(epoch=users.c.epoch + 1))
BAN = statement(
    update(users)
    .where(users.c.id == param("id"))
    .values(
        banned_at=NOW,
        banned_until=param("until", Timestamp),
        ban_reason=param("reason"),
        epoch=users.c.epoch + 1,
        updated_at=NOW,
    )
)
LIFT = statement(
    update(users)
    .where(users.c.id == param("id"), users.c.banned_at.is_not(None))
    .values(banned_at=null(), banned_until=null(), ban_reason="", updated_at=NOW)
)
LIFT_ENDED = statement(
    update(users)
    .where(users.c.banned_until <= NOW)
    .values(banned_at=null(), banned_until=null(), ban_reason="", updated_at=NOW)
    .returning(users.c.id),
    UUID,
)
DELETE = statement(delete(users).where(users.c.id == param("id")))
