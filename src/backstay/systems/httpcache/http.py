"""Purging over HTTP, from the house's own server: the proxy itself has no address that purges."""

from __future__ import annotations

from typing import ClassVar, Final

from backstay.kernel.actor import Permission
from backstay.kernel.database import UnitOfWork
from backstay.kernel.http import Controller, JSONBody, post
from backstay.systems.httpcache.contracts import AnswerPurge
from backstay.systems.httpcache.service import purging

PURGE: Final = Permission(
    "httpcache:purge", "Forget what the caching proxies keep, whoever's it is", house=True
)


class PurgesController(Controller):
    """Forgetting what the caching proxies keep."""

    path: ClassVar[str] = "/httpcache/purges"

    @post(permission=PURGE, status=204)
    async def purge(self, uow: UnitOfWork, data: JSONBody[AnswerPurge]) -> None:
        """Forget kept answers by address, by tag or altogether; the audit trail names who did."""
        await purging.purge(uow, data)
