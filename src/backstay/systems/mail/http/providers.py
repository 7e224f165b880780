"""Where mails leave: the providers, which all organizations share."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.http import Controller, FromPath, get, post
from backstay.systems.mail import service
from backstay.systems.mail.contracts import ProviderState
from backstay.systems.mail.errors import NoSuchProvider
from backstay.systems.mail.http.permissions import PROVIDERS

ProviderName = Annotated[str, Meta(min_length=1, max_length=300)]


class ProvidersController(Controller):
    """The providers of the deployment, in the order in which they are asked."""

    path: ClassVar[str] = "/mail/providers"
    name: ClassVar[str] = "mail_provider"

    @get(permission=PROVIDERS)
    async def list_all(self, reader: Reader) -> list[ProviderState]:
        """Show each provider, and whether and why it is paused."""
        return await service.list_providers(reader)

    @post("/{name:str}/resume", permission=PROVIDERS, status=200, problems=[NoSuchProvider])
    async def resume(self, uow: UnitOfWork, name: FromPath[ProviderName]) -> ProviderState:
        """Hand mails to a paused provider again, without waiting for one that tries it."""
        return await service.resume(uow, name)
