"""What people see of events: the log, its types, its readers and how far behind they are."""

from __future__ import annotations

from uuid import UUID

from backstay.kernel.database import ListRequest, Page, Reader
from backstay.kernel.event import Event
from backstay.systems.events.contracts import (
    BrokerLag,
    EventSummary,
    EventType,
    Lag,
    ProjectionInfo,
    ProjectionState,
    Recorded,
    SubscriptionInfo,
)
from backstay.systems.events.errors import NoSuchEvent
from backstay.systems.events.queries import log, readers, relay
from backstay.systems.events.service.catalog import summary_of
from backstay.systems.events.service.part import Events
from backstay.systems.events.service.subscribing import Subscription


async def list_(reader: Reader, request: ListRequest) -> Page[EventSummary]:
    """The organization's events, newest first."""
    return await reader.page(log.LIST, request)


async def get(reader: Reader, event_id: UUID) -> Recorded:
    """One event of the organization, with its data.

    Raises:
        NoSuchEvent: it has none with this id.
    """
    row = await reader.first(log.GET, id=event_id)
    if row is None:
        raise NoSuchEvent
    return row.recorded()


def types(events: Events) -> list[EventType]:
    """Every type that modules here publish."""
    return [
        EventType(
            type=name,
            module=events.catalog.owner(name) or "",
            summary=summary_of(events.catalog.event(name)),
            ordered=events.catalog.event(name).subject is not Event.subject,
            subscriptions=[one.name for one in events.subscriptions_to(name)],
            projections=[one.name for one in events.projections.values() if name in one.types],
        )
        for name in events.catalog.published
    ]


async def subscriptions(reader: Reader) -> list[SubscriptionInfo]:
    """Every subscription, of all modules."""
    events = reader.part(Events)
    return [await _subscription(reader, events, one) for one in events.subscriptions.values()]


async def _subscription(reader: Reader, events: Events, one: Subscription) -> SubscriptionInfo:
    wanted = sorted(one.types)
    delivered = behind = None
    if one.once:
        delivered = await reader.first(readers.DELIVERED, subscription=one.name) or 0
        behind = await reader.one(log.BEHIND, after=delivered, all_types=0, types=wanted)
    return SubscriptionInfo(
        name=one.name,
        module=events.owners[one.name],
        summary=one.summary,
        types=wanted,
        queue=one.options.queue,
        order_failure=one.options.order_failure,
        once=one.once,
        delivered=delivered,
        behind=behind,
    )


async def projections(reader: Reader) -> list[ProjectionInfo]:
    """Every generation of every projection that is declared here."""
    events = reader.part(Events)
    standing = await reader.first(readers.STANDING)
    end = standing.position if standing is not None else 0
    return [
        ProjectionInfo(
            name=row.name,
            module=events.owners[row.name],
            generation=row.generation,
            state=ProjectionState(row.state),
            position=row.position,
            behind=max(0, end - row.position),
            error=row.error,
            updated_at=row.updated_at,
        )
        for row in await reader.all(readers.PROJECTIONS, names=sorted(events.projections))
    ]


async def lag(reader: Reader) -> Lag:
    """How far positions are behind commits, and the broker behind positions."""
    events = reader.part(Events)
    standing = await reader.first(readers.STANDING)
    pending = await reader.one(log.PENDING)
    waited = None if pending.oldest is None else (reader.now() - pending.oldest).total_seconds()
    return Lag(
        position=standing.position if standing is not None else 0,
        pending=pending.count,
        oldest_pending=None if waited is None else max(0.0, waited),
        dispatcher=events.dispatching,
        broker=await _broker_lag(reader, events) if events.broker else None,
    )


async def _broker_lag(reader: Reader, events: Events) -> BrokerLag:
    standing = await reader.first(relay.STANDING)
    position = 0 if standing is None else standing.position
    waiting = await reader.one(relay.WAITING, after=position)
    waited = None if waiting.oldest is None else (reader.now() - waiting.oldest).total_seconds()
    return BrokerLag(
        broker=events.broker,
        position=position,
        behind=waiting.count,
        oldest=None if waited is None else max(0.0, waited),
        refused=0 if standing is None else standing.refused,
        error=None if standing is None else standing.error,
        receiving=events.receiving,
    )


async def count(reader: Reader) -> int:
    """How many events the organization has in the log."""
    return await reader.one(log.COUNT)
