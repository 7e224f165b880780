"""The mock provider: it works at once, on pages of our own, and behaves like a real one, bad days included.

It has books of its own, which ours are compared with; it tells what happened by signed events,
which go the way that a real provider's go, and may come twice, late, early or without our ids.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, UnitOfWork
from backstay.kernel.signing import base64url
from backstay.systems.payments.contracts import Capture, DeliverMockEvent
from backstay.systems.payments.engines import signature
from backstay.systems.payments.engines.chaos import Chaos
from backstay.systems.payments.engines.mock_news import (
    MockEvent,
    actor_of,
    refund_news,
    session_news,
    wire_of,
)
from backstay.systems.payments.engines.provider import Held, News, Order, RefundNews, SessionNews, Told
from backstay.systems.payments.errors import BadEvent, NoSuchPage, ProviderRefused
from backstay.systems.payments.queries import mock as queries
from backstay.systems.payments.queries.mock import MockRefund, MockSession

HEADER: Final = "mock-signature"
Choice = Literal["pay", "decline", "challenge", "approve", "refuse", "abandon"]
_CLOSED: Final = ("expired", "canceled", "succeeded", "authorized")


class MockProvider:
    """A `Provider` that moves nobody's money."""

    name = "mock"
    session_life = timedelta(days=1)
    shortest_life = timedelta(seconds=1)

    def __init__(self, database: Database, key: bytes, public_url: str, chaos: Chaos) -> None:
        """`key` signs the events."""
        self._database = database
        self._key = key
        self._public_url = public_url
        self._chaos = chaos

    def reference_of(self, attempt_id: UUID) -> str:
        """The session of an attempt."""
        return f"mock_cs_{self._unguessable(attempt_id)}"

    def url_of(self, reference: str) -> str:
        """The page of a session."""
        return f"{self._public_url}/v1/payments/mock/{reference}"

    async def open(self, order: Order) -> SessionNews:
        """As `Provider.open`."""
        return await self._database.run(actor_of(order.organization_id), lambda uow: self._open(uow, order))

    async def _open(self, uow: UnitOfWork, order: Order) -> SessionNews:
        session = await uow.first(
            queries.OPEN,
            idempotency_key=str(order.attempt_id),
            reference=self.reference_of(order.attempt_id),
            payment_id=order.payment_id,
            amount=order.amount,
            currency=order.currency,
            description=order.description,
            discounts=order.discounts,
            return_url=order.return_url,
            manual=int(order.capture is Capture.MANUAL),
            expires_at=order.expires_at,
        )
        if session is not None:
            await self._tell(uow, session, "session.opened")
        else:
            session = await uow.one(queries.BY_KEY, key=str(order.attempt_id))
        return self._news(session, uow.now())

    async def read(self, held: Held) -> SessionNews:
        """As `Provider.read`."""
        session = await self._database.reader(actor_of(held.organization_id)).one(
            queries.GET, reference=held.reference
        )
        return self._news(session, self._database.clock.now())

    async def capture(self, held: Held, amount: int, key: str) -> SessionNews:
        """As `Provider.capture`; the session's state makes the key unnecessary."""
        del key

        async def work(uow: UnitOfWork) -> SessionNews:
            session = await uow.one(queries.LOCK, reference=held.reference)
            if session.status == "authorized":
                session = await self._move(uow, session, "session.paid", "succeeded", captured=amount)
            return self._news(session, uow.now())

        return await self._database.run(actor_of(held.organization_id), work)

    async def close(self, held: Held, key: str) -> SessionNews:
        """As `Provider.close`."""
        del key

        async def work(uow: UnitOfWork) -> SessionNews:
            session = await uow.one(queries.LOCK, reference=held.reference)
            if session.status in {"pending", "challenged"}:
                session = await self._move(uow, session, "session.expired", "expired")
            elif session.status == "authorized":
                session = await self._move(uow, session, "session.canceled", "canceled")
            return self._news(session, uow.now())

        return await self._database.run(actor_of(held.organization_id), work)

    async def refund(self, held: Held, refund_id: UUID, amount: int) -> RefundNews:
        """As `Provider.refund`. It refuses more than it has, as Stripe does."""

        async def work(uow: UnitOfWork) -> RefundNews:
            session = await uow.one(queries.LOCK, reference=held.reference)
            made = await uow.first(queries.REFUND_BY_KEY, key=str(refund_id))
            if made is None:
                if amount > session.captured - await uow.one(queries.REFUNDED, session=session.reference):
                    raise ProviderRefused("the refund is greater than what is left of the charge")
                made = await self._refund(uow, session, refund_id, amount)
            return refund_news(session, made)

        return await self._database.run(actor_of(held.organization_id), work)

    async def _refund(
        self, uow: UnitOfWork, session: MockSession, refund_id: UUID, amount: int
    ) -> MockRefund:
        number = len(await uow.all(queries.REFUNDS, session=session.reference))
        luck = f"{_luck(session)} {amount} {number}"
        fails = self._chaos.dice("refund", luck).random() < self._chaos.refund_failures
        made = MockRefund(
            reference=f"mock_re_{self._unguessable(refund_id)}",
            idempotency_key=str(refund_id),
            session=session.reference,
            amount=amount,
            status="failed" if fails else "succeeded",
            error="the card was closed" if fails else None,
        )
        await uow.execute(queries.ADD_REFUND, **msgspec.structs.asdict(made))
        await self._deliver(uow, "refund.updated", wire_of(refund_news(session, made)), made.reference, luck)
        return made

    async def refunds(self, held: Held) -> list[RefundNews]:
        """As `Provider.refunds`."""
        reader = self._database.reader(actor_of(held.organization_id))
        session = await reader.one(queries.GET, reference=held.reference)
        made = await reader.all(queries.REFUNDS, session=held.reference)
        return [refund_news(session, one) for one in made]

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Told:
        """As `Provider.verify`."""
        signature.verify([self._key], headers.get(HEADER), body, now)
        try:
            event = msgspec.json.decode(body, type=MockEvent)
            news = msgspec.convert(event.object, type=News, strict=False)
        except (msgspec.DecodeError, msgspec.ValidationError) as wrong:
            raise BadEvent(str(wrong)) from None
        told_at = datetime.fromtimestamp(event.created, UTC)
        return Told(event_id=event.id, type=event.type, told_at=told_at, news=news)

    def sign(self, body: bytes, now: datetime) -> dict[str, str]:
        """The headers that an event is delivered with."""
        return {HEADER: signature.signature_of(self._key, int(now.timestamp()), body)}

    def _unguessable(self, about: UUID) -> str:
        """A name that only we can know, and the same for the same thing."""
        return base64url(hmac.digest(self._key, about.bytes, hashlib.sha256)[:24])

    async def page(self, reference: str) -> MockSession:
        """What the page shows.

        Raises:
            NoSuchPage: there is no such session.
        """
        session = await self._database.reader(SYSTEM).first(queries.FIND, reference=reference)
        if session is None:
            raise NoSuchPage
        return session

    async def choose(self, uow: UnitOfWork, reference: str, choice: Choice) -> MockSession:
        """Do what the customer chose on the page; a page that is over stays as it is.

        Args:
            uow: of nobody: whoever has the page's address may pay it.
            reference: the session's.
            choice: `challenge` asks for 3-D Secure, `approve` and `refuse` answer it, `abandon` leaves.

        Raises:
            NoSuchPage: there is no such session.
        """
        found = await uow.first(queries.FIND, reference=reference)
        if found is None:
            raise NoSuchPage
        owner = uow.on_behalf(actor_of(found.organization_id))
        session = await owner.one(queries.LOCK, reference=reference)
        if session.status in _CLOSED or choice == "abandon" or session.expires_at <= uow.now():
            return session
        dice = self._chaos.dice("page", _luck(session))
        declined = dice.random() < self._chaos.decline and session.error is None
        challenged = dice.random() < self._chaos.challenge
        if choice == "pay" and declined:
            choice = "decline"
        elif choice == "pay" and challenged and session.status == "pending":
            choice = "challenge"
        match choice:
            case "challenge":
                return await self._quietly(owner, session, "challenged")
            case "decline" | "refuse":
                words = (
                    "the card was declined"
                    if choice == "decline"
                    else "the bank did not confirm the customer"
                )
                return await self._move(owner, session, "session.declined", "pending", error=words)
            case _:
                if choice == "approve" and dice.random() < self._chaos.abandon:
                    return session
                if session.manual:
                    return await self._move(owner, session, "session.authorized", "authorized")
                return await self._move(owner, session, "session.paid", "succeeded", captured=session.amount)

    async def _quietly(self, uow: UnitOfWork, session: MockSession, status: str) -> MockSession:
        return await uow.one(
            queries.MOVE,
            reference=session.reference,
            status=status,
            captured=session.captured,
            error=session.error,
        )

    async def _move(
        self,
        uow: UnitOfWork,
        session: MockSession,
        type_: str,
        status: str,
        *,
        captured: int = 0,
        error: str | None = None,
    ) -> MockSession:
        moved = await uow.one(
            queries.MOVE, reference=session.reference, status=status, captured=captured, error=error
        )
        await self._tell(uow, moved, type_)
        return moved

    async def _tell(self, uow: UnitOfWork, session: MockSession, type_: str) -> None:
        news = self._news(session, uow.now())
        about = f"{session.reference}:{session.step}"
        if self._chaos.dice("bare", _luck(session)).random() < self._chaos.bare:
            news = msgspec.structs.replace(news, attempt_id=None, payment_id=None)
        await self._deliver(uow, type_, wire_of(news), about, _luck(session))

    async def _deliver(
        self, uow: UnitOfWork, type_: str, wire: dict[str, Any], about: str, luck: str
    ) -> None:
        event_id = f"mock_evt_{hashlib.blake2b(about.encode(), digest_size=12).hexdigest()}"
        body = msgspec.json.encode(MockEvent(event_id, type_, int(uow.now().timestamp()), wire)).decode()
        for delay in self._chaos.deliveries(luck):
            await DeliverMockEvent(body=body).enqueue(uow, delay=delay)

    def _news(self, session: MockSession, now: datetime) -> SessionNews:
        return session_news(session, now, self.url_of(session.reference))

    async def aclose(self) -> None:
        """Nothing is open."""


def _luck(session: MockSession) -> str:
    """What decides about misfortune: the same for the same purchase, whatever ids it was given."""
    return f"{session.amount} {session.currency} {session.description} {session.step}"
