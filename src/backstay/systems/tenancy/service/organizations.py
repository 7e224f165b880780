"""Organizations and who belongs to them."""

from __future__ import annotations

from uuid import UUID

from msgspec import structs

from backstay.kernel.actor import Actor
from backstay.kernel.database import Database, ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.systems.access import close as close_access
from backstay.systems.access import found, withdraw_all
from backstay.systems.audit import record
from backstay.systems.tenancy import queries
from backstay.systems.tenancy.contracts import Member, NewOrganization, Organization
from backstay.systems.tenancy.errors import NoSuchMember, NoSuchOrganization, StaleOrganization


def inside(actor: Actor, organization_id: UUID) -> Actor:
    """The same person, at work in another organization.

    For the few moments when somebody comes into one; what they may do there is not carried over.
    """
    return structs.replace(actor, organization_id=organization_id, permissions=frozenset())


async def create(database: Database, actor: Actor, new: NewOrganization) -> Organization:
    """Make an organization that the actor owns."""
    organization_id = uuid7()

    async def work(uow: UnitOfWork) -> Organization:
        await uow.execute(queries.CREATE, name=_clean(new.name))
        await uow.execute(queries.JOIN, name=actor.name)
        await found(uow, actor.id)
        made = await current(uow)
        record(uow, "tenancy.organization_created", subject=("organization", organization_id), after=made)
        return made

    return await database.run(inside(actor, organization_id), work)


async def current(reader: Reader) -> Organization:
    """The organization that the actor works in.

    Raises:
        NoSuchOrganization: it is not kept here, or has ended.
    """
    organization = await reader.first(queries.CURRENT)
    if organization is None:
        raise NoSuchOrganization
    return organization


async def list_mine(reader: Reader) -> list[Organization]:
    """The organizations that the actor belongs to, by name."""
    return await reader.all(queries.MINE)


async def rename(uow: UnitOfWork, name: str, *, version: int) -> Organization:
    """Call the organization something else.

    Raises:
        NoSuchOrganization, StaleOrganization: there is nothing to rename, or it has changed.
    """
    before = await current(uow)
    if not await uow.execute(queries.RENAME, name=_clean(name), version=version):
        raise StaleOrganization(version=before.version)
    after = await current(uow)
    subject = ("organization", uow.organization_id)
    record(uow, "tenancy.organization_renamed", subject=subject, before=before, after=after)
    return after


async def close(uow: UnitOfWork, *, version: int) -> None:
    """End the organization: nobody belongs to it any more. What its modules keep stays until they prune it.

    Raises:
        NoSuchOrganization, StaleOrganization: there is nothing to end, or it has changed.
    """
    before = await current(uow)
    if not await uow.execute(queries.CLOSE, version=version):
        raise StaleOrganization(version=before.version)
    for statement in queries.EMPTY:
        await uow.execute(statement)
    await close_access(uow)
    subject = ("organization", uow.organization_id)
    record(uow, "tenancy.organization_closed", subject=subject, before=before)


async def list_members(reader: Reader, request: ListRequest) -> Page[Member]:
    """Who belongs to the organization."""
    return await reader.page(queries.MEMBERS, request)


async def remove(uow: UnitOfWork, user_id: UUID) -> None:
    """Let somebody go, or go oneself; their roles go with them.

    Raises:
        NoSuchMember: they do not belong to it.
        Lacking: they have what the actor lacks.
        LastOwner: nobody would own the organization.
    """
    member = await uow.first(queries.MEMBER, user_id=user_id)
    if member is None:
        raise NoSuchMember
    await withdraw_all(uow, user_id)
    await uow.execute(queries.LEAVE, user_id=user_id)
    record(uow, "tenancy.member_left", subject=("user", user_id), before=member, person=user_id)


async def is_member(reader: Reader, user_id: UUID) -> bool:
    """Whether somebody belongs to the reader's organization, and it has not ended."""
    return await reader.first(queries.IS_MEMBER, user_id=user_id) is not None


def _clean(name: str) -> str:
    return " ".join(name.split())
