"""Payments for the staff of an organization."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta, Struct

from backstay.kernel.actor import Actor
from backstay.kernel.backend import Backend
from backstay.kernel.database import Page, Reader, UnitOfWork
from backstay.kernel.http import Controller, FromPath, JSONBody, ListQuery, Request, get, post
from backstay.kernel.money import CurrencyCode
from backstay.systems.idempotency import Replayable
from backstay.systems.payments.contracts import (
    Balance,
    Capture,
    Charge,
    Metadata,
    Payment,
    PaymentStory,
    Refund,
    RefundLine,
    SubjectKind,
    Words,
)
from backstay.systems.payments.errors import (
    CaptureTooLarge,
    NoSuchPayment,
    NotCancelable,
    NotCapturable,
    ProviderAway,
    ProviderRefused,
    RefundKeyReused,
    RefundTooLarge,
)
from backstay.systems.payments.http.permissions import CAPTURE, READ, REFUND, REQUEST
from backstay.systems.payments.queries import ledger
from backstay.systems.payments.queries import payments as payment_queries
from backstay.systems.payments.queries.ledger import Difference
from backstay.systems.payments.service import payments as service
from backstay.systems.payments.service import reconciling, refunding

Discounts = Annotated[
    dict[Annotated[str, Meta(min_length=1, max_length=64)], Charge],
    Meta(
        max_length=20,
        description="Minor units taken off before the amount, by code; the provider's page shows them.",
        examples=[{"WELCOME10": 200}],
    ),
]


class NewPayment(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Money to ask for."""

    subject_kind: SubjectKind = "request"
    subject_id: Words
    amount: Charge
    currency: CurrencyCode
    description: Words
    return_url: Annotated[str, Meta(max_length=2000, examples=["https://shop.example/thanks"])]
    expires_at: datetime
    customer_email: Annotated[str, Meta(min_length=3, max_length=254)] | None = None
    capture: Capture = Capture.AUTOMATIC
    metadata: Metadata = {}
    discounts: Discounts = {}


class ToCapture(Struct, frozen=True, forbid_unknown_fields=True):
    """How much to take."""

    amount: Charge | None = None
    """All that is reserved when null."""


class ToRefund(Struct, frozen=True, forbid_unknown_fields=True):
    """How much to give back."""

    amount: Charge
    reason: Words


class Compared(Struct, frozen=True):
    """A figure on which the provider and our books do not agree."""

    what: str
    ours: int
    theirs: int


class PaymentsController(Controller):
    """The organization's payments."""

    path: ClassVar[str] = "/payments"

    @get(permission=READ, listing=payment_queries.LIST)
    async def list_all(self, reader: Reader, query: ListQuery) -> Page[Payment]:
        """List payments, newest first."""
        return await service.list_(reader, query)

    @post(permission=REQUEST, declares=[Replayable()])
    async def begin(self, uow: UnitOfWork, data: JSONBody[NewPayment]) -> Payment:
        """Ask for money. `session_url` is where it is paid; it is there a moment later."""
        payment = await service.begin(
            uow,
            subject=(data.subject_kind, data.subject_id),
            amount=data.amount,
            currency=data.currency,
            description=data.description,
            return_url=data.return_url,
            expires_at=data.expires_at,
            customer_email=data.customer_email,
            capture=data.capture,
            metadata=data.metadata,
            discounts=data.discounts,
        )
        service.note_request(uow, payment)
        return payment

    @get("/balances", permission=READ, listing=ledger.BALANCES)
    async def list_balances(self, reader: Reader, query: ListQuery) -> Page[Balance]:
        """Show where the organization's money is; the accounts of a currency add up to zero."""
        return await reconciling.balances(reader, query)

    @get("/differences", permission=READ, listing=ledger.DIFFERENCES)
    async def list_differences(self, reader: Reader, query: ListQuery) -> Page[Difference]:
        """List what reconciliations found to differ between the provider and our books."""
        return await reconciling.differences(reader, query)

    @get("/refunds", permission=READ, listing=payment_queries.REFUND_LIST)
    async def list_refunds(self, reader: Reader, query: ListQuery) -> Page[RefundLine]:
        """List refunds of all payments, newest first."""
        return await refunding.list_(reader, query)

    @get("/{payment_id:uuid}", permission=READ, problems=[NoSuchPayment])
    async def read(self, reader: Reader, payment_id: FromPath[UUID]) -> PaymentStory:
        """Read a payment with its attempts, refunds, provider's events and ledger entries."""
        return await service.story(reader, payment_id)

    @post(
        "/{payment_id:uuid}/capture",
        permission=CAPTURE,
        status=200,
        problems=[NoSuchPayment, NotCapturable, CaptureTooLarge],
        declares=[Replayable(required=True)],
    )
    async def capture(
        self, uow: UnitOfWork, payment_id: FromPath[UUID], data: JSONBody[ToCapture]
    ) -> Payment:
        """Take what is reserved, or a part of it; the rest is let go."""
        return await service.capture(uow, payment_id, data.amount)

    @post(
        "/{payment_id:uuid}/cancel",
        permission=REQUEST,
        status=200,
        problems=[NoSuchPayment, NotCancelable],
        declares=[Replayable()],
    )
    async def cancel(self, uow: UnitOfWork, payment_id: FromPath[UUID]) -> Payment:
        """Want it no more: nobody can pay it, and what is reserved is let go."""
        return await service.cancel(uow, payment_id)

    @post(
        "/{payment_id:uuid}/refunds",
        permission=REFUND,
        problems=[NoSuchPayment, RefundTooLarge, RefundKeyReused],
        declares=[Replayable(required=True)],
    )
    async def refund(
        self,
        request: Request,
        uow: UnitOfWork,
        actor: Actor,
        payment_id: FromPath[UUID],
        data: JSONBody[ToRefund],
    ) -> Refund:
        """Give money back. It is pending until the provider has confirmed it."""
        # The key outlives the day for which answers are kept: a refund is asked for once, for ever.
        key = f"{actor.id}:{request.headers['idempotency-key']}"
        return await refunding.refund(uow, payment_id, data.amount, key=key, reason=data.reason)

    @post(
        "/{payment_id:uuid}/reconcile",
        permission=REQUEST,
        status=200,
        problems=[NoSuchPayment, ProviderAway, ProviderRefused],
    )
    async def reconcile(self, backend: Backend, actor: Actor, payment_id: FromPath[UUID]) -> list[Compared]:
        """Catch up with the provider now; what still differs afterwards."""
        await service.find(backend.database.reader(actor), payment_id)
        found = await reconciling.reconcile_one(backend.database, actor, payment_id)
        return [Compared(what, ours, theirs) for what, (ours, theirs) in found.items()]
