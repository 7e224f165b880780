"""The work of payments in the background: every call of a provider, and upkeep."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from backstay.kernel.backend import Backend
from backstay.systems.jobs import JobContext, Schedule, handles
from backstay.systems.payments.contracts import (
    CapturePayment,
    CloseSession,
    DeliverMockEvent,
    ExpireOverdue,
    OpenSession,
    Reconcile,
    ReplayParked,
    SendRefund,
    SyncPayment,
)
from backstay.systems.payments.service import calling, receiving, reconciling
from backstay.systems.payments.service.part import Payments


@handles(OpenSession)
async def open_session(job: OpenSession, backend: Backend, context: JobContext) -> None:
    """Open a page to pay on."""
    await calling.open_session(backend.database, context.actor, job.payment_id)


@handles(CloseSession)
async def close_session(job: CloseSession, backend: Backend, context: JobContext) -> None:
    """Close the pages, let go what is reserved."""
    await calling.close_session(backend.database, context.actor, job.payment_id)


@handles(CapturePayment)
async def capture_payment(job: CapturePayment, backend: Backend, context: JobContext) -> None:
    """Take what was reserved."""
    await calling.capture_now(backend.database, context.actor, job.payment_id)


@handles(SendRefund)
async def send_refund(job: SendRefund, backend: Backend, context: JobContext) -> None:
    """Give money back."""
    await calling.send_refund(backend.database, context.actor, job.refund_id)


@handles(SyncPayment)
async def sync_payment(job: SyncPayment, backend: Backend, context: JobContext) -> None:
    """Follow what the provider has."""
    await calling.sync(backend.database, context.actor, job.payment_id)


@handles(DeliverMockEvent)
async def deliver_mock_event(job: DeliverMockEvent, backend: Backend) -> None:
    """Hand an event of the mock provider over, signed now, as a provider does when it tries again."""
    database, mock = backend.database, backend.part(Payments).mock
    body = job.body.encode()
    headers = mock.sign(body, database.clock.now())
    await receiving.receive(database, mock.name, headers, body)


@handles(ReplayParked)
async def replay_parked(job: ReplayParked, backend: Backend) -> None:
    """Try a parked event again; one that is parked no more is left alone."""
    await receiving.replay_parked(backend.database, job.event_id)


@handles(ExpireOverdue)
async def expire_overdue(job: ExpireOverdue, backend: Backend) -> int:
    """Let time do its work; on how many payments."""
    del job
    return await reconciling.expire_overdue(backend.database)


@handles(Reconcile)
async def reconcile(job: Reconcile, backend: Backend) -> reconciling.Outcome:
    """Compare the provider with our books."""
    del job
    return await reconciling.reconcile(backend.database)


EXPIRING: Final = Schedule(name="payments.expire_overdue", every=timedelta(seconds=15), job=ExpireOverdue())
RECONCILING: Final = Schedule(
    name="payments.reconcile", cron="23 4 * * *", job=Reconcile(), jitter=timedelta(minutes=10)
)
