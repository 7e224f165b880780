"""Payments, their attempts and their refunds."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Insert, Integer, Table, func, insert, or_, select, update

from backstay.kernel.database import (
    NOW,
    Timestamp,
    Uuid,
    at_least,
    below,
    equals,
    listing,
    param,
    statement,
    upsert,
)
from backstay.systems.payments.contracts import (
    Attempt,
    Payment,
    PaymentStatus,
    Refund,
    RefundLine,
    RefundStatus,
)
from backstay.systems.payments.tables import attempts, payments, refunds


class Whose(Struct, frozen=True):
    """Where an attempt is."""

    id: UUID
    organization_id: UUID
    payment_id: UUID


class Overdue(Struct, frozen=True):
    """A payment that time has come for."""

    id: UUID
    organization_id: UUID


class OwnRefund(Struct, frozen=True):
    """A refund with what only we need."""

    id: UUID
    payment_id: UUID
    amount: int
    reason: str
    status: str
    error: str | None
    created_at: datetime
    settled_at: datetime | None
    key: str
    reference: str | None


_PAYMENT = tuple(payments.c[name] for name in Payment.__struct_fields__)
_ATTEMPT = tuple(attempts.c[name] for name in Attempt.__struct_fields__)
_REFUND = tuple(refunds.c[name] for name in Refund.__struct_fields__)
_OWN_REFUND = tuple(refunds.c[name] for name in OwnRefund.__struct_fields__)
_ID = payments.c.id == param("id")

INSERT = statement(insert(payments))


def _recorded(table: Table) -> Insert:
    """An insert of what happened at a time of its own, and not now."""
    filled = {"organization_id", "created_by", "updated_by", "version"}
    return insert(table).values({c.name: param(c.name, c.type) for c in table.c if c.name not in filled})


RECORD = statement(_recorded(payments))
RECORD_REFUND = statement(_recorded(refunds))
GET = statement(select(*_PAYMENT).where(_ID), Payment)
LOCK = statement(select(*_PAYMENT).where(_ID).with_for_update(), Payment)
"""Whoever changes a payment, its attempts or its refunds holds its row first."""
OF_SUBJECT = statement(
    select(*_PAYMENT)
    .where(payments.c.subject_kind == param("kind"), payments.c.subject_id == param("subject_id"))
    .order_by(payments.c.id),
    Payment,
)
LIST = listing(
    select(*_PAYMENT),
    Payment,
    name="payments.list",
    key=payments.c.id,
    sorts={"created_at": payments.c.created_at, "amount": payments.c.amount},
    default=("-created_at",),
    filters={
        "status": equals(payments.c.status, PaymentStatus),
        "subject_kind": equals(payments.c.subject_kind, str),
        "subject_id": equals(payments.c.subject_id, str),
        "currency": equals(payments.c.currency, str),
        "created_from": at_least(payments.c.created_at, datetime),
        "created_before": below(payments.c.created_at, datetime),
    },
)
_OF = {"subject_kind", "subject_id", "currency"}
REFUND_LIST = listing(
    select(
        *((payments if name in _OF else refunds).c[name] for name in RefundLine.__struct_fields__)
    ).select_from(refunds.join(payments, payments.c.id == refunds.c.payment_id)),
    RefundLine,
    name="payments.refunds",
    key=refunds.c.id,
    sorts={"created_at": refunds.c.created_at, "amount": refunds.c.amount},
    default=("-created_at",),
    filters={
        "status": equals(refunds.c.status, RefundStatus),
        "payment_id": equals(refunds.c.payment_id, UUID),
        "subject_kind": equals(payments.c.subject_kind, str),
        "subject_id": equals(payments.c.subject_id, str),
        "created_from": at_least(refunds.c.created_at, datetime),
        "created_before": below(refunds.c.created_at, datetime),
    },
)
MOVE = statement(
    update(payments)
    .where(_ID)
    .values(
        status=param("status"),
        captured=param("captured"),
        review_reason=param("review_reason"),
        last_error=param("last_error"),
        session_url=param("session_url"),
        settled_at=param("settled_at"),
    )
    .returning(*_PAYMENT),
    Payment,
)
ASK_CAPTURE = statement(
    update(payments).where(_ID).values(capture_requested=param("amount")).returning(*_PAYMENT), Payment
)
SET_URL = statement(update(payments).where(_ID).values(session_url=param("url")))
RESERVE_REFUND = statement(
    update(payments)
    .where(_ID, payments.c.captured - payments.c.refunded - payments.c.refunding >= param("amount"))
    .values(refunding=payments.c.refunding + param("amount"))
    .returning(*_PAYMENT),
    Payment,
)
"""The check and the reservation are one statement: two that come at once cannot both have the last cent."""
SETTLE_REFUND = statement(
    update(payments)
    .where(_ID)
    .values(
        refunding=payments.c.refunding + param("refunding"),
        refunded=payments.c.refunded + param("refunded"),
    )
    .returning(*_PAYMENT),
    Payment,
)
OVERDUE = statement(
    select(payments.c.id, payments.c.organization_id)
    .where(
        payments.c.status == PaymentStatus.PENDING.value,
        or_(payments.c.expires_at <= NOW, payments.c.session_url.is_(None)),
        payments.c.created_at < param("before", Timestamp),
    )
    .order_by(payments.c.expires_at)
    .limit(param("batch", Integer)),
    Overdue,
    unscoped=True,
)
"""Their time is over, or they have no page to be paid on although they have been there for a while."""
STALE = statement(
    select(payments.c.id, payments.c.organization_id)
    .join_from(payments, attempts, attempts.c.payment_id == payments.c.id)
    .where(
        payments.c.status == PaymentStatus.PENDING.value,
        attempts.c.status == PaymentStatus.PENDING.value,
        attempts.c.reference.is_not(None),
        attempts.c.expires_at <= NOW,
    )
    .order_by(attempts.c.expires_at)
    .limit(param("batch", Integer)),
    Overdue,
    unscoped=True,
)
"""Their page is over by its own time, and nobody has told us."""
CHANGED_SINCE = statement(
    select(payments.c.id, payments.c.organization_id)
    .where(payments.c.updated_at >= param("since", Timestamp), payments.c.id > param("after", Uuid))
    .order_by(payments.c.id)
    .limit(param("batch", Integer)),
    Overdue,
    unscoped=True,
)
SETTLED = statement(
    select(func.count().label("count"))
    .select_from(payments)
    .where(payments.c.status == PaymentStatus.SUCCEEDED.value),
    int,
)

ADD_ATTEMPT = statement(insert(attempts))
ATTEMPTS = statement(
    select(*_ATTEMPT).where(attempts.c.payment_id == param("payment_id")).order_by(attempts.c.id), Attempt
)
ATTEMPT = statement(select(*_ATTEMPT).where(attempts.c.id == param("id")), Attempt)
SET_ATTEMPT = statement(
    update(attempts)
    .where(attempts.c.id == param("id"))
    .values(
        reference=param("reference"),
        intent=param("intent"),
        status=param("status"),
        url=param("url"),
        captured=param("captured"),
        seen=param("seen"),
        error=param("error"),
        expires_at=param("expires_at"),
    )
)
_WHOSE = select(attempts.c.id, attempts.c.organization_id, attempts.c.payment_id)
# The provider knows nothing of organizations: whose its event is, is found by what it speaks of.
BY_ID = statement(_WHOSE.where(attempts.c.id == param("id")), Whose, unscoped=True)
BY_REFERENCE = statement(
    _WHOSE.where(attempts.c.provider == param("provider"), attempts.c.reference == param("reference")),
    Whose,
    unscoped=True,
)
BY_INTENT = statement(
    _WHOSE.where(attempts.c.provider == param("provider"), attempts.c.intent == param("intent"))
    .order_by(attempts.c.id)
    .limit(1),
    Whose,
    unscoped=True,
)

ADD_REFUND = statement(
    upsert(refunds, key=("organization_id", "payment_id", "key"))
    .insert(
        id=param("id"),
        amount=param("amount"),
        reason=param("reason"),
        status="pending",
        reference=param("reference"),
    )
    .returning(*_OWN_REFUND),
    OwnRefund,
)
REFUND = statement(select(*_OWN_REFUND).where(refunds.c.id == param("id")), OwnRefund)
REFUND_BY_KEY = statement(
    select(*_REFUND).where(refunds.c.payment_id == param("payment_id"), refunds.c.key == param("key")), Refund
)
REFUNDS = statement(
    select(*_REFUND).where(refunds.c.payment_id == param("payment_id")).order_by(refunds.c.id), Refund
)
OWN_REFUNDS = statement(
    select(*_OWN_REFUND).where(refunds.c.payment_id == param("payment_id")).order_by(refunds.c.id), OwnRefund
)
MOVE_REFUND = statement(
    update(refunds)
    .where(refunds.c.id == param("id"))
    .values(
        status=param("status"),
        reference=param("reference"),
        error=param("error"),
        settled_at=param("settled_at"),
    )
    .returning(*_REFUND),
    Refund,
)
