"""The settings of the request log."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from backstay.kernel.settings import BYTES, SECONDS


class TrafficSettings(Struct, frozen=True, kw_only=True):
    """What is kept of every request, and how much of it."""

    enabled: Annotated[bool, Meta(description="Keep a log of requests.")] = True
    per_second: Annotated[
        int,
        Meta(
            ge=0,
            description="The most ordinary requests a process keeps each second. Failures and slow "
            "requests have a budget of the same size of their own.",
        ),
    ] = 50
    slow: Annotated[
        float, Meta(gt=0, extra=SECONDS, description="A request that takes longer counts as slow.")
    ] = 0.5
    body_cap: Annotated[
        int,
        Meta(ge=0, le=65536, extra=BYTES, description="How much of a body is kept; 0 keeps none."),
    ] = 4096
    bodies: Annotated[bool | None, Meta(description="Keep bodies; when not set, only in development.")] = None
    max_rows: Annotated[
        int, Meta(ge=100, description="Requests kept before the oldest go, so that the disk stays bounded.")
    ] = 20_000
    max_age: Annotated[
        float, Meta(gt=0, extra=SECONDS, description="How long a request is kept at most.")
    ] = 7 * 24 * 3600.0
    skip: Annotated[
        tuple[str, ...], Meta(description="Paths whose successful requests are not kept, by prefix.")
    ] = ("/livez", "/readyz", "/startupz", "/metrics", "/console", "/v1/traffic", "/v1/console", "/docs")
