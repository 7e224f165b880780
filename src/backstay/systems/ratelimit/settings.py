"""What a deployment may set under `[ratelimit]`, or as `BACKSTAY_RATELIMIT_...`."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from backstay.kernel.settings import SECONDS, Secret
from backstay.systems.ratelimit.contracts import LARGEST_QUOTA, LONGEST_WINDOW, Algorithm, WhenDown


class PolicySettings(Struct, frozen=True, kw_only=True):
    """What the deployment says of one policy; what it leaves out stays as it was declared."""

    name: str
    quota: Annotated[int, Meta(ge=1, le=LARGEST_QUOTA)] | None = None
    window: Annotated[int, Meta(ge=1, le=LONGEST_WINDOW)] | None = None
    """Seconds."""
    algorithm: Algorithm | None = None
    burst: Annotated[int, Meta(ge=1, le=LARGEST_QUOTA)] | None = None
    when_down: WhenDown | None = None
    shadow: bool | None = None
    enabled: bool | None = None


class RateLimitSettings(Struct, frozen=True, kw_only=True):
    """How much who may ask, where that is counted, and when a process has too much to do."""

    enforce: Annotated[
        bool | None,
        Meta(
            description="Whether routes are limited; when not set, everywhere but in the environment `test`, "
            "where a test says itself what it wants limited."
        ),
    ] = None
    quota: Annotated[
        int,
        Meta(
            ge=0,
            le=LARGEST_QUOTA,
            description="Requests to the API in `window` by one API key, or by one user's access tokens "
            "together (the policy `default`); 0 for no such limit.",
        ),
    ] = 100
    browser_quota: Annotated[
        int,
        Meta(
            ge=0,
            le=LARGEST_QUOTA,
            description="The same for one user's browsers, which prove themselves by a cookie, as the "
            "console's live screens do (the policy `browser`).",
        ),
    ] = 1000
    anonymous_quota: Annotated[
        int,
        Meta(
            ge=0,
            le=LARGEST_QUOTA,
            description="The same for everybody behind one address (IPv4) or one /64 (IPv6) who has not "
            "proven who they are (the policy `anonymous`).",
        ),
    ] = 100
    window: Annotated[
        int, Meta(ge=1, le=LONGEST_WINDOW, description="The window of these three, in whole seconds.")
    ] = 60
    policies: Annotated[
        tuple[PolicySettings, ...],
        Meta(description="Changes to policies by name, the routes' own among them: `name`, `quota`, …"),
    ] = ()
    store: Annotated[
        Literal["auto", "memory", "sqlite", "postgres", "redis"],
        Meta(
            description="Where is counted. `auto`: in Redis if `url` names one, on PostgreSQL in the "
            "database, on SQLite in a file beside it, or in the process's memory if it is the only one."
        ),
    ] = "auto"
    url: Annotated[
        Secret | None,
        Meta(
            description="`redis://…` or `rediss://…`: the Redis that counts.",
            extra={"variable": "RATELIMIT_URL"},
        ),
    ] = None
    deadline: Annotated[
        float,
        Meta(
            gt=0,
            le=1,
            extra=SECONDS,
            description="How long the store has to answer until each policy's `when_down` decides.",
        ),
    ] = 0.05
    fields: Annotated[
        tuple[Literal["ietf", "legacy"], ...],
        Meta(
            description="Which fields answers carry: `RateLimit` and `RateLimit-Policy` (`ietf`), "
            "`X-RateLimit-*` (`legacy`)."
        ),
    ] = ("ietf",)
    in_flight: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(
            description="Requests that a process works on at once; what comes beyond is answered with 503. "
            "When not set, any number.",
        ),
    ] = 1000
    critical_share: Annotated[
        float,
        Meta(ge=0, le=0.9, description="The part of `in_flight` that only critical routes may use."),
    ] = 0.2
    lag: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(
            extra=SECONDS,
            description="How late the event loop may be at five looks in a row, 0.2 s apart when it is in "
            "time, until routes that are not critical are answered with 503.",
        ),
    ] = 1.0
    critical: Annotated[
        tuple[str, ...],
        Meta(description="Paths that are critical, by prefix, besides routes that say so themselves."),
    ] = ("/livez", "/readyz", "/startupz", "/metrics", "/v1/ratelimit")
