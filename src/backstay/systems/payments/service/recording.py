"""Money that moved elsewhere, before or beside us: written down as it was, and nobody is asked for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import starmap
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from backstay.kernel.database import UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.systems.payments.contracts import Capture, PaymentStatus, RefundStatus
from backstay.systems.payments.queries import ledger as books
from backstay.systems.payments.queries import payments as queries
from backstay.systems.payments.service.ledger import Kind, sides

ELSEWHERE: Final = "elsewhere"
"""Stands where a payment's provider is named: a till, a bank, a shop of another time. It cannot be asked."""


class PastPayment(Struct, frozen=True, kw_only=True):
    """Money that was taken, all that was asked for."""

    id: UUID
    subject: tuple[str, str]
    amount: int
    currency: str
    description: str
    at: datetime


class PastRefund(Struct, frozen=True, kw_only=True):
    """Money of such a payment that was given back."""

    id: UUID
    payment_id: UUID
    amount: int
    currency: str
    reason: str
    at: datetime


class _Booked(Struct, frozen=True, kw_only=True):
    payment_id: UUID
    kind: Kind
    fact: str
    amount: int
    currency: str
    at: datetime


async def record_payments(uow: UnitOfWork, past: Sequence[PastPayment]) -> None:
    """Write payments down that were taken elsewhere, with their ledger; no event tells of them."""
    await uow.execute_many(queries.RECORD, [_row(one) for one in past])
    await _book(
        uow,
        [
            _Booked(
                payment_id=one.id,
                kind=Kind.CAPTURE,
                fact=f"{ELSEWHERE}:{one.id}",
                amount=one.amount,
                currency=one.currency,
                at=one.at,
            )
            for one in past
        ],
    )


async def record_refunds(uow: UnitOfWork, past: Sequence[PastRefund]) -> None:
    """Write refunds down that were made elsewhere, with their ledger; no event tells of them.

    More than was captured is refused by the database itself.
    """
    await uow.execute_many(queries.RECORD_REFUND, [_refund(one) for one in past])
    back: Counter[UUID] = Counter()
    for one in past:
        back[one.payment_id] += one.amount
    # In one order, so that two who give back of the same payments do not wait for each other in a ring.
    rows = [{"id": id_, "refunding": 0, "refunded": amount} for id_, amount in sorted(back.items())]
    await uow.execute_many(queries.SETTLE_REFUND, rows)
    kinds = (Kind.REFUND_REQUESTED, Kind.REFUND_SETTLED)
    booked = [
        _Booked(
            payment_id=one.payment_id,
            kind=kind,
            fact=str(one.id),
            amount=one.amount,
            currency=one.currency,
            at=one.at,
        )
        for one in past
        for kind in kinds
    ]
    await _book(uow, booked)


def _row(one: PastPayment) -> dict[str, Any]:
    return {
        "id": one.id,
        "subject_kind": one.subject[0],
        "subject_id": one.subject[1],
        "amount": one.amount,
        "currency": one.currency,
        "description": one.description,
        "status": PaymentStatus.SUCCEEDED.value,
        "capture": Capture.AUTOMATIC.value,
        "provider": ELSEWHERE,
        "session_url": None,
        "return_url": "",
        "customer_email": None,
        "metadata": {},
        "discounts": {},
        "captured": one.amount,
        "refunding": 0,
        "refunded": 0,
        "capture_requested": None,
        "review_reason": None,
        "last_error": None,
        "expires_at": one.at,
        "settled_at": one.at,
        "created_at": one.at,
        "updated_at": one.at,
    }


def _refund(one: PastRefund) -> dict[str, Any]:
    return {
        "id": one.id,
        "payment_id": one.payment_id,
        "amount": one.amount,
        "reason": one.reason,
        "key": f"{ELSEWHERE}:{one.id}",
        "status": RefundStatus.SUCCEEDED.value,
        "reference": None,
        "error": None,
        "settled_at": one.at,
        "created_at": one.at,
        "updated_at": one.at,
    }


async def _book(uow: UnitOfWork, booked: Sequence[_Booked]) -> None:
    """As `ledger.book`, of many facts at once: each account moves once, by what all of them come to."""
    ids = [uuid7() for _ in booked]
    await uow.execute_many(books.ADD_PAST, list(starmap(_transaction, zip(ids, booked, strict=True))))
    entries: list[dict[str, Any]] = []
    moved: Counter[tuple[str, str]] = Counter()
    for id_, one in zip(ids, booked, strict=True):
        for account, side in zip(sides(one.kind, ELSEWHERE), (1, -1), strict=True):
            entries.append({"transaction_id": id_, "side": side, "magnitude": one.amount, "account": account})
            moved[account, one.currency] += side * one.amount
    await uow.execute_many(books.ADD_ENTRY, entries)
    rows = [
        {"account": account, "currency": currency, "amount": amount}
        for (account, currency), amount in sorted(moved.items())
    ]
    await uow.execute_many(books.MOVE, rows)


def _transaction(id_: UUID, one: _Booked) -> dict[str, Any]:
    return {
        "id": id_,
        "payment_id": one.payment_id,
        "kind": one.kind.value,
        "fact": one.fact,
        "amount": one.amount,
        "currency": one.currency,
        "created_at": one.at,
    }
