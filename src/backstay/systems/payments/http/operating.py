"""Providers' events that no payment is known for yet, for whoever operates the deployment."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from backstay.kernel.actor import Actor
from backstay.kernel.backend import Backend
from backstay.kernel.database import Page, Reader
from backstay.kernel.http import Controller, FromPath, ListQuery, get, post
from backstay.systems.payments.contracts import ProviderEvent
from backstay.systems.payments.errors import NoSuchEvent
from backstay.systems.payments.http.permissions import OPERATE
from backstay.systems.payments.queries import events
from backstay.systems.payments.service import receiving


class OperatingController(Controller):
    """Events of the deployment's provider, which all organizations share."""

    path: ClassVar[str] = "/payments/events"
    name: ClassVar[str] = "payment_events"

    @get("/parked", permission=OPERATE, listing=events.PARKED_LIST)
    async def list_parked(self, reader: Reader, query: ListQuery) -> Page[ProviderEvent]:
        """List events that wait for what they speak of."""
        return await receiving.parked_events(reader, query)

    @post("/{event_id:uuid}/replay", permission=OPERATE, status=200, problems=[NoSuchEvent])
    async def replay(self, backend: Backend, actor: Actor, event_id: FromPath[UUID]) -> ProviderEvent:
        """Try a parked event again now."""
        return await receiving.replay(backend.database, actor, event_id)
