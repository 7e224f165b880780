"""What people see of the limits, and how they change them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from backstay.systems.ratelimit.contracts import LARGEST_QUOTA, LONGEST_WINDOW, Algorithm, Per, WhenDown

Quota = Annotated[int, Meta(ge=1, le=LARGEST_QUOTA, examples=[100])]
Window = Annotated[int, Meta(ge=1, le=LONGEST_WINDOW, examples=[60], description="Seconds.")]


class PolicyView(Struct, frozen=True, kw_only=True):
    """A policy as it is in force, and where it comes from."""

    name: str
    source: str
    """The module that declares it, or `the settings`."""
    quota: int
    """Units that a caller may take in a window."""
    window: int
    """Seconds."""
    algorithm: Algorithm
    burst: int | None
    """What may be taken at once; null for the quota."""
    per: list[Per]
    """What together has one quota."""
    when_down: WhenDown
    """What becomes of requests while the store does not answer."""
    shadow: bool
    """It only tells what it would refuse."""
    enabled: bool
    changed: bool
    """Whether somebody has changed it from what is declared."""
    changed_at: datetime | None
    version: int
    """Send it back as `If-Match`."""


class PolicyChanges(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change in a policy; what is left out stays as it is."""

    quota: Quota | UnsetType = UNSET
    window: Window | UnsetType = UNSET
    algorithm: Algorithm | UnsetType = UNSET
    burst: Quota | UnsetType | None = UNSET
    when_down: WhenDown | UnsetType = UNSET
    shadow: bool | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class Minute(Struct, frozen=True):
    """What one policy did in one minute, on all processes."""

    policy: str
    at: datetime
    """When the minute began."""
    admitted: int
    refused: int
    shadowed: int
    """Let through by a policy in shadow that would have refused."""
    estimated: int
    """Decided while the store did not answer."""


class Meter(Struct, frozen=True):
    """Somebody who has lately used half of a quota or more."""

    policy: str
    subject: str
    """`key:…`, `user:…`, `organization:…`, `address:…`, `route:…`; more of them where
    the policy counts by several."""
    remaining: int
    capacity: int
    """What `remaining` is when nothing is used."""
    refused: int
    """How often it was refused since it came near the quota."""
    seen_at: datetime


class Forgotten(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose quota is to begin anew."""

    policy: Annotated[str, Meta(min_length=1, max_length=64, examples=["default"])]
    subject: Annotated[str, Meta(min_length=1, max_length=400, examples=["address:203.0.113.7"])]
    """As a meter names it."""


class PolicyReplay(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A policy to be tried on the request log: one that there is, with what should be different."""

    policy: Annotated[str, Meta(min_length=1, max_length=64, examples=["default"])]
    since: Annotated[datetime, Meta(tz=True)] | None = None
    """The beginning of the time that is replayed; a day before its end when not given."""
    until: Annotated[datetime, Meta(tz=True)] | None = None
    """Its end; now when not given."""
    quota: Quota | UnsetType = UNSET
    window: Window | UnsetType = UNSET
    algorithm: Algorithm | UnsetType = UNSET
    burst: Quota | UnsetType | None = UNSET


class ReplayCaller(Struct, frozen=True):
    """Somebody whom the policy would have refused."""

    subject: str
    """As in meters; an address shows as a digest, for the log keeps none."""
    admitted: int
    refused: int


class ReplaySpan(Struct, frozen=True):
    """A part of the time that was replayed."""

    at: datetime
    """When it began."""
    admitted: int
    refused: int


class ReplayReport(Struct, frozen=True, kw_only=True):
    """What a policy would have done to the requests of the log."""

    policy: str
    quota: int
    window: int
    algorithm: Algorithm
    burst: int | None
    since: datetime
    until: datetime
    requests: int
    """Requests of the log in this time."""
    left_out: int
    """Requests of this time that the log left out, for under load it keeps a sample. When there are any, the
    other numbers are of the sample, and more would have been refused than `refused`."""
    concerned: int
    """Of these, those that the policy judges."""
    admitted: int
    refused: int
    refused_then: int
    """Of those concerned, how many were answered with 429 when they came."""
    callers: int
    """How many had a quota of their own."""
    callers_refused: int
    worst: list[ReplayCaller]
    """Those who would have been refused most often; 20 at most."""
    spans: list[ReplaySpan]
    """The time in equal parts; 96 at most."""
    partial: bool
    """There were more callers than are counted one by one, so that some numbers of callers are too low."""


class ReplayProgress(Struct, frozen=True):
    """How far a replay has come."""

    done: int
    total: int
    """Requests of the log in this time."""


class Load(Struct, frozen=True):
    """How the process that answers is doing, and where it counts."""

    store: str
    shared: bool
    """Whether other processes count in it too."""
    running: int
    in_flight: int | None
    """Requests at once, at most."""
    late: float
    """Seconds that the event loop was late at each of the last five looks, which are 0.2 s apart."""
    lag: float | None
    """From where on requests are shed."""
