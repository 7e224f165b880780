"""From one organization to another: a session works in one, and its successor in the next."""

from __future__ import annotations

from uuid import UUID

from backstay.kernel.actor import Memberships
from backstay.kernel.database import Reader, UnitOfWork
from backstay.systems.identity.contracts import SignedIn
from backstay.systems.identity.errors import NoSuchMembership
from backstay.systems.identity.queries import sessions as queries
from backstay.systems.identity.queries import users
from backstay.systems.identity.service.sessions import Device, present_session, replace_session


async def switch_organization(uow: UnitOfWork, organization_id: UUID) -> SignedIn:
    """Let whoever asks work in another organization: their session gets a successor under a new id.

    Raises:
        NotAnAccount: no session asks.
        SessionOver: it has ended meanwhile.
        NoSuchMembership: they do not belong to it.
    """
    standing = await present_session(uow, uow.actor)
    if not await may_work_in(uow, standing.user_id, organization_id):
        raise NoSuchMembership
    device = await uow.one(queries.DEVICE, id=standing.id)
    return await replace_session(
        uow, uow.actor, Device(device.device, device.network), organization_id=organization_id
    )


async def may_work_in(reader: Reader, user_id: UUID, organization_id: UUID) -> bool:
    """Whether it is the place where an account begins, or somebody knows them to belong to it."""
    person = await reader.one(users.BY_ID, id=user_id)
    if organization_id == person.home_id:
        return True
    try:
        memberships = reader.part(Memberships)  # type: ignore[type-abstract]  # a protocol is the key it is held by
    except LookupError:
        return False
    return await memberships.is_member(user_id, organization_id)
