"""Everybody's accounts, for those who operate the deployment."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from backstay.kernel.database import Page, Reader, UnitOfWork
from backstay.kernel.errors import Conflict
from backstay.kernel.http import Controller, FromPath, JSONBody, ListQuery, get, post
from backstay.systems.identity.contracts import (
    OPERATE,
    READ,
    RESET_FACTORS,
    BanOrder,
    EndedSessions,
    FactorReset,
    User,
)
from backstay.systems.identity.errors import (
    FreshSignInNeeded,
    NoSuchUser,
    NotAnAccount,
    NotResettable,
    SecondFactorNeeded,
)
from backstay.systems.identity.queries.users import LIST
from backstay.systems.identity.service import bans, resetting, sessions


class UsersController(Controller):
    """All accounts."""

    path: ClassVar[str] = "/users"
    name: ClassVar[str] = "users"

    @get(permission=READ, listing=LIST)
    async def list_users(self, reader: Reader, query: ListQuery) -> Page[User]:
        """List the accounts."""
        return await bans.list_users(reader, query)

    @get("/{user_id:uuid}", permission=READ, problems=[NoSuchUser])
    async def read(self, reader: Reader, user_id: FromPath[UUID]) -> User:
        """See an account."""
        return await bans.read_user(reader, user_id)

    @post("/{user_id:uuid}/ban", permission=OPERATE, status=200, problems=[NoSuchUser, Conflict])
    async def ban(self, uow: UnitOfWork, user_id: FromPath[UUID], data: JSONBody[BanOrder]) -> User:
        """Ban somebody: every session ends on every process within a second.

        Who alone owns an organization is banned only with `leave_ownerless`.
        """
        return await bans.ban(uow, user_id, data)

    @post("/{user_id:uuid}/unban", permission=OPERATE, status=200, problems=[NoSuchUser])
    async def unban(self, uow: UnitOfWork, user_id: FromPath[UUID]) -> User:
        """Let somebody in again."""
        return await bans.lift_ban(uow, user_id)

    @post(
        "/{user_id:uuid}/reset-factors",
        permission=RESET_FACTORS,
        status=200,
        problems=[NoSuchUser, NotAnAccount, NotResettable, SecondFactorNeeded, FreshSignInNeeded],
    )
    async def reset_factors(
        self, uow: UnitOfWork, user_id: FromPath[UUID], data: JSONBody[FactorReset]
    ) -> User:
        """Take the second factors of somebody who lost them all, and the password with them.

        They come back by the mailed link of a forgotten password. Needs a fresh sign-in with a second factor;
        not for oneself, and not for who operates the house, too. The reason is recorded, and they are told.
        """
        return await resetting.reset_by_operator(uow, user_id, data.reason)

    @post("/{user_id:uuid}/end-sessions", permission=OPERATE, status=200, problems=[NoSuchUser])
    async def end_sessions(self, uow: UnitOfWork, user_id: FromPath[UUID]) -> EndedSessions:
        """Sign somebody out everywhere."""
        await bans.read_user(uow, user_id)
        return EndedSessions(await sessions.end_everything(uow, user_id))
