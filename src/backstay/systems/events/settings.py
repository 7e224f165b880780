"""What a deployment may set under `[events]`, or as `BACKSTAY_EVENTS_...`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class EventsSettings(Struct, frozen=True, kw_only=True):
    """How events are kept and handed over."""

    dispatch: Annotated[
        bool, Meta(description="Whether servers hand events to subscribers; some process must.")
    ] = True
    batch: Annotated[int, Meta(ge=1, le=5000, description="Events handed over in one transaction.")] = 500
    retention_days: Annotated[
        int,
        Meta(
            ge=1,
            description="Days that events stay in the log. Streams that are loaded as aggregates keep "
            "theirs for ever.",
        ),
    ] = 30
    broker_url: Annotated[
        str,
        Meta(
            description="`amqp://user:password@host:5672/`, `nats://host:4222` or `kafka://host:9092`: where "
            "events go to other deployments and come from; when not set, they stay here.",
            extra={"variable": "BROKER_URL"},
        ),
    ] = ""
    broker_prefix: Annotated[
        str,
        Meta(
            pattern="^[A-Za-z0-9_-]+$",
            description="What names on the broker begin with; the same for all who exchange events.",
        ),
    ] = "backstay"
    broker_sends: Annotated[
        tuple[str, ...],
        Meta(description="Types of events that go to the broker; none: all that modules here publish."),
    ] = ()
    broker_receives: Annotated[
        tuple[str, ...],
        Meta(
            description="Types of events that are received besides those that are read here and published "
            "elsewhere only."
        ),
    ] = ()
