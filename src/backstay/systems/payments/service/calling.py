"""Asking the provider: never inside a transaction, always under a key: asking twice is asking once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from backstay.kernel.actor import Actor
from backstay.kernel.database import Database, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.systems.payments.contracts import Attempt, Payment, PaymentStatus
from backstay.systems.payments.engines.provider import Held, Order, Provider, RefundNews, SessionNews
from backstay.systems.payments.errors import ProviderRefused
from backstay.systems.payments.queries import payments as queries
from backstay.systems.payments.service.observing import move, observe
from backstay.systems.payments.service.part import Payments
from backstay.systems.payments.service.receiving import follow_refund
from backstay.systems.payments.service.recording import ELSEWHERE
from backstay.systems.payments.service.refunding import give_up

_BY_HAND = "it was taken elsewhere, and nobody there can be asked: give it back there"
_DEAD = (PaymentStatus.EXPIRED, PaymentStatus.CANCELED)


async def open_session(database: Database, actor: Actor, payment_id: UUID) -> None:
    """Get the payment a page to be paid on, unless it has one or needs none any more."""
    part = database.parts.part(Payments)
    prepared = await database.run(actor, lambda uow: _prepare(uow, part, payment_id))
    if prepared is None:
        return
    provider, order = prepared
    try:
        news = await provider.open(order)
    except ProviderRefused as refused:
        why = str(refused)
        await database.run(actor, lambda uow: _refused(uow, payment_id, why))
        return
    await database.run(actor, lambda uow: observe(uow, payment_id, order.attempt_id, news))


async def _prepare(uow: UnitOfWork, part: Payments, payment_id: UUID) -> tuple[Provider, Order] | None:
    payment = await uow.one(queries.LOCK, id=payment_id)
    if payment.status is not PaymentStatus.PENDING or payment.expires_at <= uow.now():
        return None
    every = await uow.all(queries.ATTEMPTS, payment_id=payment_id)
    latest = every[-1] if every else None
    provider = part.provider(payment.provider)
    if latest is not None and latest.reference is not None:
        if latest.status not in _DEAD:
            return None
        latest = None
    if latest is None:
        # Written down before the provider is asked: its id is the key under which it is asked once.
        latest = await _add_attempt(uow, part, provider, payment)
    return provider, part.order_of(uow.organization_id, payment, latest.id, latest.expires_at)


async def _add_attempt(uow: UnitOfWork, part: Payments, provider: Provider, payment: Payment) -> Attempt:
    longest = min(timedelta(seconds=part.settings.session_life), provider.session_life)
    until = uow.now() + max(longest, provider.shortest_life)
    soonest = uow.now() + provider.shortest_life
    attempt_id = uuid7()
    await uow.execute(
        queries.ADD_ATTEMPT,
        id=attempt_id,
        payment_id=payment.id,
        provider=payment.provider,
        reference=None,
        intent=None,
        status=PaymentStatus.PENDING.value,
        url=None,
        captured=0,
        seen=0,
        error=None,
        expires_at=max(soonest, min(until, payment.expires_at)),
    )
    return await uow.one(queries.ATTEMPT, id=attempt_id)


async def _refused(uow: UnitOfWork, payment_id: UUID, why: str) -> None:
    payment = await uow.one(queries.LOCK, id=payment_id)
    await move(uow, payment, PaymentStatus.FAILED, error=why)


async def sync(database: Database, actor: Actor, payment_id: UUID) -> None:
    """Let the payment and its refunds follow what the provider has."""

    async def ask(provider: Provider, held: Held) -> SessionNews:
        return await provider.read(held)

    await _each(database, actor, payment_id, ask)
    for provider, held in await _held(database, actor, payment_id):
        if held.intent is None:
            continue
        for news in await provider.refunds(held):
            await database.run(actor, _following(payment_id, news))


def _following(payment_id: UUID, news: RefundNews) -> Callable[[UnitOfWork], Awaitable[str]]:
    async def follow(uow: UnitOfWork) -> str:
        return await follow_refund(uow, payment_id, news)

    return follow


async def close_session(database: Database, actor: Actor, payment_id: UUID) -> None:
    """Close every page of the payment and let go what is reserved."""

    async def ask(provider: Provider, held: Held) -> SessionNews:
        return await provider.close(held, f"close:{held.attempt_id}")

    await _each(database, actor, payment_id, ask)


async def capture_now(database: Database, actor: Actor, payment_id: UUID) -> None:
    """Take what the payment's capture asked for."""
    payment = await database.reader(actor).one(queries.GET, id=payment_id)
    amount = payment.capture_requested
    if amount is None or payment.captured:
        return

    async def ask(provider: Provider, held: Held) -> SessionNews:
        return await provider.capture(held, amount, f"capture:{held.attempt_id}")

    try:
        await _each(database, actor, payment_id, ask, only=PaymentStatus.AUTHORIZED)
    except ProviderRefused as refused:
        why = str(refused)
        await database.run(actor, lambda uow: _not_captured(uow, payment_id, why))


async def _not_captured(uow: UnitOfWork, payment_id: UUID, why: str) -> None:
    """It can be asked for again, or be canceled."""
    payment = await uow.one(queries.LOCK, id=payment_id)
    await uow.one(queries.ASK_CAPTURE, id=payment_id, amount=None)
    await move(uow, payment, payment.status, error=why)


async def send_refund(database: Database, actor: Actor, refund_id: UUID) -> None:
    """Ask the provider for a refund that was reserved."""
    found = await database.reader(actor).one(queries.REFUND, id=refund_id)
    if found.status != "pending":
        return
    payment = await database.reader(actor).one(queries.GET, id=found.payment_id)
    if payment.provider == ELSEWHERE:
        await database.run(actor, lambda uow: give_up(uow, refund_id, _BY_HAND))
        return
    places = await _held(database, actor, found.payment_id)
    paid = [(provider, held) for provider, held in places if held.intent is not None]
    # Where a payment was paid twice, the first that has the money gives it back.
    provider, held = paid[0]
    try:
        news = await provider.refund(held, refund_id, found.amount)
    except ProviderRefused as refused:
        why = str(refused)
        await database.run(actor, lambda uow: give_up(uow, refund_id, why))
        return
    await database.run(actor, _following(found.payment_id, news))


async def _held(
    database: Database, actor: Actor, payment_id: UUID, only: PaymentStatus | None = None
) -> list[tuple[Provider, Held]]:
    reader = database.reader(actor)
    payment = await reader.one(queries.GET, id=payment_id)
    provider = database.parts.part(Payments).provider(payment.provider)
    return [
        (
            provider,
            Held(
                organization_id=actor.organization_id,
                attempt_id=one.id,
                reference=one.reference,
                intent=one.intent,
            ),
        )
        for one in sorted(
            await reader.all(queries.ATTEMPTS, payment_id=payment_id), key=lambda one: (-one.captured, one.id)
        )
        if one.reference is not None and only in {None, one.status}
    ]


async def _each(
    database: Database,
    actor: Actor,
    payment_id: UUID,
    ask: Callable[[Provider, Held], Awaitable[SessionNews]],
    *,
    only: PaymentStatus | None = None,
) -> None:
    """Ask about every attempt that the provider knows, and let the payment follow each answer."""
    for provider, held in await _held(database, actor, payment_id, only):
        news = await ask(provider, held)

        async def follow(uow: UnitOfWork, held: Held = held, news: SessionNews = news) -> str:
            return await observe(uow, payment_id, held.attempt_id, news)

        await database.run(actor, follow)
