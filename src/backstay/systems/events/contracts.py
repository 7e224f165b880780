"""What crosses the boundary of events: the log as it is read, its readers, and their standing."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Raw, Struct

Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""The name of an event type, a subscription or a projection."""

Position = Annotated[int, Meta(ge=0, le=2**53 - 1)]
"""A place in the log: 1 for the first event. 0 stands before it."""


class Recorded(Struct, frozen=True, kw_only=True):
    """An event as the log keeps it: CloudEvents 1.0 with the house's own attributes."""

    id: UUID
    """Unique together with `source` (CloudEvents `id`)."""
    source: str
    """Which deployment's module it happened in: `/backstay/counter` (CloudEvents `source`)."""
    type: str
    """`<module>.<what_happened>` (CloudEvents `type`)."""
    subject: str | None
    """What it happened to (CloudEvents `subject`)."""
    time: datetime
    """When its unit of work began (CloudEvents `time`)."""
    data: Raw
    """The event's own fields, as JSON (CloudEvents `data`)."""
    organization_id: UUID
    actor_id: UUID
    """Who caused it."""
    version: int | None
    """Its number within its subject's stream, from 1 without gaps; null where it has no subject."""
    position: int | None
    """Its place in the whole log, from 1 without gaps; null for the moment until it has been given one."""
    traceparent: str | None = None
    """The trace of what caused it (W3C Trace Context)."""
    request_id: str | None = None


class EventSummary(Struct, frozen=True):
    """An event in a list, without its data."""

    id: UUID
    position: int
    type: str
    source: str
    subject: str | None
    version: int | None
    time: datetime
    actor_id: UUID
    request_id: str | None


class EventType(Struct, frozen=True, kw_only=True):
    """An event that a module of this deployment publishes."""

    type: str
    module: str
    summary: str
    ordered: bool
    """Whether its events have subjects, and so an order."""
    subscriptions: list[str]
    projections: list[str]


class SubscriptionInfo(Struct, frozen=True, kw_only=True):
    """A subscription and how far it is."""

    name: str
    """Also the kind of its jobs."""
    module: str
    summary: str
    types: list[str]
    queue: str
    order_failure: Literal["block", "park", "skip"]
    """What an event that is dead does to later ones of its subject."""
    once: bool
    """Whether its effects are in a unit of work, and so happen once; else at least once."""
    delivered: int | None
    """The position of the latest event whose effect is done; 0 for none yet, null where it keeps no inbox."""
    behind: int | None
    """Events of its types after that one; counted up to 10,000; null where it keeps no inbox."""


class ProbeCount(Struct, frozen=True):
    """What a probe has counted of its events."""

    id: UUID
    name: str
    applied: int
    """How often its effect happened: as often as events were published, once all are delivered."""
    disorders: int
    """How often an event came that did not follow the one before it."""
    last: int
    """The number of the last one within its stream."""
    created_at: datetime


class EventReplayState(StrEnum):
    """How a replay stands."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


class EventReplay(Struct, frozen=True):
    """Events that are handed to one subscription again, effects and all."""

    id: int
    subscription: str
    state: EventReplayState
    first: int
    """The position that it began at."""
    last: int
    """The position that it ends at."""
    position: int
    """The last one handed over."""
    events: int
    """How many were handed over."""
    created_at: datetime
    created_by: UUID


class ProjectionState(StrEnum):
    """How a generation of a projection stands."""

    BUILDING = "building"
    """It reads the log from the start; readers still see the active one."""
    ACTIVE = "active"
    RETIRED = "retired"
    """A newer one took its place; its rows are about to be removed."""


class ProjectionInfo(Struct, frozen=True, kw_only=True):
    """One generation of a projection and how far it is."""

    name: str
    module: str
    generation: int
    state: ProjectionState
    position: int
    behind: int
    """Events in the log after that position."""
    error: str | None
    """Why it stands still, if it does."""
    updated_at: datetime


class Lag(Struct, frozen=True, kw_only=True):
    """How far the log is behind what was committed."""

    position: int
    """The last position given."""
    pending: int
    """Committed events without a position yet; counted up to 10,000."""
    oldest_pending: float | None
    """Seconds that the oldest of them has waited."""
    dispatcher: bool
    """Whether this process hands events over; false where a newer deployment's processes do."""
    broker: BrokerLag | None
    """How far the log is behind with leaving for the broker; null where `BROKER_URL` is not set."""


class BrokerLag(Struct, frozen=True, kw_only=True):
    """How far the log has left for the broker."""

    broker: str
    """`rabbitmq`, `nats` or `kafka`."""
    position: int
    """Every event of this deployment up to here is confirmed."""
    behind: int
    """Events after that position; counted up to 10,000."""
    oldest: float | None
    """Seconds since the oldest of them happened."""
    refused: int
    """Events that the broker would never have taken, for their size, and that were left out."""
    error: str | None
    """Why it stands still, if it does."""
    receiving: bool
    """Whether this process is connected to receive what others publish."""
