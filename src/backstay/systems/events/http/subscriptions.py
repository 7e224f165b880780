"""Subscriptions: how far they are, and handing them events again."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from backstay.kernel.database import Page, Reader, UnitOfWork
from backstay.kernel.errors import Invalid
from backstay.kernel.http import Controller, FromPath, JSONBody, ListQuery, get, post
from backstay.systems.events.contracts import EventReplay, Name, SubscriptionInfo
from backstay.systems.events.errors import NoSuchReplay, NoSuchSubscription, PositionGone
from backstay.systems.events.http.permissions import OPERATE, REPLAY
from backstay.systems.events.queries import readers
from backstay.systems.events.service import reading, replaying
from backstay.systems.idempotency import Replayable

ReplayId = Annotated[int, Meta(ge=1, le=2**53 - 1)]


class NewEventReplay(Struct, frozen=True, forbid_unknown_fields=True):
    """Which events to hand over again."""

    first: Annotated[int, Meta(ge=1, le=2**53 - 1, description="The position to begin at.", examples=[1])]
    last: (
        Annotated[
            int, Meta(ge=1, le=2**53 - 1, description="The position to end at; the present end when null.")
        ]
        | None
    ) = None


class SubscriptionsController(Controller):
    """What modules do about events."""

    path: ClassVar[str] = "/event-subscriptions"
    name: ClassVar[str] = "event_subscription"

    @get(permission=OPERATE)
    async def list_all(self, reader: Reader) -> list[SubscriptionInfo]:
        """Show every subscription and how far it is."""
        return await reading.subscriptions(reader)

    @post(
        "/{name:str}/replays",
        permission=REPLAY,
        status=202,
        problems=[NoSuchSubscription, PositionGone, Invalid],
        declares=[Replayable()],
    )
    async def replay(
        self, uow: UnitOfWork, name: FromPath[Name], data: JSONBody[NewEventReplay]
    ) -> EventReplay:
        """Hand the organization's events to a subscription again; its effects happen anew."""
        return await replaying.start(uow, name, first=data.first, last=data.last)


class ReplaysController(Controller):
    """The organization's replays."""

    path: ClassVar[str] = "/event-replays"
    name: ClassVar[str] = "event_replay"

    @get(permission=REPLAY, listing=readers.REPLAYS)
    async def list_all(self, reader: Reader, query: ListQuery) -> Page[EventReplay]:
        """List replays, newest first."""
        return await replaying.list_(reader, query)

    @get("/{replay_id:int}", permission=REPLAY, problems=[NoSuchReplay])
    async def read(self, reader: Reader, replay_id: FromPath[ReplayId]) -> EventReplay:
        """Read how far a replay is."""
        return await replaying.get(reader, replay_id)

    @post("/{replay_id:int}/cancel", permission=REPLAY, status=200, problems=[NoSuchReplay])
    async def cancel(self, uow: UnitOfWork, replay_id: FromPath[ReplayId]) -> EventReplay:
        """Hand nothing more over. What was handed over stays."""
        return await replaying.cancel(uow, replay_id)
