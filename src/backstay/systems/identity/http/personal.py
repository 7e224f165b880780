"""One's own data as a whole: a copy of it, or its end."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from msgspec import Raw

from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.http import Controller, FromPath, Request, Response, get, post
from backstay.systems.identity.contracts import SELF, NewReceipt, PersonalReceipt
from backstay.systems.identity.errors import (
    FreshSignInNeeded,
    NoSuchReceipt,
    NotAnAccount,
    SecondFactorNeeded,
)
from backstay.systems.identity.service import personal


class PersonalController(Controller):
    """Export, erasure, and their receipts."""

    path: ClassVar[str] = "/account"
    name: ClassVar[str] = "data"

    @post(
        "/export",
        permission=SELF,
        status=202,
        problems=[NotAnAccount, FreshSignInNeeded, SecondFactorNeeded],
    )
    async def export(self, uow: UnitOfWork) -> NewReceipt:
        """Ask for everything that is kept about you; needs a fresh sign-in."""
        return await personal.ask_for_export(uow)

    @get("/exports/{receipt_id:uuid}", permission=SELF, problems=[NoSuchReceipt])
    async def read_export(self, reader: Reader, receipt_id: FromPath[UUID]) -> Response[Raw]:
        """Fetch it, as JSON; for a week once it is ready."""
        headers = {
            "cache-control": "no-store",
            "content-disposition": f'attachment; filename="export-{receipt_id}.json"',
        }
        content = await personal.read_export(reader, receipt_id)
        return Response(Raw(content), headers=headers)

    @post(
        "/erase",
        permission=SELF,
        status=202,
        problems=[NotAnAccount, FreshSignInNeeded, SecondFactorNeeded],
    )
    async def erase(self, uow: UnitOfWork) -> NewReceipt:
        """End your account and erase what is kept about you; needs a fresh sign-in.

        Every session ends at once. The receipt's token goes on telling what was done.
        """
        return await personal.ask_for_erasure(uow)

    @get("/receipts/{token:str}", public=True, problems=[NoSuchReceipt])
    async def read_receipt(self, request: Request, reader: Reader, token: FromPath[str]) -> PersonalReceipt:
        """Follow an export or an erasure, by the token of its receipt."""
        request.record.path = "/v1/account/receipts/[token]"
        return await personal.read_receipt(reader, token)
