"""Groups of customers: made, named, filled, removed; and whom a price is asked for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from msgspec import structs, to_builtins

from backstay.kernel.actor import ActorKind, People
from backstay.kernel.database import ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.errors import FieldError, Invalid
from backstay.kernel.ids import uuid7
from backstay.kernel.personal import PersonalData
from backstay.kernel.trail import record
from backstay.products.commerce.catalog.contracts.groups import (
    GROUPS,
    CustomerGroup,
    CustomerGroupChanges,
    GroupMember,
    NewCustomerGroup,
    NewGroupMember,
)
from backstay.products.commerce.catalog.errors import (
    CodeTaken,
    GroupUsed,
    NoSuchGroup,
    NoSuchMember,
    Stale,
    TooManyGroups,
)
from backstay.products.commerce.catalog.queries import groups as queries
from backstay.products.commerce.shops import Shop


async def whose(reader: Reader, customer_id: UUID | None) -> dict[str, Any]:
    """Whom prices are asked for, as the statements of prices want to know it.

    An account is in a group by itself, or by an address that it has shown to be its own.
    """
    return {"customer_id": customer_id, "mails": sorted(await _addresses(reader, customer_id))}


def asker(reader: Reader) -> UUID | None:
    """The account of whoever looks; none of a guest, and none of a program."""
    return reader.actor.id if reader.actor.kind is ActorKind.USER else None


async def get(reader: Reader, shop: Shop, id_: UUID) -> CustomerGroup:
    """A group of the shop.

    Raises:
        NoSuchGroup: there is none with this id.
    """
    found = await reader.first(queries.GET, shop_id=shop.id, id=id_)
    if found is None:
        raise NoSuchGroup
    return found


async def list_(reader: Reader, shop: Shop, request: ListRequest) -> Page[CustomerGroup]:
    """The shop's groups."""
    return await reader.page(queries.LIST, request, shop_id=shop.id)


async def create(uow: UnitOfWork, shop: Shop, new: NewCustomerGroup) -> CustomerGroup:
    """Make a group, with nobody in it.

    Raises:
        CodeTaken: another of the shop is called so.
        TooManyGroups: the shop has as many as it may.
    """
    await _refuse_taken(uow, shop, new.code)
    if await uow.one(queries.COUNT, shop_id=shop.id) >= GROUPS:
        raise TooManyGroups(most=GROUPS)
    id_ = uuid7()
    await uow.execute(queries.CREATE, id=id_, shop_id=shop.id, **structs.asdict(new))
    record(uow, "catalog.customer_group_created", subject=("customer_group", id_), after=to_builtins(new))
    return await get(uow, shop, id_)


async def _refuse_taken(uow: UnitOfWork, shop: Shop, code: str) -> None:
    if await uow.first(queries.OF_CODE, shop_id=shop.id, code=code) is not None:
        raise CodeTaken


async def rename(
    uow: UnitOfWork, shop: Shop, id_: UUID, changes: CustomerGroupChanges, *, expected: int
) -> CustomerGroup:
    """Call a group otherwise, if it still has the version expected.

    Raises:
        NoSuchGroup: there is none.
        Stale: it was changed since.
    """
    before = await get(uow, shop, id_)
    if not await uow.execute(queries.RENAME, shop_id=shop.id, id=id_, version=expected, name=changes.name):
        raise _stale(before)
    record(
        uow,
        "catalog.customer_group_renamed",
        subject=("customer_group", id_),
        before={"name": before.name},
        after={"name": changes.name},
    )
    return await get(uow, shop, id_)


async def remove(uow: UnitOfWork, shop: Shop, id_: UUID, *, expected: int) -> None:
    """Remove a group, and everybody from it, if it still has the version expected.

    Raises:
        NoSuchGroup: there is none.
        GroupUsed: a price list is for it: whoever removes it means to end its prices, and says so there.
        Stale: it was changed since.
    """
    before = await get(uow, shop, id_)
    lists = await uow.one(queries.LISTS_OF, shop_id=shop.id, code=before.code)
    if lists:
        raise GroupUsed(price_lists=lists)
    if not await uow.execute(queries.REMOVE, shop_id=shop.id, id=id_, version=expected):
        raise _stale(before)
    record(
        uow, "catalog.customer_group_removed", subject=("customer_group", id_), before={"code": before.code}
    )


async def members(reader: Reader, shop: Shop, id_: UUID, request: ListRequest) -> Page[GroupMember]:
    """Who is in a group.

    Raises:
        NoSuchGroup: there is none with this id.
    """
    await get(reader, shop, id_)
    return await reader.page(queries.MEMBERS, request, group_id=id_)


async def add(uow: UnitOfWork, shop: Shop, id_: UUID, new: NewGroupMember) -> GroupMember:
    """Take somebody into a group; who is in it stays in it.

    Raises:
        NoSuchGroup: there is none with this id.
        Invalid: not exactly one of account and address is named.
    """
    await get(uow, shop, id_)
    if (new.customer_id is None) == (new.mail is None):
        raise Invalid(FieldError(pointer="/mail", code="choice", message="give this or customer_id"))
    named = {"customer_id": new.customer_id, "mail_key": new.mail and new.mail.casefold()}
    there = await uow.first(queries.MEMBER, group_id=id_, **named)
    if there is not None:
        return there
    member = uuid7()
    await uow.execute(queries.ADD, id=member, group_id=id_, added_at=uow.now(), **named)
    # The trail tells who was taken in by the member's id: addresses are no business of a trail's.
    record(uow, "catalog.group_member_added", subject=("customer_group", id_), after={"member": member})
    return await uow.one(queries.MEMBER, group_id=id_, **named)


async def drop(uow: UnitOfWork, shop: Shop, id_: UUID, member_id: UUID) -> None:
    """Take somebody out of a group.

    Raises:
        NoSuchGroup, NoSuchMember: there is none.
    """
    await get(uow, shop, id_)
    if not await uow.execute(queries.DROP, group_id=id_, id=member_id):
        raise NoSuchMember
    record(uow, "catalog.group_member_removed", subject=("customer_group", id_), before={"member": member_id})


async def refuse_unknown(reader: Reader, shop: Shop, code: str | None) -> None:
    """Refuse a price list of a group that the shop does not have: nobody would ever get its prices.

    Raises:
        Invalid: there is no such group.
    """
    if code is not None and await reader.first(queries.OF_CODE, shop_id=shop.id, code=code) is None:
        message = "the shop has no group of this code"
        raise Invalid(FieldError(pointer="/customer_group", code="choice", message=message))


def _stale(before: CustomerGroup) -> Stale:
    stale = Stale(version=before.version)
    stale.headers["ETag"] = f'"{before.version}"'
    return stale


async def _addresses(reader: Reader, customer_id: UUID | None) -> frozenset[str]:
    if customer_id is None:
        return frozenset()
    try:
        people = reader.part(People)  # type: ignore[type-abstract]  # a protocol is the key it is held by
    except LookupError:  # nobody keeps accounts here: nobody has shown an address
        return frozenset()
    return await people.verified_addresses(customer_id, by=reader)


async def _export(reader: Reader, user_id: UUID) -> dict[str, Any]:
    return {"groups": await reader.all(queries.OF_PERSON, **await whose(reader, user_id))}


async def _erase(uow: UnitOfWork, user_id: UUID) -> int:
    return await uow.execute(queries.ERASE, **await whose(uow, user_id))


PERSONAL = PersonalData(export=_export, erase=_erase)
"""For the manifest."""
