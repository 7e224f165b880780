"""The manifest of payments."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from backstay.kernel.backend import Backend
from backstay.kernel.database import Database, Reader
from backstay.kernel.guarantees import declared_in
from backstay.kernel.module import Card, Module
from backstay.kernel.settings import Settings
from backstay.systems.payments import events, jobs, tables
from backstay.systems.payments.http import (
    CAPTURE,
    OPERATE,
    READ,
    REFUND,
    REQUEST,
    MockPageController,
    OperatingController,
    PaymentsController,
    ReturnController,
    WebhooksController,
)
from backstay.systems.payments.queries import payments as queries
from backstay.systems.payments.seed import seed
from backstay.systems.payments.service.part import Payments
from backstay.systems.payments.settings import PaymentsSettings

_log: Final = logging.getLogger("backstay.payments")


def prepare(database: Database, _modules: Sequence[Module], settings: Settings) -> None:
    """Read who moves the money; asks nobody."""
    database.parts.hold(Payments(database, settings))


@asynccontextmanager
async def asking(backend: Backend) -> AsyncIterator[None]:
    """Warn where no money moves; say good-bye to the provider at the end."""
    part = backend.part(Payments)
    if part.current is part.mock and backend.settings.app.environment == "production":
        _log.warning("payments: PAYMENTS_URL is not set, so whoever pays here pays nothing")
    try:
        yield
    finally:
        await part.current.aclose()


async def card(reader: Reader) -> Card:
    """How many payments came."""
    settled = await reader.one(queries.SETTLED)
    return Card(f"{settled:,}", "payments captured")


module = Module(
    name="payments",
    summary="Money asked for, taken and given back, exactly once, whatever order the news comes in.",
    package=__package__,
    requires=["events", "idempotency", "jobs"],
    tables=tables.metadata,
    controllers=[
        PaymentsController,
        OperatingController,
        WebhooksController,
        MockPageController,
        ReturnController,
    ],
    events=[
        events.PaymentAuthorized,
        events.PaymentCanceled,
        events.PaymentExpired,
        events.PaymentFailed,
        events.PaymentInReview,
        events.PaymentSucceeded,
        events.RefundFailed,
        events.RefundSucceeded,
    ],
    permissions=[READ, REQUEST, CAPTURE, REFUND, OPERATE],
    settings=PaymentsSettings,
    declares=[
        jobs.open_session,
        jobs.close_session,
        jobs.capture_payment,
        jobs.send_refund,
        jobs.sync_payment,
        jobs.deliver_mock_event,
        jobs.replay_parked,
        jobs.expire_overdue,
        jobs.reconcile,
        jobs.EXPIRING,
        jobs.RECONCILING,
    ],
    prepare=prepare,
    guarantees=declared_in(f"{__package__}.guarantees"),
    works=[asking],
    seed=seed,
    card=card,
)
