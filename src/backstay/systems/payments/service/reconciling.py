"""Upkeep: what time does to payments, and whether the provider and our books agree."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct

from backstay.kernel.actor import SYSTEM, Actor
from backstay.kernel.database import Database, ListRequest, Page, Reader, UnitOfWork
from backstay.systems.payments.contracts import Balance, OpenSession, PaymentStatus, RefundStatus, SyncPayment
from backstay.systems.payments.engines.provider import Held, RefundNews, SessionNews
from backstay.systems.payments.errors import NoSuchProvider, ProviderRefused
from backstay.systems.payments.queries import ledger as books
from backstay.systems.payments.queries import payments as queries
from backstay.systems.payments.queries.ledger import Difference
from backstay.systems.payments.service.calling import sync
from backstay.systems.payments.service.ledger import CUSTOMERS, held, refunding
from backstay.systems.payments.service.part import Payments, house_of
from backstay.systems.payments.service.payments import expire

_log: Final = logging.getLogger("backstay.payments")
_BATCH: Final = 200
_FIRST: Final = UUID(int=0)
_GRACE: Final = timedelta(seconds=30)
"""A new payment's session is being opened."""
WINDOW: Final = timedelta(days=3)
"""How far back a reconciliation looks: a provider tries its events for so long."""


class Outcome(Struct, frozen=True):
    """What a reconciliation found."""

    payments: int
    """How many were compared."""
    differences: int
    """On how many the provider and we still do not agree, after what was only late was caught up with."""


async def expire_overdue(database: Database) -> int:
    """Expire payments whose time is over; open pages anew for those that outlive theirs. How many."""
    before = database.clock.now() - _GRACE
    overdue = await database.reader(SYSTEM).all(queries.OVERDUE, before=before, batch=_BATCH)
    for one in overdue:
        await database.run(house_of(one.organization_id), _aging(one.id))
    stale = await database.reader(SYSTEM).all(queries.STALE, batch=_BATCH)
    for one in stale:
        await database.run(house_of(one.organization_id), _asking(one.id))
    return len(overdue) + len(stale)


def _asking(payment_id: UUID) -> Callable[[UnitOfWork], Awaitable[None]]:
    async def ask(uow: UnitOfWork) -> None:
        await SyncPayment(payment_id=payment_id).enqueue(uow, unique_key=str(payment_id))

    return ask


def _aging(payment_id: UUID) -> Callable[[UnitOfWork], Awaitable[None]]:
    async def age(uow: UnitOfWork) -> None:
        payment = await uow.one(queries.GET, id=payment_id)
        if payment.expires_at <= uow.now():
            await expire(uow, payment_id)
        elif payment.status is PaymentStatus.PENDING and payment.session_url is None:
            await OpenSession(payment_id=payment_id).enqueue(uow, unique_key=str(payment_id))

    return age


async def reconcile(database: Database) -> Outcome:
    """Compare every payment of the last days with its provider, and our books with themselves."""
    since, after = database.clock.now() - WINDOW, _FIRST
    compared = differences = 0
    while True:
        rows = await database.reader(SYSTEM).all(
            queries.CHANGED_SINCE, since=since, after=after, batch=_BATCH
        )
        for row in rows:
            compared += 1
            try:
                differences += bool(await reconcile_one(database, house_of(row.organization_id), row.id))
            except ProviderRefused as refused:
                # It does not know the payment, say; the others are compared all the same.
                _log.warning("payments: the provider says nothing of %s: %s", row.id, refused)
                differences += 1
        if len(rows) < _BATCH:
            return Outcome(compared, differences)
        after = rows[-1].id


async def reconcile_one(database: Database, actor: Actor, payment_id: UUID) -> dict[str, tuple[int, int]]:
    """Where the provider and we do not agree on a payment, after we have caught up with it.

    Returns:
        What differs, with our amount and theirs.
    """
    try:
        await sync(database, actor, payment_id)
        theirs = await _theirs(database, actor, payment_id)
    except NoSuchProvider:
        return {}
    return await database.run(actor, lambda uow: _compare(uow, payment_id, theirs))


async def _theirs(
    database: Database, actor: Actor, payment_id: UUID
) -> tuple[list[SessionNews], list[RefundNews]]:
    reader = database.reader(actor)
    payment = await reader.one(queries.GET, id=payment_id)
    provider = database.parts.part(Payments).provider(payment.provider)
    sessions, refunds = list[SessionNews](), list[RefundNews]()
    for one in await reader.all(queries.ATTEMPTS, payment_id=payment_id):
        if one.reference is None:
            continue
        where = Held(
            organization_id=actor.organization_id,
            attempt_id=one.id,
            reference=one.reference,
            intent=one.intent,
        )
        sessions.append(await provider.read(where))
        refunds += await provider.refunds(where) if one.intent is not None else []
    return sessions, refunds


async def _compare(
    uow: UnitOfWork, payment_id: UUID, theirs: tuple[list[SessionNews], list[RefundNews]]
) -> dict[str, tuple[int, int]]:
    payment = await uow.one(queries.LOCK, id=payment_id)
    sums = {one.account: int(one.amount) for one in await uow.all(books.SUMS, payment_id=payment_id)}
    sessions, refunds = theirs
    taken = sum(one.captured for one in sessions)
    back = sum(one.amount for one in refunds if one.status is RefundStatus.SUCCEEDED)
    figures = {
        "captured": (payment.captured, taken),
        "refunded": (payment.refunded, back),
        "books: customers": (sums.get(CUSTOMERS, 0), payment.refunded - payment.captured),
        "books: held": (
            sums.get(held(payment.provider), 0),
            payment.captured - payment.refunded - payment.refunding,
        ),
        "books: refunding": (sums.get(refunding(payment.provider), 0), payment.refunding),
    }
    found = {what: figure for what, figure in figures.items() if figure[0] != figure[1]}
    await uow.execute(books.FORGET, payment_id=payment_id)
    for what, (ours, other) in found.items():
        await uow.execute(
            books.NOTE,
            payment_id=payment_id,
            what=what,
            ours=str(ours),
            theirs=str(other),
            found_at=uow.now(),
        )
    return found


async def differences(reader: Reader, request: ListRequest) -> Page[Difference]:
    """What the latest reconciliations found and nobody has put right."""
    return await reader.page(books.DIFFERENCES, request)


async def balances(reader: Reader, request: ListRequest) -> Page[Balance]:
    """Where the organization's money is."""
    return await reader.page(books.BALANCES, request)
