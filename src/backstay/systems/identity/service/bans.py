"""Bans: everything of a banned person ends at once, and a job lifts the ban at its end."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from backstay.kernel.database import ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.errors import FieldError, Invalid
from backstay.systems.audit import record
from backstay.systems.identity.contracts import BanOrder, User
from backstay.systems.identity.errors import NoSuchUser
from backstay.systems.identity.queries import users
from backstay.systems.identity.service.part import Identity
from backstay.systems.identity.service.sessions import end_all


async def list_users(reader: Reader, query: ListRequest) -> Page[User]:
    """Everybody's accounts."""
    return await reader.page(users.LIST, query)


async def count(reader: Reader) -> int:
    """How many accounts there are."""
    return await reader.one(users.COUNT)


async def read_user(reader: Reader, user_id: UUID) -> User:
    """One account.

    Raises:
        NoSuchUser: there is none.
    """
    user = await reader.first(users.GET, id=user_id)
    if user is None:
        raise NoSuchUser
    return user


async def ban(uow: UnitOfWork, user_id: UUID, order: BanOrder) -> User:
    """Ban a person; sessions, tokens and API keys end on every process within a second.

    Raises:
        NoSuchUser: there is none.
        Invalid: the end lies in the past.
        Conflict: they alone own an organization, and the order does not say to ban them all the same.
    """
    if order.until is not None and order.until <= uow.now():
        raise Invalid(FieldError(pointer="/until", code="range", message="must lie in the future"))
    if not await uow.execute(users.BAN, id=user_id, until=order.until, reason=order.reason):
        raise NoSuchUser
    if not order.leave_ownerless:
        await refuse_unsettled(uow, user_id)
    if absences := uow.part(Identity).absences():
        await absences.leave(uow, user_id, regardless=order.leave_ownerless)
    # Of the reason only that there is one: it stays with the account, and goes with it.
    record(uow, "identity.person_banned", subject=("user", user_id), after={"until": order.until})
    await uow.part(Identity).end_credentials(uow, user_id)
    await end_all(uow, user_id, "banned")
    return await read_user(uow, user_id)


async def refuse_unsettled(uow: UnitOfWork, user_id: UUID) -> None:
    """Ask every module whether this person may go.

    Raises:
        Conflict: something has to be settled first; it says what.
    """
    for _, kept in uow.part(Identity).personal:
        if kept.refuse is not None:
            await kept.refuse(uow, user_id)


async def lift_ban(uow: UnitOfWork, user_id: UUID) -> User:
    """Let a person in again; nothing changes for one who is not banned.

    Raises:
        NoSuchUser: there is none.
    """
    if await uow.execute(users.LIFT, id=user_id):
        await _welcome(uow, [user_id])
        record(uow, "identity.ban_lifted", subject=("user", user_id))
    return await read_user(uow, user_id)


async def lift_ended(uow: UnitOfWork) -> int:
    """Lift the bans that are over; how many."""
    lifted = await uow.all(users.LIFT_ENDED)
    if lifted:
        await _welcome(uow, lifted)
    for user_id in lifted:
        record(uow, "identity.ban_lifted", subject=("user", user_id), after={"because": "it was over"})
    return len(lifted)


async def _welcome(uow: UnitOfWork, user_ids: Sequence[UUID]) -> None:
    if absences := uow.part(Identity).absences():
        await absences.come_back(uow, user_ids)
