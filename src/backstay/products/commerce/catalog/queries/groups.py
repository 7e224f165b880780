"""The statements about groups of customers."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, Text, delete, exists, func, insert, or_, select, update

from backstay.kernel.database import Uuid, any_of, equals, listing, param, statement
from backstay.products.commerce.catalog.contracts.groups import CustomerGroup, GroupMember
from backstay.products.commerce.catalog.tables import groups, members, price_lists


class Membership(Struct, frozen=True):
    """A group that somebody is in, for their export."""

    organization_id: UUID
    group: str
    mail: str | None


# A guest is no account and has shown no address, so neither fits: nobody is in a group by default.
_IS: Final = or_(members.c.customer_id == param("customer_id", Uuid), any_of(members.c.mail_key, "mails"))
FOR_WHOM: Final[ColumnElement[bool]] = exists(
    select(members.c.id)
    .select_from(members.join(groups, groups.c.id == members.c.group_id))
    .where(
        groups.c.shop_id == price_lists.c.shop_id,
        groups.c.code == price_lists.c.customer_group,
        _IS,
    )
    .correlate(price_lists)
)
"""Whether a price list is of a group that whoever asks is in; the one place where that is judged."""

_MEMBERS: Final = (
    select(func.count())
    .select_from(members)
    .where(members.c.group_id == groups.c.id)
    .correlate(groups)
    .scalar_subquery()
    .label("members")
)
_SHOWN: Final = (
    groups.c.id,
    groups.c.code,
    groups.c.name,
    _MEMBERS,
    groups.c.created_at,
    groups.c.updated_at,
    groups.c.version,
)
_SHOP: Final = groups.c.shop_id == param("shop_id")
_THIS: Final = (_SHOP, groups.c.id == param("id"))
_MEMBER: Final = (members.c.id, members.c.customer_id, members.c.mail_key.label("mail"), members.c.added_at)
_WITHIN: Final = members.c.group_id == param("group_id", Uuid)

LIST = listing(
    select(*_SHOWN).where(_SHOP),
    CustomerGroup,
    name="catalog.customer_groups",
    key=groups.c.id,
    sorts={"code": groups.c.code},
    default=("code",),
)
GET = statement(select(*_SHOWN).where(*_THIS), CustomerGroup)
OF_CODE = statement(select(groups.c.id).where(_SHOP, groups.c.code == param("code", Text)), UUID)
COUNT = statement(select(func.count().label("count")).select_from(groups).where(_SHOP), int)
CREATE = statement(insert(groups))
RENAME = statement(
    update(groups).where(*_THIS, groups.c.version == param("version")).values(name=param("name", Text))
)
REMOVE = statement(delete(groups).where(*_THIS, groups.c.version == param("version")))
LISTS_OF = statement(
    select(func.count().label("count"))
    .select_from(price_lists)
    .where(price_lists.c.shop_id == param("shop_id"), price_lists.c.customer_group == param("code", Text)),
    int,
)

MEMBERS = listing(
    select(*_MEMBER).where(_WITHIN),
    GroupMember,
    name="catalog.group_members",
    key=members.c.id,
    sorts={"added_at": members.c.added_at},
    default=("-added_at",),
    filters={
        "mail": equals(members.c.mail_key, str, "Whoever has this address, in lower case."),
        "customer_id": equals(members.c.customer_id, UUID, "This account."),
    },
)
MEMBER = statement(
    select(*_MEMBER).where(
        _WITHIN,
        or_(
            members.c.customer_id == param("customer_id", Uuid),
            members.c.mail_key == param("mail_key", Text),
        ),
    ),
    GroupMember,
)
ADD = statement(insert(members))
DROP = statement(delete(members).where(_WITHIN, members.c.id == param("id")))

OF_PERSON = statement(
    select(members.c.organization_id, groups.c.code.label("group"), members.c.mail_key.label("mail"))
    .select_from(members.join(groups, groups.c.id == members.c.group_id))
    .where(_IS)
    .order_by(members.c.id),
    Membership,
    unscoped=True,
)
ERASE = statement(delete(members).where(_IS), unscoped=True)
