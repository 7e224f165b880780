"""What an enqueue may ask for besides the job itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from backstay.systems.jobs.contracts import Rate


class Behalf(Struct, frozen=True, kw_only=True):
    """For whom and after what a job runs, where that is not the unit that enqueues it."""

    organization_id: UUID
    actor_id: UUID
    traceparent: str | None = None
    request_id: str | None = None


class Given(Struct, frozen=True, kw_only=True):
    """What an enqueue asks for in place of the declaration."""

    delay: timedelta | float = 0.0
    at: datetime | None = None
    priority: int | None = None
    queue: str | None = None
    unique_key: str | None = None
    unique_for: timedelta | None = None
    order_key: str | None = None
    concurrency_key: str | None = None
    rate_key: str | None = None
    rate: Rate | None = None
    depends_on: Sequence[UUID] = ()
    on_parent_failure: str = "cancel"
    flow_id: UUID | None = None
    schedule: str | None = None
    on_behalf: Behalf | None = None
    """In place of the unit's own actor, organization and trace; for systems that hand work on."""
