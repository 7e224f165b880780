"""What a provider is: it opens pages to pay on, moves money when told to, and tells what happened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from backstay.kernel.database import UnitOfWork
from backstay.systems.payments.contracts import Capture, PaymentStatus, RefundStatus
from backstay.systems.payments.errors import BadSignature, ProviderRefused

__all__ = [
    "BadSignature",
    "Held",
    "News",
    "Order",
    "Provider",
    "ProviderRefused",
    "RefundNews",
    "SessionNews",
    "Source",
    "Till",
    "Told",
]


class Order(Struct, frozen=True, kw_only=True):
    """What is to be paid in one session."""

    organization_id: UUID
    payment_id: UUID
    attempt_id: UUID
    """Also the key under which the provider does it once."""
    amount: int
    currency: str
    description: str
    capture: Capture
    customer_email: str | None
    metadata: dict[str, str]
    discounts: dict[str, int]
    """Taken off before the amount, by code: shown, and changes nothing of what is to be paid."""
    return_url: str
    expires_at: datetime
    source: str | None = None
    """What of the provider's is to pay, where the caller named a `Source`."""


class Source(Struct, frozen=True):
    """Where a module's own provider takes the money from: one gift card, say."""

    provider: str
    """Its name, under which the module registered it."""
    reference: str
    """What it calls that."""


class SessionNews(Struct, frozen=True, kw_only=True, tag="session"):
    """What a provider says of one session at one moment."""

    reference: str | None
    """The session's id; null where only the payment within it is spoken of."""
    intent: str | None
    attempt_id: UUID | None
    """Ours, as we gave it; null where the provider does not repeat it."""
    payment_id: UUID | None
    amount: int
    currency: str
    status: PaymentStatus
    captured: int = 0
    error: str | None = None
    doubt: bool = False
    """It does not say enough: what the provider has must be read."""
    url: str | None = None
    expires_at: datetime | None = None


class RefundNews(Struct, frozen=True, kw_only=True, tag="refund"):
    """What a provider says of one refund at one moment."""

    reference: str
    intent: str
    """Of the payment that it gives back."""
    refund_id: UUID | None
    """Ours, as we gave it; null where somebody refunded at the provider."""
    amount: int
    currency: str
    status: RefundStatus
    error: str | None = None


News = SessionNews | RefundNews


class Told(Struct, frozen=True, kw_only=True):
    """One event, verified."""

    event_id: str
    type: str
    told_at: datetime
    news: News | None
    """Null for what is no business of ours."""


class Held(Struct, frozen=True, kw_only=True):
    """Where a session is found at the provider."""

    organization_id: UUID
    attempt_id: UUID
    reference: str
    intent: str | None


class Till(Protocol):
    """A provider of this house that is paid in the commit that asks for the money: nobody is waited for."""

    async def take(self, uow: UnitOfWork, order: Order) -> SessionNews:
        """Take the money, or reserve it, with the unit's other changes; what it raises ends the unit."""
        ...


class Provider(Protocol):
    """Moves money. Every call may be made again under its key and has its effect once.

    Each raises `ProviderAway` when trying again may help, `ProviderRefused` when it will not.
    """

    name: str
    session_life: timedelta
    """How long a session lives at most."""
    shortest_life: timedelta
    """And at least."""

    async def open(self, order: Order) -> SessionNews:
        """A page to pay on, with its address."""
        ...

    async def read(self, held: Held) -> SessionNews:
        """What the provider has."""
        ...

    async def capture(self, held: Held, amount: int, key: str) -> SessionNews:
        """Take what was reserved, and let the rest go."""
        ...

    async def close(self, held: Held, key: str) -> SessionNews:
        """Close the page; let go what was reserved. What was paid stays paid, and the news says so."""
        ...

    async def refund(self, held: Held, refund_id: UUID, amount: int) -> RefundNews:
        """Give back a part of what was captured."""
        ...

    async def refunds(self, held: Held) -> list[RefundNews]:
        """Every refund of the session's payment."""
        ...

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Told:
        """The event, if the provider signed it.

        Raises:
            BadSignature: it did not, or not within five minutes of now.
            BadEvent: the event cannot be read.
        """
        ...

    async def aclose(self) -> None:
        """Close what is open."""
        ...
