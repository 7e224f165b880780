"""Acting in somebody's place, for those who help."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from backstay.kernel.actor import Actor
from backstay.kernel.backend import Backend
from backstay.kernel.http import Controller, FromPath, JSONBody, Request, Response, post
from backstay.systems.identity.contracts import IMPERSONATE, ImpersonationOrder, SignedIn
from backstay.systems.identity.errors import (
    FreshSignInNeeded,
    NoSuchMembership,
    NoSuchUser,
    NotAnAccount,
    NotImpersonable,
    SecondFactorNeeded,
)
from backstay.systems.identity.http.browsers import device_of, enter, refuse_strange_page
from backstay.systems.identity.service import impersonating


class ImpersonationController(Controller):
    """Sessions in somebody's place."""

    path: ClassVar[str] = "/users"
    name: ClassVar[str] = "impersonation"

    @post(
        "/{user_id:uuid}/impersonate",
        permission=IMPERSONATE,
        problems=[
            NoSuchUser,
            NotAnAccount,
            NotImpersonable,
            NoSuchMembership,
            FreshSignInNeeded,
            SecondFactorNeeded,
        ],
    )
    async def impersonate(
        self,
        backend: Backend,
        request: Request,
        actor: Actor,
        user_id: FromPath[UUID],
        data: JSONBody[ImpersonationOrder],
    ) -> Response[SignedIn]:
        """Act in somebody's place, for half an hour at most; needs a fresh sign-in, and they are told.

        Whose rights are not all one's own, and an operator of the house, cannot be acted for. What is
        done bears both names, and their credentials, keys, sessions and data as a whole stay theirs
        alone. `POST /v1/auth/sign-out` ends it; so do they, among their devices. A browser leaves the
        session behind that it had before, for it has one cookie; sign in again afterwards.
        """
        if data.cookie:
            refuse_strange_page(backend, request)
        made = await impersonating.impersonate(backend.database, actor, user_id, data, device_of(request))
        return await enter(backend, request, made)
