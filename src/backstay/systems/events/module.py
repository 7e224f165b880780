"""The events system's manifest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from backstay.kernel.backend import Backend
from backstay.kernel.database import Database, Reader
from backstay.kernel.errors import BackstayError
from backstay.kernel.guarantees import declared_in
from backstay.kernel.module import Card, Module
from backstay.kernel.settings import Settings
from backstay.kernel.tasks import end
from backstay.systems.events import tables
from backstay.systems.events.engines.broker import broker_of, open_broker
from backstay.systems.events.events import Probed
from backstay.systems.events.http import (
    OPERATE,
    READ,
    REPLAY,
    DescriptionController,
    EventsController,
    ProbesController,
    ProjectionsController,
    ReplaysController,
    SubscriptionsController,
)
from backstay.systems.events.jobs import PRUNING, count_probe, prune_events
from backstay.systems.events.service import reading
from backstay.systems.events.service.dispatching import Dispatcher
from backstay.systems.events.service.gauging import gauge
from backstay.systems.events.service.keeping import keep_published
from backstay.systems.events.service.part import Events
from backstay.systems.events.service.projecting import Projector
from backstay.systems.events.service.receiving import Receiver
from backstay.systems.events.service.relaying import Relay
from backstay.systems.events.service.replaying import Replayer
from backstay.systems.events.settings import EventsSettings


def prepare(database: Database, modules: Sequence[Module], settings: Settings) -> None:
    """Hold the catalog of events, and keep what units publish."""
    events = Events(modules, settings.app.name, database)
    if url := settings.module(EventsSettings).broker_url:
        events.broker = broker_of(url)
    database.parts.hold(events)
    database.parts.keep_events(keep_published)


@asynccontextmanager
async def dispatching(backend: Backend) -> AsyncIterator[None]:
    """Hand events over as long as the process runs, unless the settings leave it to others."""
    settings = backend.settings.module(EventsSettings)
    if not settings.dispatch:
        yield
        return
    database, events = backend.database, backend.part(Events)
    tasks = [
        asyncio.create_task(events.hear()),
        asyncio.create_task(Dispatcher(database, events, batch=settings.batch).run()),
        asyncio.create_task(Replayer(database, events, batch=settings.batch).run()),
        asyncio.create_task(Projector(database, events).run()),
        asyncio.create_task(gauge(database)),
    ]
    try:
        yield
    finally:
        await end(*tasks)


@asynccontextmanager
async def exchanging(backend: Backend) -> AsyncIterator[None]:
    """Exchange events with other deployments as long as the process runs, where a broker is named."""
    settings, events = backend.settings.module(EventsSettings), backend.part(Events)
    if not settings.dispatch or not settings.broker_url:
        yield
        return
    database = backend.database
    broker = open_broker(settings.broker_url, prefix=settings.broker_prefix)
    relay = Relay(database, events, broker, types=settings.broker_sends)
    with suppress(BackstayError):
        # Before anything is served, so that all of it leaves; while the database is away, at its return.
        await relay.begin()
    tasks = [
        asyncio.create_task(relay.run()),
        asyncio.create_task(Receiver(database, events, broker, types=settings.broker_receives).run()),
    ]
    try:
        yield
    finally:
        await end(*tasks)
        await broker.close()


async def card(reader: Reader) -> Card:
    """How many events the organization has in the log."""
    return Card(f"{await reading.count(reader):,}", "events kept")


module = Module(
    name="events",
    summary="What happened, kept in the commit that caused it: subscriptions, replay, a live log.",
    package=__package__,
    requires=["idempotency", "jobs"],
    tables=tables.metadata,
    settings=EventsSettings,
    prepare=prepare,
    works=[dispatching, exchanging],
    controllers=[
        EventsController,
        ProbesController,
        SubscriptionsController,
        ReplaysController,
        ProjectionsController,
        DescriptionController,
    ],
    events=[Probed],
    permissions=[READ, REPLAY, OPERATE],
    guarantees=declared_in(f"{__package__}.guarantees"),
    declares=[prune_events, PRUNING, count_probe],
    card=card,
)
