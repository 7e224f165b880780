"""Where providers tell what happened."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from backstay.kernel.backend import Backend
from backstay.kernel.http import Controller, FromPath, Request, post
from backstay.systems.payments.errors import BadEvent, BadSignature, NoSuchProvider
from backstay.systems.payments.service import receiving

ProviderName = Annotated[str, Meta(min_length=1, max_length=40)]


class Received(Struct, frozen=True):
    """The event is ours to keep now."""

    received: bool = True


class WebhooksController(Controller):
    """Signed events; anybody may send one, and only what the provider signed is believed."""

    path: ClassVar[str] = "/payments/webhooks"
    name: ClassVar[str] = "payment_webhook"

    @post(
        "/{provider:str}",
        public=True,
        status=200,
        problems=[NoSuchProvider, BadSignature, BadEvent],
        body_limit=512 * 1024,
    )
    async def receive(self, request: Request, backend: Backend, provider: FromPath[ProviderName]) -> Received:
        """Take a provider's event. One that came before changes nothing, and is answered alike."""
        await receiving.receive(backend.database, provider, request.headers, await request.body())
        return Received()
