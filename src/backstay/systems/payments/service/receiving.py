"""Providers' events: verified, kept once, applied; what speaks of something unknown is parked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from backstay.kernel.actor import SYSTEM, SYSTEM_ORGANIZATION, Actor
from backstay.kernel.database import Database, ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.kernel.trail import record
from backstay.systems.payments.contracts import EventStatus, ProviderEvent, ReplayParked
from backstay.systems.payments.engines.provider import News, RefundNews, SessionNews, Told
from backstay.systems.payments.errors import NoSuchEvent
from backstay.systems.payments.queries import events as queries
from backstay.systems.payments.queries import payments
from backstay.systems.payments.queries.events import Parked
from backstay.systems.payments.queries.payments import Whose
from backstay.systems.payments.service import refunding
from backstay.systems.payments.service.observing import observe
from backstay.systems.payments.service.part import Payments, house_of

_FIRST_WAIT: Final = timedelta(seconds=2)
_LONGEST_WAIT: Final = timedelta(hours=1)
_MOST_DOUBLINGS: Final = 12


class _Place(msgspec.Struct, frozen=True):
    """What an event is about, among what we know."""

    whose: Whose
    refund_id: UUID | None


async def receive(database: Database, provider: str, headers: Mapping[str, str], body: bytes) -> None:
    """Take one event; one that came before changes nothing.

    Args:
        database: where a unit is opened for whoever's payment it is: only the event says that.
        provider: whose event.
        headers: names in lower case.
        body: as it came, to the byte: it is what was signed.

    Raises:
        NoSuchProvider: this deployment does not use it.
        BadSignature: the provider did not sign it, or not now.
        BadEvent: it cannot be read.
    """
    known = database.parts.part(Payments).provider(provider)
    told = known.verify(headers, body, database.clock.now())
    news = told.news
    if news is None:
        return
    place = await _place(database.reader(SYSTEM), provider, news)
    await database.run(_owner(place), lambda uow: _keep(uow, provider, told, news, place))


def _owner(place: _Place | None) -> Actor:
    return house_of(SYSTEM_ORGANIZATION if place is None else place.whose.organization_id)


async def _keep(uow: UnitOfWork, provider: str, told: Told, news: News, place: _Place | None) -> None:
    """Keep an event unless it is there, and apply it in the same commit, or park it."""
    event_id = await uow.first(
        queries.ADD,
        provider=provider,
        event_id=told.event_id,
        id=uuid7(),
        type=told.type,
        reference=_reference(news),
        payment_id=place.whose.payment_id if place else None,
        status=(EventStatus.APPLIED if place else EventStatus.PARKED).value,
        note="" if place else "it speaks of nothing that is known yet",
        news=msgspec.to_builtins(news),
        told_at=told.told_at,
        next_try_at=None if place else uow.now() + _FIRST_WAIT,
    )
    if event_id is None:
        return  # it came before
    if place is None:
        await ReplayParked(event_id=event_id).enqueue(uow, delay=_FIRST_WAIT)
        return
    note = await _apply(uow, place, news)
    await uow.execute(queries.SET_NOTE, id=event_id, note=note)


def _reference(news: News) -> str:
    return news.reference or (news.intent or "" if isinstance(news, SessionNews) else "")


async def _place(reader: Reader, provider: str, news: News) -> _Place | None:
    """Where it belongs: by the id that we gave the provider, else by the provider's own."""
    if isinstance(news, SessionNews) and news.attempt_id is not None:
        named = await reader.first(payments.BY_ID, id=news.attempt_id)
        if named is not None:
            return _Place(named, None)
    if isinstance(news, SessionNews) and news.reference is not None:
        found = await reader.first(payments.BY_REFERENCE, provider=provider, reference=news.reference)
        if found is not None:
            return _Place(found, None)
    if news.intent is None:
        return None
    found = await reader.first(payments.BY_INTENT, provider=provider, intent=news.intent)
    if found is None:
        return None
    return _Place(found, news.refund_id if isinstance(news, RefundNews) else None)


async def _apply(uow: UnitOfWork, place: _Place, news: News) -> str:
    if isinstance(news, SessionNews):
        return await observe(uow, place.whose.payment_id, place.whose.id, news)
    return await follow_refund(uow, place.whose.payment_id, news)


async def follow_refund(uow: UnitOfWork, payment_id: UUID, news: RefundNews) -> str:
    """Let our refund follow, or know one that was made at the provider."""
    if news.refund_id is not None:
        ours = await uow.first(payments.REFUND, id=news.refund_id)
        if ours is not None and ours.payment_id == payment_id:
            return await refunding.settle(uow, ours.id, news)
    return await refunding.adopt(uow, payment_id, news)


async def replay_parked(database: Database, event_id: UUID) -> None:
    """Try a parked event again, unless it is parked no more."""
    parked = await database.reader(SYSTEM).first(queries.PARKED, id=event_id)
    if parked is not None:
        await _replay(database, parked, by_itself=True)


async def replay(database: Database, actor: Actor, event_id: UUID) -> ProviderEvent:
    """Try a parked event again, for a person, who is written down.

    Raises:
        NoSuchEvent: none is parked under this id.
    """
    parked = await database.reader(SYSTEM).first(queries.PARKED, id=event_id)
    if parked is None:
        raise NoSuchEvent
    await _replay(database, parked, by_itself=False)

    async def note(uow: UnitOfWork) -> ProviderEvent:
        event = await uow.one(queries.GET, id=event_id)
        state = {"status": event.status.value}
        record(uow, "payments.event_replayed", subject=("event", event_id), after=state)
        return event

    return await database.run(actor, note)


async def _replay(database: Database, parked: Parked, *, by_itself: bool) -> None:
    news: News = msgspec.convert(parked.news, type=SessionNews | RefundNews, strict=False)
    place = await _place(database.reader(SYSTEM), parked.provider, news)

    async def work(uow: UnitOfWork) -> None:
        held = await uow.first(queries.LOCK, id=parked.id)
        if held is None:
            return  # somebody else has just done it
        if place is None:
            await _park_again(uow, held, by_itself=by_itself)
            return
        await uow.execute(
            queries.MOVE,
            id=parked.id,
            organization=place.whose.organization_id,
            payment_id=place.whose.payment_id,
            status=EventStatus.APPLIED.value,
            note=await _apply(uow, place, news),
            next_try_at=None,
        )

    await database.run(_owner(place), work)


async def _park_again(uow: UnitOfWork, held: Parked, *, by_itself: bool) -> None:
    """Wait on. Where a person tried, the job that would have is still to come."""
    over = (uow.now() - held.created_at).total_seconds() > uow.part(Payments).settings.park_for
    wait = min(_FIRST_WAIT * 2 ** min(held.tries, _MOST_DOUBLINGS), _LONGEST_WAIT)
    await uow.execute(
        queries.MOVE,
        id=held.id,
        organization=SYSTEM_ORGANIZATION,
        payment_id=None,
        status=(EventStatus.DROPPED if over else EventStatus.PARKED).value,
        note="given up: what it speaks of never came to be known" if over else held.note,
        next_try_at=None if over else uow.now() + wait if by_itself else held.next_try_at,
    )
    if by_itself and not over:
        await ReplayParked(event_id=held.id).enqueue(uow, delay=wait)


async def parked_events(reader: Reader, request: ListRequest) -> Page[ProviderEvent]:
    """Events that wait for what they speak of, of the whole deployment."""
    return await reader.page(queries.PARKED_LIST, request)
